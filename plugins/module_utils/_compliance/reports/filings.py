# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the records say was filed already: by the table ``filings``, or where a report says it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.duties import EVENTS, Duty
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Report
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.reader import Reader, Row
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.register import Filing


def filed(reader: Reader, reports: Mapping[str, Report], duties: Iterable[Duty]) -> list[Filing]:
    """The first filing of each report that was filed by the day of the evaluation. Raises PackError."""
    today = reader.compiler.situation.as_of
    table = reader.table("filings")
    known: dict[str, list[Row]] = {}
    found = []
    for duty in duties:
        report = reports[duty.report]
        if report.id not in known:
            own = report.filed is not None
            known[report.id] = (
                reader.read(report, "filed", EVENTS) if own else [row for row in table if row["kind"] == report.id]
            )
        mine = [row for row in known[report.id] if row["filed_on"] and row["filed_on"] <= today and _is_of(row, duty)]
        if mine:
            first = min(mine, key=lambda row: (row["filed_on"], row.get("receipt_number") or ""))
            found.append(Filing(duty.id, first["filed_on"], first.get("receipt_number") or ""))
    return found


def _is_of(row: Mapping[str, Any], duty: Duty) -> bool:
    """Whether a filing is of a report: the subject tells it, else the end of the period. What it leaves out fits."""
    if row["employer_id"] != duty.employer_id or row.get("subject_id") != duty.subject_id:
        return False
    wanted = {"establishment_id": duty.establishment_id, "event": duty.event}
    if any(row.get(name) is not None and value is not None and row[name] != value for name, value in wanted.items()):
        return False
    if row.get("period_end") is not None:
        return (duty.subject_id is not None and duty.event is not None) or row["period_end"] == duty.period[1]
    if row.get("period_start") is not None:
        return row["period_start"] == duty.period[0]
    return duty.event is not None
