# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A new index in the canary's pattern: what it picks up by itself. It is deleted again."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import covers
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch_normal as normal

POLL_SECONDS = 0.5
POLICY_ID = "index.plugins.index_state_management.policy_id"

Item = dict[str, Any]


@dataclass
class Trial:
    """
    :param template: the declared template that fits the new index best, None when none does.
    :param policy: the policy that manages the new index, as the domain says.
    :param seconds: how long that took.
    :param problems: message id and parameters, but the domain.
    """

    template: str | None = None
    policy: str | None = None
    seconds: float = 0.0
    problems: list[tuple[str, Item]] = field(default_factory=list)


def run(
    api: Any,
    declared: Mapping[str, Any],
    canary: str,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Trial:
    """
    :param declared: ``platform_indices``.
    :param seconds: how long the policy may take to be attached.
    """
    index = f"{canary}-{uuid.uuid4().hex[:12]}"
    template = fitting(declared["index_templates"], index, lambda item: item["body"])
    policy = fitting(declared["ism_policies"], index, lambda item: next(iter(item["body"].get("ism_template") or [{}])))
    trial = Trial(template["name"] if template else None)
    if template is None or policy is None:
        trial.problems.append(("opensearch.no_canary_pattern", {"index": index}))
        return trial
    try:
        api.put(index, body={})
        (made,) = api.get(index).values()
        wanted = composed(template, declared["component_templates"])
        for kind, normalise in (("settings", normal.index_settings), ("mappings", normal.mappings)):
            if not covers(normalise(made[kind]), wanted[kind]):
                params = {"index": index, "kind": kind, "name": template["name"]}
                trial.problems.append(("opensearch.not_picked_up", params))
        started = clock()
        while True:
            trial.policy = api.get("_plugins", "_ism", "explain", index)[index].get(POLICY_ID)
            trial.seconds = round(clock() - started, 1)
            if trial.policy or trial.seconds >= seconds:
                break
            sleep(POLL_SECONDS)
        if trial.policy != policy["name"]:
            params = {"index": index, "policy": policy["name"], "is": str(trial.policy)}
            trial.problems.append(("opensearch.not_managed", params))
    finally:
        api.delete(index)
    return trial


def fitting(items: Sequence[Item], index: str, patterns_of: Callable[[Item], Item]) -> Item | None:
    """The item of the highest priority whose ``index_patterns`` match the index."""
    matching = [
        (patterns_of(item).get("priority", 0), position)
        for position, item in enumerate(items)
        if any(fnmatchcase(index, pattern) for pattern in patterns_of(item).get("index_patterns", []))
    ]
    return items[max(matching)[1]] if matching else None


def composed(template: Item, components: Sequence[Item]) -> Item:
    """Settings and mappings of a template with its components, later ones over earlier ones, its own over all."""
    bodies = {item["name"]: item["body"]["template"] for item in components}
    parts = [bodies[name] for name in template["body"].get("composed_of", [])] + [template["body"].get("template", {})]
    settings: Item = {}
    mappings: Item = {}
    for part in parts:
        settings |= normal.index_settings(part.get("settings", {}))
        found = normal.mappings(part.get("mappings", {}))
        properties = {**mappings.get("properties", {}), **found.get("properties", {})}
        mappings |= {**found, "properties": properties}
    return {"settings": settings, "mappings": mappings}
