from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from sandbox.aws.extensions.eks import insights

NAME = "iworkz-sandbox"
ROLES = {"cluster": "eks.amazonaws.com", "node": "ec2.amazonaws.com", "cni": "pods.eks.amazonaws.com"}
TEAM = "arn:aws:iam::123456789012:role/iworkz-sandbox-team"
SUBNETS = [f"iworkz-sandbox-data-{zone}" for zone in ("1a", "1c", "1d")]
LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
DATA = {
    "block_device_mappings": [
        {"device_name": "/dev/xvda", "ebs": {"encrypted": True, "volume_size": 80, "volume_type": "gp3"}}
    ],
    "metadata_options": {"http_tokens": "required", "http_put_response_hop_limit": 1},
    "security_group_ids": ["iworkz-sandbox-store"],
}
CLUSTER = {
    "name": NAME,
    "version": "1.34",
    "role_arn": "iworkz-sandbox-cluster",
    "resources_vpc_config": {
        "subnet_ids": SUBNETS,
        "security_group_ids": ["iworkz-sandbox-store"],
        "endpoint_private_access": True,
        "endpoint_public_access": False,
    },
    "kubernetes_network_config": {"service_ipv4_cidr": "172.20.0.0/16", "ip_family": "ipv4"},
    "logging": {"cluster_logging": [{"types": LOGS, "enabled": True}]},
    "encryption_config": [{"resources": ["secrets"], "provider": {"key_arn": "alias/iworkz-sandbox-data"}}],
    "access_config": {"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": True},
    "bootstrap_self_managed_addons": False,
    "upgrade_policy": {"support_type": "STANDARD"},
    "deletion_protection": True,
}
TEMPLATE = {"launch_template_name": "iworkz-sandbox-node", "launch_template_data": DATA}
GROUP = {
    "cluster_name": NAME,
    "nodegroup_name": "general",
    "version": "1.34",
    "node_role": "iworkz-sandbox-node",
    "subnets": SUBNETS,
    "ami_type": "AL2023_ARM_64_STANDARD",
    "capacity_type": "ON_DEMAND",
    "instance_types": ["m7g.2xlarge"],
    "scaling_config": {"min_size": 3, "max_size": 9},
    "labels": {"group": "general"},
    "taints": [{"key": "workload", "value": "interruptible", "effect": "NO_SCHEDULE"}],
    "update_config": {"max_unavailable_percentage": 20},
    "launch_template": {"name": "iworkz-sandbox-node"},
    "launch_template_data": DATA,
}
ADDON = {
    "cluster_name": NAME,
    "addon_name": "vpc-cni",
    "addon_version": "v1.21.1-eksbuild.1",
    "configuration_values": {"enableNetworkPolicy": "true"},
    "pod_identity_associations": [{"service_account": "aws-node", "role_arn": "iworkz-sandbox-cni"}],
}
AGENT = {"cluster_name": NAME, "addon_name": "eks-pod-identity-agent", "addon_version": "v1.3.10-eksbuild.2"}
ENTRY = {
    "cluster_name": NAME,
    "principal_arn": TEAM,
    "kubernetes_groups": ["team:talent"],
    "access_policies": [],
}
IDENTITY = {
    "cluster_name": NAME,
    "namespace": "kube-system",
    "service_account": "something",
    "role_arn": "iworkz-sandbox-cni",
}
DECLARED = {
    "launch_templates": [TEMPLATE],
    "clusters": [CLUSTER],
    "addons": [AGENT, ADDON],
    "nodegroups": [GROUP],
    "access_entries": [ENTRY],
    "pod_identity_associations": [IDENTITY],
}


