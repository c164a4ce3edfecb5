# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Delete everything that is ours, dependents first."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import Adapter
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import WORKERS, Outcome, levelled
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Change, State, public
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.wait import Options, describe, look, poll

Doomed = list[tuple[Adapter, str, State]]


def owned(adapters: Sequence[Adapter]) -> Doomed:
    """Everything of these types whose tags (or name) say that it is ours, dependents first. Reads only."""
    ordered = list(reversed(levelled(adapters)))
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        states = list(pool.map(lambda adapter: look(adapter, None), ordered))
    return [
        (adapter, key, state)
        for adapter, found in zip(ordered, states, strict=True)
        for key, state in sorted(found.items())
        if adapter.owns(state)
    ]


def destroy(doomed: Doomed, options: Options) -> Outcome:
    """Delete type by type, each in threads, and wait until it is gone; one failure doesn't stop the others."""
    outcome = Outcome(changes=[Change(a.kind, key, "delete", public(state), None) for a, key, state in doomed])
    started = options.clock()
    if not options.check_mode:
        with ThreadPoolExecutor(max_workers=WORKERS) as pool:
            for adapter in dict.fromkeys(adapter for adapter, _key, _state in doomed):
                mine = [(key, state) for other, key, state in doomed if other is adapter]
                deletions = [(key, pool.submit(_delete, adapter, key, state, options)) for key, state in mine]
                for key, deletion in deletions:
                    error = deletion.exception()
                    if error is not None:
                        outcome.failed[f"{adapter.kind} {key}"] = describe(error)
    outcome.elapsed = round(options.clock() - started, 3)
    return outcome


def _delete(adapter: Adapter, key: str, state: State, options: Options) -> None:
    asked = False

    def gone(states: dict[str, State]) -> bool:
        nonlocal asked
        if key not in states:
            return True
        if not asked:
            # What still depends on it may be on its way out: such an error is transient and asked again.
            adapter.unprotect(key, state)
            adapter.delete(key, state)
            asked = True
        return False

    poll(adapter, {key}, gone, options)
