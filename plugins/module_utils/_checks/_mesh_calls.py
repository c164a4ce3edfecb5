# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every call between services, judged by the policies in the cluster against the declared dependencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _mesh_facts as facts
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._kube import mesh_match
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Request, principal
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_pairs import Call, Caller, pairs

GATEWAY = Caller("gateway", (principal(facts.INGRESS_NAMESPACE, facts.GATEWAY),))
STRANGERS = (
    Caller("another workload", (principal("default", "default"),)),
    Caller("plaintext", ("",)),
)
"""Those who are no services: one in the mesh, and one without a proxy."""
ELSEWHERE = "elsewhere.invalid"


def calls(world: World) -> list[Call]:
    """Services, strangers and the gateway, each asking every service."""
    services = world.once(facts.parties)
    return list(pairs([*services, *STRANGERS, GATEWAY], services))


def judge(
    services: Sequence[Mapping[str, Any]], asked: Sequence[Call], anonymous: Mapping[str, Any]
) -> Iterator[Breach]:
    """What is declared must work with a good token, and nothing else may: not without one, not from anybody else.

    :param anonymous: by public service, the paths that the gateway may reach without a token.
    """
    declared = {(one["name"], called) for one in services for called in one["dependencies"]["services"]}
    declared |= {(GATEWAY.name, one["name"]) for one in services if one["exposure"] == "public"}
    for call in asked:
        if call.token == "valid" and (call.caller, call.target) in declared:
            if not call.works:
                yield Breach("istio.declared_call_refused", {"caller": call.caller, "target": call.target})
            continue
        paths = anonymous.get(call.target, ()) if call.caller == GATEWAY.name and call.token == "none" else ()
        found = [one for one in call.openings if not _within(one.operation, paths)]
        if found:
            yield _open(call, found[0].policy)


def _open(call: Call, policy: str) -> Breach:
    params = {"caller": call.caller, "target": call.target, "policy": policy or "-"}
    if call.token == "valid":
        return Breach("istio.undeclared_call_allowed", params)
    return Breach("istio.call_without_token", {**params, "token": call.token})


def _within(operation: Mapping[str, Any], paths: Sequence[str]) -> bool:
    """Whether an operation is limited to some of the paths."""
    opened = operation.get("paths") or ()
    return bool(opened) and all(any(_includes(path, one) for path in paths) for one in opened)


def _includes(path: str, other: str) -> bool:
    """Whether whatever matches ``other`` matches ``path``."""
    if other.startswith("*") or "{" in other:
        return False
    return (
        mesh_match.text(path, other) if not other.endswith("*") else path.endswith("*") and other.startswith(path[:-1])
    )


def judge_gateway(world: World, port: int) -> Iterator[Breach]:
    """The gateway takes requests for the public hosts, and for no other."""
    hosts = {one["host"]: True for one in facts.services(world) if one["exposure"] == "public"}
    guards = facts.gateway_guards(world)
    if not guards:
        yield Breach("istio.no_gateway", {})
    for guard in guards:
        for host, wanted in {**hosts, ELSEWHERE: False}.items():
            allowed = guard.authorization.decide(Request("", port, host=host), None).allowed
            if allowed is not wanted:
                yield Breach("istio.gateway_open" if allowed else "istio.gateway_closed", {"host": host})
