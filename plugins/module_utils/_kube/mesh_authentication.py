# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RequestAuthentication and PeerAuthentication: whose token is accepted, and where plaintext is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_authorization import applies, selects
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import (
    ROOT_NAMESPACE,
    Request,
    Token,
    Workload,
    policy_name,
)

Policy = Mapping[str, Any]
Mode = Literal["DISABLE", "PERMISSIVE", "STRICT"]


def token_rules(policies: Iterable[Policy], workload: Workload, root: str = ROOT_NAMESPACE) -> list[Mapping[str, Any]]:
    """The JWT rules in force at a workload: those of all its RequestAuthentications together."""
    found = [policy for policy in policies if applies(policy, workload, root)]
    return [rule for policy in found for rule in (policy.get("spec") or {}).get("jwtRules") or ()]


def refuses(rules: Sequence[Mapping[str, Any]], request: Request) -> bool:
    """Whether a request fails for its token: it carries one, and no rule accepts it.

    A request without a token passes, and is not authenticated; only an AuthorizationPolicy can ask for one. Without
    rules a token is not looked at. A CORS preflight, which never carries one, is not either.
    https://istio.io/latest/docs/reference/config/security/request_authentication/
    """
    if not request.token or not rules or _preflight(request):
        return False
    read = [rule for rule in rules if _reads_bearer(rule)]
    return bool(read) and not any(accepts(rule, request.token) for rule in read)


def accepted(rules: Sequence[Mapping[str, Any]], request: Request) -> dict[str, Any] | None:
    """The claims that policies see as ``request.auth``: those of a token that a rule accepts, else None."""
    token = request.token
    if token is None or _preflight(request):
        return None
    return token.payload() if any(_reads_bearer(rule) and accepts(rule, token) for rule in rules) else None


def accepts(rule: Mapping[str, Any], token: Token) -> bool:
    """Whether a token is genuine, of the rule's issuer, and for one of its audiences, if it names any."""
    audiences = rule.get("audiences") or ()
    return (
        token.genuine
        and token.issuer == rule["issuer"]
        and (not audiences or not set(audiences).isdisjoint(token.audiences))
    )


def _reads_bearer(rule: Mapping[str, Any]) -> bool:
    """Whether a rule finds the token of ``Authorization: Bearer``: it names no other place, or that one too."""
    if not any(rule.get(place) for place in ("fromHeaders", "fromParams", "fromCookies")):
        return True
    return any(
        header["name"].lower() == "authorization" and header.get("prefix", "").strip() == "Bearer"
        for header in rule.get("fromHeaders") or ()
    )


def _preflight(request: Request) -> bool:
    return request.method == "OPTIONS" and {"origin", "access-control-request-method"} <= request.headers.keys()


def peer_mode(policies: Iterable[Policy], workload: Workload, port: int, root: str = ROOT_NAMESPACE) -> Mode:
    """Whether a port of a workload takes plaintext, mutual TLS or both.

    The narrowest policy wins: of the port, of the workload, of the namespace, of the mesh (the root namespace); UNSET
    takes what the wider one says; of several with the same reach the oldest counts; without any, both are taken. A
    policy with a selector in the root namespace has no effect.
    https://istio.io/latest/docs/reference/config/security/peer_authentication/
    """
    by_age = sorted(policies, key=lambda each: (each["metadata"].get("creationTimestamp", ""), policy_name(each)))
    chosen: dict[str, Mapping[str, Any]] = {}
    for policy in by_age:
        if (reach := _reach(policy, workload, root)) and reach not in chosen:
            chosen[reach] = policy.get("spec") or {}
    mode: Mode = "PERMISSIVE"
    for reach in ("mesh", "namespace", "workload"):
        mode = _mode(chosen.get(reach, {}).get("mtls"), mode)
    # The keys of portLevelMtls are numbers, which JSON writes as text.
    ports = {int(number): mtls for number, mtls in (chosen.get("workload", {}).get("portLevelMtls") or {}).items()}
    return _mode(ports.get(port), mode)


def _reach(policy: Policy, workload: Workload, root: str) -> str:
    """Which scope a policy is of; empty when it is not one of this workload's."""
    spec, namespace = policy.get("spec") or {}, policy["metadata"]["namespace"]
    if not (spec.get("selector") or {}).get("matchLabels"):
        return {root: "mesh", workload.namespace: "namespace"}.get(namespace, "")
    if namespace == root or namespace != workload.namespace:
        return ""
    return "workload" if selects(spec, workload) else ""


def _mode(mtls: Mapping[str, Any] | None, inherited: Mode) -> Mode:
    mode = (mtls or {}).get("mode", "UNSET")
    return inherited if mode == "UNSET" else mode
