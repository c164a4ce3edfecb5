# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plan the way from the current state to the desired one. Pure: no I/O, no clock, no randomness.

A *state* is a dict of snake_case keys. Keys that start with ``_`` carry what an adapter needs for itself (ids,
ARNs, status); they are never compared and never shown. Only the keys the user declared are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

State = dict[str, Any]
Equal = Callable[[Any, Any], bool]
Action = Literal["create", "update", "replace", "delete", "unchanged"]


@dataclass(frozen=True)
class Change:
    """What has to happen to one resource.

    ``before`` and ``after`` are whole comparable states (None where the resource is absent); ``fields`` are the
    declared keys that differ.
    """

    kind: str
    key: str
    action: Action
    before: State | None
    after: State | None
    fields: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.kind} {self.key}"


def covers(current: Any, desired: Any) -> bool:
    """Whether ``current`` already holds everything ``desired`` says.

    Dicts are compared by the desired keys only, at every depth; lists element by element; scalars by equality,
    where True is not 1.
    """
    if isinstance(desired, Mapping):
        return isinstance(current, Mapping) and all(
            key in current and covers(current[key], value) for key, value in desired.items()
        )
    if isinstance(desired, (list, tuple)):
        return (
            isinstance(current, (list, tuple))
            and len(current) == len(desired)
            and all(covers(have, want) for have, want in zip(current, desired, strict=True))
        )
    return isinstance(current, bool) == isinstance(desired, bool) and bool(current == desired)


def merged(current: Any, desired: Any) -> Any:
    """``current`` with everything ``desired`` says laid over it: the predicted state."""
    if isinstance(current, Mapping) and isinstance(desired, Mapping):
        return {**current, **{key: merged(current.get(key), value) for key, value in desired.items()}}
    return desired


def public(state: State | None) -> State | None:
    """The state without the adapter's private keys."""
    return None if state is None else {key: value for key, value in state.items() if not key.startswith("_")}


def plan(
    kind: str,
    current: Mapping[str, State],
    desired: Mapping[str, State],
    *,
    immutable: Collection[str] = (),
    equal: Mapping[str, Equal] | None = None,
    purge: Collection[str] = (),
) -> list[Change]:
    """The changes that turn ``current`` into ``desired``, one for each desired resource and each purged one.

    :param immutable: keys that cannot be changed in place; a difference there is a ``replace``.
    :param equal: keys compared by a function of their own (policies, unordered lists, tags that are purged) instead
        of by coverage; there the desired value stands for the whole.
    :param purge: keys of current resources that are ours to delete when they are not desired.
    """
    changes = [
        _change(kind, key, current.get(key), want, frozenset(immutable), equal or {}) for key, want in desired.items()
    ]
    doomed = sorted(key for key in purge if key in current and key not in desired)
    changes += [Change(kind, key, "delete", public(current[key]), None) for key in doomed]
    return changes


def _change(
    kind: str, key: str, current: State | None, desired: State, immutable: frozenset[str], equal: Mapping[str, Equal]
) -> Change:
    want = public(desired) or {}
    if current is None:
        return Change(kind, key, "create", None, want, tuple(sorted(want)))
    before = public(current) or {}
    fields = tuple(sorted(name for name in want if not _same(before, want, name, equal)))
    if not fields:
        return Change(kind, key, "unchanged", before, before)
    after = {
        **before,
        **{name: want[name] if name in equal else merged(before.get(name), want[name]) for name in fields},
    }
    return Change(kind, key, "replace" if immutable.intersection(fields) else "update", before, after, fields)


def _same(before: State, want: State, name: str, equal: Mapping[str, Equal]) -> bool:
    return name in before and equal.get(name, covers)(before[name], want[name])
