# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether somebody could ever be let in: not by trying requests, but by what the policies leave open.

Everything that a caller may choose (method, path, host, port, headers, address, and what a good token says of him) is
taken to be whatever opens most. Who he is and whether his token is good is not his choice. So where nothing is open, no
request of his is let in; where something is, some request may be. A CORS preflight counts as a request without a token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.iworkz.platform.plugins.module_utils._kube import mesh_authentication as authentication
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh import Guard
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Request, policy_name
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_rules import Rule, negative

WHO = ("principals", "namespaces", "serviceAccounts", "trustDomains")
TOKEN = "requestPrincipals"
WHO_CONDITIONS = ("source.principal", "source.namespace", "source.serviceAccount", "source.trustDomain")
TOKEN_CONDITIONS = "request.auth."


class Opening(NamedTuple):
    """What lets somebody in: a policy's name, empty where there is none, and the operation, empty for all."""

    policy: str
    operation: Mapping[str, Any]


def openings(guard: Guard, request: Request) -> list[Opening]:
    """What could let in the principal and the token of ``request``; of all else, only its port matters, for TLS."""
    if guard.peer_mode(request.port) == "STRICT" and not request.principal:
        return []
    if authentication.refuses(guard.token_rules, request):
        return []
    claims = authentication.accepted(guard.token_rules, request) or {}
    for policy in guard.authorization.of("DENY"):
        if any(_denies(policy, rule, request, claims) for rule in _rules(policy)):
            return []
    allowing = guard.authorization.of("ALLOW")
    if not allowing:
        return [Opening("", {})]
    return [
        Opening(policy_name(policy), operation)
        for policy in allowing
        for rule in _rules(policy)
        if _may_match(policy, rule, request, claims)
        for operation in _operations(rule)
    ]


def _denies(policy: Mapping[str, Any], rule: Mapping[str, Any], request: Request, claims: Mapping[str, Any]) -> bool:
    """Whether a DENY rule matches whatever the caller chooses: it looks at who he is, or at his lack of a token."""
    if rule.get("to") or rule.get("when"):
        return False
    fixed = {*WHO, *map(negative, WHO)} | (set() if claims else {TOKEN, negative(TOKEN)})
    sources = [each for each in rule.get("from") or [{}] if set(each.get("source") or {}) <= fixed]
    return bool(sources) and _matches(policy, {"from": sources} if rule.get("from") else {}, request, claims)


def _may_match(policy: Mapping[str, Any], rule: Mapping[str, Any], request: Request, claims: Mapping[str, Any]) -> bool:
    """Whether an ALLOW rule matches if the caller chooses well."""
    fixed = {*WHO, *map(negative, WHO)} | (set() if claims else {TOKEN, negative(TOKEN)})
    sources = [_kept(each.get("source") or {}, fixed) for each in rule.get("from") or ()]
    conditions = [each for each in rule.get("when") or () if _is_fixed(each["key"], claims)]
    kept: dict[str, Any] = {"when": conditions}
    if sources:
        kept["from"] = [{"source": source} for source in sources]
    return _matches(policy, kept, request, claims)


def _matches(policy: Mapping[str, Any], rule: Mapping[str, Any], request: Request, claims: Mapping[str, Any]) -> bool:
    return Rule(rule, policy["metadata"]["namespace"], lenient=False).matches(request, claims)


def _kept(fields: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: values for name, values in fields.items() if name in names}


def _is_fixed(key: str, claims: Mapping[str, Any]) -> bool:
    """Without a good token nothing can be claimed; with one, anything."""
    return key in WHO_CONDITIONS or (key.startswith(TOKEN_CONDITIONS) and not claims)


def _rules(policy: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (policy.get("spec") or {}).get("rules") or ()


def _operations(rule: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each.get("operation") or {} for each in rule.get("to") or [{}]]
