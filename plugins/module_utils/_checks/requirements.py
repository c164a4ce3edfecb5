# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The floor each item must meet, and overrides that may only tighten it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ROOT
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.suggest import did_you_mean
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import YamlError, read_yaml

DEFAULT_REQUIREMENTS = ROOT / "checklist" / "requirements"
DEFAULT_SHELF_LIFE_HOURS = 24
SHELF_LIFE = "shelf_life_hours"


class RequirementError(ValueError):
    """A requirement file or an override cannot be understood."""


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


@dataclass(frozen=True)
class Bound:
    """The floor of one key: ``kind`` is min or max (numeric), includes (list of names) or equals (any plain value)."""

    kind: str
    value: Any

    def looser(self, override: Any) -> bool:
        """Tell whether accepting ``override`` would accept what the floor refuses."""
        if self.kind == "min":
            return bool(override < self.value)
        if self.kind == "max":
            return bool(override > self.value)
        if self.kind == "includes":
            return not set(self.value) <= set(override)
        return bool(override != self.value)


@dataclass(frozen=True)
class Resolved:
    """What one item is judged by: plain values, how long the verdict keeps, and overrides refused as looser."""

    required: dict[str, Any] = field(default_factory=dict)
    shelf_life: timedelta = timedelta(hours=DEFAULT_SHELF_LIFE_HOURS)
    looser: tuple[Breach, ...] = ()


class Requirements:
    """The floors of all items, ``{item: {key: Bound}}``, with the overrides of an inventory applied on request."""

    def __init__(
        self, floors: Mapping[str, Mapping[str, Bound]], overrides: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self._floors = floors
        self._overrides = overrides or {}

    def tightened(self, overrides: Mapping[str, Mapping[str, Any]]) -> Requirements:
        """Return these floors with overrides ``{item: {key: value}}``.

        Raises RequirementError for an unknown item or key and for a value that cannot be compared with the floor.
        """
        for item, values in overrides.items():
            if item not in self._floors:
                raise RequirementError(
                    f"checklist_requirements: no requirement of item {item} can be tightened"
                    f"{did_you_mean(item, self._floors)}"
                )
            if not isinstance(values, Mapping):
                raise RequirementError(f"checklist_requirements[{item}]: expected a dictionary, got {values!r}")
            for key, value in values.items():
                self._check_override(item, key, value)
        return Requirements(self._floors, overrides)

    def _check_override(self, item: str, key: str, value: Any) -> None:
        floor = self._floors[item].get(key)
        if floor is None:
            raise RequirementError(
                f"checklist_requirements[{item}]: unknown key {key}{did_you_mean(key, self._floors[item])}; "
                f"known: {', '.join(sorted(self._floors[item]))}"
            )
        if floor.kind in ("min", "max") and not _is_number(value):
            raise RequirementError(f"checklist_requirements[{item}].{key}: expected a number, got {value!r}")
        if floor.kind == "includes" and not _is_names(value):
            raise RequirementError(f"checklist_requirements[{item}].{key}: expected a list of names, got {value!r}")
        if key == SHELF_LIFE and value <= 0:
            raise RequirementError(f"checklist_requirements[{item}].{key}: must be above 0, got {value!r}")

    def resolve(self, item: str) -> Resolved:
        """Return what ``item`` is judged by: where an override is looser, the floor stands and the breach says so."""
        values: dict[str, Any] = {}
        looser = []
        overrides = self._overrides.get(item, {})
        for key, floor in self._floors.get(item, {}).items():
            wanted = overrides.get(key, floor.value)
            if floor.looser(wanted):
                params = {"item": item, "key": key, "wanted": wanted, "floor": f"{floor.kind} {floor.value}"}
                looser.append(Breach("core.requirement_looser", params))
                wanted = floor.value
            values[key] = wanted
        hours = values.pop(SHELF_LIFE, DEFAULT_SHELF_LIFE_HOURS)
        return Resolved(values, timedelta(hours=hours), tuple(looser))


def _bound(where: str, key: str, declared: Any) -> Bound:
    if key == SHELF_LIFE and _is_number(declared) and declared > 0:
        return Bound("max", declared)
    if isinstance(declared, dict) and len(declared) == 1:
        kind, value = next(iter(declared.items()))
        fits = {"equals": True, "min": _is_number(value), "max": _is_number(value), "includes": _is_names(value)}
        if fits.get(kind):
            return Bound(kind, value)
    raise RequirementError(
        f"{where}.{key}: expected {{min: n}}, {{max: n}}, {{includes: [names]}} or {{equals: x}}, got {declared!r}"
    )


@lru_cache(maxsize=4)
def load_requirements(directory: Path = DEFAULT_REQUIREMENTS) -> Requirements:
    """Read every ``<role>.yml`` of a directory. Raises RequirementError naming file, item and key."""
    floors: dict[str, dict[str, Bound]] = {}
    for path in sorted(directory.glob("*.yml")):
        try:
            document = read_yaml(path) or {}
        except YamlError as error:
            raise RequirementError(str(error)) from error
        if not isinstance(document, dict):
            raise RequirementError(f"{path}: expected a dictionary of items")
        for item, declared in document.items():
            where = f"{path}: {item}"
            if item in floors:
                raise RequirementError(f"{where}: already required by another file")
            if not isinstance(declared, dict):
                raise RequirementError(f"{where}: expected a dictionary, got {declared!r}")
            floors[item] = {key: _bound(where, key, value) for key, value in declared.items()}
    return Requirements(floors)
