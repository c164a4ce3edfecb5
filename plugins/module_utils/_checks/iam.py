# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of who may do what: the roles of services (2.1.2.1), people on the platform (2.1.2.2), MFA (2.1.2.3), and
services that authenticate one another (2.1.2.4)."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _eks_people,
    _least_privilege,
    _mesh_calls,
    _mesh_facts,
    _mesh_tokens,
    _mfa,
    _token_keys,
    _token_trial,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_pairs import table


@check("2.1.2.1")
def services_have_roles_of_their_own(world: World, required: dict[str, Any]) -> Finding:
    return _least_privilege.judge_roles(world, required)


@check("2.1.2.2")
def people_by_role(world: World, required: dict[str, Any]) -> Finding:
    return _eks_people.judge_people(world, required["administrators"])


@check("2.1.2.3")
def nobody_without_mfa(world: World, required: dict[str, Any]) -> Finding:
    return _mfa.judge_mfa(world, required)


@check("2.1.2.4")
def services_authenticate_one_another(world: World, required: dict[str, Any]) -> Finding:
    services, asked = _mesh_facts.services(world), world.once(_mesh_calls.calls)
    tried = world.once(_token_trial.trials)
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
        "keys": [key.name for key in world.once(_token_trial.published)],
        "served": _token_keys.told(world.once(_token_keys.served)),
        "tokens": _token_trial.summary(tried),
        "token_table": _token_trial.table(tried),
    }
    breaches = [
        *_mesh_tokens.judge(world.once(_mesh_facts.guards), mesh["issuer"]),
        *_mesh_calls.judge(services, asked, mesh["anonymous_paths"]),
        *_mesh_calls.judge_gateway(world, world.platform.declared["gateway"]["port"]),
        *_token_trial.judge_keys(world, required["key_age_days"]),
        *_token_keys.judge(world, world.once(_mesh_facts.guards), required["jwks_seconds"]),
        *_token_trial.judge_trials(tried),
    ]
    return Finding(observed, tuple(breaches))
