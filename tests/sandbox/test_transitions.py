"""The clock of transitions."""

from __future__ import annotations

import pickle

from sandbox.aws.transitions import Transitions

KEY = ("1", "r", "rds.instance", "one")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_states_pass_by_the_clock():
    clock = Clock()
    transitions = Transitions({"default": 2.0}, clock)
    transitions.begin(KEY, ("creating", "backing-up"))
    seen = []
    for clock.now in (1000.0, 1001.9, 1002.0, 1003.9, 1004.0):
        transitions.settle()
        seen.append(transitions.current(KEY))
    assert seen == ["creating", "creating", "backing-up", "backing-up", None]
    assert transitions.running == {}


def test_time_is_looked_up_by_kind_then_service_then_default():
    clock = Clock()
    transitions = Transitions({"default": 1.0, "rds": 10.0, "rds.cluster": 0.0}, clock)
    transitions.begin(KEY, ("creating",))
    transitions.begin(("1", "r", "rds.cluster", "one"), ("creating",))
    transitions.begin(("1", "r", "mq.broker", "one"), ("creating",))
    clock.now += 5
    transitions.settle()
    assert [transitions.current(key) for key in (KEY, ("1", "r", "rds.cluster", "one"), ("1", "r", "mq.broker", "one"))
            ] == ["creating", None, None]  # fmt: skip


def test_a_new_transition_finishes_the_former():
    done = []
    transitions = Transitions({"default": 60.0}, Clock())
    transitions.begin(KEY, ("modifying",), lambda: done.append("modified"))
    transitions.begin(KEY, ("deleting",), lambda: done.append("deleted"))
    assert done == ["modified"]
    assert transitions.current(KEY) == "deleting"


def test_zero_seconds_settle_at_once():
    done = []
    transitions = Transitions({"default": 0.0}, Clock())
    transitions.begin(KEY, ("creating",), lambda: done.append("created"))
    assert transitions.current(KEY) is None
    assert done == ["created"]


def test_running_ones_survive_pickling():
    clock = Clock()
    before = Transitions({"default": 10.0}, clock)
    before.begin(KEY, ("creating",))
    after = Transitions({"default": 1.0}, clock)
    after.running = pickle.loads(pickle.dumps(before.running))
    clock.now += 5
    assert after.current(KEY) == "creating"
    clock.now += 5
    after.settle()
    assert after.current(KEY) is None


def test_the_last_state_may_wait_for_something():
    clock, done, ready = Clock(), [], []
    transitions = Transitions({"default": 1.0, "mq": 0}, clock)
    transitions.begin(KEY, ("creating", "backing-up"), then=lambda: done.append("then"), until=lambda: bool(ready))
    at_once = ("1", "r", "mq.broker", "one")
    transitions.begin(at_once, ("creating",), until=lambda: bool(ready))
    for clock.now in (1001.5, 1100.0):
        transitions.settle()
        assert (transitions.current(KEY), transitions.current(at_once), done) == ("backing-up", "creating", [])
    ready.append(True)
    transitions.settle()
    assert (transitions.current(KEY), transitions.current(at_once), done) == (None, None, ["then"])
