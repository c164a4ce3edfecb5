from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _eks_facts, eks, iam, world
from ansible_collections.iworkz.platform.plugins.module_utils._checks._access_matrix import asks
from ansible_collections.iworkz.platform.plugins.module_utils._checks._keys import data_key
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements

from .cluster_facts import (
    CREATOR,
    SERVICES,
    ZONES,
    Cluster,
    account,
    binding,
    entry,
    iam_role,
    named,
    node,
    role,
)
from .fake_account import Client, broken

CHECKS = {
    "1.2.1.1": eks.spans_zones,
    "1.2.1.2": eks.scales_by_itself,
    "1.2.1.4": eks.least_privilege,
    "2.1.2.2": iam.people_by_role,
}
Change = Callable[[Cluster], Any]


def judged(item: str, *changes: Change) -> Finding:
    cluster = Cluster()
    for change in changes:
        change(cluster)
    return CHECKS[item](cluster, load_requirements().resolve(item).required)


def ids(item: str, *changes: Change) -> set[str]:
    return {breach.id for breach in broken(judged(item, *changes))}


def network(**values: Any) -> Change:
    return lambda c: c.facts[world.clusters][0]["resourcesVpcConfig"].update(values)


def in_cluster(**values: Any) -> Change:
    return lambda c: c.facts[world.clusters][0].update(values)


def in_group(**values: Any) -> Change:
    return lambda c: c.facts[_eks_facts.node_groups][0].update(values)


def has(plural: str, *found: dict[str, Any]) -> Change:
    return lambda c: c.kube.objects.update({plural: list(found)})


def gains(plural: str, one: dict[str, Any]) -> Change:
    return lambda c: c.kube.objects[plural].append(one)


def told(fact: Any, value: Any) -> Change:
    return lambda c: c.facts.update({fact: value})


def trust(name: str, found: dict[str, Any]) -> Change:
    return lambda c: c.facts[_eks_facts.iam_roles].update({role(name): found})


def answers(kind: str, verb: str, resource: str, namespace: str, allowed: bool) -> Change:
    """The API server gives this answer to everybody of a kind of subject."""

    def change(cluster: Cluster) -> None:
        groups = {team: [f"team:{team}"] for team in ("engagement", "platform")}
        for ask in asks(SERVICES, groups, ["ci:deployer"]):
            if (ask.subject.kind, ask.verb, ask.resource, ask.namespace) == (kind, verb, resource, namespace):
                cluster.kube.rights[repr(ask.review)] = allowed

    return change


@pytest.mark.parametrize("item", CHECKS)
def test_a_cluster_as_applied_passes(item: str) -> None:
    assert judged(item).breaches == ()


