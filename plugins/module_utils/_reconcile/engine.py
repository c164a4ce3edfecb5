# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read, plan, apply, wait, read back: the one way any resource is brought to its declared state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import (
    Adapter,
    InvalidInput,
    ReconcileError,
    TerminalState,
)
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Change, State, plan
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.wait import Options, describe, look, poll

WORKERS = 8
SETTLE_SECONDS = 20


@dataclass
class Outcome:
    """What happened. ``failed`` maps a resource's label to its error."""

    changes: list[Change] = field(default_factory=list)
    resources: dict[str, dict[str, State]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    elapsed: float = 0.0

    @property
    def changed(self) -> bool:
        return any(change.action != "unchanged" for change in self.changes)


def ensure(
    adapters: Sequence[Adapter], desired: Mapping[str, list[dict[str, Any]] | None], options: Options
) -> Outcome:
    """Bring every declared resource to its declared state.

    :param desired: declared resources by option name; an option that is absent or None is left alone entirely.
    :raises InvalidInput: before any change, naming every error at once.
    """
    started = options.clock()
    active = [adapter for adapter in levelled(adapters) if desired.get(adapter.option) is not None]
    _validate(active, desired)
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        run = _Run(active, desired, options, pool)
        run.read_and_plan()
        if options.check_mode:
            run.predict()
        else:
            run.apply()
    run.outcome.elapsed = round(options.clock() - started, 3)
    return run.outcome


def levelled(adapters: Sequence[Adapter]) -> list[Adapter]:
    """The adapters with every kind after the kinds it depends on; kinds that are not given are no constraint."""
    remaining = {adapter.kind: adapter for adapter in adapters}
    ordered: list[Adapter] = []
    while remaining:
        free = [a for a in remaining.values() if not any(kind in remaining for kind in a.depends_on)]
        if not free:
            raise ValueError(f"circular dependency between {', '.join(sorted(remaining))}")
        ordered += free
        for adapter in free:
            del remaining[adapter.kind]
    return ordered


def _validate(adapters: Iterable[Adapter], desired: Mapping[str, list[dict[str, Any]] | None]) -> None:
    errors: list[str] = []
    for adapter in adapters:
        seen: set[str] = set()
        for index, item in enumerate(desired[adapter.option] or []):
            name = adapter.key_of(item)
            where = f"{adapter.option}[{index}]" + (f" ({name})" if name else "")
            if not name:
                errors.append(f"{where}: has no name")
            elif name in seen:
                errors.append(f"{where}: declared twice")
            seen.add(str(name))
            errors += [f"{where}: {error}" for error in adapter.validate(item)]
    if errors:
        # Kinds that share an option find the same errors.
        raise InvalidInput(list(dict.fromkeys(errors)))


class _Run:
    """One pass over the adapters; holds what was read and planned."""

    def __init__(
        self,
        adapters: list[Adapter],
        desired: Mapping[str, list[dict[str, Any]] | None],
        options: Options,
        pool: ThreadPoolExecutor,
    ) -> None:
        self.adapters = adapters
        self.declared = {a.kind: {str(a.key_of(i)): i for i in desired[a.option] or []} for a in adapters}
        self.options = options
        self.pool = pool
        self.current: dict[str, dict[str, State]] = {}
        self.wanted: dict[str, dict[str, State]] = {}
        self.plans: dict[str, list[Change]] = {}
        self.outcome = Outcome()

    def read_and_plan(self) -> None:
        reads = [
            self.pool.submit(look, a, None if self.options.purge else set(self.declared[a.kind]), self.options.sleep)
            for a in self.adapters
        ]
        for adapter, read in zip(self.adapters, reads, strict=True):
            self.current[adapter.kind] = read.result()
        for adapter in self.adapters:
            self.plans[adapter.kind] = self._plan(adapter)
        self.outcome.changes = [change for adapter in self.adapters for change in self.plans[adapter.kind]]
        replaced = [c for c in self.outcome.changes if c.action == "replace"]
        if replaced and not self.options.allow_replace and not self.options.check_mode:
            raise InvalidInput(
                [
                    f"{c.label}: {', '.join(c.fields)} cannot be changed in place; the resource would be destroyed and "
                    "created anew. Nothing was changed. Set allow_replace: true if that is wanted"
                    for c in replaced
                ]
            )

    def _plan(self, adapter: Adapter) -> list[Change]:
        current = self.current[adapter.kind]
        self.wanted[adapter.kind] = {
            k: adapter.prepare(i, strict=False) for k, i in self.declared[adapter.kind].items()
        }
        return plan(
            adapter.kind,
            current,
            self.wanted[adapter.kind],
            immutable=adapter.immutable,
            equal=adapter.equal,
            purge=[k for k, state in current.items() if self.options.purge and adapter.owns(state)],
        )

    def predict(self) -> None:
        for adapter in self.adapters:
            self._tell(adapter, {c.key: c.after for c in self.plans[adapter.kind] if c.after is not None})

    def apply(self) -> None:
        for adapter in self.adapters:
            changes = [c for c in self.plans[adapter.kind] if c.action in ("create", "update", "replace")]
            self._each(adapter, changes, self._apply_one)
            if changes:
                adapter.forget()
                self._await(adapter, [c for c in changes if c.label not in self.outcome.failed])
        for adapter in reversed(self.adapters):
            doomed = [c for c in self.plans[adapter.kind] if c.action == "delete"]
            self._each(adapter, doomed, self._delete_one)
            if doomed:
                adapter.forget()
        for adapter in self.adapters:
            self._read_back(adapter)

    def _each(self, adapter: Adapter, changes: list[Change], act: Callable[[Adapter, Change], None]) -> None:
        """One bad item doesn't stop the others: its error is kept and named at the end."""
        for change, done in [(c, self.pool.submit(act, adapter, c)) for c in changes]:
            error = done.exception()
            if error is not None:
                self.outcome.failed[change.label] = describe(error)

    def _apply_one(self, adapter: Adapter, change: Change) -> None:
        # Prepared again: what it refers to may exist only now, and must.
        desired = adapter.prepare(self.declared[adapter.kind][change.key], strict=True)
        current = self.current[adapter.kind].get(change.key)
        if change.action == "update" and current is not None:
            adapter.update(change.key, desired, current, change.fields)
            return
        if change.action == "replace" and current is not None:
            self._delete_one(adapter, change)
        adapter.create(change.key, desired)

    def _delete_one(self, adapter: Adapter, change: Change) -> None:
        adapter.delete(change.key, self.current[adapter.kind][change.key])
        poll(adapter, {change.key}, lambda states: change.key not in states, self.options)

    def _await(self, adapter: Adapter, changes: list[Change]) -> None:
        if not changes or not self.options.wait:
            return
        waiting = {change.key for change in changes}

        def settled(states: dict[str, State]) -> bool:
            for key in sorted(waiting):
                try:
                    if key in states and adapter.ready(states[key]):
                        waiting.discard(key)
                except TerminalState as error:
                    self.outcome.failed[f"{adapter.kind} {key}"] = str(error)
                    waiting.discard(key)
            return not waiting

        try:
            poll(adapter, waiting, settled, self.options)
        except ReconcileError as error:
            for key in waiting:
                self.outcome.failed[f"{adapter.kind} {key}"] = str(error)

    def _read_back(self, adapter: Adapter) -> None:
        declared = self.declared[adapter.kind]
        changed = {c.key for c in self.plans[adapter.kind] if c.action != "unchanged" and c.key in declared}
        states = {key: self.current[adapter.kind][key] for key in declared.keys() - changed}
        applied = {key for key in changed if f"{adapter.kind} {key}" not in self.outcome.failed}
        if applied:
            problems = self._await_taken(adapter, applied, states)
            self.outcome.failed |= {f"{adapter.kind} {key}": problem for key, problem in problems.items()}
        self._tell(adapter, states)

    def _await_taken(self, adapter: Adapter, keys: set[str], states: dict[str, State]) -> dict[str, str]:
        """Read ``keys`` into ``states`` until they are as declared; what is wrong with those that never are."""
        problems: dict[str, str] = {}

        def taken(read: dict[str, State]) -> bool:
            nonlocal problems
            states.update(read)
            problems = {key: problem for key in keys if (problem := self._not_taken(adapter, key, read))}
            return not problems

        try:
            # IAM and S3 answer with the old value for a while after a change.
            poll(adapter, keys, taken, replace(self.options, wait_timeout=SETTLE_SECONDS))
        except Exception as error:
            return problems or dict.fromkeys(keys, f"was applied but cannot be read back: {describe(error)}")
        return {}

    def _tell(self, adapter: Adapter, states: Mapping[str, State]) -> None:
        """Add to the reported resources; several kinds may share an option, each with a part of the same resource."""
        told = self.outcome.resources.setdefault(adapter.option, {})
        for key, state in states.items():
            told[key] = {**told.get(key, {}), **state}

    def _not_taken(self, adapter: Adapter, key: str, states: dict[str, State]) -> str | None:
        if key not in states:
            return "was applied but cannot be read back"
        desired = adapter.prepare(self.declared[adapter.kind][key], strict=False)
        (again,) = plan(adapter.kind, states, {key: desired}, equal=adapter.equal)
        if again.action == "unchanged":
            return None
        values = "; ".join(f"{name}: wanted {desired[name]!r}, is {states[key].get(name)!r}" for name in again.fields)
        return f"did not take: {values}"
