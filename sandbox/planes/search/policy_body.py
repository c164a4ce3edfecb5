"""What a policy of Index State Management may say, and how it is kept.

https://docs.opensearch.org/latest/im-plugin/ism/policies/
"""

from __future__ import annotations

from typing import Any

from sandbox.planes.search.errors import illegal
from sandbox.planes.search.settings import SIZE, TIME
from sandbox.planes.search.state import Document, now_ms
from sandbox.planes.search.words import words

POLICY = words(
    "policy_id description last_updated_time schema_version error_notification default_state states ism_template user"
)
STATE = words("name actions transitions")
CONDITIONS = words("min_index_age min_doc_count min_size cron min_rollover_age no_alias min_state_age")
WRAPPER = words("timeout retry custom")
RETRY = {"count": 3, "backoff": "exponential", "delay": "1m"}
SCHEMA_VERSION = 21
# Actions and what each takes: parameter: type as in settings.py, "" for anything.
ACTIONS: dict[str, dict[str, str]] = {
    "alias": {"actions": ""},
    "allocation": {"require": "", "include": "", "exclude": "", "wait_for": ""},
    "close": {},
    "convert_index_to_remote": {"repository": "", "snapshot": ""},
    "delete": {},
    "force_merge": {"max_num_segments": "", "wait_for_completion": "", "task_execution_timeout": ""},
    "index_priority": {"priority": ""},
    "notification": {"destination": "", "channel": "", "message_template": ""},
    "open": {},
    "read_only": {},
    "read_write": {},
    "replica_count": {"number_of_replicas": ""},
    "rollover": {
        "min_size": "s",
        "min_primary_shard_size": "s",
        "min_doc_count": "",
        "min_index_age": "t",
        "copy_alias": "",
        "prevent_empty_rollover": "",
    },
    "rollup": {"ism_rollup": ""},
    "shrink": {
        "num_new_shards": "",
        "max_shard_size": "s",
        "percentage_of_source_shards": "",
        "target_index_name_template": "",
        "aliases": "",
        "switch_aliases": "",
        "force_unsafe": "",
    },
    "snapshot": {"repository": "", "snapshot": ""},
    "transform": {"ism_transform": ""},
    "warm_migration": {},
    "cold_migration": {"timestamp_field": "", "start_time": "", "end_time": "", "ignore": ""},
    "cold_delete": {},
}
NEEDED = {"replica_count": "number_of_replicas", "force_merge": "max_num_segments", "index_priority": "priority"}
DEFAULTS: dict[str, Document] = {"rollover": {"copy_alias": False}}


def policy_of(identifier: str, policy: Any) -> Document:
    """A policy as it is kept and shown, with what ISM adds to it."""
    for name in _object(policy, "Policy"):
        if name not in POLICY:
            raise illegal(f"Invalid field: [{name}] found in Policy.")
    for name in ("description", "default_state", "states"):
        if not policy.get(name):
            raise illegal(f"{name} is null")
    names = [state.get("name") for state in policy["states"]]
    if policy["default_state"] not in names:
        raise illegal("Policy must have a valid default state")
    if len(set(names)) != len(names):
        raise illegal("Policy cannot have duplicate state names")
    states = [_state(state, names) for state in policy["states"]]
    templates = policy.get("ism_template")
    templates = [templates] if isinstance(templates, dict) else templates
    return {
        "policy_id": identifier,
        "description": policy["description"],
        "last_updated_time": now_ms(),
        "schema_version": SCHEMA_VERSION,
        "error_notification": policy.get("error_notification"),
        "default_state": policy["default_state"],
        "states": states,
        "ism_template": [_ism_template(template) for template in templates] if templates else None,
    }


def _state(state: Any, names: list[str]) -> Document:
    for name in _object(state, "State"):
        if name not in STATE:
            raise illegal(f"Invalid field: [{name}] found in State.")
    if not state.get("name"):
        raise illegal("State name is null")
    transitions = state.get("transitions", [])
    for transition in transitions:
        target = _object(transition, "Transition").get("state_name")
        for name in transition:
            if name not in ("state_name", "conditions"):
                raise illegal(f"Invalid field: [{name}] found in Transition.")
        if target not in names:
            where = f"Policy contains a transition in state: {state['name']}"
            raise illegal(f"{where} pointing to a nonexistent state: {target}")
        _check_conditions(transition.get("conditions"))
    return {
        "name": state["name"],
        "actions": [_action(a) for a in state.get("actions", [])],
        "transitions": transitions,
    }


def _check_conditions(conditions: Any) -> None:
    if conditions is None:
        return
    for name, value in _object(conditions, "Conditions").items():
        if name not in CONDITIONS:
            raise illegal(f"Invalid field: [{name}] found in Conditions.")
        if name.endswith("_age") and not TIME.fullmatch(str(value)):
            raise illegal(f"failed to parse setting [{name}] with value [{value}] as a time value")
        if name == "min_size" and not SIZE.fullmatch(str(value)):
            raise illegal(f"failed to parse setting [{name}] with value [{value}] as a size in bytes")
    if len(conditions) != 1:
        raise illegal("Cannot provide more than one Transition condition")


def _action(action: Any) -> Document:
    kinds = [name for name in _object(action, "Action") if name not in WRAPPER]
    if len(kinds) != 1:
        raise illegal(f"Only one action can be given in an action object: {kinds}")
    kind = kinds[0]
    if kind not in ACTIONS:
        raise illegal(f"Invalid field: [{kind}] found in Action.")
    body = _object(action[kind], kind)
    for name, value in body.items():
        if name not in ACTIONS[kind]:
            raise illegal(f"Invalid field: [{name}] found in {kind} action.")
        pattern = {"s": SIZE, "t": TIME}.get(ACTIONS[kind][name])
        if pattern and not pattern.fullmatch(str(value)):
            raise illegal(f"failed to parse setting [{name}] with value [{value}]: unit is missing or unrecognized")
    if kind in NEEDED and NEEDED[kind] not in body:
        raise illegal(f"{NEEDED[kind]} is null")
    wrapper = {name: value for name, value in action.items() if name in WRAPPER}
    return {"retry": RETRY, **wrapper, kind: {**DEFAULTS.get(kind, {}), **body}}


def _ism_template(template: Any) -> Document:
    for name in _object(template, "ISM template"):
        if name not in ("index_patterns", "priority", "last_updated_time"):
            raise illegal(f"Invalid field: [{name}] found in ISM template.")
    priority = template.get("priority", 0)
    if not template.get("index_patterns"):
        raise illegal("index_patterns is null or empty")
    if not isinstance(priority, int) or priority < 0:
        raise illegal("Requires priority to be >= 0")
    return {"index_patterns": template["index_patterns"], "priority": priority, "last_updated_time": now_ms()}


def _object(value: Any, what: str) -> Document:
    if not isinstance(value, dict):
        raise illegal(f"{what} must be an object")
    return value