@pytest.mark.parametrize("item", ["1.2.1.1", "1.2.1.2", "2.1.2.2"])
def test_no_cluster_is_a_failure(item: str) -> None:
    nothing = (told(world.clusters, []), told(_eks_facts.node_groups, []), told(_eks_facts.access_entries, []))
    assert ids(item, *nothing) == {"eks.no_cluster"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (in_cluster(status="UPDATING"), set()),
        (in_cluster(status="FAILED"), {"eks.not_active"}),
        (network(subnetIds=["subnet-1a", "subnet-1c"]), {"eks.too_few_zones"}),
        (
            in_cluster(logging={"clusterLogging": [{"enabled": False, "types": ["audit"]}]}),
            {"eks.logs_off"},
        ),
        (in_cluster(encryptionConfig=[]), {"eks.secrets_plain"}),
        (told(data_key, "arn:another"), {"eks.secrets_other_key"}),
        (told(data_key, None), {"eks.secrets_other_key"}),
        (network(endpointPrivateAccess=False), {"eks.no_private_endpoint"}),
        (network(endpointPublicAccess=True), {"eks.open_endpoint"}),
        (network(endpointPublicAccess=True, publicAccessCidrs=["203.0.113.0/24"]), set()),
        (network(endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/1", "128.0.0.0/1"]), {"eks.open_endpoint"}),
    ],
)
def test_the_control_plane(change: Change, expected: set[str]) -> None:
    assert ids("1.2.1.1", change) == expected


def on_autoscaler(**status: Any) -> Change:
    return lambda c: c.kube.objects["deployments"][1].update(status=status)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (told(_eks_facts.node_groups, []), {"eks.no_node_group"}),
        (in_group(status="DEGRADED"), {"eks.group_not_active"}),
        (in_group(scalingConfig={"minSize": 3, "maxSize": 3}), {"eks.group_fixed"}),
        (in_group(subnets=["subnet-1a"]), {"eks.group_zones"}),
        (in_group(tags={}), {"eks.group_untagged"}),
        (has("nodes", node("general", "1a"), node("general", "1c")), {"eks.nodes_missing"}),
        (has("nodes", *(node("general", zone, "Unknown") for zone in ZONES)), {"eks.nodes_missing"}),
        (has("nodes", *(node("general", "1a") for zone in ZONES)), {"eks.nodes_crowded"}),
        (has("deployments"), {"eks.no_autoscaler"}),
        (on_autoscaler(), {"eks.autoscaler_down"}),
        (has("serviceaccounts"), {"eks.autoscaler_identity"}),
        (has("serviceaccounts", account("kube-system", "cluster-autoscaler")), {"eks.autoscaler_identity"}),
        (trust("autoscaler", iam_role("kube-system:cluster-autoscaler")), {"eks.autoscaler_identity"}),
        (trust("autoscaler", iam_role("kube-system:*", eks.SCALE)), {"eks.autoscaler_identity"}),
        (told(_eks_facts.issuers, {}), {"eks.autoscaler_identity"}),
    ],
)
def test_the_nodes(change: Change, expected: set[str]) -> None:
    assert ids("1.2.1.2", change) == expected


def shared() -> dict[str, Any]:
    found = iam_role("engagement:interview")
    conditions = found["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]
    (subject,) = (key for key in conditions if key.endswith(":sub"))
    conditions[subject] = [conditions[subject], "system:serviceaccount:engagement:other"]
    return found


def like() -> dict[str, Any]:
    found = iam_role("engagement:*")
    statement = found["AssumeRolePolicyDocument"]["Statement"][0]
    statement["Condition"] = {"StringLike": statement["Condition"]["StringEquals"]}
    return found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (told(_eks_facts.issuers, {}), {"eks.no_issuer"}),
        (lambda c: c.kube.objects["serviceaccounts"].pop(1), {"eks.no_account"}),
        (lambda c: c.facts[_eks_facts.iam_roles].pop(role("interview")), {"eks.no_role"}),
        (trust("interview", iam_role("engagement:other")), {"eks.role_shared"}),
        (trust("interview", shared()), {"eks.role_shared"}),
        (trust("interview", like()), {"eks.role_shared"}),
        (lambda c: c.kube.objects["serviceaccounts"][-1].pop("automountServiceAccountToken"), {"eks.default_token"}),
        (lambda c: c.kube.objects["serviceaccounts"].pop(), {"eks.default_token"}),
        (gains("pods", named("bare", "engagement", spec={})), {"eks.default_account"}),
        (answers("service", "get", "secrets", "engagement", True), {"eks.may"}),
        (answers("default", "list", "secrets", "", True), {"eks.may"}),
        (answers("ci", "create", "pods/exec", "platform", True), {"eks.may"}),
        (answers("ci", "patch", "deployments", "platform", False), {"eks.may_not"}),
        (answers("team", "get", "pods/log", "kube-system", False), {"eks.may_not"}),
    ],
)
def test_least_privilege(change: Change, expected: set[str]) -> None:
    assert ids("1.2.1.4", change) == expected


def lets_in(*entries: dict[str, Any]) -> Change:
    return lambda c: c.facts[_eks_facts.access_entries].extend(entries)


