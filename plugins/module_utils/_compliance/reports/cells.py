# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of a report as its Japanese form shows them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.eras import ERAS
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import NUMBERS, Field

YES_NO = {True: "有", False: "無"}
OPEN_END = date(9999, 12, 31)


def shown(field: Field, value: Any) -> str:
    """A value as text; nothing for one that is missing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES_NO[value]
    if isinstance(value, date):
        return era_date(value)
    if field.type in NUMBERS and isinstance(value, (int, Decimal)):
        return f"{value:,}"
    words = field.words.get(value)
    return words["ja"] if words else str(value)


def era_date(day: date) -> str:
    """A day as 令和8年4月30日; days before 大正, and the end of what has none, differently."""
    if day == OPEN_END:
        return "期限なし"
    iso = day.isoformat()
    for era in ERAS:
        if era.first <= iso <= era.last:
            year = day.year - era.year_before
            return f"{era.signs[0]}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return f"{day.year}年{day.month}月{day.day}日"


def period(first: date, last: date) -> str:
    """A period, or a day."""
    return era_date(last) if first == last else f"{era_date(first)} ～ {era_date(last)}"
