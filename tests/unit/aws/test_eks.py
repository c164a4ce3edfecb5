from __future__ import annotations

import re

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import eks_state as states
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_access import AccessEntry, PodIdentityAssociation
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_addon import Addon
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_launch_template import LaunchTemplate
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_nodegroup import Nodegroup, same_taints
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import levelled

from .conftest import TAGS, client_error

NODES = "arn:aws:iam::123456789012:role/node"
DONE = {"update": {"id": "u-1", "status": "Successful"}}
GROUP = {
    "nodegroupName": "general",
    "clusterName": "c",
    "nodegroupArn": "arn:g",
    "status": "ACTIVE",
    "version": "1.34",
    "scalingConfig": {"minSize": 3, "maxSize": 9, "desiredSize": 5},
    "subnets": ["subnet-00000001"],
    "labels": {"kept": "1", "old": "1"},
    "taints": [{"key": "a", "value": "x", "effect": "NO_SCHEDULE"}],
    "tags": TAGS,
}
TEMPLATE = {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "node", "DefaultVersionNumber": 3}


def groups(**change):
    return {
        "sts:GetCallerIdentity": {"Account": "123456789012", "Arn": "arn:me"},
        "eks:ListClusters": {"clusters": ["c", "other"]},
        "eks:ListNodegroups": lambda params: {"nodegroups": ["general"] if params["clusterName"] == "c" else []},
        "eks:DescribeNodegroup": {"nodegroup": {**GROUP, **change}},
        "eks:UpdateNodegroupConfig": {"update": {"id": "u-1", "status": "InProgress"}},
        "eks:UpdateNodegroupVersion": {"update": {"id": "u-1", "status": "InProgress"}},
        "eks:DescribeUpdate": DONE,
    }


def test_nodes_come_after_what_makes_them_ready():
    order = [adapter.kind for adapter in levelled([adapter(None) for adapter in ADAPTERS])]  # type: ignore[arg-type]
    assert order.index("cluster") < order.index("addon") < order.index("nodegroup")
    assert order.index("launch_template") < order.index("nodegroup")


@pytest.mark.parametrize(
    ("given", "on"),
    [
        (None, []),
        ({"cluster_logging": [{"types": ["audit", "api"], "enabled": True}]}, ["api", "audit"]),
        (
            {
                "cluster_logging": [
                    {"types": ["scheduler"], "enabled": False},
                    {"types": ["audit"], "enabled": True},
                    {"types": ["api"], "enabled": True},
                ]
            },
            ["api", "audit"],
        ),
    ],
)
def test_logs_that_are_on(given, on):
    assert states.enabled_logs(given) == on


def test_logs_that_are_not_declared_are_turned_off():
    assert states.logging_change({"cluster_logging": [{"types": ["audit"], "enabled": True}]}) == {
        "clusterLogging": [
            {"types": ["audit"], "enabled": True},
            {"types": ["api", "authenticator", "controllerManager", "scheduler"], "enabled": False},
        ]
    }


@pytest.mark.parametrize(
    ("current", "desired", "change"),
    [
        ({"min_size": 3, "max_size": 9, "desired_size": 5}, {"min_size": 1, "max_size": 12}, (1, 12, 5)),
        ({"min_size": 3, "max_size": 9, "desired_size": 5}, {"min_size": 6, "max_size": 12}, (6, 12, 6)),
        ({"min_size": 3, "max_size": 9, "desired_size": 5}, {"min_size": 2, "max_size": 4}, (2, 4, 4)),
        ({"min_size": 3, "max_size": 9, "desired_size": 5}, {"max_size": 20}, (3, 20, 5)),
    ],
)
def test_bounds_move_the_size_only_where_they_must(current, desired, change):
    assert tuple(states.scaling_change(current, desired).values()) == change


def test_a_taint_is_known_by_key_and_effect():
    current = [
        {"key": "a", "value": "x", "effect": "NO_SCHEDULE"},
        {"key": "b", "value": "", "effect": "NO_EXECUTE"},
        {"key": "c", "effect": "NO_SCHEDULE"},
    ]
    desired = [{"key": "a", "value": "y", "effect": "NO_SCHEDULE"}, {"key": "c", "effect": "NO_SCHEDULE"}]
    assert states.taints_change(current, desired) == {
        "addOrUpdateTaints": [{"key": "a", "value": "y", "effect": "NO_SCHEDULE"}],
        "removeTaints": [{"key": "b", "effect": "NO_EXECUTE"}],
    }
    assert same_taints(current[:2], [{"key": "b", "effect": "NO_EXECUTE"}, current[0]])
    assert not same_taints(current, desired)


