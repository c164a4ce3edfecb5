from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_cluster import Cluster
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_upgrade import insights, refused_version
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import (
    InvalidInput,
    ReconcileError,
    TerminalState,
)

from .conftest import TAGS

ROLE = "arn:aws:iam::123456789012:role/cluster"
KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/data"
SUBNETS = ["subnet-0000000a", "subnet-0000000b"]
CLUSTER = {
    "name": "c",
    "arn": "arn:c",
    "status": "ACTIVE",
    "version": "1.34",
    "createdAt": datetime(2026, 1, 1, tzinfo=UTC),
    "roleArn": ROLE,
    "resourcesVpcConfig": {
        "subnetIds": ["subnet-0000000b", "subnet-0000000a"],
        "securityGroupIds": [],
        "endpointPublicAccess": True,
        "endpointPrivateAccess": False,
        "publicAccessCidrs": ["0.0.0.0/0"],
    },
    "logging": {"clusterLogging": [{"types": ["api", "audit"], "enabled": False}]},
    "tags": TAGS,
}
DECLARED = {
    "name": "c",
    "version": "1.34",
    "role_arn": ROLE,
    "resources_vpc_config": {
        "subnet_ids": SUBNETS,
        "security_group_ids": ["sg-0000000c"],
        "endpoint_private_access": True,
        "endpoint_public_access": False,
    },
    "logging": {"cluster_logging": [{"types": ["audit"], "enabled": True}]},
    "encryption_config": [{"resources": ["secrets"], "provider": {"key_arn": KEY}}],
    "access_config": {"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": True},
    "bootstrap_self_managed_addons": False,
    "deletion_protection": True,
}
BUSY = {"update": {"id": "u-1", "status": "InProgress"}}


def answers(**change):
    updates = ("UpdateClusterConfig", "UpdateClusterVersion", "AssociateEncryptionConfig")
    return {
        "eks:ListClusters": {"clusters": ["c"]},
        "eks:DescribeCluster": {"cluster": {**CLUSTER, **change}},
        "eks:DescribeUpdate": {"update": {"id": "u-1", "status": "Successful"}},
        **{f"eks:{operation}": BUSY for operation in updates},
    }


def adapter(context):
    return Cluster(context, clock=lambda: 0.0, sleep=lambda _seconds: None)


def test_a_cluster_is_read_in_one_order(scripted):
    state = adapter(scripted(answers())).read({"c"})["c"]
    assert state["resources_vpc_config"]["subnet_ids"] == ["subnet-0000000a", "subnet-0000000b"]
    assert state["logging"] == {"cluster_logging": [{"types": [], "enabled": True}]}
    assert (state["_arn"], state["_status"], "created_at" in state) == ("arn:c", "ACTIVE", False)


def test_what_is_told_on_creation_only_is_not_compared(scripted):
    context = scripted()
    cluster = adapter(context)
    desired = cluster.prepare(DECLARED, strict=True)
    assert desired["access_config"] == {"authentication_mode": "API"}
    assert not {"bootstrap_self_managed_addons", "upgrade"} & desired.keys()
    cluster.create("c", desired)
    (sent,) = context.clients.named("eks:CreateCluster")
    assert sent["bootstrapSelfManagedAddons"] is False
    assert sent["accessConfig"] == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True}
    assert sent["logging"] == {"clusterLogging": [{"types": ["audit"], "enabled": True}]}
    assert sent["encryptionConfig"] == [{"resources": ["secrets"], "provider": {"keyArn": KEY}}]
    assert sent["tags"] == TAGS


def test_updates_go_one_kind_at_a_time_each_after_the_one_before(scripted):
    context = scripted(answers())
    cluster = adapter(context)
    current = cluster.read({"c"})["c"]
    desired = cluster.prepare(DECLARED, strict=True)
    fields = ("access_config", "deletion_protection", "encryption_config", "logging", "resources_vpc_config")
    cluster.update("c", desired, current, fields)
    made = [
        (name, params)
        for name, params in context.clients.made
        if name not in ("eks:ListClusters", "eks:DescribeCluster")
    ]
    done = ("eks:DescribeUpdate", {"name": "c", "updateId": "u-1"})
    kinds = [
        {
            "logging": {
                "clusterLogging": [
                    {"types": ["audit"], "enabled": True},
                    {"types": ["api", "authenticator", "controllerManager", "scheduler"], "enabled": False},
                ]
            }
        },
        {"resourcesVpcConfig": {"endpointPublicAccess": False, "endpointPrivateAccess": True}},
        {
            "resourcesVpcConfig": {
                "subnetIds": ["subnet-0000000a", "subnet-0000000b"],
                "securityGroupIds": ["sg-0000000c"],
            }
        },
        {"accessConfig": {"authenticationMode": "API"}},
        {"deletionProtection": True},
    ]
    assert made[:2] == [
        (
            "eks:AssociateEncryptionConfig",
            {"clusterName": "c", "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": KEY}}]},
        ),
        done,
    ]
    assert made[2::2] == [("eks:UpdateClusterConfig", {"name": "c", **kind}) for kind in kinds]
    assert made[3::2] == [done] * len(kinds)


