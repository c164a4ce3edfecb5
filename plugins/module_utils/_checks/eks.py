# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the cluster (1.2.1.1), its nodes (1.2.1.2), and what its accounts may do (1.2.1.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _irsa
from ansible_collections.iworkz.platform.plugins.module_utils._checks._access_matrix import judge_answers, teams_of
from ansible_collections.iworkz.platform.plugins.module_utils._checks._eks_facts import (
    Item,
    answers,
    iam_roles,
    node_groups,
    trusted_issuer,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._keys import data_key
from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_facts import is_world
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import clusters

NO_CLUSTER = Breach("eks.no_cluster", {})
NO_NODE_GROUP = Breach("eks.no_node_group", {})
AUTOSCALER = "cluster-autoscaler"
SCALE = "autoscaling:SetDesiredCapacity"
ZONE = "topology.kubernetes.io/zone"


@check("1.2.1.1")
def spans_zones(world: World, required: dict[str, Any]) -> Finding:
    """Active, in three zones, logged, its secrets encrypted by the platform's key, not open to the world."""
    key = world.once(data_key)
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for cluster in world.once(clusters):
        network = cluster["resourcesVpcConfig"]
        logs = {t for group in cluster["logging"]["clusterLogging"] if group["enabled"] for t in group["types"]}
        keys = [
            one["provider"]["keyArn"] for one in cluster.get("encryptionConfig", ()) if "secrets" in one["resources"]
        ]
        name = cluster["name"]
        facts = observed[name] = {
            "status": cluster["status"],
            "version": cluster["version"],
            "zones": _zones(world, network["subnetIds"]),
            "logs": sorted(logs),
            "secrets_key": keys[0] if keys else None,
            "private_endpoint": network["endpointPrivateAccess"],
            "public_endpoint": network["publicAccessCidrs"] if network["endpointPublicAccess"] else [],
        }
        breaches += _judge_cluster(name, facts, key, required)
    return Finding(observed, tuple(breaches) if observed else (NO_CLUSTER,))


def _judge_cluster(name: str, facts: Item, key: str | None, required: dict[str, Any]) -> Iterator[Breach]:
    if facts["status"] not in ("ACTIVE", "UPDATING"):
        yield Breach("eks.not_active", {"cluster": name, "status": facts["status"]})
    if len(facts["zones"]) < required["zones"]:
        yield Breach(
            "eks.too_few_zones", {"cluster": name, "zones": len(facts["zones"]), "required": required["zones"]}
        )
    if missing := sorted(set(required["control_plane_logs"]) - set(facts["logs"])):
        yield Breach("eks.logs_off", {"cluster": name, "logs": ", ".join(missing)})
    if facts["secrets_key"] is None:
        yield Breach("eks.secrets_plain", {"cluster": name})
    elif facts["secrets_key"] != key:
        yield Breach("eks.secrets_other_key", {"cluster": name, "key": facts["secrets_key"]})
    if not facts["private_endpoint"]:
        yield Breach("eks.no_private_endpoint", {"cluster": name})
    for cidr in filter(is_world, facts["public_endpoint"]):
        yield Breach("eks.open_endpoint", {"cluster": name, "cidr": cidr})


@check("1.2.1.2")
def scales_by_itself(world: World, required: dict[str, Any]) -> Finding:
    """Node groups with room across zones, their nodes ready in those zones, and an autoscaler that may size them."""
    groups = world.once(node_groups)
    if not groups:
        return Finding({"node_groups": {}}, (NO_NODE_GROUP,) if world.once(clusters) else (NO_CLUSTER,))
    ready = _ready_nodes(world.kubernetes.list("v1", "nodes"))
    observed: dict[str, Any] = {"node_groups": {}}
    breaches: list[Breach] = []
    for group in groups:
        name, scaling = group["nodegroupName"], group["scalingConfig"]
        facts = observed["node_groups"][name] = {
            "status": group["status"],
            "min": scaling["minSize"],
            "max": scaling["maxSize"],
            "capacity": group["capacityType"],
            "zones": _zones(world, group["subnets"]),
            "ready_nodes": dict(sorted(ready.get(name, Counter()).items())),
            "tagged": group.get("tags", {}).get(f"k8s.io/{AUTOSCALER}/{group['clusterName']}") == "owned",
        }
        breaches += _judge_group(name, facts, required)
    observed["autoscaler"], found = _autoscaler(world, groups[0]["clusterName"])
    return Finding(observed, (*breaches, *found))


def _judge_group(name: str, facts: Item, required: dict[str, Any]) -> Iterator[Breach]:
    if facts["status"] not in ("ACTIVE", "UPDATING"):
        yield Breach("eks.group_not_active", {"group": name, "status": facts["status"]})
    if facts["min"] >= facts["max"]:
        yield Breach("eks.group_fixed", {"group": name, "min": facts["min"], "max": facts["max"]})
    zones = {"group": name, "required": required["zones"]}
    if len(facts["zones"]) < required["zones"]:
        yield Breach("eks.group_zones", {**zones, "zones": len(facts["zones"])})
    if sum(facts["ready_nodes"].values()) < facts["min"]:
        count = sum(facts["ready_nodes"].values())
        yield Breach("eks.nodes_missing", {"group": name, "ready": count, "min": facts["min"]})
    elif facts["min"] >= required["zones"] > len(facts["ready_nodes"]):
        yield Breach("eks.nodes_crowded", {**zones, "zones": ", ".join(facts["ready_nodes"])})
    if not facts["tagged"]:
        yield Breach("eks.group_untagged", {"group": name})


def _autoscaler(world: World, cluster: str) -> tuple[Item | None, list[Breach]]:
    """Settings, state and identity of the autoscaler that looks for this cluster's groups."""
    settings = f"k8s.io/{AUTOSCALER}/{cluster}"
    found = next((d for d in world.kubernetes.list("apps/v1", "deployments") if settings in _arguments(d)), None)
    if found is None:
        return None, [Breach("eks.no_autoscaler", {"cluster": cluster})]
    namespace, account = found["metadata"]["namespace"], found["spec"]["template"]["spec"].get("serviceAccountName")
    accounts = world.kubernetes.list("v1", "serviceaccounts")
    named = [one for one in accounts if (one["metadata"]["namespace"], one["metadata"]["name"]) == (namespace, account)]
    arn = _irsa.role_of(named[0]) if named else None
    role = world.once(iam_roles).get(arn or "")
    issuer = trusted_issuer(world)
    facts = {"available": found.get("status", {}).get("availableReplicas", 0), "role": arn}
    breaches = []
    if not facts["available"]:
        breaches.append(Breach("eks.autoscaler_down", {"deployment": f"{namespace}/{found['metadata']['name']}"}))
    trusted = _irsa.trusted(role, issuer) if role and issuer else None
    if role is None or trusted != {f"{namespace}:{account}"} or not _irsa.may(role, SCALE):
        breaches.append(Breach("eks.autoscaler_identity", {"account": f"{namespace}/{account}", "role": arn or "-"}))
    return facts, breaches


def _arguments(deployment: Item) -> str:
    containers = deployment["spec"]["template"]["spec"]["containers"]
    return " ".join(str(word) for one in containers for word in (*one.get("command", ()), *one.get("args", ())))


@check("1.2.1.4")
def least_privilege(world: World, required: dict[str, Any]) -> Finding:
    """An account and a role of its own for every service, no default tokens, every question answered as declared."""
    told = world.once(answers)
    services = world.platform.declared["services"]
    accounts = {_place(one): one for one in world.kubernetes.list("v1", "serviceaccounts")}
    breaches = [*_judge_accounts(world, services, accounts), *_judge_defaults(world, teams_of(services), accounts)]
    breaches += judge_answers(told)
    observed = {
        "service_accounts": {
            place: _irsa.role_of(accounts[place])
            for service in services
            if (place := f"{service['team']}/{service['name']}") in accounts
        },
        "questions": len(told),
        "allowed": sum(told.values()),
        "otherwise": sum(allowed != ask.allowed for ask, allowed in told.items()),
    }
    return Finding(observed, tuple(breaches))


def _judge_accounts(world: World, services: Collection[Item], accounts: dict[str, Item]) -> Iterator[Breach]:
    issuer = trusted_issuer(world)
    if issuer is None:
        yield Breach("eks.no_issuer", {"issuer": world.kubernetes.cluster.issuer})
        return
    roles = world.once(iam_roles)
    for service in services:
        place = f"{service['team']}/{service['name']}"
        if place not in accounts:
            yield Breach("eks.no_account", {"account": place})
            continue
        arn = _irsa.role_of(accounts[place])
        role = roles.get(arn or "")
        if role is None:
            yield Breach("eks.no_role", {"account": place, "role": arn or "-"})
            continue
        trusted = _irsa.trusted(role, issuer)
        if trusted != {place.replace("/", ":")}:
            others = "?" if trusted is None else ", ".join(sorted(trusted))
            yield Breach("eks.role_shared", {"account": place, "role": arn, "trusted": others})


def _judge_defaults(world: World, teams: Collection[str], accounts: dict[str, Item]) -> Iterator[Breach]:
    for team in teams:
        account = accounts.get(f"{team}/default")
        if account is None or account.get("automountServiceAccountToken") is not False:
            yield Breach("eks.default_token", {"namespace": team})
    for pod in world.kubernetes.list("v1", "pods"):
        metadata, spec = pod["metadata"], pod["spec"]
        mounted = spec.get("automountServiceAccountToken", True) and metadata["namespace"] in teams
        if mounted and spec.get("serviceAccountName", "default") == "default":
            yield Breach("eks.default_account", {"pod": _place(pod)})


def _zones(world: World, subnets: Collection[str]) -> list[str]:
    """Zones of subnets (ec2:DescribeSubnets)."""
    found = world.client("ec2").describe_subnets(SubnetIds=sorted(subnets))["Subnets"]
    return sorted({subnet["AvailabilityZone"] for subnet in found})


def _ready_nodes(nodes: Collection[Item]) -> dict[str, Counter[str]]:
    """Number of ready nodes by node group and zone."""
    found: dict[str, Counter[str]] = {}
    for node in nodes:
        labels = node["metadata"].get("labels", {})
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"].get("conditions", ()))
        if ready and "eks.amazonaws.com/nodegroup" in labels:
            found.setdefault(labels["eks.amazonaws.com/nodegroup"], Counter())[labels.get(ZONE, "?")] += 1
    return found


def _place(one: Item) -> str:
    return f"{one['metadata']['namespace']}/{one['metadata']['name']}"
