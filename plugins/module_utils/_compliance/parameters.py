# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Figures of the law: their versions by date and scope, and overrides that may only be stricter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise, product
from typing import Any, Literal

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import Mapped, PackError

Stricter = Literal["lower", "higher", "more", "none"]
STRICTER: tuple[Stricter, ...] = ("lower", "higher", "more", "none")
FOREVER = date(9999, 12, 31)
Scalar = (int, float, str, date)
Scope = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Version:
    """What holds from a day until another, both inclusive, for one scope (pairs of name and value, sorted)."""

    start: date
    until: date
    value: Any
    scope: Scope

    def covers(self, day: date) -> bool:
        """Tell whether it is in force on that day."""
        return self.start <= day <= self.until


@dataclass(frozen=True)
class Parameter:
    """One figure (a number, word, day) or one set (a list) with its versions, narrower scopes first."""

    name: str
    unit: str
    stricter: Stricter
    basis: str
    versions: tuple[Version, ...]

    @property
    def is_set(self) -> bool:
        """Whether values are lists, to be read by param_set."""
        return isinstance(self.versions[0].value, tuple)

    @property
    def scopes(self) -> tuple[str, ...]:
        """The names its versions are told apart by."""
        return tuple(sorted({name for version in self.versions for name, _value in version.scope}))

    @property
    def boundaries(self) -> set[date]:
        """Days from which something else holds: first days, and the days after last ones."""
        ends = {version.until + timedelta(days=1) for version in self.versions if version.until != FOREVER}
        return {version.start for version in self.versions} | ends

    def overridden(self, name: str, value: Any) -> Parameter:
        """Return it with the user's own value in every version. Raises PackError naming what is allowed."""
        if self.stricter == "none":
            raise PackError(f"{name} can't be overridden")
        if self.stricter == "more":
            if not isinstance(value, list):
                raise PackError(f"{name} is {value!r}, and must be a list of items to add")
            extra = tuple(value)
            versions = [replace(each, value=tuple(dict.fromkeys(each.value + extra))) for each in self.versions]
            return replace(self, versions=tuple(versions))
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise PackError(f"{name} is {value!r}, and must be a number")
        values = [each.value for each in self.versions]
        if self.stricter == "lower" and value > min(values):
            raise PackError(f"{name} is {value}, looser than the law: at most {min(values)} is allowed")
        if self.stricter == "higher" and value < max(values):
            raise PackError(f"{name} is {value}, looser than the law: at least {max(values)} is allowed")
        return replace(self, versions=tuple(replace(each, value=value) for each in self.versions))


def read_parameter(name: str, document: Any) -> Parameter:
    """Return a parameter of a rule. Raises PackError for overlapping or gapped versions, among others."""
    mapped = Mapped(document, f"parameters.{name}")
    unit = mapped.take("unit", str)
    stricter = mapped.word("stricter", STRICTER)
    basis = mapped.word("basis", ("law", "policy"), "law")
    documents = mapped.take("versions", list)
    mapped.done()
    if not documents:
        raise PackError(f"{mapped.where}.versions is empty")
    versions = [
        version
        for number, each in enumerate(documents)
        for version in _versions(f"{mapped.where}.versions[{number}]", each)
    ]
    kinds = {"number" if isinstance(each.value, (int, float)) else type(each.value).__name__ for each in versions}
    if len(kinds) > 1:
        raise PackError(f"{mapped.where}.versions: values must be of one type, not {', '.join(sorted(kinds))}")
    if (stricter == "more") != (kinds == {"tuple"}) and stricter != "none":
        raise PackError(f"{mapped.where}.stricter is {stricter!r}: sets take more, figures lower or higher, both none")
    _check_runs(mapped.where, versions)
    versions.sort(key=lambda each: (-len(each.scope), repr(each.scope), each.start))
    return Parameter(name, unit, stricter, basis, tuple(versions))


def _versions(where: str, document: Any) -> list[Version]:
    """One version for each combination of the values its scope lists."""
    mapped = Mapped(document, where)
    start = mapped.take("from", date)
    until = mapped.take("until", date, FOREVER)
    value = mapped.take("value", (*Scalar, list))
    scope = mapped.take("scope", dict, {})
    mapped.done()
    if until < start:
        raise PackError(f"{where}.until is {until}, before it is in force ({start})")
    if isinstance(value, list):
        if not value or not all(isinstance(item, Scalar) for item in value) or len(set(value)) != len(value):
            raise PackError(f"{where}.value must be a list of different words, numbers or days")
        value = tuple(value)
    choices = [
        [(name, each) for each in (given if isinstance(given, list) else [given])] for name, given in scope.items()
    ]
    if not all(isinstance(each, Scalar) for names in choices for _name, each in names):
        raise PackError(f"{where}.scope must map names to words, numbers or days, or lists of them")
    return [Version(start, until, value, tuple(sorted(each))) for each in product(*choices)]


def _check_runs(where: str, versions: list[Version]) -> None:
    runs: dict[Scope, list[Version]] = defaultdict(list)
    for version in versions:
        runs[version.scope].append(version)
    for scope, run in runs.items():
        run.sort(key=lambda each: each.start)
        of = f" of scope {dict(scope)}" if scope else ""
        for one, other in pairwise(run):
            if other.start <= one.until:
                raise PackError(f"{where}.versions{of}: from {other.start} overlaps the version from {one.start}")
            if other.start != one.until + timedelta(days=1):
                raise PackError(f"{where}.versions{of}: nothing holds between {one.until} and {other.start}")


def override(
    parameters: Mapping[str, Mapping[str, Parameter]], overrides: Mapping[str, Any]
) -> dict[str, dict[str, Parameter]]:
    """Return the parameters by rule and name with overrides (RULE.name to value) applied. Raises PackError."""
    changed = {rule: dict(each) for rule, each in parameters.items()}
    for name, value in overrides.items():
        rule, dot, parameter = name.partition(".")
        if not dot or parameter not in changed.get(rule, {}):
            raise PackError(f"override {name}: no such parameter; give RULE.parameter")
        changed[rule][parameter] = changed[rule][parameter].overridden(f"override {name}", value)
    return changed
