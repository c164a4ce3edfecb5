"""Cases planted in the data: breaches of the law, and what just about keeps it.

They are written from the law, not from the SQL of rules. A module ``plants_<topic>.py`` has one function per rule and
``PLANTS``, a tuple of these. Each function gets the world, founds employers and hires workers of its own (ids begin
with the rule's: ``LSA-036-100-over``), and yields what a judge must find::

    def month_below_100(world: World) -> Iterator[Plant]:
        shop = found(world, "LSA-036-100", special_clause=True)
        hire(world, shop, "LSA-036-100-over", working(NEW, extra=overtime(JUNE, 101 * 60)))
        yield violation("LSA-036-100", shop.id, "101 h in June", worker_id="LSA-036-100-over", month=JUNE)
        hire(world, shop, "LSA-036-100-near", working(NEW, extra=overtime(JUNE, 99 * 60)))
        yield near_miss("LSA-036-100", shop.id, "99 h in June", worker_id="LSA-036-100-near", month=JUNE)

Rows that are not touched are lawful and complete, so a plant breaches one rule only. Where another rule is breached of
necessity, yield a violation of it, too: every violation found must be planted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sandbox.rehearsal.employers.world import World


@dataclass(frozen=True)
class Plant:
    """A case: the key is that of the rule's findings (dates as ISO texts).

    ``ok`` may come with a warning; ``none`` is no case at all, since the law doesn't reach it.
    """

    rule: str
    employer_id: str
    key: Mapping[str, Any]
    verdict: Literal["violation", "ok", "none"]
    title: str


Planter = Callable[[World], Iterator[Plant]]


def violation(rule: str, employer_id: str, title: str, **key: Any) -> Plant:
    """Return a case that breaches the rule."""
    return Plant(rule, employer_id, _plain(key), "violation", title)


def near_miss(rule: str, employer_id: str, title: str, **key: Any) -> Plant:
    """Return a case that just about keeps to the rule."""
    return Plant(rule, employer_id, _plain(key), "ok", title)


def left_out(rule: str, employer_id: str, title: str, **key: Any) -> Plant:
    """Return what looks like a case, and is none: before the rule's first day, of people it doesn't protect."""
    return Plant(rule, employer_id, _plain(key), "none", title)


def _plain(key: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in key.items()}