@pytest.mark.parametrize(("text", "value"), [(None, {}), ("", {}), ('{"a": 1}', {"a": 1}), ("a: 1", "a: 1")])
def test_configuration_values_are_json(text, value):
    assert states.configuration(text) == value


def test_issues_are_told():
    state = {"health": {"issues": [{"code": "IamNodeRoleNotFound", "message": "no role"}]}}
    assert states.issues(state) == "IamNodeRoleNotFound: no role"
    assert states.issues({}) == "no reason given"


def test_members_are_read_of_the_clusters_that_are_asked_for(scripted):
    context = scripted(groups())
    found = Nodegroup(context).read({"c/general"})
    assert list(found) == ["c/general"]
    assert found["c/general"]["_status"] == "ACTIVE"
    assert "created_at" not in found["c/general"]
    assert [params["clusterName"] for params in context.clients.named("eks:ListNodegroups")] == ["c"]


def test_a_member_that_goes_away_meanwhile_is_gone(scripted):
    gone = client_error("ResourceNotFoundException", operation="DescribeNodegroup")
    context = scripted(groups())
    error = context.client("eks").exceptions.ResourceNotFoundException(gone.response, "DescribeNodegroup")
    context.clients.answers["eks:DescribeNodegroup"] = error
    assert Nodegroup(context).read(None) == {}


def declared(**change):
    return {
        "cluster_name": "c",
        "nodegroup_name": "general",
        "node_role": NODES,
        "subnets": ["subnet-00000001"],
        "scaling_config": {"min_size": 3, "max_size": 9},
        "labels": {},
        "taints": [],
        **change,
    }


def test_a_group_starts_at_its_least_and_is_then_the_autoscalers(scripted):
    context = scripted(groups())
    adapter = Nodegroup(context)
    adapter.create("c/general", adapter.prepare(declared(), strict=True))
    (sent,) = context.clients.named("eks:CreateNodegroup")
    assert sent["scalingConfig"] == {"minSize": 3, "maxSize": 9, "desiredSize": 3}
    desired = adapter.prepare(declared(scaling_config={"min_size": 3, "max_size": 9, "desired_size": 4}), strict=True)
    assert desired["scaling_config"] == {"min_size": 3, "max_size": 9}
    adapter.create("c/general", desired)
    assert context.clients.named("eks:CreateNodegroup")[1]["scalingConfig"]["desiredSize"] == 4


def test_labels_taints_and_bounds_go_in_one_update(scripted):
    context = scripted(groups())
    adapter = Nodegroup(context)
    current = adapter.read({"c/general"})["c/general"]
    want = adapter.prepare(
        declared(labels={"kept": "1", "new": "2"}, taints=[], scaling_config={"min_size": 1, "max_size": 9}),
        strict=True,
    )
    adapter.update("c/general", want, current, ("labels", "scaling_config", "taints"))
    assert context.clients.named("eks:UpdateNodegroupConfig") == [
        {
            "clusterName": "c",
            "nodegroupName": "general",
            "labels": {"addOrUpdateLabels": {"new": "2"}, "removeLabels": ["old"]},
            "taints": {"removeTaints": [{"key": "a", "value": "x", "effect": "NO_SCHEDULE"}]},
            "scalingConfig": {"minSize": 1, "maxSize": 9, "desiredSize": 5},
        }
    ]
    assert context.clients.named("eks:DescribeUpdate") == [{"name": "c", "nodegroupName": "general", "updateId": "u-1"}]


def test_another_version_of_nodes_is_refused_unless_it_is_asked_for(scripted):
    adapter = Nodegroup(scripted(groups()))
    adapter.read({"c/general"})
    with pytest.raises(InvalidInput, match=r"c/general: is at version 1\.34, declared is 1\.35"):
        adapter.prepare(declared(version="1.35"), strict=False)
    assert adapter.prepare(declared(version="1.35", upgrade=True), strict=False)["version"] == "1.35"


