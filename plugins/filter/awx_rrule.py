# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Any

from ansible.errors import AnsibleFilterError

with suppress(ImportError):  # botocore brings it; without it the filter says so
    from dateutil import rrule as recurrence  # type: ignore[import-untyped]

STAMP = "%Y%m%dT%H%M%S"


def awx_rrule(rule: str, start: str, timezone: str, windows: Iterable[Mapping[str, str]] = ()) -> str:
    """Return a rule of AWX's, local time throughout; runs within ``windows`` {start, end} are left out, one by one.

    AWX refuses EXDATE. A rule that recurs once, as many days after the start as the run, excepts that run as well. It
    excepts the start, too, so the start must be no run where runs are left out.
    """
    try:
        first = datetime.fromisoformat(start)
        runs = recurrence.rrulestr(f"DTSTART:{first:{STAMP}}\nRRULE:{rule}")
        left_out = sorted({run for window in windows for run in _within(runs, window)})
    except (NameError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"the schedule {rule} from {start} cannot be understood: {error}") from error
    if left_out and (next(iter(runs)) == first or any(run.time() != first.time() for run in left_out)):
        raise AnsibleFilterError(
            f"the schedule {rule} has runs within windows, so {start} must be no run itself, and the time of day of all"
        )
    excepted = [f"EXRULE:FREQ=DAILY;INTERVAL={(run - first).days};COUNT=2" for run in left_out]
    return " ".join([f"DTSTART;TZID={timezone}:{first:{STAMP}}", f"RRULE:{rule}", *excepted])


def _within(runs: Iterable[datetime], window: Mapping[str, str]) -> Iterator[datetime]:
    begin, end = _moment(window["start"], 0), _moment(window["end"], 1)
    return (run for run in takewhile(lambda run: run < end, runs) if run >= begin)


def _moment(text: str, days: int) -> datetime:
    """A date, to which whole days are added, or a date with a time."""
    if len(text) == len("2026-12-31"):
        return datetime.combine(date.fromisoformat(text) + timedelta(days=days), time(0))
    return datetime.fromisoformat(text)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"awx_rrule": awx_rrule}
