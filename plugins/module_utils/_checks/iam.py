# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of who may do what: people on the platform (2.1.2.2), and services that authenticate one another, as far as
the mesh's policies decide that (2.1.2.4)."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _eks_people,
    _mesh_calls,
    _mesh_facts,
    _mesh_tokens,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_pairs import table


@check("2.1.2.2")
def people_by_role(world: World, required: dict[str, Any]) -> Finding:
    return _eks_people.judge_people(world, required["administrators"])


@check("2.1.2.4")
def services_authenticate_one_another(world: World, required: dict[str, Any]) -> Finding:
    services, asked = _mesh_facts.services(world), world.once(_mesh_calls.calls)
    mesh = world.platform.declared["mesh"]
    allowed: dict[str, list[str]] = {caller: [] for caller in dict.fromkeys(call.caller for call in asked)}
    for call in asked:
        if call.token == "valid" and call.works:
            allowed[call.caller].append(call.target)
    observed = {
        "services": len(services),
        "pairs": len(services) ** 2,
        "allowed": allowed,
        "table": table(asked).splitlines(),
    }
    breaches = [
        *_mesh_tokens.judge(world.once(_mesh_facts.guards), mesh["issuer"]),
        *_mesh_calls.judge(services, asked, mesh["anonymous_paths"]),
        *_mesh_calls.judge_gateway(world, world.platform.declared["gateway"]["port"]),
    ]
    return Finding(observed, tuple(breaches))
