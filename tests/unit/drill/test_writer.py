"""The writer's schedule and retries, and the process around it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.process import Probe
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.writer import classified, write_canaries
from ansible_collections.iworkz.platform.plugins.module_utils._drill.tape import read_tape, written_to
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import StoreLocked, locked


class Store:
    """Takes writes except while it is down; time is its own."""

    def __init__(self, down: tuple[float, float] = (0, 0), slow: float = 0.001) -> None:
        self.now, self.down, self.slow = 100.0, down, slow
        self.opened, self.written = 0, []
        self.acks: list[tuple[int, float, float]] = []
        self.failures: list[tuple[int, float, str]] = []

    def open(self) -> None:
        self.opened += 1
        self._work()

    def write(self, seq: int) -> None:
        self._work()
        self.written.append(seq)

    def close(self) -> None:
        raise OSError("broken anyway")

    def _work(self) -> None:
        self.now += self.slow
        if self.down[0] <= self.now < self.down[1]:
            raise ConnectionResetError("gone")

    def ack(self, seq: int, due: float, at: float) -> None:
        self.acks.append((seq, due, at))

    def failure(self, seq: int, at: float, error: str) -> None:
        self.failures.append((seq, at, error))

    def until(self, end: float) -> Callable[[float], bool]:
        def stopped(seconds: float) -> bool:
            self.now += seconds
            return self.now >= end

        return stopped


def written(store: Any, seconds: float, rate: float = 100) -> Any:
    write_canaries(store, rate, store, store.until(store.now + seconds), lambda: store.now)
    return store


def test_canaries_are_written_at_their_due_times() -> None:
    store = written(Store(), 1.0)
    assert [seq for seq, _due, _at in store.acks] == list(range(100))
    assert [round(due - 100.0, 6) for _seq, due, _at in store.acks] == [n / 100 for n in range(100)]
    assert max(at - due for _seq, due, at in store.acks[1:]) < 0.0011
    assert store.opened == 1


def test_a_slow_answer_delays_no_due_time() -> None:
    store = Store()
    answers = iter([0.001] * 20 + [0.5] + [0.001] * 1000)
    store.slow = 0.0
    write = store.write

    def slow_once(seq: int) -> None:
        store.now += next(answers)
        write(seq)

    store.write = slow_once  # type: ignore[method-assign]
    written(store, 2.0)
    assert [round(due - 100.0, 6) for _seq, due, _at in store.acks[:100]] == [n / 100 for n in range(100)]
    stalls = [at - due for _seq, due, at in store.acks]
    assert max(stalls) == pytest.approx(0.5, abs=0.01)
    assert stalls[-1] < 0.01, "it has caught up"


def test_a_failed_canary_is_written_again_with_the_same_number() -> None:
    store = written(Store(down=(100.5, 101.0)), 2.0)
    assert [seq for seq, _due, _at in store.acks] == sorted({seq for seq, _due, _at in store.acks})
    assert store.written == [seq for seq, _due, _at in store.acks]
    assert {error for _seq, _at, error in store.failures} == {"ConnectionResetError"}
    assert {seq for seq, _at, _error in store.failures} == {50}
    assert store.opened == len(store.failures) + 1
    assert 45 <= len(store.failures) <= 51, "one attempt per interval"


def test_errors_are_classed_by_type_and_code() -> None:
    error = RuntimeError("long text with an address in it")
    assert classified(error) == "RuntimeError"
    error.sqlstate = "57P01"  # type: ignore[attr-defined]
    assert classified(error) == "RuntimeError:57P01"


class Slow:
    """A store in this machine's own time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def open(self) -> None: ...

    def write(self, seq: int) -> None:
        if seq >= 5:
            time.sleep(self.seconds)

    def close(self) -> None: ...


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def acknowledged(path: Path) -> int:
    return len(read_tape(path).acks)


def test_a_probe_writes_in_its_own_process_until_stopped(tmp_path: Path) -> None:
    probe = Probe("postgres", Slow(0), 200, tmp_path / "acks")  # type: ignore[arg-type]
    probe.start()
    wait_until(lambda: acknowledged(tmp_path / "acks") > 20)
    probe.stop()
    known = len(probe.tape().acks)
    time.sleep(0.05)
    assert acknowledged(tmp_path / "acks") == known
    assert not written_to(tmp_path / "acks")
    assert all(-0.001 < ack.at - ack.due < 1 for ack in probe.tape().acks), "one clock for both processes"
    probe.stop()


def test_a_writer_that_hangs_is_killed(tmp_path: Path) -> None:
    probe = Probe("postgres", Slow(600), 100, tmp_path / "acks")  # type: ignore[arg-type]
    probe.start()
    wait_until(lambda: acknowledged(tmp_path / "acks") == 5)
    time.sleep(0.1)  # the next canary is due, and hangs
    began = time.monotonic()
    probe.stop()
    assert time.monotonic() - began < 5
    assert acknowledged(tmp_path / "acks") == 5
    assert not written_to(tmp_path / "acks")


def test_writers_end_with_a_drill_that_is_killed(tmp_path: Path) -> None:
    drill = os.fork()
    if drill == 0:
        Probe("postgres", Slow(0), 100, tmp_path / "acks").start()  # type: ignore[arg-type]
        time.sleep(600)
        os._exit(0)
    wait_until(lambda: (tmp_path / "acks").exists() and acknowledged(tmp_path / "acks") > 5)
    os.kill(drill, signal.SIGKILL)
    os.waitpid(drill, 0)
    wait_until(lambda: not written_to(tmp_path / "acks"))


def test_a_writer_that_hangs_does_not_keep_its_drills_lock(tmp_path: Path) -> None:
    drill = os.fork()
    if drill == 0:
        with locked(tmp_path / "lock", 0):
            Probe("postgres", Slow(600), 100, tmp_path / "acks").start()  # type: ignore[arg-type]
            time.sleep(600)
        os._exit(0)
    wait_until(lambda: (tmp_path / "acks").exists() and acknowledged(tmp_path / "acks") == 5)
    time.sleep(0.1)  # the next canary is due, and hangs
    with pytest.raises(StoreLocked), locked(tmp_path / "lock", 0):
        pass
    os.kill(drill, signal.SIGKILL)
    os.waitpid(drill, 0)
    with locked(tmp_path / "lock", 0):
        assert written_to(tmp_path / "acks"), "it still hangs, and says so by its tape"
    kill_holder_of(tmp_path / "acks")


def kill_holder_of(path: Path) -> None:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(os.readlink(each) == str(path) for each in (process / "fd").iterdir()):
                os.kill(int(process.name), signal.SIGKILL)