def test_an_update_in_progress_is_waited_for(scripted):
    context = scripted(answers())
    in_use = context.client("eks").exceptions.ResourceInUseException({"Error": {"Code": "ResourceInUseException"}}, "x")
    asked = iter([in_use, in_use, BUSY])
    told = iter([BUSY, {"update": {"id": "u-1", "status": "Successful"}}])

    def ask(_params):
        answer = next(asked)
        if isinstance(answer, Exception):
            raise answer
        return answer

    context.clients.answers |= {"eks:UpdateClusterConfig": ask, "eks:DescribeUpdate": lambda _params: next(told)}
    adapter(context).unprotect("c", {"deletion_protection": True})
    assert len(context.clients.named("eks:UpdateClusterConfig")) == 3
    assert len(context.clients.named("eks:DescribeUpdate")) == 2


@pytest.mark.parametrize("status", ["Failed", "Cancelled"])
def test_an_update_that_eks_gives_up_is_told_with_its_reason(scripted, status):
    failed = {"id": "u-1", "status": status, "errors": [{"errorCode": "SubnetNotFound", "errorMessage": "gone"}]}
    context = scripted({**answers(), "eks:DescribeUpdate": {"update": failed}})
    with pytest.raises(ReconcileError, match=rf"given up \({status}\): SubnetNotFound: gone"):
        adapter(context).unprotect("c", {"deletion_protection": True})


def test_a_wait_ends(scripted):
    times = iter(range(0, 100_000, 900))
    context = scripted({**answers(), "eks:DescribeUpdate": BUSY})
    cluster = Cluster(context, clock=lambda: float(next(times)), sleep=lambda _seconds: None)
    with pytest.raises(ReconcileError, match="update_cluster_config is still in progress after 3600 s"):
        cluster.unprotect("c", {"deletion_protection": True})


def test_a_failed_cluster_says_why(scripted):
    state = {"_status": "FAILED", "health": {"issues": [{"code": "Ec2SubnetNotFound", "message": "gone"}]}}
    with pytest.raises(TerminalState, match="is FAILED: Ec2SubnetNotFound: gone"):
        adapter(scripted()).ready(state)


def test_another_key_is_refused(scripted):
    encrypted = [{"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:ap-northeast-1:1:key/other"}}]
    cluster = adapter(scripted(answers(encryptionConfig=encrypted)))
    cluster.read({"c"})
    with pytest.raises(InvalidInput, match="encryption_config cannot be changed once it is set"):
        cluster.prepare(DECLARED, strict=False)


@pytest.mark.parametrize(
    ("current", "desired", "asked", "problem"),
    [
        ("1.34", "1.35", True, None),
        ("1.34", "1.35", False, "never implied"),
        ("1.34", "1.33", True, "cannot go back to 1.33"),
        ("1.34", "1.36", True, "to 1.35 first"),
        ("1.34", "2.0", True, "to 1.35 first"),
        ("1.34", "1.34.1", True, "must be a minor version"),
        ("1.34", "latest", True, "must be a minor version"),
    ],
)
def test_which_versions_are_refused(current, desired, asked, problem):
    found = refused_version(current, desired, asked)
    assert (found is None) if problem is None else problem in str(found)


def insight(identifier, status, stops="1.35", used=True):
    detail = {
        "usage": "/apis/policy/v1beta1",
        "replacedWith": "/apis/policy/v1",
        "stopServingVersion": stops,
        "clientStats": [{"userAgent": "old-client", "numberOfRequestsLast30Days": 3}] if used else [],
    }
    return {
        "id": identifier,
        "name": f"Insight {identifier}",
        "insightStatus": {"status": status, "reason": "because"},
        "categorySpecificSummary": {"deprecationDetails": [detail]},
    }


def insightful(*found):
    by_id = {one["id"]: one for one in found}
    return {
        **answers(),
        "eks:ListInsights": {"insights": list(found)},
        "eks:DescribeInsight": lambda params: {"insight": by_id[params["id"]]},
    }


@pytest.mark.parametrize(
    ("one", "stands_against"),
    [
        (insight("i", "PASSING"), False),
        (insight("i", "ERROR", used=False), True),
        (insight("i", "UNKNOWN", used=False), True),
        (insight("i", "WARNING", stops="1.35"), True),
        (insight("i", "WARNING", stops="1.35", used=False), False),
        (insight("i", "WARNING", stops="1.37"), False),
    ],
)
def test_insights_that_stand_against_an_upgrade(scripted, one, stands_against):
    context = scripted(insightful(one))
    assert bool(insights(context, "c", "1.35")) is stands_against
    assert context.clients.named("eks:ListInsights") == [
        {"clusterName": "c", "filter": {"categories": ["UPGRADE_READINESS"], "kubernetesVersions": ["1.35"]}}
    ]


def test_an_upgrade_of_a_cluster_that_is_not_ready_changes_nothing(scripted):
    context = scripted(insightful(insight("a", "ERROR")))
    cluster = adapter(context)
    cluster.read({"c"})
    with pytest.raises(
        InvalidInput, match=r"not ready for 1\.35, .*policy/v1beta1 \(use /apis/policy/v1\) by old-client"
    ):
        cluster.prepare({**DECLARED, "version": "1.35", "upgrade": True}, strict=False)
    assert context.clients.named("eks:UpdateClusterVersion") == []


def test_a_ready_cluster_is_upgraded(scripted):
    context = scripted(insightful(insight("a", "PASSING")))
    cluster = adapter(context)
    current = cluster.read({"c"})["c"]
    desired = cluster.prepare({**DECLARED, "version": "1.35", "upgrade": True}, strict=True)
    cluster.update("c", desired, current, ("version",))
    assert context.clients.named("eks:UpdateClusterVersion") == [{"name": "c", "version": "1.35"}]
