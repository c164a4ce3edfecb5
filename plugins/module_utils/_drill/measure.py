# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a probe's tape to recovery time and loss. Pure.

Times are seconds of the monotonic clock; figures that are reported count from the fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.tape import Ack, Tape

GAPS = 20
"""How many of the longest gaps a result keeps."""
ALWAYS = ("rto_seconds", "lost_rows", "lost_seconds")
"""Figures that every run has, or lacks because something went wrong."""
GAP_INTERVALS = 10
"""Intervals of the schedule that make a gap worth keeping."""


@dataclass(frozen=True)
class Gap:
    begins: float
    ends: float

    @property
    def seconds(self) -> float:
        return self.ends - self.begins


def gaps(acks: Sequence[Ack], since: float) -> list[Gap]:
    """Gaps between acknowledgements that end after ``since``, in order."""
    times = [ack.at for ack in acks]
    return [Gap(one, other) for one, other in pairwise(times) if other > since]


def recovery(found: Iterable[Gap], acks: Sequence[Ack], ended_at: float, least: float) -> Gap | None:
    """The longest gap, None when an even longer one (of at least ``least`` seconds) was still open at the end."""
    longest = max(found, key=lambda gap: gap.seconds, default=None)
    still = ended_at - acks[-1].at if acks else ended_at
    if longest is None or still > max(longest.seconds, least):
        return None
    return longest


def outage(tape: Tape, since: float) -> float | None:
    """First failed to first good write after ``since``; None where none failed, or none was good again."""
    failed = next((failure.at for failure in tape.failures if failure.at >= since), None)
    if failed is None:
        return None
    good = next((ack.at for ack in tape.acks if ack.at > failed), None)
    return None if good is None else good - failed


def lost(acks: Sequence[Ack], kept: set[int]) -> list[Ack]:
    """Acknowledged canaries that the store does not have."""
    return [ack for ack in acks if ack.seq not in kept]


def lost_seconds(missing: Sequence[Ack], acks: Sequence[Ack], break_at: float, interval: float) -> float:
    """From the first missing canary's acknowledgement to the last one before the break, or to the last missing one.

    A canary stands for the interval until the next, so even a single one counts for more than nothing.
    """
    if not missing:
        return 0.0
    first = min(ack.at for ack in missing)
    before = [ack.at for ack in acks if ack.at <= break_at]
    return max([*before[-1:], max(ack.at for ack in missing)]) - first + interval


def measured(tape: Tape, kept: set[int] | None, fault_at: float, ended_at: float, rate: float) -> dict[str, Any]:
    """The figures of one probe in one run, as docs/schemas/drill.schema.json has them.

    :param kept: what the store has afterwards, None when it could not be asked.
    :param ended_at: when the probe was stopped; writes that are still out by then never came back.
    """
    found = gaps(tape.acks, fault_at)
    across = recovery(found, tape.acks, ended_at, GAP_INTERVALS / rate)
    break_at = across.begins if across else max((ack.at for ack in tape.acks), default=fault_at)
    missing = None if kept is None else lost(tape.acks, kept)
    stalls = [ack.at - ack.due for ack in tape.acks if ack.at >= fault_at]
    gone = outage(tape, fault_at)
    return {
        "rate_per_second": rate,
        "resolution_seconds": round(1 / rate, 6),
        "acknowledged": len({ack.seq for ack in tape.acks}),
        "rto_seconds": _rounded(across.seconds if across else None),
        "outage_seconds": _rounded(gone),
        "lost_rows": None if missing is None else len({ack.seq for ack in missing}),
        "lost_seconds": None if missing is None else _rounded(lost_seconds(missing, tape.acks, break_at, 1 / rate)),
        "longest_stall_seconds": _rounded(max(stalls, default=None)),
        "errors": dict(Counter(failure.error for failure in tape.failures)),
        "gaps": _worth_keeping(found, fault_at, GAP_INTERVALS / rate),
    }


def summary(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Median and maximum over all probes of all runs."""
    return summary_of([probe for run in runs for probe in run["probes"].values()])


def summary_of(probes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """As ``summary``; outage is None where no write failed. One that was never measured makes the maximum unknown."""
    outages = [probe["outage_seconds"] for probe in probes if probe["outage_seconds"] is not None]
    return {
        **{key: _distribution([probe[key] for probe in probes]) for key in ALWAYS},
        "outage_seconds": _distribution(outages) if outages else None,
    }


def _distribution(values: Sequence[float | None]) -> dict[str, float | None]:
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return {"median": None, "max": None}
    return {"median": _rounded(median(known)), "max": _rounded(max(known))}


def _worth_keeping(found: Sequence[Gap], fault_at: float, least: float) -> list[dict[str, float | None]]:
    worth = sorted((gap for gap in found if gap.seconds >= least), key=lambda gap: -gap.seconds)[:GAPS]
    return [
        {"begins_seconds": _rounded(gap.begins - fault_at), "seconds": _rounded(gap.seconds)}
        for gap in sorted(worth, key=lambda gap: gap.begins)
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
