# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checklist itself: phases, items and KPIs, read from ``checklist/items.yml``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from ansible_collections.iworkz.platform.plugins.module_utils._checks.suggest import did_you_mean
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import YamlError, read_yaml

ROOT = Path(__file__).parents[3]
DEFAULT_CHECKLIST = ROOT / "checklist" / "items.yml"

Kind = Literal["automated", "measured", "attested"]


class ChecklistError(ValueError):
    """The checklist, or a selection of its items, cannot be understood."""


@dataclass(frozen=True)
class Phase:
    """One of the nine phases; ``title`` is keyed by language (en, ja)."""

    id: str
    title: dict[str, str]
    priority: str


@dataclass(frozen=True)
class Item:
    """One item: ``verify`` is the least that must hold, in words."""

    id: str
    role: str
    kind: Kind
    title: dict[str, str]
    verify: str

    @property
    def phase(self) -> str:
        """The id of the phase this item belongs to."""
        return self.id.split(".", 1)[0]


@dataclass(frozen=True)
class Kpi:
    """A target figure of the launch; ``source`` is the item that measures it."""

    id: str
    title: dict[str, str]
    source: str


@dataclass(frozen=True)
class Checklist:
    """Phases, items and KPIs in the customer's order."""

    phases: tuple[Phase, ...]
    items: tuple[Item, ...]
    kpis: tuple[Kpi, ...]

    def by_id(self) -> dict[str, Item]:
        """Return the items keyed by id, in order."""
        return {item.id: item for item in self.items}

    def select(self, patterns: Sequence[str]) -> list[str]:
        """Return the ids matching any pattern, in checklist order; no pattern selects all.

        A pattern is an id or its leading numbers: ``1.1`` matches ``1.1.2.1`` and never ``1.10.1.1``.
        Raises ChecklistError for a pattern that matches nothing.
        """
        ids = [item.id for item in self.items]
        if not patterns:
            return ids
        chosen: set[str] = set()
        for pattern in patterns:
            matched = [item for item in ids if f"{item}.".startswith(f"{pattern}.")]
            if not matched:
                raise ChecklistError(f"item {pattern} is not in the checklist{did_you_mean(pattern, _prefixes(ids))}")
            chosen.update(matched)
        return [item for item in ids if item in chosen]


def _prefixes(ids: Iterable[str]) -> list[str]:
    """Every id and every group of ids a pattern could name."""
    found: dict[str, None] = {}
    for item in ids:
        parts = item.split(".")
        for length in range(len(parts), 0, -1):
            found[".".join(parts[:length])] = None
    return list(found)


def _title(entry: dict[str, Any]) -> dict[str, str]:
    return {"en": str(entry["en"]), "ja": str(entry["ja"])}


def _item(entry: dict[str, Any]) -> Item:
    if entry["kind"] not in get_args(Kind):
        raise ChecklistError(f"item {entry['id']}: kind {entry['kind']!r} is none of {', '.join(get_args(Kind))}")
    return Item(str(entry["id"]), entry["role"], entry["kind"], _title(entry), entry["verify"])


@lru_cache(maxsize=4)
def load_checklist(path: Path = DEFAULT_CHECKLIST) -> Checklist:
    """Read the checklist. Raises ChecklistError when the file is missing, malformed or names an id twice."""
    try:
        document = read_yaml(path)
        checklist = Checklist(
            phases=tuple(Phase(str(p["id"]), _title(p), p["priority"]) for p in document["phases"]),
            items=tuple(_item(entry) for entry in document["items"]),
            kpis=tuple(Kpi(k["id"], _title(k), str(k["source"])) for k in document["kpis"]),
        )
    except (YamlError, KeyError, TypeError) as error:
        raise ChecklistError(f"{path}: not a checklist: {type(error).__name__}: {error}") from error
    ids = [item.id for item in checklist.items]
    twice = sorted({item for item in ids if ids.count(item) > 1})
    if twice:
        raise ChecklistError(f"{path}: more than one item {', '.join(twice)}")
    return checklist