MIGHTY = ("AmazonEKSClusterAdminPolicy",)
EVERYTHING = named("everything", rules=[{"apiGroups": [""], "resources": ["*"], "verbs": ["get"]}])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (in_cluster(accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"}), {"eks.config_map"}),
        (lets_in(entry(f"{CREATOR}-2", policies=MIGHTY)), {"eks.administrators"}),
        (lets_in(entry(f"{CREATOR}-2", policies=("AmazonEKSViewPolicy",))), set()),
        (
            lambda c: c.facts[_eks_facts.access_entries][-1].update(policies=["AmazonEKSEditPolicy"]),
            {"eks.entry_policies"},
        ),
        (
            gains("clusterrolebindings", binding("ClusterRole", "x", "view", ("Group", "system:masters"))),
            {"eks.masters"},
        ),
        (
            gains("clusterrolebindings", binding("ClusterRole", "x", "cluster-admin", ("User", "alice"))),
            {"eks.wildcard_role"},
        ),
        (
            gains(
                "clusterrolebindings", binding("ClusterRole", "x", "cluster-admin", ("Group", "system:authenticated"))
            ),
            {"eks.wildcard_role"},
        ),
        (
            lambda c: (
                c.kube.objects["roles"].append(named("everything", "engagement", rules=EVERYTHING["rules"])),
                c.kube.objects["rolebindings"].append(
                    binding("Role", "x", "everything", ("Group", "team:x"), namespace="engagement")
                ),
            ),
            {"eks.wildcard_role"},
        ),
        (answers("team", "patch", "deployments", "platform", True), {"eks.may"}),
        (answers("team", "get", "secrets", "engagement", True), {"eks.may"}),
        (answers("team", "list", "pods", "engagement", False), {"eks.may_not"}),
        (answers("service", "list", "pods", "engagement", True), set()),
    ],
)
def test_people(change: Change, expected: set[str]) -> None:
    assert ids("2.1.2.2", change) == expected


def test_a_team_without_an_entry_can_do_nothing() -> None:
    def shut_out(cluster: Cluster) -> None:
        cluster.facts[_eks_facts.access_entries].pop()
        for ask in asks(SERVICES, {"engagement": ["team:engagement"]}, ["ci:deployer"]):
            cluster.kube.rights.setdefault(repr(ask.review), False)

    assert ids("2.1.2.2", shut_out) == {"eks.no_entry", "eks.may_not"}


def test_what_is_asked_comes_from_the_declared_services() -> None:
    questions = asks(SERVICES, {}, [])
    teams = {ask.subject.name for ask in questions if ask.subject.kind == "team"}
    assert teams == {"team engagement", "team platform"}
    assert {ask.subject.name for ask in questions if ask.subject.kind == "service"} == {
        "platform/api-gateway",
        "platform/identity",
        "engagement/interview",
    }
    (log,) = (
        ask
        for ask in questions
        if ask.subject.name == "team engagement" and (ask.resource, ask.namespace) == ("pods/log", "engagement")
    )
    assert log.allowed
    assert log.text == "get pods/log in engagement"
    assert log.review["resourceAttributes"] == {
        "verb": "get",
        "group": "",
        "resource": "pods",
        "subresource": "log",
        "namespace": "engagement",
    }
    assert not any(ask.allowed for ask in questions if ask.resource == "secrets")


def test_facts_are_read_of_the_platforms_cluster() -> None:
    pages = {
        "list_nodegroups": {"nodegroups": ["general"]},
        "describe_nodegroup": lambda **names: {"nodegroup": names},
        "list_access_entries": {"accessEntries": [CREATOR]},
        "describe_access_entry": lambda **names: {"accessEntry": names},
        "list_associated_access_policies": {
            "associatedAccessPolicies": [{"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy"}]
        },
    }
    cluster = Cluster()
    cluster.client = lambda service, region=None: Client(pages)  # type: ignore[method-assign]
    for fact in (_eks_facts.node_groups, _eks_facts.access_entries):
        del cluster.facts[fact]
    assert cluster.once(_eks_facts.node_groups) == [{"clusterName": "iworkz-sandbox", "nodegroupName": "general"}]
    assert cluster.once(_eks_facts.access_entries) == [
        {"clusterName": "iworkz-sandbox", "principalArn": CREATOR, "policies": ["AmazonEKSAdminPolicy"]}
    ]