def test_new_data_of_a_template_reaches_the_nodes(scripted):
    answers = groups(launchTemplate={"id": "lt-1", "name": "node", "version": "2"})
    answers["ec2:DescribeLaunchTemplateVersions"] = lambda params: {
        "LaunchTemplateVersions": [{"LaunchTemplateData": {"EbsOptimized": params["Versions"] == ["3"]}}]
    }
    context = scripted(answers)
    adapter = Nodegroup(context)
    current = adapter.read({"c/general"})["c/general"]
    assert current["launch_template_data"] == {"ebs_optimized": False}
    want = adapter.prepare(
        declared(launch_template={"name": "node"}, launch_template_data={"ebs_optimized": True}), strict=True
    )
    adapter.update("c/general", want, current, ("launch_template_data",))
    assert context.clients.named("eks:UpdateNodegroupVersion") == [
        {"clusterName": "c", "nodegroupName": "general", "launchTemplate": {"name": "node"}}
    ]


@pytest.mark.parametrize(
    ("adapter", "status", "ready"),
    [
        (Nodegroup, "ACTIVE", True),
        (Nodegroup, "CREATING", False),
        (Nodegroup, "CREATE_FAILED", None),
        (Nodegroup, "DEGRADED", None),
        (Addon, "ACTIVE", True),
        (Addon, "DEGRADED", False),
        (Addon, "CREATE_FAILED", None),
        (Addon, "UPDATE_FAILED", None),
    ],
)
def test_ready(scripted, adapter, status, ready):
    state = {"_status": status, "health": {"issues": [{"code": "X", "message": "why"}]}}
    if ready is None:
        with pytest.raises(TerminalState, match=f"is {status}: X: why"):
            adapter(scripted()).ready(state)
    else:
        assert adapter(scripted()).ready(state) is ready


def test_a_template_gets_a_new_default_version(scripted):
    context = scripted(
        {
            "ec2:DescribeLaunchTemplates": {"LaunchTemplates": [TEMPLATE]},
            "ec2:DescribeLaunchTemplateVersions": {"LaunchTemplateVersions": [{"LaunchTemplateData": {}}]},
            "ec2:CreateLaunchTemplateVersion": {"LaunchTemplateVersion": {"VersionNumber": 4}},
        }
    )
    adapter = LaunchTemplate(context)
    current = adapter.read({"node"})["node"]
    assert context.clients.named("ec2:DescribeLaunchTemplateVersions") == [
        {"LaunchTemplateId": "lt-1", "Versions": ["3"]}
    ]
    want = {"launch_template_data": {"monitoring": {"enabled": True}}, "tags": {"Platform": "iworkz"}}
    adapter.update("node", want, current, ("launch_template_data", "tags"))
    assert context.clients.made[2:] == [
        (
            "ec2:CreateLaunchTemplateVersion",
            {"LaunchTemplateId": "lt-1", "LaunchTemplateData": {"Monitoring": {"Enabled": True}}},
        ),
        ("ec2:ModifyLaunchTemplate", {"LaunchTemplateId": "lt-1", "DefaultVersion": "4"}),
        (
            "ec2:CreateTags",
            {"Resources": ["lt-1"], "Tags": [{"Key": "Platform", "Value": "iworkz"}]},
        ),
    ]


ADDON = {
    "addonName": "vpc-cni",
    "clusterName": "c",
    "addonArn": "arn:a",
    "addonVersion": "v1",
    "status": "ACTIVE",
    "configurationValues": '{"enableNetworkPolicy": "true"}',
    "podIdentityAssociations": ["arn:aws:eks:r:1:podidentityassociation/c/a-1"],
}


def addons():
    association = {"serviceAccount": "aws-node", "roleArn": "arn:aws:iam::123456789012:role/cni"}
    return {
        "sts:GetCallerIdentity": {"Account": "123456789012", "Arn": "arn:me"},
        "eks:ListClusters": {"clusters": ["c"]},
        "eks:ListAddons": {"addons": ["vpc-cni"]},
        "eks:DescribeAddon": {"addon": ADDON},
        "eks:DescribePodIdentityAssociation": {"association": association},
        "eks:UpdateAddon": {"update": {"id": "u-1"}},
        "eks:DescribeUpdate": DONE,
    }


def test_an_addon_is_read_with_the_roles_of_its_accounts(scripted):
    state = Addon(scripted(addons())).read({"c/vpc-cni"})["c/vpc-cni"]
    assert state["configuration_values"] == {"enableNetworkPolicy": "true"}
    assert state["pod_identity_associations"] == [
        {"service_account": "aws-node", "role_arn": "arn:aws:iam::123456789012:role/cni"}
    ]


