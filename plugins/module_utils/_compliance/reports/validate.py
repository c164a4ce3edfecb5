# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with a report that was filled in: missing fields, values out of range, totals that do not match."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.build import Built, is_number
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Check, Field, Section

KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "yen": (int,),
    "decimal": (int, Decimal),
    "percent": (int, Decimal),
    "boolean": (bool,),
    "date": (date,),
}


def problems(built: Built) -> list[Breach]:
    """Everything that is wrong, as messages of the catalogue (compliance_reports); none when it may be filed."""
    found = [breach for section in built.report.sections for breach in _section(built, section)]
    return found + [breach for check in built.report.checks for breach in _check(built, check)]


def _section(built: Built, section: Section) -> Iterator[Breach]:
    rows = built.rows[section.id]
    if len(rows) < section.least_rows:
        params = {"report": built.duty.id, "section": section.id, "rows": len(rows), "least": section.least_rows}
        yield Breach("compliance_reports.too_few_rows", params)
    for number, row in enumerate(rows, 1):
        for field in section.fields:
            where = {"report": built.duty.id, "field": f"{section.id}.{field.id}", "row": number}
            required = field.required if isinstance(field.required, bool) else built.duty.event in field.required
            yield from _field(field, row[field.id], required, where)


def _field(field: Field, value: Any, required: bool, where: dict[str, Any]) -> Iterator[Breach]:
    if value is None or value == "":
        if required:
            yield Breach("compliance_reports.field_missing", where)
        return
    kinds = KINDS[field.type]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        # The value may be personal: its type is told, not itself.
        yield Breach("compliance_reports.field_of_other_type", {**where, "type": field.type})
    elif is_number(value) and (
        (field.least is not None and value < field.least) or (field.most is not None and value > field.most)
    ):
        limits = {"value": str(value), "least": str(field.least), "most": str(field.most)}
        yield Breach("compliance_reports.field_out_of_range", {**where, **limits})
    elif field.words and not field.other_words and value not in field.words:
        yield Breach("compliance_reports.field_not_a_word", {**where, "words": ", ".join(field.words)})


def _check(built: Built, check: Check) -> Iterator[Breach]:
    section, _field_of_left = built.report.referred(check.left)
    places = [[number] for number in range(len(built.rows[section.id]))] if check.each_row else [None]
    for place in places:
        left = _sum(built, (check.left,), place)
        right = _sum(built, check.right, place)
        # A number that is missing is told as such where it is required.
        if left is None or right is None or left == right or (check.relation == "at_most" and left < right):
            continue
        params = {"report": built.duty.id, "field": check.left, "value": str(left), "other": str(right)}
        params["fields"] = " + ".join(check.right)
        yield Breach(f"compliance_reports.total_not_{check.relation}", params)


def _sum(built: Built, paths: tuple[str, ...], places: list[int] | None) -> Decimal | None:
    """The sum of fields in some rows or all, None when one is missing."""
    total = Decimal(0)
    for path in paths:
        values = built.values(path)
        for value in values if places is None else [values[each] for each in places]:
            if not is_number(value):
                return None
            total += value
    return total
