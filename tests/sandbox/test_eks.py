"""Amazon EKS as AWS answers, without data planes: what is refused, what takes a moment, what is described."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.eks import ACCOUNT, Eks, make
from tests.sandbox.support import code_of

CREATOR = f"arn:aws:iam::{ACCOUNT}:user/moto"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
INVALID = "InvalidParameterException"


@pytest.fixture
def eks(local, clock) -> Eks:
    return make(local)


@pytest.fixture
def active(eks, clock) -> Eks:
    """With a cluster `main` that is ACTIVE."""
    eks.create()
    clock.now += 1
    assert eks.describe()["status"] == "ACTIVE"
    return eks


@pytest.fixture
def grouped(active, clock) -> Eks:
    """With a node group `general` in it."""
    active.create_nodegroup()
    clock.now += 1
    assert active.nodegroup()["status"] == "ACTIVE"
    return active


def message_of(call: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Message"])


def update_of(eks: Eks, update: dict[str, Any], **owner: str) -> dict[str, Any]:
    return dict(eks.api.describe_update(name="main", updateId=update["update"]["id"], **owner)["update"])


# Clusters


def test_a_cluster_takes_a_moment_to_be_active(eks, clock):
    made = eks.create(tags={"Platform": "iworkz"})
    assert (made["status"], made["version"], made["tags"]) == ("CREATING", "1.34", {"Platform": "iworkz"})
    assert eks.describe()["status"] == "CREATING"
    clock.now += 1
    described = eks.describe()
    assert described["status"] == "ACTIVE"
    assert "endpoint" not in described
    assert described["certificateAuthority"] == {}
    assert eks.api.list_clusters()["clusters"] == ["main"]


def test_what_is_described_when_nothing_was_asked_for(eks):
    described = eks.create(accessConfig={})
    network = described["resourcesVpcConfig"]
    assert network["vpcId"] == eks.vpc
    assert (network["endpointPublicAccess"], network["endpointPrivateAccess"]) == (True, False)
    assert network["publicAccessCidrs"] == ["0.0.0.0/0"]
    assert described["accessConfig"] == {"authenticationMode": "CONFIG_MAP"}
    assert described["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert described["deletionProtection"] is False
    assert described["encryptionConfig"] == []
    assert described["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"
    (logging,) = described["logging"]["clusterLogging"]
    assert (logging["enabled"], len(logging["types"])) == (False, 5)
    issuer = described["identity"]["oidc"]["issuer"]
    assert issuer.startswith("https://oidc.eks.ap-northeast-1.amazonaws.com/id/")


def test_its_security_group_is_one_of_ec2_and_goes_with_it(local, active, clock):
    ec2 = local.client("ec2")
    identifier = active.describe()["resourcesVpcConfig"]["clusterSecurityGroupId"]
    (group,) = ec2.describe_security_groups(GroupIds=[identifier])["SecurityGroups"]
    assert group["VpcId"] == active.vpc
    (rule,) = group["IpPermissions"]
    assert (rule["IpProtocol"], rule["UserIdGroupPairs"][0]["GroupId"]) == ("-1", identifier)
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    assert (tags["kubernetes.io/cluster/main"], tags["aws:eks:cluster-name"]) == ("owned", "main")
    active.api.delete_cluster(name="main")
    assert active.describe()["status"] == "DELETING"
    clock.now += 1
    assert code_of(active.describe) == "ResourceNotFoundException"
    assert code_of(lambda: ec2.describe_security_groups(GroupIds=[identifier])) == "InvalidGroup.NotFound"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"version": "1.12"}, "unsupported Kubernetes version"),
        ({"roleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "could not be assumed"),
        ({"roleArn": f"arn:aws:iam::{ACCOUNT}:role/eks-node"}, "could not be assumed"),
        ({"resourcesVpcConfig": {"subnetIds": ["subnet-00000000"]}}, "does not exist"),
        ({"resourcesVpcConfig": {"securityGroupIds": ["sg-00000000"]}}, "does not exist"),
        ({"resourcesVpcConfig": {"endpointPublicAccess": False}}, "Private and public endpoint access cannot be false"),
        ({"resourcesVpcConfig": {"publicAccessCidrs": ["10.0.0.0/8"]}}, "invalid in publicAccessCidrs"),
        ({"resourcesVpcConfig": {"publicAccessCidrs": ["everybody"]}}, "invalid in publicAccessCidrs"),
        ({"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.96.0.0/16"}}, "overlaps"),
        ({"kubernetesNetworkConfig": {"serviceIpv4Cidr": "203.0.113.0/24"}}, "must be within"),
        ({"kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/28"}}, "between /24 and /12"),
        ({"logging": {"clusterLogging": [{"types": ["etcd"], "enabled": True}]}}, "Invalid log types"),
        ({"accessConfig": {"authenticationMode": "PASSWORD"}}, "Unsupported authentication mode"),
        ({"tags": {"aws:mine": "no"}}, "aws:"),
        ({"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": "nothing"}}]}, "keyArn"),
        ({"encryptionConfig": [{"resources": ["everything"], "provider": {"keyArn": "nothing"}}]}, "only supported"),
    ],
)
def test_a_cluster_that_is_refused(eks, changes, says):
    assert code_of(lambda: eks.create(**changes)) == INVALID
    assert says in message_of(lambda: eks.create(**changes))
    assert eks.api.list_clusters()["clusters"] == []


def test_subnets_in_one_zone_are_refused(eks, local):
    other = local.client("ec2").create_subnet(
        VpcId=eks.vpc, CidrBlock="10.96.128.0/24", AvailabilityZone="ap-northeast-1a"
    )["Subnet"]["SubnetId"]
    said = message_of(lambda: eks.create(resourcesVpcConfig={"subnetIds": [eks.subnets[0], other]}))
    assert said == "Subnets specified must be in at least two different AZs"


def test_a_name_is_taken_once_but_by_the_same_request(eks):
    made = eks.create(clientRequestToken="once")
    assert eks.create(clientRequestToken="once")["arn"] == made["arn"]
    assert code_of(lambda: eks.create(clientRequestToken="again")) == "ResourceInUseException"


def test_auto_mode_and_its_like_are_not_to_be_had(eks):
    mode = {"computeConfig": {"enabled": True}, "storageConfig": {"blockStorage": {"enabled": True}}}
    assert code_of(lambda: eks.create(**mode)) == "NotImplementedBySandbox"
    family = {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}}
    assert code_of(lambda: eks.create(**family)) == "NotImplementedBySandbox"


def test_secrets_are_encrypted_by_a_key_that_is_there(local, eks):
    key = local.client("kms").create_key()["KeyMetadata"]["Arn"]
    wanted = [{"resources": ["secrets"], "provider": {"keyArn": key}}]
    assert eks.create(encryptionConfig=wanted)["encryptionConfig"] == wanted


def test_encryption_is_associated_later_and_once(local, active, clock):
    key = local.client("kms").create_key()["KeyMetadata"]["Arn"]
    wanted = [{"resources": ["secrets"], "provider": {"keyArn": key}}]
    update = active.api.associate_encryption_config(clusterName="main", encryptionConfig=wanted)
    assert update["update"]["type"] == "AssociateEncryptionConfig"
    clock.now += 1
    assert active.describe()["encryptionConfig"] == wanted
    again = code_of(lambda: active.api.associate_encryption_config(clusterName="main", encryptionConfig=wanted))
    assert again == "ResourceInUseException"


def test_logs_have_a_group(local, eks, clock):
    eks.create(logging={"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]})
    (group,) = local.client("logs").describe_log_groups()["logGroups"]
    assert group["logGroupName"] == "/aws/eks/main/cluster"


def test_deletion_is_refused_while_protected_or_in_use(grouped, clock):
    grouped.api.update_cluster_config(name="main", deletionProtection=True)
    clock.now += 1
    assert code_of(lambda: grouped.api.delete_cluster(name="main")) == "InvalidRequestException"
    grouped.api.update_cluster_config(name="main", deletionProtection=False)
    clock.now += 1
    assert message_of(lambda: grouped.api.delete_cluster(name="main")) == "Cluster has nodegroups attached"
    grouped.api.delete_nodegroup(clusterName="main", nodegroupName="general")
    assert grouped.nodegroup()["status"] == "DELETING"
    clock.now += 1
    assert code_of(grouped.nodegroup) == "ResourceNotFoundException"
    grouped.api.delete_cluster(name="main")


# Changes of clusters


@pytest.mark.parametrize(
    ("change", "kind", "shown"),
    [
        (
            {"resourcesVpcConfig": {"endpointPrivateAccess": True, "endpointPublicAccess": False}},
            "EndpointAccessUpdate",
            lambda cluster: cluster["resourcesVpcConfig"]["endpointPrivateAccess"],
        ),
        (
            {"logging": {"clusterLogging": [{"types": ["audit"], "enabled": True}]}},
            "LoggingUpdate",
            lambda cluster: cluster["logging"]["clusterLogging"][0] == {"types": ["audit"], "enabled": True},
        ),
        (
            {"upgradePolicy": {"supportType": "STANDARD"}},
            "UpgradePolicyUpdate",
            lambda cluster: cluster["upgradePolicy"]["supportType"] == "STANDARD",
        ),
        (
            {"zonalShiftConfig": {"enabled": True}},
            "ZonalShiftConfigUpdate",
            lambda cluster: cluster["zonalShiftConfig"]["enabled"],
        ),
        ({"deletionProtection": True}, "DeletionProtectionUpdate", lambda cluster: cluster["deletionProtection"]),
    ],
)
def test_a_change_is_an_update_that_takes_a_moment(active, clock, change, kind, shown):
    update = active.api.update_cluster_config(name="main", **change)
    assert (update["update"]["type"], update["update"]["status"]) == (kind, "InProgress")
    assert active.describe()["status"] == "UPDATING"
    assert not shown(active.describe())
    busy = code_of(lambda: active.api.update_cluster_config(name="main", zonalShiftConfig={"enabled": True}))
    assert busy == "ResourceInUseException"
    clock.now += 1
    assert update_of(active, update)["status"] == "Successful"
    assert active.describe()["status"] == "ACTIVE"
    assert shown(active.describe())
    assert active.api.list_updates(name="main")["updateIds"] == [update["update"]["id"]]
    assert code_of(lambda: active.api.update_cluster_config(name="main", **change)) == INVALID


def test_one_kind_of_change_at_a_time(active):
    api = active.api
    both = {"deletionProtection": True, "zonalShiftConfig": {"enabled": True}}
    assert message_of(lambda: api.update_cluster_config(name="main", **both)) == (
        "Only one type of update can be allowed."
    )
    mixed = {"endpointPrivateAccess": True, "subnetIds": active.subnets}
    assert code_of(lambda: api.update_cluster_config(name="main", resourcesVpcConfig=mixed)) == INVALID
    assert code_of(lambda: api.update_cluster_config(name="main")) == INVALID


def test_subnets_change_within_the_zones(active, clock):
    fewer = {"subnetIds": active.subnets[:2]}
    update = active.api.update_cluster_config(name="main", resourcesVpcConfig=fewer)
    assert update["update"]["type"] == "VpcConfigUpdate"
    clock.now += 1
    assert active.describe()["resourcesVpcConfig"]["subnetIds"] == active.subnets[:2]
    more = {"subnetIds": active.subnets}
    assert code_of(lambda: active.api.update_cluster_config(name="main", resourcesVpcConfig=more)) == INVALID


def test_authentication_goes_one_way(eks, clock):
    eks.create(accessConfig={"authenticationMode": "CONFIG_MAP"})
    clock.now += 1
    assert code_of(lambda: eks.api.list_access_entries(clusterName="main")) == "InvalidRequestException"

    def to(mode: str) -> None:
        eks.api.update_cluster_config(name="main", accessConfig={"authenticationMode": mode})
        clock.now += 1

    assert code_of(lambda: to("API")) == INVALID
    to("API_AND_CONFIG_MAP")
    assert eks.api.list_access_entries(clusterName="main")["accessEntries"] == [CREATOR]
    to("API")
    assert eks.describe()["accessConfig"] == {"authenticationMode": "API"}
    assert code_of(lambda: to("API_AND_CONFIG_MAP")) == INVALID


def test_a_version_is_updated_by_one_minor_with_the_nodes_behind_it(grouped, clock):
    api = grouped.api
    for wrong in ("1.33", "1.34", "1.36"):
        assert code_of(lambda version=wrong: api.update_cluster_version(name="main", version=version)) == INVALID
    update = api.update_cluster_version(name="main", version="1.35")
    assert update["update"]["type"] == "VersionUpdate"
    assert grouped.describe()["version"] == "1.34"
    clock.now += 1
    assert (grouped.describe()["version"], update_of(grouped, update)["status"]) == ("1.35", "Successful")
    assert grouped.nodegroup()["version"] == "1.34"
    update = api.update_nodegroup_version(clusterName="main", nodegroupName="general")
    assert grouped.nodegroup()["status"] == "UPDATING"
    clock.now += 1
    assert grouped.nodegroup()["version"] == "1.35"
    assert update_of(grouped, update, nodegroupName="general")["status"] == "Successful"
    assert code_of(lambda: update_of(grouped, update)) == "ResourceNotFoundException"
    down = {"clusterName": "main", "nodegroupName": "general", "version": "1.34"}
    assert code_of(lambda: api.update_nodegroup_version(**down)) == INVALID


def test_nodes_that_are_behind_keep_the_cluster_back(eks, clock):
    eks.create(version="1.33")
    clock.now += 1
    eks.create_nodegroup()
    clock.now += 1
    eks.api.update_cluster_version(name="main", version="1.34")
    clock.now += 1
    said = message_of(lambda: eks.api.update_cluster_version(name="main", version="1.35"))
    assert said == "Nodegroups general must be updated to match cluster version 1.34 before updating cluster version"


def test_versions_are_described(eks):
    found = eks.api.describe_cluster_versions()["clusterVersions"]
    assert [one["clusterVersion"] for one in found] == ["1.35", "1.34", "1.33", "1.32"]
    assert [one["clusterVersion"] for one in found if one["defaultVersion"]] == ["1.34"]
    (one,) = eks.api.describe_cluster_versions(clusterVersions=["1.34"])["clusterVersions"]
    assert (one["endOfStandardSupportDate"].date().isoformat(), one["kubernetesPatchVersion"]) == (
        "2026-12-02",
        "1.34.2",
    )


# Insights


def test_what_is_not_counted_is_not_passed(active):
    insights = {one["name"]: one for one in active.api.list_insights(clusterName="main")["insights"]}
    apis = insights["Deprecated APIs removed in Kubernetes v1.35"]
    assert (apis["insightStatus"]["status"], apis["kubernetesVersion"]) == ("UNKNOWN", "1.35")
    assert insights["Kubelet version skew"]["insightStatus"]["status"] == "PASSING"
    described = active.api.describe_insight(clusterName="main", id=apis["id"])["insight"]
    assert described["recommendation"]
    assert code_of(lambda: active.api.describe_insight(clusterName="main", id="none")) == "ResourceNotFoundException"


def test_an_addon_that_the_next_version_does_not_take_is_a_warning(active, clock):
    active.api.create_addon(clusterName="main", addonName="coredns", addonVersion="v1.12.3-eksbuild.1",
                            resolveConflicts="OVERWRITE")  # fmt: skip
    clock.now += 1
    (found,) = active.api.list_insights(clusterName="main", filter={"statuses": ["WARNING"]})["insights"]
    assert found["name"] == "EKS add-on version compatibility"
    described = active.api.describe_insight(clusterName="main", id=found["id"])["insight"]
    (detail,) = described["categorySpecificSummary"]["addonCompatibilityDetails"]
    assert detail == {"name": "coredns", "compatibleVersions": ["v1.13.2-eksbuild.1", "v1.12.4-eksbuild.1"]}


# Node groups


def test_a_node_group_and_what_it_is_given(grouped):
    group = grouped.nodegroup()
    assert (group["amiType"], group["capacityType"], group["diskSize"]) == ("AL2023_x86_64_STANDARD", "ON_DEMAND", 20)
    assert (group["version"], group["releaseVersion"]) == ("1.34", "1.34.2-20251120")
    assert group["updateConfig"] == {"maxUnavailable": 1}
    assert group["health"] == {"issues": []}
    assert group["resources"]["autoScalingGroups"][0]["name"].startswith("eks-general-")
    assert grouped.api.list_nodegroups(clusterName="main")["nodegroups"] == ["general"]
    entry = grouped.api.describe_access_entry(clusterName="main", principalArn=grouped.node_role)["accessEntry"]
    assert (entry["type"], entry["kubernetesGroups"]) == ("EC2_LINUX", ["system:nodes"])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"nodeRole": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "cannot be found"),
        ({"nodeRole": f"arn:aws:iam::{ACCOUNT}:role/eks-cluster"}, "service principals [ec2.amazonaws.com]"),
        ({"subnets": ["subnet-00000000"]}, "does not exist"),
        ({"subnets": []}, "can't be empty"),
        ({"scalingConfig": {"minSize": 3, "maxSize": 2, "desiredSize": 3}}, "maximum size"),
        ({"scalingConfig": {"minSize": 3, "maxSize": 6, "desiredSize": 2}}, "desired size 2"),
        ({"scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 3}}, "max size 2"),
        ({"instanceTypes": ["m99.large"]}, "do not exist"),
        ({"instanceTypes": ["m7g.large"]}, "not a valid instance type for requested amiType"),
        ({"amiType": "AL2_x86_64"}, "is not supported"),
        ({"version": "1.35"}, "not compatible"),
        ({"labels": {"node.kubernetes.io/role": "x"}}, "reserved prefixes"),
        ({"taints": [{"key": "a", "effect": "NoSchedule"}]}, "effects"),
        ({"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 10}}, "Only one of"),
        ({"amiType": "CUSTOM"}, "Launch template details"),
        ({"launchTemplate": {"name": "nothing"}}, "couldn't be found"),
    ],
)
def test_a_node_group_that_is_refused(active, changes, says):
    assert code_of(lambda: active.create_nodegroup(**changes)) == INVALID
    assert says in message_of(lambda: active.create_nodegroup(**changes))
    assert active.api.list_nodegroups(clusterName="main")["nodegroups"] == []


def test_a_node_group_needs_an_active_cluster_and_a_name_of_its_own(eks, clock):
    eks.create()
    assert code_of(eks.create_nodegroup) == "InvalidRequestException"
    clock.now += 1
    eks.create_nodegroup()
    assert code_of(eks.create_nodegroup) == "ResourceInUseException"


def test_a_launch_template_decides_what_it_says(local, active):
    template = local.client("ec2").create_launch_template(
        LaunchTemplateName="nodes", LaunchTemplateData={"InstanceType": "m6i.xlarge"}
    )["LaunchTemplate"]
    wanted = {"launchTemplate": {"name": "nodes"}, "instanceTypes": []}
    group = active.create_nodegroup(**wanted)
    assert group["launchTemplate"] == {"id": template["LaunchTemplateId"], "name": "nodes", "version": "1"}
    assert "diskSize" not in group
    for wrong in ({"diskSize": 50}, {"instanceTypes": ["m6i.large"]}, {"remoteAccess": {"ec2SshKey": "key"}}):
        assert code_of(lambda wrong=wrong: active.create_nodegroup("other", **{**wanted, **wrong})) == INVALID


def test_the_configuration_of_a_node_group_changes(grouped, clock):
    api = grouped.api
    which = {"clusterName": "main", "nodegroupName": "general"}
    taint = {"key": "workload", "value": "batch", "effect": "NO_SCHEDULE"}
    update = api.update_nodegroup_config(
        **which,
        labels={"addOrUpdateLabels": {"pool": "a"}},
        taints={"addOrUpdateTaints": [taint]},
        scalingConfig={"minSize": 3, "maxSize": 9, "desiredSize": 4},
        updateConfig={"maxUnavailablePercentage": 33},
        nodeRepairConfig={"enabled": True},
    )
    assert update["update"]["type"] == "ConfigUpdate"
    params = {one["type"]: one["value"] for one in update["update"]["params"]}
    assert (params["MaxSize"], json.loads(params["LabelsToAdd"])) == ("9", {"pool": "a"})
    assert grouped.nodegroup()["status"] == "UPDATING"
    assert code_of(lambda: api.update_nodegroup_config(**which, labels={})) == "ResourceInUseException"
    assert code_of(lambda: api.delete_nodegroup(**which)) == "ResourceInUseException"
    clock.now += 1
    group = grouped.nodegroup()
    assert (group["labels"], group["taints"]) == ({"pool": "a"}, [taint])
    assert group["scalingConfig"] == {"minSize": 3, "maxSize": 9, "desiredSize": 4}
    assert group["updateConfig"] == {"maxUnavailablePercentage": 33}
    assert group["nodeRepairConfig"]["enabled"] is True
    api.update_nodegroup_config(**which, labels={"removeLabels": ["pool"]}, taints={"removeTaints": [taint]})
    clock.now += 1
    assert grouped.nodegroup()["taints"] == []
    assert "labels" not in grouped.nodegroup() or grouped.nodegroup()["labels"] == {}
    too_many = {"minSize": 3, "maxSize": 9, "desiredSize": 10}
    assert code_of(lambda: api.update_nodegroup_config(**which, scalingConfig=too_many)) == INVALID


def test_a_subnet_that_is_full_takes_no_more_nodes(local, active):
    ec2 = local.client("ec2")
    made = ec2.create_subnet(VpcId=active.vpc, CidrBlock="10.96.128.0/28", AvailabilityZone="ap-northeast-1a")
    size = {"minSize": 11, "maxSize": 12, "desiredSize": 11}
    small = {"subnets": [made["Subnet"]["SubnetId"]], "scalingConfig": size}
    active.create_nodegroup("small", **small)
    assert "no free IP addresses" in message_of(lambda: active.create_nodegroup("other", **small))


def test_a_node_group_without_its_role_is_degraded(local, grouped):
    local.client("iam").delete_role(RoleName="eks-node")
    group = grouped.nodegroup()
    assert (group["status"], group["health"]["issues"][0]["code"]) == ("DEGRADED", "IamNodeRoleNotFound")


# Add-ons


def test_an_addon_takes_a_moment(active, clock):
    made = active.api.create_addon(
        clusterName="main",
        addonName="metrics-server",
        configurationValues='{"replicas": 3}',
        tags={"Platform": "iworkz"},
    )["addon"]
    assert (made["status"], made["addonVersion"]) == ("CREATING", "v0.8.0-eksbuild.5")
    clock.now += 1
    described = active.api.describe_addon(clusterName="main", addonName="metrics-server")["addon"]
    assert (described["status"], described["health"]) == ("ACTIVE", {"issues": []})
    assert json.loads(described["configurationValues"]) == {"replicas": 3}
    assert active.api.list_addons(clusterName="main")["addons"] == ["metrics-server"]
    again = {"clusterName": "main", "addonName": "metrics-server"}
    assert code_of(lambda: active.api.create_addon(**again)) == "ResourceInUseException"
    active.api.delete_addon(**again)
    clock.now += 1
    assert code_of(lambda: active.api.describe_addon(**again)) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"addonName": "helm"}, "not supported"),
        ({"addonVersion": "v0.0.1"}, "not supported"),
        ({"configurationValues": "{"}, "not in valid JSON"),
        ({"configurationValues": "[]"}, "JSON object"),
        ({"configurationValues": '{"nonsense": 1}'}, "nonsense"),
        ({"serviceAccountRoleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "can't be found"),
        ({"resolveConflicts": "PRESERVE"}, "resolveConflicts"),
    ],
)
def test_an_addon_that_is_refused(active, changes, says):
    wanted = {"clusterName": "main", "addonName": "aws-ebs-csi-driver", **changes}
    assert code_of(lambda: active.api.create_addon(**wanted)) == INVALID
    assert says in message_of(lambda: active.api.create_addon(**wanted))


def test_what_the_cluster_came_with_is_not_changed_unasked(active, clock):
    wanted = {"clusterName": "main", "addonName": "coredns", "configurationValues": '{"replicaCount": 3}'}
    active.api.create_addon(**wanted)
    clock.now += 1
    addon = active.api.describe_addon(clusterName="main", addonName="coredns")["addon"]
    assert (addon["status"], addon["health"]["issues"][0]["code"]) == ("CREATE_FAILED", "ConfigurationConflict")
    update = active.api.update_addon(**wanted, resolveConflicts="OVERWRITE")
    clock.now += 1
    assert update_of(active, update, addonName="coredns")["status"] == "Successful"
    assert active.api.describe_addon(clusterName="main", addonName="coredns")["addon"]["status"] == "ACTIVE"


def test_an_empty_cluster_came_with_nothing(eks, clock):
    eks.create(bootstrapSelfManagedAddons=False)
    clock.now += 1
    eks.api.create_addon(clusterName="main", addonName="coredns", configurationValues='{"replicaCount": 3}')
    clock.now += 1
    assert eks.api.describe_addon(clusterName="main", addonName="coredns")["addon"]["status"] == "ACTIVE"


def test_an_addon_is_updated(active, clock):
    which = {"clusterName": "main", "addonName": "aws-ebs-csi-driver"}
    active.api.create_addon(**which, addonVersion="v1.53.0-eksbuild.1")
    clock.now += 1
    update = active.api.update_addon(**which, addonVersion="v1.54.0-eksbuild.1", resolveConflicts="PRESERVE")
    assert update["update"]["type"] == "AddonUpdate"
    assert active.api.describe_addon(**which)["addon"]["status"] == "UPDATING"
    assert code_of(lambda: active.api.update_addon(**which)) == "ResourceInUseException"
    clock.now += 1
    assert active.api.describe_addon(**which)["addon"]["addonVersion"] == "v1.54.0-eksbuild.1"
    assert code_of(lambda: active.api.update_addon(**which, addonVersion="v0.0.1")) == INVALID


def test_an_addons_role_comes_by_pod_identity(active, clock):
    role = active.role("ebs", "pods.eks.amazonaws.com")
    which = {"clusterName": "main", "addonName": "aws-ebs-csi-driver"}
    wanted = [{"serviceAccount": "ebs-csi-controller-sa", "roleArn": role}]
    addon = active.api.create_addon(**which, podIdentityAssociations=wanted)["addon"]
    (listed,) = active.api.list_pod_identity_associations(clusterName="main")["associations"]
    assert addon["podIdentityAssociations"] == [listed["associationArn"]]
    assert listed["ownerArn"] == addon["addonArn"]
    owned = {"clusterName": "main", "associationId": listed["associationId"]}
    assert code_of(lambda: active.api.delete_pod_identity_association(**owned)) == "InvalidRequestException"
    clock.now += 1
    active.api.delete_addon(**which)
    clock.now += 1
    assert active.api.list_pod_identity_associations(clusterName="main")["associations"] == []


def test_versions_of_addons_are_described(eks):
    (found,) = eks.api.describe_addon_versions(addonName="kube-proxy", kubernetesVersion="1.34")["addons"]
    (version,) = found["addonVersions"]
    assert version["addonVersion"] == "v1.34.1-eksbuild.2"
    assert version["compatibilities"][0]["defaultVersion"] is True
    every = eks.api.describe_addon_versions(kubernetesVersion="1.35")["addons"]
    assert {one["addonName"] for one in every} == {
        *("vpc-cni", "coredns", "kube-proxy", "aws-ebs-csi-driver", "eks-pod-identity-agent", "metrics-server")
    }
    for one in every:
        defaults = [v for v in one["addonVersions"] if v["compatibilities"][0]["defaultVersion"]]
        assert len(defaults) == 1, one["addonName"]
    assert code_of(lambda: eks.api.describe_addon_versions(addonName="helm")) == "ResourceNotFoundException"
    schema = eks.api.describe_addon_configuration(addonName="coredns", addonVersion="v1.12.4-eksbuild.1")
    assert "replicaCount" in json.loads(schema["configurationSchema"])["properties"]


# Access


def test_who_creates_a_cluster_is_its_administrator(active):
    assert active.api.list_access_entries(clusterName="main")["accessEntries"] == [CREATOR]
    policies = active.api.list_associated_access_policies(clusterName="main", principalArn=CREATOR)
    (policy,) = policies["associatedAccessPolicies"]
    assert (policy["policyArn"], policy["accessScope"]) == (ADMIN, {"type": "cluster", "namespaces": []})


def test_unless_that_is_not_wanted(eks):
    eks.create(accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False})
    assert eks.api.list_access_entries(clusterName="main")["accessEntries"] == []


def test_a_role_that_creates_a_cluster_is_the_principal(local, eks):
    role = eks.role("builders", "ec2.amazonaws.com")
    session = local.client("sts").assume_role(RoleArn=role, RoleSessionName="ci")["Credentials"]
    builder = local.client("eks", session["AccessKeyId"])
    builder.create_cluster(
        name="built",
        roleArn=eks.cluster_role,
        resourcesVpcConfig={"subnetIds": eks.subnets},
        accessConfig={"authenticationMode": "API"},
    )
    assert eks.api.list_access_entries(clusterName="built")["accessEntries"] == [role]
    entry = eks.api.describe_access_entry(clusterName="built", principalArn=role)["accessEntry"]
    assert entry["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/builders/{{{{SessionName}}}}"


def test_an_access_entry_lives(active):
    api = active.api
    role = active.role("team", "ec2.amazonaws.com")
    which = {"clusterName": "main", "principalArn": role}
    made = api.create_access_entry(**which, kubernetesGroups=["team"], tags={"Team": "a"})["accessEntry"]
    assert (made["type"], made["kubernetesGroups"], made["tags"]) == ("STANDARD", ["team"], {"Team": "a"})
    assert code_of(lambda: api.create_access_entry(**which)) == "ResourceInUseException"
    updated = api.update_access_entry(**which, kubernetesGroups=["b"], username="somebody")["accessEntry"]
    assert (updated["username"], updated["kubernetesGroups"]) == ("somebody", ["b"])
    scope = {"type": "namespace", "namespaces": ["platform"]}
    api.associate_access_policy(**which, policyArn=VIEW, accessScope=scope)
    (policy,) = api.list_associated_access_policies(**which)["associatedAccessPolicies"]
    assert policy["accessScope"] == scope
    assert api.list_access_entries(clusterName="main", associatedPolicyArn=VIEW)["accessEntries"] == [role]
    api.disassociate_access_policy(**which, policyArn=VIEW)
    assert code_of(lambda: api.disassociate_access_policy(**which, policyArn=VIEW)) == "ResourceNotFoundException"
    api.delete_access_entry(**which)
    assert code_of(lambda: api.describe_access_entry(**which)) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "changes",
    [
        {"principalArn": "arn:aws:sts::123456789012:assumed-role/a/b"},
        {"type": "SOMETHING"},
        {"type": "EC2_LINUX", "username": "me"},
        {"kubernetesGroups": ["system:masters"]},
        {"username": "system:admin"},
    ],
)
def test_an_access_entry_that_is_refused(active, changes):
    wanted = {"clusterName": "main", "principalArn": f"arn:aws:iam::{ACCOUNT}:role/a", **changes}
    assert code_of(lambda: active.api.create_access_entry(**wanted)) == INVALID


def test_access_policies_are_those_of_aws(active):
    api, which = active.api, {"clusterName": "main", "principalArn": CREATOR}
    assert ADMIN in {one["arn"] for one in api.list_access_policies()["accessPolicies"]}
    everywhere = {"type": "cluster"}
    unknown = "arn:aws:eks::aws:cluster-access-policy/Everything"
    assert code_of(lambda: api.associate_access_policy(**which, policyArn=unknown, accessScope=everywhere)) == INVALID
    nowhere = {"type": "namespace", "namespaces": []}
    assert code_of(lambda: api.associate_access_policy(**which, policyArn=VIEW, accessScope=nowhere)) == INVALID


def test_pod_identity_associations_live(active):
    api = active.api
    role, other = active.role("pods", "pods.eks.amazonaws.com"), active.role("more-pods", "pods.eks.amazonaws.com")
    place = {"clusterName": "main", "namespace": "platform", "serviceAccount": "api"}
    made = api.create_pod_identity_association(**place, roleArn=role)["association"]
    assert code_of(lambda: api.create_pod_identity_association(**place, roleArn=role)) == "ResourceInUseException"
    which = {"clusterName": "main", "associationId": made["associationId"]}
    assert api.update_pod_identity_association(**which, roleArn=other)["association"]["roleArn"] == other
    assert len(api.list_pod_identity_associations(clusterName="main", namespace="platform")["associations"]) == 1
    assert api.list_pod_identity_associations(clusterName="main", namespace="none")["associations"] == []
    wrong = {**place, "serviceAccount": "other", "roleArn": active.node_role}
    assert code_of(lambda: api.create_pod_identity_association(**wrong)) == INVALID
    api.delete_pod_identity_association(**which)
    assert code_of(lambda: api.describe_pod_identity_association(**which)) == "ResourceNotFoundException"


# Tags and state


def test_everything_is_tagged_by_its_arn(grouped, clock):
    api = grouped.api
    addon = api.create_addon(clusterName="main", addonName="metrics-server")["addon"]["addonArn"]
    entry = api.describe_access_entry(clusterName="main", principalArn=CREATOR)["accessEntry"]["accessEntryArn"]
    for arn in (grouped.describe()["arn"], grouped.nodegroup()["nodegroupArn"], addon, entry):
        api.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        api.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert api.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    assert grouped.describe()["tags"] == {"b": "2"}
    unknown = grouped.describe()["arn"] + "-2"
    assert code_of(lambda: api.list_tags_for_resource(resourceArn=unknown)) == "NotFoundException"


def test_pages_have_an_end(eks):
    names = ["a", "b", "c"]
    for name in names:
        eks.create(name)
    pages = eks.api.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 2})
    assert [page["clusters"] for page in pages] == [["a", "b"], ["c"]]


def test_it_can_all_be_saved(local, grouped):
    grouped.api.create_addon(clusterName="main", addonName="metrics-server")
    grouped.api.update_cluster_version(name="main", version="1.35")
    local.application.save()
    assert local.application.unsaved == []
    content, _ = local.application.store.dumps()
    assert b"nodegroupName" in content


def test_what_is_not_there(eks):
    for call in (
        lambda: eks.api.describe_cluster(name="x"),
        lambda: eks.api.delete_cluster(name="x"),
        lambda: eks.api.list_nodegroups(clusterName="x"),
        lambda: eks.api.list_addons(clusterName="x"),
        lambda: eks.api.list_updates(name="x"),
        lambda: eks.api.list_insights(clusterName="x"),
    ):
        assert code_of(call) == "ResourceNotFoundException"