def test_a_new_version_of_an_addon_keeps_the_roles_of_its_accounts(scripted):
    context = scripted(addons())
    adapter = Addon(context)
    current = adapter.read({"c/vpc-cni"})["c/vpc-cni"]
    want = adapter.prepare(
        {
            "cluster_name": "c",
            "addon_name": "vpc-cni",
            "addon_version": "v2",
            "configuration_values": {"b": 1, "a": 2},
            "pod_identity_associations": [{"service_account": "aws-node", "role_arn": "cni"}],
        },
        strict=True,
    )
    adapter.update("c/vpc-cni", want, current, ("addon_version", "configuration_values"))
    assert context.clients.named("eks:UpdateAddon") == [
        {
            "clusterName": "c",
            "addonName": "vpc-cni",
            "addonVersion": "v2",
            "configurationValues": '{"a": 2, "b": 1}',
            "resolveConflicts": "OVERWRITE",
            "podIdentityAssociations": [
                {"serviceAccount": "aws-node", "roleArn": "arn:aws:iam::123456789012:role/cni"}
            ],
        }
    ]


def test_configuration_values_must_be_a_dict(scripted):
    errors = Addon(scripted()).validate({"cluster_name": "c", "addon_name": "a", "configuration_values": "a: 1"})
    assert errors == ["configuration_values must be a dict"]


TEAM = "arn:aws:iam::123456789012:role/team"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


def entries():
    return {
        "eks:ListClusters": {"clusters": ["c"]},
        "eks:ListAccessEntries": {"accessEntries": [TEAM]},
        "eks:DescribeAccessEntry": {
            "accessEntry": {"principalArn": TEAM, "accessEntryArn": "arn:e", "kubernetesGroups": ["a"], "tags": TAGS}
        },
        "eks:ListAssociatedAccessPolicies": {
            "associatedAccessPolicies": [{"policyArn": ADMIN, "accessScope": {"type": "cluster", "namespaces": []}}]
        },
    }


def test_what_else_is_associated_with_an_entry_is_taken_away(scripted):
    context = scripted(entries())
    adapter = AccessEntry(context)
    key = f"c/{TEAM}"
    current = adapter.read({key})[key]
    assert current["access_policies"] == [{"policy_arn": ADMIN, "access_scope": {"type": "cluster", "namespaces": []}}]
    item = {
        "cluster_name": "c",
        "principal_arn": TEAM,
        "kubernetes_groups": ["b"],
        "access_policies": [
            {"policy_arn": "AmazonEKSViewPolicy", "access_scope": {"type": "namespace", "namespaces": ["x"]}}
        ],
    }
    assert adapter.validate(item) == []
    assert adapter.key_of(item) == key
    adapter.update(key, adapter.prepare(item, strict=True), current, ("access_policies", "kubernetes_groups"))
    where = {"clusterName": "c", "principalArn": TEAM}
    assert context.clients.made[4:] == [
        ("eks:UpdateAccessEntry", {**where, "kubernetesGroups": ["b"]}),
        (
            "eks:AssociateAccessPolicy",
            {**where, "policyArn": VIEW, "accessScope": {"type": "namespace", "namespaces": ["x"]}},
        ),
        ("eks:DisassociateAccessPolicy", {**where, "policyArn": ADMIN}),
    ]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"principal_arn": "team"}, "must be the ARN"),
        ({"access_policies": [{"policy": "x"}]}, r"access_policies\[0\]: unknown key policy; did you mean policy_arn"),
        ({"kubernetes_group": []}, "unknown key kubernetes_group; did you mean kubernetes_groups"),
    ],
)
def test_bad_entries_are_named(scripted, change, error):
    (found,) = AccessEntry(scripted()).validate({"cluster_name": "c", "principal_arn": TEAM, **change})
    assert re.search(error, found)


def test_pod_identities_of_addons_are_theirs(scripted):
    listed = [
        {"namespace": "n", "serviceAccount": "own", "associationId": "a-1"},
        {"namespace": "n", "serviceAccount": "addons", "associationId": "a-2"},
    ]
    context = scripted(
        {
            "eks:ListClusters": {"clusters": ["c"]},
            "eks:ListPodIdentityAssociations": {"associations": listed},
            "eks:DescribePodIdentityAssociation": lambda params: {
                "association": {
                    "associationId": params["associationId"],
                    "associationArn": "arn:p",
                    "roleArn": "arn:aws:iam::1:role/r",
                    **({"ownerArn": "arn:addon"} if params["associationId"] == "a-2" else {}),
                }
            },
        }
    )
    assert list(PodIdentityAssociation(context).read(None)) == ["c/n/own"]
