from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import Options, ensure, levelled

from .fakes import Clock, FakeAdapter, FakeService, Interrupted, Vanished


def run(service, things, **options):
    clock = Clock()
    return ensure([FakeAdapter(service)], {"things": things}, Options(clock=clock, sleep=clock.sleep, **options))


names = st.sampled_from(["a", "b", "c", "d"])
resources = st.fixed_dictionaries({"size": st.integers(1, 9), "ours": st.booleans()})


@given(st.dictionaries(names, resources), st.dictionaries(names, resources), st.booleans())
def test_a_second_run_changes_nothing(existing, wanted, purge):
    service = FakeService(existing)
    things = [{"name": name, **values} for name, values in wanted.items()]
    assert not run(service, things, purge=purge).failed
    service.mutations.clear()
    again = run(service, things, purge=purge)
    assert not again.changed
    assert service.mutations == []


@given(st.dictionaries(names, resources), st.dictionaries(names, resources), st.booleans())
def test_check_mode_predicts_what_apply_does_and_mutates_nothing(existing, wanted, purge):
    things = [{"name": name, **values} for name, values in wanted.items()]
    checked = FakeService(existing)
    predicted = run(checked, things, purge=purge, check_mode=True)
    assert checked.mutations == []
    assert checked.resources == existing
    applied = run(FakeService(existing), things, purge=purge)
    assert predicted.changes == applied.changes
    assert predicted.resources == applied.resources


def test_one_bad_item_does_not_stop_the_others_and_is_named():
    service = FakeService()
    service.errors["b"] = ValueError("quota")
    outcome = run(service, [{"name": n} for n in "abc"])
    assert outcome.failed == {"thing b": "ValueError: quota"}
    assert set(service.resources) == {"a", "c"}


def test_what_did_not_take_fails_with_both_values():
    service = FakeService({"a": {"name": "a", "size": 1}})
    service.deaf.add("a")
    assert run(service, [{"name": "a", "size": 2}]).failed == {"thing a": "did not take: size: wanted 2, is 1"}


def test_a_value_that_is_seen_late_has_taken():
    service = FakeService({"a": {"name": "a", "size": 1}})
    service.stale_reads = 3
    outcome = run(service, [{"name": "a", "size": 2}])
    assert not outcome.failed
    assert outcome.resources["things"]["a"]["size"] == 2


def test_replacement_is_refused_before_any_change():
    service = FakeService({"a": {"name": "a", "shape": "old"}})
    with pytest.raises(InvalidInput, match=r"thing a: shape cannot be changed in place.*allow_replace"):
        run(service, [{"name": "a", "shape": "new"}, {"name": "b"}])
    assert service.mutations == []


def test_replacement_when_allowed_deletes_then_creates():
    service = FakeService({"a": {"name": "a", "shape": "old"}})
    assert run(service, [{"name": "a", "shape": "new"}], allow_replace=True).changed
    assert service.mutations == [("delete", "a"), ("create", "a")]


def test_check_mode_shows_a_replacement_without_refusing():
    (change,) = run(FakeService({"a": {"shape": "old"}}), [{"name": "a", "shape": "new"}], check_mode=True).changes
    assert change.action == "replace"


@pytest.mark.parametrize(
    ("things", "error"),
    [
        ([{"size": 3}], r"things\[0\]: has no name"),
        ([{"name": "a"}, {"name": "a"}], r"things\[1\] \(a\): declared twice"),
        ([{"name": "a", "size": 0}], r"things\[0\] \(a\): size must be positive"),
    ],
)
def test_bad_input_changes_nothing(things, error):
    service = FakeService()
    with pytest.raises(InvalidInput, match=error):
        run(service, things)
    assert service.mutations == []


def test_waits_until_ready():
    service = FakeService()
    service.slow_reads = 4
    outcome = run(service, [{"name": "a"}])
    assert not outcome.failed
    assert outcome.elapsed == pytest.approx(0.2 + 0.4 + 0.8 + 1.6)


def test_gives_up_at_the_timeout():
    service = FakeService()
    service.slow_reads = 10**6
    assert run(service, [{"name": "a"}], wait_timeout=30).failed == {"thing a": "not ready after 30 s"}


def test_no_wait_when_told_so():
    service = FakeService()
    service.slow_reads = 1
    assert run(service, [{"name": "a"}], wait=False).elapsed == 0


def test_a_terminal_state_ends_the_wait_at_once():
    assert run(FakeService(), [{"name": "a", "size": 13}, {"name": "b"}]).failed == {"thing a": "is failed"}


def test_a_wait_survives_passing_errors():
    service = FakeService()
    service.read_errors = [Interrupted("expired"), Interrupted("expired")]
    assert not run(service, [{"name": "a"}]).failed


def test_a_wait_that_only_ever_met_errors_names_the_last():
    service = FakeService()
    service.read_errors = [Interrupted("expired")] * 1000
    failed = run(service, [{"name": "a"}], wait_timeout=20).failed
    assert failed == {"thing a": "not ready after 20 s; last error: Interrupted: expired"}


def test_what_goes_while_it_is_read_is_read_again():
    service = FakeService({"a": {"ours": True}})
    service.read_errors = [Vanished("a was listed"), Vanished("a was listed")]
    assert not run(service, [], purge=True).failed


def test_what_is_listed_for_ever_but_never_found_is_an_error():
    service = FakeService({"a": {"ours": True}})
    service.read_errors = [Vanished("a was listed")] * 1000
    assert run(service, [], purge=True).failed == {"thing a": "Vanished: a was listed"}


def test_options_that_are_left_out_are_not_read():
    service = FakeService({"a": {"ours": True}})
    assert ensure([FakeAdapter(service)], {"things": None}, Options(purge=True)).changes == []


def test_kinds_come_after_what_they_depend_on():
    adapters = [FakeAdapter(FakeService(), k, d) for k, d in (("c", ("b",)), ("b", ("a", "absent")), ("a", ()))]
    assert [a.kind for a in levelled(adapters)] == ["a", "b", "c"]


def test_circular_kinds_are_an_error():
    adapters = [FakeAdapter(FakeService(), "a", ("b",)), FakeAdapter(FakeService(), "b", ("a",))]
    with pytest.raises(ValueError, match="circular dependency between a, b"):
        levelled(adapters)


def test_an_interrupted_run_converges_when_run_again():
    service = FakeService()
    service.errors["b"] = ValueError("killed")
    things = [{"name": n, "size": 2} for n in "abc"]
    run(service, things)
    service.errors.clear()
    second = run(service, things)
    assert {c.key: c.action for c in second.changes} == {"a": "unchanged", "b": "create", "c": "unchanged"}
