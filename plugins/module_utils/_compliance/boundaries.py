# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the tests of a rule judge cases on both sides of every day on which its law changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.parameters import FOREVER
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import Rule

Side = tuple[date, date]


def boundaries(rule: Rule) -> dict[date, list[str]]:
    """The days on which the law of a rule changes, with what changes; policies are not law."""
    found: dict[date, list[str]] = {}
    for name, parameter in rule.parameters.items():
        if parameter.basis == "law":
            for day in parameter.boundaries:
                found.setdefault(day, []).append(name)
    for number, each in enumerate(rule.exemptions):
        starts = [] if each.start is None else [each.start]
        ends = [] if each.until == FOREVER else [each.until + timedelta(days=1)]
        for day in (*starts, *ends):
            found.setdefault(day, []).append(f"unless[{number}]")
    return found


def sides(day: date, grain: str) -> tuple[Side, Side]:
    """First and last day of what is judged right before a day, and from it: a day, seven, a month or a year of it."""
    if grain in ("day", "week"):
        length = timedelta(days=1 if grain == "day" else 7)
        return (day - length, day - timedelta(days=1)), (day, day + length - timedelta(days=1))
    months = 1 if grain == "month" else 12
    return (_shift(day, -months), day - timedelta(days=1)), (day, _shift(day, months) - timedelta(days=1))


def _shift(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, min(day.day, 28))


def uncovered(rule: Rule, judged: Iterable[date]) -> list[str]:
    """Say which sides of which days no case of a test was judged on."""
    days = set(judged)
    missing = []
    for day, names in sorted(boundaries(rule).items()):
        for word, (first, last) in zip(("before", "from"), sides(day, rule.grain), strict=True):
            if not any(first <= each <= last for each in days):
                between = f"on {first}" if first == last else f"between {first} and {last}"
                missing.append(f"no case is judged {between}, {word} {day} ({', '.join(sorted(set(names)))})")
    return missing
