# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who owes which report, for which period or event, and until when."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.deadlines import (
    Due,
    NotInForceError,
    moved,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Report
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.reader import Reader
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, plain, sha256

# No report is due later than this after its period or event, nor about an event so far ahead.
LONGEST = timedelta(days=800)
REFERENCE_DIGITS = 16
# A period that holds every event.
EVENTS = (date.min, date.max)


@dataclass(frozen=True)
class Duty:
    """One report that is owed.

    :param subject_id: worker, incident or other record that an event is about; None for a period.
    :param due_at: local time of Japan, where the law counts hours.
    """

    report: str
    employer_id: str
    establishment_id: str | None
    subject_id: str | None
    event: str | None
    period: tuple[date, date]
    due_on: date
    due_at: datetime | None = None

    @property
    def id(self) -> str:
        """Stable over evaluations, and without personal data."""
        whose = [self.employer_id, self.establishment_id, self.subject_id, self.event, plain(self.period)]
        return f"{self.report}-{sha256(canonical([self.report, *whose]))[:REFERENCE_DIGITS]}"

    def of(self, row: Mapping[str, Any]) -> bool:
        """Whether a row that names whose it is belongs to this report."""
        mine = {
            "employer_id": self.employer_id,
            "establishment_id": self.establishment_id,
            "subject_id": self.subject_id,
            "event": self.event,
        }
        return all(row[name] == value for name, value in mine.items() if name in row and value is not None)


def owed(
    reader: Reader, reports: Mapping[str, Report], first: date, last: date, employers: Collection[str] = ()
) -> list[Duty]:
    """The reports that are due from the first to the last day, sorted by day and id.

    :param employers: only theirs; all when empty.

    Raises PackError naming report and query.
    """
    working = reader.working_days()
    found = {
        duty.id: duty
        for report in reports.values()
        for duty in _duties(reader, report, working, first, last)
        if not employers or duty.employer_id in employers
    }
    return sorted(found.values(), key=lambda each: (each.due_on, each.id))


def _duties(reader: Reader, report: Report, working: Mapping[date, date], first: date, last: date) -> Iterator[Duty]:
    for period in _periods(report, first, last):
        if report.trigger == "calendar":
            dues = (_due(reader, report, each, period[1], working) for each in report.due)
            if not any(due is not None and first <= due[0] <= last for due in dues):
                continue
        for row in reader.read(report, "who", period):
            duty = _duty(reader, report, working, period, row)
            if duty is not None and first <= duty.due_on <= last:
                yield duty


def _periods(report: Report, first: date, last: date) -> list[tuple[date, date]]:
    """Periods whose reports may be due then; for events, one that holds all of them."""
    if report.every is None:
        return [(first - LONGEST, last + LONGEST)]
    return list(report.every.between(first - LONGEST, last))


def _duty(
    reader: Reader, report: Report, working: Mapping[date, date], period: tuple[date, date], row: Mapping[str, Any]
) -> Duty | None:
    case = row["due_case"] if len(report.due) > 1 else report.due[0].case
    due = next((each for each in report.due if each.case == case), None)
    if due is None:
        raise PackError(f"{report.id}: who: due_case is {case!r}; there are {', '.join(d.case for d in report.due)}")
    anchor = period[1]
    if report.trigger == "event":
        anchor = row["event_on"]
        if anchor is None:
            raise PackError(f"{report.id}: who: event_on of {row['subject_id']} is missing")
        day = anchor.date() if isinstance(anchor, datetime) else anchor
        period = (day, day)
    found = _due(reader, report, due, anchor, working)
    if found is None:
        return None
    return Duty(
        report=report.id,
        employer_id=row["employer_id"],
        establishment_id=row.get("establishment_id"),
        subject_id=row.get("subject_id"),
        event=row.get("event"),
        period=period,
        due_on=found[0],
        due_at=found[1],
    )


def _due(
    reader: Reader, report: Report, due: Due, anchor: date, working: Mapping[date, date]
) -> tuple[date, datetime | None] | None:
    """The day, and the moment where hours count; None where no law demands it."""
    try:
        moment = due.after(anchor, partial(reader.figure, report))
    except NotInForceError:
        return None
    if isinstance(moment, datetime):
        return moment.date(), moment
    return (moved(moment, working) if due.next_working_day else moment), None
