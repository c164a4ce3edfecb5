"""Recovery time and loss from tapes whose answers are known."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.module_utils._drill import measure
from ansible_collections.iworkz.platform.plugins.module_utils._drill.tape import (
    Ack,
    Failure,
    Follower,
    Recorder,
    Tape,
    read_tape,
    written_to,
)


def acks(*times: float) -> tuple[Ack, ...]:
    return tuple(Ack(seq, seq / 100, at) for seq, at in enumerate(times))


def measured(tape: Tape, kept: set[int] | None, fault_at: float = 1.0, ended_at: float | None = None) -> dict:
    return measure.measured(tape, kept, fault_at, tape.acks[-1].at if ended_at is None else ended_at, 100)


def test_recovery_time_is_the_longest_gap_across_the_fault() -> None:
    found = measured(Tape(acks(0.0, 0.9, 1.1, 3.6, 3.61), ()), {0, 1, 2, 3, 4})
    assert found["rto_seconds"] == 2.5
    assert found["gaps"] == [{"begins_seconds": -0.1, "seconds": 0.2}, {"begins_seconds": 0.1, "seconds": 2.5}]


def test_a_gap_before_the_fault_does_not_count() -> None:
    assert measured(Tape(acks(0.0, 0.9, 1.1, 1.11), ()), {0, 1, 2, 3})["rto_seconds"] == pytest.approx(0.2)


def test_writes_that_never_came_back_have_no_recovery_time() -> None:
    tape = Tape(acks(0.0, 0.99, 1.01), ())
    assert measured(tape, {0, 1, 2}, ended_at=30.0)["rto_seconds"] is None
    assert measured(tape, {0, 1, 2}, ended_at=1.02)["rto_seconds"] == pytest.approx(0.02)


def test_nothing_acknowledged_at_all_has_no_recovery_time() -> None:
    found = measured(Tape((), (Failure(0, 1.0, "Refused"),)), set(), ended_at=5.0)
    assert (found["rto_seconds"], found["outage_seconds"], found["lost_rows"]) == (None, None, 0)
    assert found["errors"] == {"Refused": 1}


def test_outage_is_from_the_first_failed_to_the_first_good_write() -> None:
    tape = Tape(acks(0.9, 3.0, 3.01), (Failure(1, 0.2, "Early"), Failure(1, 1.2, "Gone"), Failure(1, 2.0, "Gone")))
    found = measured(tape, {0, 1, 2})
    assert found["outage_seconds"] == pytest.approx(1.8)
    assert found["errors"] == {"Early": 1, "Gone": 2}


def test_no_failed_write_has_no_outage() -> None:
    assert measured(Tape(acks(0.9, 3.0), ()), {0, 1})["outage_seconds"] is None


@pytest.mark.parametrize(
    ("kept", "rows", "seconds"),
    [
        ({0, 1, 2, 3, 4, 5}, 0, 0.0),
        ({0, 1, 2, 4, 5}, 1, 0.01),
        ({0, 1, 4, 5}, 2, 0.02),
        ({0, 2, 3, 4, 5}, 1, 0.03),
        ({4, 5}, 4, 0.04),
        (None, None, None),
    ],
)
def test_loss_spans_to_the_last_acknowledgement_before_the_break(
    kept: set[int] | None, rows: int | None, seconds: float | None
) -> None:
    found = measured(Tape(acks(0.97, 0.98, 0.99, 1.0, 2.0, 2.01), ()), kept)
    assert found["lost_rows"] == rows
    assert found["lost_seconds"] == (None if seconds is None else pytest.approx(seconds))


def test_a_loss_after_the_break_counts_as_well() -> None:
    found = measured(Tape(acks(0.99, 1.0, 2.0, 2.5), ()), {0, 1, 2})
    assert found["lost_rows"] == 1
    assert found["lost_seconds"] == pytest.approx(0.01)


def test_what_the_store_has_beyond_the_acknowledged_is_no_loss() -> None:
    assert measured(Tape(acks(0.9, 1.1), ()), {0, 1, 2, 3})["lost_rows"] == 0


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60), min_size=1))
def test_lost_rows_are_exactly_the_set_difference(kept: set[int], written: set[int]) -> None:
    tape = Tape(tuple(Ack(seq, seq / 100, 1 + seq / 100) for seq in sorted(written)), ())
    assert measured(tape, kept)["lost_rows"] == len(written - kept)


def test_longest_stall_counts_from_the_due_time() -> None:
    tape = Tape((Ack(0, 0.99, 1.0), Ack(1, 1.0, 3.0), Ack(2, 1.01, 3.001)), ())
    assert measured(tape, {0, 1, 2})["longest_stall_seconds"] == pytest.approx(2.0)


def test_only_the_longest_gaps_are_kept() -> None:
    times = [1.0]
    for number in range(40):
        times.append(times[-1] + 0.2 + number / 1000)
    found = measured(Tape(acks(*times), ()), set(range(41)))["gaps"]
    assert len(found) == measure.GAPS
    assert [gap["begins_seconds"] for gap in found] == sorted(gap["begins_seconds"] for gap in found)
    assert min(gap["seconds"] for gap in found) == pytest.approx(0.22)


def test_summary_takes_median_and_maximum_over_all_probes() -> None:
    def probe(rto: float | None, lost: int, outage: float | None) -> dict:
        return {"rto_seconds": rto, "lost_rows": lost, "lost_seconds": lost / 100, "outage_seconds": outage}

    runs = [{"probes": {"postgres": probe(1.0, 0, None)}}, {"probes": {"postgres": probe(3.0, 4, 0.5)}}]
    found = measure.summary(runs)
    assert found["rto_seconds"] == {"median": 2.0, "max": 3.0}
    assert found["lost_rows"] == {"median": 2.0, "max": 4}
    assert found["outage_seconds"] == {"median": 0.5, "max": 0.5}
    unknown = measure.summary([*runs, {"probes": {"postgres": probe(None, 0, None)}}])
    assert unknown["rto_seconds"] == {"median": None, "max": None}
    assert measure.summary(runs[:1])["outage_seconds"] is None
    assert measure.summary([])["rto_seconds"] == {"median": None, "max": None}


def test_tape_survives_a_line_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "tape"
    recorder = Recorder(path)
    recorder.ack(0, 1.0, 1.5)
    recorder.failure(1, 2.0, "AdminShutdown:57P01")
    with path.open("ab") as file:
        file.write(b"A 1 3.0")
    assert read_tape(path) == Tape((Ack(0, 1.0, 1.5),), (Failure(1, 2.0, "AdminShutdown:57P01"),))
    assert written_to(path)
    recorder.close()
    assert not written_to(path)


def test_a_tape_that_was_never_begun_is_empty(tmp_path: Path) -> None:
    assert read_tape(tmp_path / "none") == Tape((), ())
    assert Follower(tmp_path / "none", 0.25).undisturbed(1.0) == 0.0


def test_follower_tells_how_long_all_was_undisturbed(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "tape")
    follower = Follower(tmp_path / "tape", 0.25)
    for seq in range(100):
        recorder.ack(seq, seq / 100, seq / 100)
    assert follower.undisturbed(1.0) == pytest.approx(1.0)
    assert follower.undisturbed(1.5) == 0.0, "nothing was acknowledged of late"
    recorder.failure(100, 1.6, "Gone")
    assert follower.undisturbed(1.6) == 0.0
    recorder.ack(100, 1.0, 2.0)
    recorder.ack(101, 1.01, 2.01)
    assert follower.undisturbed(2.11) == pytest.approx(0.11), "what it has to catch up with is no disturbance"
    recorder.ack(102, 1.02, 2.5)
    assert follower.undisturbed(2.5) == 0.0, "a pause is"
    assert follower.last_failure == "Gone"
    recorder.close()
