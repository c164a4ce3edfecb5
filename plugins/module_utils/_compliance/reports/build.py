# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The content of a report: its form's fields filled in from a snapshot, as one plain document.

``{schema, report, id, title, form, basis, authority, employer_id, establishment_id, subject_id, event,
period: [first, last], due_on, sections: [{id, title, layout, fields: [{id, title, type}], rows: [{field: value}],
totals: {field: value}}], problems: [{id, params}]}``; the same records give the same document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeGuard

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.duties import EVENTS, Duty
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import (
    WHOSE,
    Field,
    Form,
    Report,
    Section,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.reader import Reader, Row
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, plain, sha256

SCHEMA = 1
INPUTS = "report_inputs"
Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class Built:
    """A report filled in. ``rows`` are values of the fields' types by section; a value that can't be read is text."""

    report: Report
    duty: Duty
    rows: Rows

    @property
    def form(self) -> Form:
        """The version of the official form."""
        return self.report.form(self.duty.due_on)

    def values(self, path: str) -> list[Any]:
        """The values of ``section.field`` in all rows."""
        section, field = self.report.referred(path)
        return [row[field.id] for row in self.rows[section.id]]

    def totals(self, section: Section) -> Row:
        """The sums of a table's fields that have one; of what is known."""
        return {
            field.id: _value(field, sum(row[field.id] for row in self.rows[section.id] if is_number(row[field.id])))
            for field in section.fields
            if field.total
        }

    @property
    def document(self) -> dict[str, Any]:
        """The whole as plain values."""
        report, duty = self.report, self.duty
        return {
            "schema": SCHEMA,
            "report": report.id,
            "id": duty.id,
            "title": report.title,
            "form": self.form.number,
            "basis": report.basis,
            "authority": report.authority,
            "employer_id": duty.employer_id,
            "establishment_id": duty.establishment_id,
            "subject_id": duty.subject_id,
            "event": duty.event,
            "period": plain(duty.period),
            "due_on": duty.due_on.isoformat(),
            "sections": [self._section(each) for each in report.sections],
        }

    def _section(self, section: Section) -> dict[str, Any]:
        return {
            "id": section.id,
            "title": section.title,
            "layout": section.layout,
            "fields": [{"id": each.id, "title": each.title, "type": each.type} for each in section.fields],
            "rows": plain(self.rows[section.id]),
            "totals": plain(self.totals(section)),
        }

    @property
    def sha256(self) -> str:
        """The hash of the document."""
        return sha256(canonical(self.document))


def is_number(value: Any) -> TypeGuard[int | Decimal]:
    """Whether a value can be summed."""
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def build(reader: Reader, reports: Mapping[str, Report], duties: Iterable[Duty]) -> list[Built]:
    """Fill in the reports that are owed, those of one kind and period with one query per section.

    Raises PackError naming report, section and what is wrong with the query or the records.
    """
    inputs = reader.table(INPUTS)
    queried: dict[tuple[str, str, tuple[date, date]], list[Row]] = {}
    found = []
    for duty in duties:
        report = reports[duty.report]
        period = duty.period if report.trigger == "calendar" else EVENTS
        rows: Rows = {}
        for section in report.sections:
            where = f"{report.id}: {section.id}"
            key = (report.id, section.id, period)
            if section.select is not None and key not in queried:
                queried[key] = reader.read(report, f"{section.id}.query", period)
            declared = _declared(inputs, duty) if section.layout == "form" else {}
            rows[section.id] = _rows(section, duty, queried.get(key, []), declared, where)
        found.append(Built(report, duty, rows))
    return found


def _rows(
    section: Section, duty: Duty, queried: list[Row], declared: Mapping[str, str | None], where: str
) -> list[Row]:
    mine = [row for row in queried if duty.of({name: row[name] for name in WHOSE if name in row})]
    if section.layout == "table":
        return [{field.id: _value(field, row[field.id]) for field in section.fields} for row in mine]
    if len(mine) > 1:
        raise PackError(f"{where}: {len(mine)} rows for {duty.id}; a form has one")
    row = mine[0] if mine else {}
    return [
        {
            field.id: _read(field, declared.get(field.id)) if field.input else _value(field, row.get(field.id))
            for field in section.fields
        }
    ]


def _declared(inputs: list[Row], duty: Duty) -> dict[str, str | None]:
    """What the employer declared for a report: value by field."""
    return {
        row["field"]: row["value"]
        for row in inputs
        if row["report"] == duty.report
        and row["employer_id"] == duty.employer_id
        and row["establishment_id"] == duty.establishment_id
        and row["subject_id"] == duty.subject_id
        and (duty.subject_id is not None or row["period_end"] == duty.period[1])
    }


def _value(field: Field, value: Any) -> Any:
    """A value of a query as the field's type: sums of integers come as wider types."""
    if isinstance(value, (float, Decimal)):
        number = Decimal(str(value))
        whole = number == number.to_integral_value()
        return int(number) if field.type in ("integer", "yen") and whole else _short(number)
    return value


def _short(number: Decimal) -> Decimal:
    """Without zeros at the end, and never in powers of ten."""
    return Decimal(f"{number:f}".rstrip("0").rstrip(".") or "0") if "." in f"{number:f}" else number


def _read(field: Field, text: str | None) -> Any:
    """What an employer declared as the field's type; as text when it is none, which the validation refuses."""
    if text is None or field.type == "text":
        return text
    try:
        if field.type in ("integer", "yen"):
            return int(text)
        if field.type in ("decimal", "percent"):
            return _short(Decimal(text))
        if field.type == "date":
            return date.fromisoformat(text)
    except (ValueError, InvalidOperation):
        return text
    return {"true": True, "false": False}.get(text, text)
