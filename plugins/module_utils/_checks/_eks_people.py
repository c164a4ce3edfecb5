# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How people get into the cluster and what they may do there, against what the checklist demands of their teams."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _access_people
from ansible_collections.iworkz.platform.plugins.module_utils._checks._access_matrix import judge_answers, teams_of
from ansible_collections.iworkz.platform.plugins.module_utils._checks._eks_facts import (
    access_entries,
    answers,
    team_role,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World, clusters

NO_CLUSTER = Breach("eks.no_cluster", {})
ADMIN_POLICIES = frozenset({"AmazonEKSAdminPolicy", "AmazonEKSClusterAdminPolicy"})
RBAC = "rbac.authorization.k8s.io/v1"


def judge_people(world: World, administrators: int) -> Finding:
    """Every team gets in by an entry of its own and may do what it should.

    :param administrators: how many identities may be almighty.
    """
    modes = {cluster["name"]: cluster["accessConfig"]["authenticationMode"] for cluster in world.once(clusters)}
    if not modes:
        return Finding({}, (NO_CLUSTER,))
    teams = teams_of(world.platform.declared["services"])
    entries = {entry["principalArn"]: entry for entry in world.once(access_entries)}
    told = {ask: allowed for ask, allowed in world.once(answers).items() if ask.subject.kind in ("team", "ci")}
    mighty = sorted(arn for arn, entry in entries.items() if ADMIN_POLICIES & set(entry["policies"]))
    breaches = [
        Breach("eks.config_map", {"cluster": name, "mode": mode}) for name, mode in modes.items() if mode != "API"
    ]
    for team in teams:
        entry = entries.get(team_role(world, team))
        if entry is None:
            breaches.append(Breach("eks.no_entry", {"team": team, "role": team_role(world, team)}))
        elif entry["policies"]:
            breaches.append(Breach("eks.entry_policies", {"team": team, "policies": ", ".join(entry["policies"])}))
    if len(mighty) > administrators:
        breaches.append(Breach("eks.administrators", {"names": ", ".join(mighty), "max": administrators}))
    breaches += [*_judge_bindings(world), *judge_answers(told)]
    observed = {
        "modes": modes,
        "teams": {team: entries.get(team_role(world, team), {}).get("kubernetesGroups") for team in teams},
        "administrators": mighty,
        "questions": len(told),
        "otherwise": sum(allowed != ask.allowed for ask, allowed in told.items()),
    }
    return Finding(observed, tuple(breaches))


def _judge_bindings(world: World) -> Iterator[Breach]:
    kube = world.kubernetes
    bindings = [*kube.list(RBAC, "clusterrolebindings"), *kube.list(RBAC, "rolebindings")]
    roles = _access_people.by_key(kube.list(RBAC, "clusterroles"), "ClusterRole")
    roles |= _access_people.by_key(kube.list(RBAC, "roles"), "Role")
    for binding in _access_people.masters(bindings):
        yield Breach("eks.masters", {"binding": binding})
    for binding, role, subject in _access_people.wildcards(bindings, roles):
        yield Breach("eks.wildcard_role", {"binding": binding, "role": role, "subject": subject})
