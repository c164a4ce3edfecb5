# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long data is kept, and what is done with it then, or when the person asks for erasure before. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

ACTIONS = ("delete", "pseudonymise", "restrict", "keep", "ttl")
POLICY = "policy"
"""Basis of a period that no law asks for."""


@dataclass(frozen=True)
class Retention:
    """One entry of ``platform_retention``; without a length, rows have no end of their own.

    :param action: ``delete``; ``pseudonymise``: the row stays, the person goes; ``restrict``: an erasure before the end
        moves rows out of everyday use, the end deletes them; ``keep``; ``ttl``: the store itself deletes.
    :param basis: id of the rule that the period comes from.
    """

    id: str
    action: str
    basis: str
    years: int = 0
    months: int = 0
    days: int = 0
    timed: bool = True

    @property
    def interval(self) -> str:
        """As PostgreSQL takes it."""
        return f"{self.years} years {self.months} months {self.days} days"

    @property
    def withstands(self) -> bool:
        """Whether rows outlive an erasure until their period has ended: the law wants them, or we answer with them."""
        return self.timed and (self.action == "restrict" or (self.action == "delete" and self.basis != POLICY))

    def ends(self, start: date) -> date:
        """When a period that begins on ``start`` is over, counted as PostgreSQL does: years and months first, on the
        last day of a month that is too short, then days."""
        months = start.month - 1 + self.months
        year, month = start.year + self.years + months // 12, months % 12 + 1
        day = min(start.day, calendar.monthrange(year, month)[1])
        return date(year, month, day) + timedelta(days=self.days)


def retentions(declared: Mapping[str, Mapping[str, Any]]) -> dict[str, Retention]:
    """The schedule by id. Raises ValueError for an action that does not exist."""
    found = {}
    for name, entry in declared.items():
        given = {unit: int(entry[unit]) for unit in ("years", "months", "days") if unit in entry}
        if entry["action"] not in ACTIONS:
            raise ValueError(f"retention {name}: its action is none of {', '.join(ACTIONS)}")
        found[name] = Retention(name, entry["action"], str(entry["basis"]), **given, timed=bool(given))
    return found
