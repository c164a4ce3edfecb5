# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One form for what OpenSearch accepts in many and returns in another. Pure.

Settings go in nested or flat, with or without ``index.``, as numbers, booleans or texts, and come back as texts.
Policies come back with what the server filled in.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

PREFIX = "index."
# What the server adds to a policy, and its values where the policy says nothing.
# https://docs.opensearch.org/latest/im-plugin/ism/policies/
POLICY_OWN = frozenset({"policy_id", "last_updated_time", "schema_version", "user"})
ACCESS_OWN = frozenset({"reserved", "hidden", "static"})
"""What the security plugin says of a role besides. https://docs.opensearch.org/latest/security/api/roles/index/"""
RETRY = {"count": 3, "backoff": "exponential", "delay": "1m"}
ACTIONS = {"rollover": {"copy_alias": False, "prevent_empty_rollover": False}, "allocation": {"wait_for": False}}


def text(value: Any) -> Any:
    """A scalar as a setting's text; lists element by element."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return [text(item) for item in value]
    return value if value is None else str(value)


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Settings with dotted names and texts for values; an empty section disappears."""
    result: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            result |= flat(value, f"{prefix}{name}.")
        else:
            result[f"{prefix}{name}"] = text(value)
    return result


def index_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Flat settings of an index, all under ``index.``."""
    return {name if name.startswith(PREFIX) else f"{PREFIX}{name}": value for name, value in flat(settings).items()}


def mappings(value: Any) -> Any:
    """Mappings with texts for scalars, so that ``dynamic: false`` is ``dynamic: "false"``."""
    if isinstance(value, Mapping):
        return {name: mappings(item) for name, item in value.items()}
    return text(value) if not isinstance(value, list) else [mappings(item) for item in value]


def template(body: Mapping[str, Any]) -> dict[str, Any]:
    """A component or index template: its settings flat, its defaults left out."""
    result = {name: copy.deepcopy(value) for name, value in body.items() if value not in (None, [], {})}
    inner = result.get("template", {})
    if "settings" in inner:
        inner["settings"] = index_settings(inner["settings"])
    if "mappings" in inner:
        inner["mappings"] = mappings(inner["mappings"])
    result["template"] = {name: value for name, value in inner.items() if value}
    return result


def policy(body: Mapping[str, Any]) -> dict[str, Any]:
    """A lifecycle policy without what the server filled in."""
    result = {name: copy.deepcopy(value) for name, value in body.items() if name not in POLICY_OWN}
    templates = result.get("ism_template") or []
    result["ism_template"] = [
        {"priority": 0, **{name: value for name, value in one.items() if name != "last_updated_time"}}
        for one in ([templates] if isinstance(templates, Mapping) else templates)
    ]
    result["states"] = [_state(state) for state in result.get("states", [])]
    return {name: value for name, value in result.items() if value not in (None, [])}


def access(body: Mapping[str, Any]) -> dict[str, Any]:
    """A role of fine-grained access control or its mapping: no empty members, names in order."""
    return {name: _access(value) for name, value in body.items() if name not in ACCESS_OWN and value not in (None, [])}


def _access(value: Any) -> Any:
    if isinstance(value, Mapping):
        return access(value)
    if not isinstance(value, list):
        return value
    found = [_access(one) for one in value]
    return found if any(isinstance(one, Mapping) for one in found) else sorted(found)


def _state(state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": state["name"],
        "actions": [_action(action) for action in state.get("actions", [])],
        "transitions": [
            {name: value for name, value in transition.items() if value is not None}
            for transition in state.get("transitions", [])
        ],
    }


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    result = {}
    for name, value in action.items():
        if value is None or (name == "retry" and {**RETRY, **value} == RETRY):
            continue
        filled = ACTIONS.get(name, {})
        result[name] = {k: v for k, v in value.items() if filled.get(k, ...) != v} if filled else value
    return result