@pytest.fixture
def made(account, network, data_key):
    iam = account.client("iam")
    for name, service in ROLES.items():
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
        iam.create_role(
            RoleName=f"iworkz-sandbox-{name}",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName="iworkz-sandbox-team",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    for role, policies in {
        "cluster": ["AmazonEKSClusterPolicy"],
        "node": ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"],
        "cni": ["AmazonEKS_CNI_Policy"],
    }.items():
        for policy in policies:
            iam.attach_role_policy(RoleName=f"iworkz-sandbox-{role}", PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    account.converges(ADAPTERS, **DECLARED)
    return account


def changed(option: str, **change):
    """The declared state with one resource of it changed."""
    first, *rest = DECLARED[option]
    return {**DECLARED, option: [{**first, **change}, *rest]}


def test_converges_on_a_private_cluster_with_nodes(made, network, data_key):
    eks = made.client("eks")
    cluster = eks.describe_cluster(name=NAME)["cluster"]
    assert cluster["status"] == "ACTIVE"
    assert cluster["resourcesVpcConfig"]["endpointPublicAccess"] is False
    assert cluster["encryptionConfig"][0]["provider"]["keyArn"] == data_key
    assert cluster["accessConfig"]["authenticationMode"] == "API"
    group = eks.describe_nodegroup(clusterName=NAME, nodegroupName="general")["nodegroup"]
    assert group["scalingConfig"] == {"minSize": 3, "maxSize": 9, "desiredSize": 3}
    assert group["launchTemplate"]["version"] == "1"


def drift_logs(eks):
    eks.update_cluster_config(
        name=NAME, logging={"clusterLogging": [{"types": ["audit", "scheduler"], "enabled": False}]}
    )


def drift_endpoint(eks):
    eks.update_cluster_config(
        name=NAME, resourcesVpcConfig={"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}
    )


def drift_nodes(eks):
    eks.update_nodegroup_config(
        clusterName=NAME,
        nodegroupName="general",
        labels={"addOrUpdateLabels": {"by": "hand"}, "removeLabels": ["group"]},
        taints={"addOrUpdateTaints": [{"key": "by", "value": "hand", "effect": "NO_EXECUTE"}]},
        scalingConfig={"minSize": 1, "maxSize": 20, "desiredSize": 2},
    )


def drift_addon(eks):
    eks.update_addon(clusterName=NAME, addonName="vpc-cni", configurationValues='{"enableNetworkPolicy": "false"}')


def drift_entry(eks):
    eks.update_access_entry(clusterName=NAME, principalArn=TEAM, kubernetesGroups=["team:talent", "others"])
    eks.associate_access_policy(
        clusterName=NAME,
        principalArn=TEAM,
        policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope={"type": "cluster"},
    )


def drift_identity(eks):
    (found,) = eks.list_pod_identity_associations(
        clusterName=NAME, namespace="kube-system", serviceAccount="something"
    )["associations"]
    eks.delete_pod_identity_association(clusterName=NAME, associationId=found["associationId"])


DRIFTS = [
    (drift_logs, f"cluster {NAME}"),
    (drift_endpoint, f"cluster {NAME}"),
    (drift_nodes, f"nodegroup {NAME}/general"),
    (drift_addon, f"addon {NAME}/vpc-cni"),
    (drift_entry, f"access_entry {NAME}/{TEAM}"),
    (drift_identity, f"pod_identity_association {NAME}/kube-system/something"),
]


def test_every_drift_is_found_and_mended(made):
    eks = made.client("eks")
    for drift, label in DRIFTS:
        drift(eks)
        eks.get_waiter("cluster_active").wait(name=NAME, WaiterConfig={"Delay": 1})
        eks.get_waiter("nodegroup_active").wait(clusterName=NAME, nodegroupName="general", WaiterConfig={"Delay": 1})
        eks.get_waiter("addon_active").wait(clusterName=NAME, addonName="vpc-cni", WaiterConfig={"Delay": 1})
        made.mends(ADAPTERS, label, **DECLARED)


def test_the_size_is_the_autoscalers(made):
    made.client("eks").update_nodegroup_config(
        clusterName=NAME, nodegroupName="general", scalingConfig={"minSize": 3, "maxSize": 9, "desiredSize": 7}
    )
    assert not made.run(ADAPTERS, **DECLARED)["changed"]


def test_new_data_of_the_template_reaches_the_nodes_in_one_run(made):
    data = {**DATA, "metadata_options": {"http_tokens": "required", "http_put_response_hop_limit": 2}}
    declared = {
        **DECLARED,
        "launch_templates": [{**TEMPLATE, "launch_template_data": data}],
        "nodegroups": [{**GROUP, "launch_template_data": data}],
    }
    made.mends(ADAPTERS, "launch_template iworkz-sandbox-node", f"nodegroup {NAME}/general", **declared)
    group = made.client("eks").describe_nodegroup(clusterName=NAME, nodegroupName="general")["nodegroup"]
    assert group["launchTemplate"]["version"] == "2"


REFUSED = [
    (changed("clusters", version="1.35"), "never implied"),
    (changed("clusters", version="1.33", upgrade=True), "cannot go back"),
    (changed("clusters", version="1.36", upgrade=True), r"to 1\.35 first"),
    (changed("nodegroups", version="1.35"), "never implied"),
    (changed("nodegroups", instance_types=["m7g.xlarge"]), "instance_types cannot be changed in place"),
    (
        changed("clusters", kubernetes_network_config={"service_ipv4_cidr": "10.100.0.0/16"}),
        "kubernetes_network_config cannot be changed in place",
    ),
]


def test_what_cannot_or_must_not_change_is_refused_before_anything_is(made):
    before = made.mutations()
    for declared, error in REFUSED:
        with pytest.raises(InvalidInput, match=error):
            made.run(ADAPTERS, **declared)
    assert made.mutations() == before


def test_purge_leaves_nothing_but_what_eks_made(made):
    made.client("eks").update_cluster_config(name=NAME, deletionProtection=False)
    made.client("eks").get_waiter("cluster_active").wait(name=NAME, WaiterConfig={"Delay": 1})
    nothing = {option: [] for option in DECLARED}
    assert made.run(ADAPTERS, **nothing, purge=True)["failed_resources"] == {}
    assert made.client("eks").list_clusters()["clusters"] == []
    assert made.client("ec2").describe_launch_templates()["LaunchTemplates"] == []


NEXT = {
    **DECLARED,
    "clusters": [{**CLUSTER, "version": "1.35", "upgrade": True}],
    "nodegroups": [{**GROUP, "version": "1.35", "upgrade": True}],
}


def test_an_upgrade_is_refused_while_something_stands_against_it(made):
    def against(call, cluster, target):
        return "ERROR", "policy/v1beta1 is used", [], {}

    before = made.mutations()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(insights, "INSIGHTS", (replace(insights.INSIGHTS[0], judge=against),))
        with pytest.raises(InvalidInput, match=r"not ready for 1\.35, nothing was changed: .*policy/v1beta1 is used"):
            made.run(ADAPTERS, **NEXT)
    assert made.mutations() == before


def test_a_ready_cluster_goes_one_version_up_control_plane_first(made, monkeypatch):
    monkeypatch.setattr(insights, "INSIGHTS", ())
    before = len(made.mutations())
    made.mends(ADAPTERS, f"cluster {NAME}", f"nodegroup {NAME}/general", **NEXT)
    assert made.mutations()[before:] == ["eks:UpdateClusterVersion", "eks:UpdateNodegroupVersion"]
    assert made.client("eks").describe_cluster(name=NAME)["cluster"]["version"] == "1.35"
