# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a module's parameters to its result: one implementation for the module and its in-process action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import Options, Outcome, ensure
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Change, public

ACTIONS = {
    "create": "created",
    "update": "updated",
    "replace": "updated",
    "delete": "deleted",
    "unchanged": "unchanged",
}

COMMON: dict[str, dict[str, Any]] = {
    "tags": {"type": "dict"},
    "purge_tags": {"type": "bool", "default": True},
    "purge": {"type": "bool", "default": False},
    "allow_replace": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int"},
}


def argument_spec(adapters: Sequence[type[Resource]]) -> dict[str, dict[str, Any]]:
    """The options of a service module besides those of the connection."""
    one: dict[str, Any] = {"type": "dict", "no_log": False}
    several: dict[str, Any] = {"type": "list", "elements": "dict", "no_log": False}
    return {**COMMON, **{a.option: dict(one if a.singleton else several) for a in adapters}}


def run(adapters: Sequence[type[Resource]], params: Mapping[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Reconcile and report. ``failed`` and ``msg`` are set when a resource could not be brought to its state.

    :raises InvalidInput: before any change.
    """
    clients = Clients(params)
    context = Context(clients, params.get("tags"), params["purge_tags"])
    options = Options(
        check_mode=check_mode,
        purge=params["purge"],
        allow_replace=params["allow_replace"],
        wait=params["wait"],
        wait_timeout=params.get("wait_timeout"),
    )
    desired = {a.option: _listed(params.get(a.option)) for a in adapters}
    try:
        outcome = ensure([adapter(context) for adapter in adapters], desired, options)
    finally:
        context.close()
    return result(outcome, dict(sorted(clients.calls.items())))


def _listed(value: Any) -> list[dict[str, Any]] | None:
    return [value] if isinstance(value, dict) else value


def result(outcome: Outcome, api_calls: dict[str, int]) -> dict[str, Any]:
    """The module's result; its RETURN documentation is in the doc fragment ``service``."""
    lists: dict[str, list[str]] = {name: [] for name in ("created", "updated", "deleted", "unchanged")}
    for change in outcome.changes:
        lists[ACTIONS[change.action]].append(change.label)
    answer: dict[str, Any] = {
        "changed": outcome.changed,
        **lists,
        "failed_resources": outcome.failed,
        "resources": {
            option: {key: public(state) for key, state in states.items()}
            for option, states in outcome.resources.items()
        },
        "diff": [_diff(change) for change in outcome.changes if change.action != "unchanged"],
        "elapsed": outcome.elapsed,
        "api_calls": api_calls,
    }
    if outcome.failed:
        answer["failed"] = True
        answer["msg"] = "; ".join(f"{label}: {error}" for label, error in sorted(outcome.failed.items()))
    return answer


def _diff(change: Change) -> dict[str, Any]:
    note = " (destroyed and created anew)" if change.action == "replace" else ""
    return {
        "before_header": f"{change.label}{note}",
        "after_header": f"{change.label}{note}",
        "before": _declared(change, change.before),
        "after": _declared(change, change.after),
    }


def _declared(change: Change, state: Mapping[str, Any] | None) -> dict[str, Any]:
    """An update shows the keys that differ; a creation or deletion shows everything."""
    if state is None:
        return {}
    return {name: state[name] for name in change.fields if name in state} if change.fields else dict(state)
