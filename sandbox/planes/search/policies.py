"""Index State Management: policies with optimistic concurrency, and which index is managed by which.

Nothing is done to an index: the job that moves managed indices through their states does not run here.
https://docs.opensearch.org/latest/im-plugin/ism/api/
https://docs.opensearch.org/latest/im-plugin/ism/policies/
"""

from __future__ import annotations

from typing import Any

from sandbox.planes.search.errors import SearchError, illegal
from sandbox.planes.search.policy_body import policy_of
from sandbox.planes.search.routes import WAITING, Request, route
from sandbox.planes.search.state import Document, State, matches, overlap


@route("PUT", "/_plugins/_ism/policies/{id}", WAITING | {"if_seq_no", "if_primary_term", "refresh"})
def put_policy(request: Request) -> Any:
    identifier, state = request.args["id"], request.state
    body = request.body
    if not isinstance(body, dict) or body.keys() != {"policy"}:
        raise SearchError(400, "parsing_exception", "the body must be an object with the key [policy] only")
    current = state.policies.get(identifier)
    _check_concurrency(request, identifier, current)
    policy = policy_of(identifier, body["policy"])
    _check_patterns(state, identifier, policy)
    state.policies[identifier] = {
        "_version": current["_version"] + 1 if current else 1,
        "_seq_no": state.next_sequence(),
        "_primary_term": 1,
        "policy": policy,
    }
    shown = {"_id": identifier, **state.policies[identifier], "policy": {"policy": policy}}
    return (200 if current else 201), shown


@route("GET", "/_plugins/_ism/policies/{id}")
def get_policy(request: Request) -> Document:
    identifier = request.args["id"]
    if identifier not in request.state.policies:
        raise SearchError(404, "status_exception", "Policy not found")
    return {"_id": identifier, **request.state.policies[identifier]}


@route("HEAD", "/_plugins/_ism/policies/{id}")
def has_policy(request: Request) -> tuple[int, None]:
    return (200 if request.args["id"] in request.state.policies else 404), None


@route("GET", "/_plugins/_ism/policies", frozenset({"size", "from", "sortField", "sortOrder", "queryString"}))
def list_policies(request: Request) -> Document:
    known = sorted(request.state.policies.items())
    begin, size = int(request.query.get("from", 0)), int(request.query.get("size", 20))
    page = [{"_id": identifier, **policy} for identifier, policy in known[begin : begin + size]]
    return {"policies": page, "total_policies": len(known)}


@route("DELETE", "/_plugins/_ism/policies/{id}", WAITING | {"refresh"})
def delete_policy(request: Request) -> Any:
    identifier, state = request.args["id"], request.state
    gone = state.policies.pop(identifier, None)
    answer = {
        "_index": ".opendistro-ism-config",
        "_id": identifier,
        "_version": gone["_version"] + 1 if gone else 1,
        "result": "deleted" if gone else "not_found",
        "forced_refresh": True,
        "_shards": {"total": 2, "successful": 2, "failed": 0},
        "_seq_no": state.next_sequence(),
        "_primary_term": 1,
    }
    return (200 if gone else 404), answer


@route("GET|POST", "/_plugins/_ism/explain/{index}", WAITING | {"local", "show_policy", "validate_action"})
def explain(request: Request) -> Document:
    found: Document = {}
    managed = 0
    for name in request.state.resolve(request.args["index"]):
        index = request.state.indices[name]
        policy = index["policy"]
        found[name] = {
            "index.plugins.index_state_management.policy_id": policy,
            "index.opendistro.index_state_management.policy_id": policy,
        }
        if policy:
            managed += 1
            uuid = index["settings"]["index.uuid"]
            # What it says until the first run of the job, which is not emulated.
            found[name] |= {"index": name, "index_uuid": uuid, "policy_id": policy, "enabled": True}
        if policy and request.flag("show_policy") and policy in request.state.policies:
            found[name]["policy"] = request.state.policies[policy]["policy"]
    return {**found, "total_managed_indices": managed}


@route("POST", "/_plugins/_ism/add/{index}")
def add_policy(request: Request) -> Document:
    body = request.body or {}
    if body.get("policy_id") not in request.state.policies:
        raise illegal(f"Could not find policy={body.get('policy_id')}")
    changed = []
    for name in request.state.resolve(request.args["index"]):
        if request.state.indices[name]["policy"] is None:
            request.state.indices[name]["policy"] = body["policy_id"]
            changed.append(name)
    failed = [
        {
            "index_name": name,
            "index_uuid": request.state.indices[name]["settings"]["index.uuid"],
            "reason": "This index already has a policy, use the update policy API to update index policies",
        }
        for name in request.state.resolve(request.args["index"])
        if name not in changed
    ]
    return {"updated_indices": len(changed), "failures": bool(failed), "failed_indices": failed}


@route("POST", "/_plugins/_ism/remove/{index}")
def remove_policy(request: Request) -> Document:
    names = request.state.resolve(request.args["index"])
    changed = [name for name in names if request.state.indices[name]["policy"]]
    for name in changed:
        request.state.indices[name]["policy"] = None
    return {"updated_indices": len(changed), "failures": False, "failed_indices": []}


def for_index(state: State, name: str) -> str | None:
    """The policy whose ism_template of the highest priority matches a new index."""
    found = [
        (template["priority"], identifier)
        for identifier, document in state.policies.items()
        for template in document["policy"]["ism_template"] or []
        if matches(name, template["index_patterns"])
    ]
    return max(found)[1] if found else None


def _check_concurrency(request: Request, identifier: str, current: Document | None) -> None:
    number, term = request.query.get("if_seq_no"), request.query.get("if_primary_term")
    if (number is None) != (term is None):
        raise illegal("if_seq_no and if_primary_term must be given together")
    if number is None and current:
        version = current["_version"]
        raise _conflict(f"[{identifier}]: version conflict, document already exists (current version [{version}])")
    if number is None:
        return
    required = f"[{identifier}]: version conflict, required seqNo [{number}], primary term [{term}]. "
    if current is None:
        raise _conflict(required + "but no document was found")
    if (number, term) != (str(current["_seq_no"]), str(current["_primary_term"])):
        raise _conflict(
            f"{required}current document has seqNo [{current['_seq_no']}] and primary term [{current['_primary_term']}]"
        )


def _conflict(reason: str) -> SearchError:
    members = {"index": ".opendistro-ism-config", "shard": "0", "index_uuid": "_na_"}
    return SearchError(409, "version_conflict_engine_exception", reason, **members)


def _check_patterns(state: State, identifier: str, policy: Document) -> None:
    for template in policy["ism_template"] or []:
        for other, document in state.policies.items():
            for rival in document["policy"]["ism_template"] or []:
                same = other != identifier and rival["priority"] == template["priority"]
                if same and any(overlap(a, b) for a in template["index_patterns"] for b in rival["index_patterns"]):
                    raise illegal(
                        f"New policy {identifier} has an ISM template with index pattern {template['index_patterns']} "
                        f"matching existing policy templates [policy [{other}] => {rival['index_patterns']}], please "
                        f"use a different priority than {template['priority']}"
                    )
