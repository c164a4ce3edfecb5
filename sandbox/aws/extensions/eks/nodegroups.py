"""Managed node groups: creation, description, deletion.

Their instances are nodes of the cluster only: no EC2 instance and no Auto Scaling group is made, and nothing scales a
group but UpdateNodegroupConfig.
"""

from __future__ import annotations

import copy
import re
from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks import access, launch_templates, network, nodes, roles, servers, versions
from sandbox.aws.extensions.eks.models import (
    NODEGROUP,
    Cluster,
    Item,
    arn,
    check_tags,
    find,
    find_nodegroup,
    invalid,
    new_id,
    now,
    page,
)

NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9\-_]{0,62}")
AMI_TYPE = "AL2023_x86_64_STANDARD"
RESERVED = ("kubernetes.io/", "k8s.io/", "eks.amazonaws.com/")
EFFECTS = ("NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE")
LAST_AL2 = 32
"""Minor version of Kubernetes that Amazon Linux 2 was offered for last."""


# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html
@operation("eks", "CreateNodegroup")
def create(call: Call) -> Item:
    params = call.params
    cluster, name = servers.find_active(call, params["clusterName"]), params["nodegroupName"]
    if name in cluster.nodegroups:
        message = f"NodeGroup already exists with name {name} and cluster name {cluster.name}"
        raise AwsError("ResourceInUseException", message, clusterName=cluster.name, nodegroupName=name)
    if not NAME.fullmatch(name):
        raise invalid(f"Node group name {name} must start with a letter or digit and hold at most 63 of A-Za-z0-9-_")
    group = _description(call, cluster, name)
    group["nodes"] = []
    nodes.resize(call, cluster, group)
    cluster.nodegroups[name] = group
    access.admit_nodes(call, cluster, group["nodeRole"])
    call.begin(NODEGROUP, f"{cluster.name}/{name}", "CREATING", until=nodes.publish(call, cluster))
    return {"nodegroup": describe_one(call, cluster, group)}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeNodegroup.html
@operation("eks", "DescribeNodegroup")
def describe(call: Call) -> Item:
    cluster = find(call, call.params["clusterName"])
    return {"nodegroup": describe_one(call, cluster, find_nodegroup(call, cluster, call.params["nodegroupName"]))}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_ListNodegroups.html
@operation("eks", "ListNodegroups")
def list_nodegroups(call: Call) -> Item:
    shown, rest = page(call, sorted(find(call, call.params["clusterName"]).nodegroups))
    return {"nodegroups": shown, **rest}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DeleteNodegroup.html
@operation("eks", "DeleteNodegroup")
def delete(call: Call) -> Item:
    cluster, name = find(call, call.params["clusterName"]), call.params["nodegroupName"]
    group = find_nodegroup(call, cluster, name)
    key = f"{cluster.name}/{name}"
    state = call.state(NODEGROUP, key, "ACTIVE")
    if state in ("CREATING", "UPDATING"):
        message = f"Nodegroup {name} is {state} and can't be deleted"
        raise AwsError("ResourceInUseException", message, clusterName=cluster.name, nodegroupName=name)
    answer = copy.deepcopy(group) | {"status": "DELETING"}
    if state == "ACTIVE":
        group["nodes"] = []
        then = partial(_remove, cluster.nodegroups, name)
        call.begin(NODEGROUP, key, "DELETING", then=then, until=nodes.publish(call, cluster))
    return {"nodegroup": _shown(answer)}


def describe_one(call: Call, cluster: Cluster, group: Item) -> Item:
    """A node group, with its state of the moment and what is wrong with it."""
    described = _shown(copy.deepcopy(group))
    described["health"] = {"issues": _issues(call, group)}
    settled = "DEGRADED" if described["health"]["issues"] else "ACTIVE"
    described["status"] = call.state(NODEGROUP, f"{cluster.name}/{group['nodegroupName']}", settled)
    return described


def scaling(wanted: Item, current: Item) -> Item:
    """A NodegroupScalingConfig, checked."""
    new = {**current, **wanted}
    if new["minSize"] > new["maxSize"]:
        raise invalid(f"Minimum capacity {new['minSize']} can't be greater than maximum size {new['maxSize']}")
    if new["minSize"] > new["desiredSize"]:
        raise invalid(f"Minimum capacity {new['minSize']} can't be greater than desired size {new['desiredSize']}")
    if new["desiredSize"] > new["maxSize"]:
        raise invalid(f"Desired capacity {new['desiredSize']} can't be greater than max size {new['maxSize']}")
    return new


def update_config(wanted: Item) -> Item:
    """A NodegroupUpdateConfig, checked."""
    if "maxUnavailable" in wanted and "maxUnavailablePercentage" in wanted:
        raise invalid("Only one of maxUnavailable and maxUnavailablePercentage can be given")
    if wanted.get("maxUnavailable", 1) not in range(1, 101):
        raise invalid("maxUnavailable must be between 1 and 100")
    return dict(wanted) if {"maxUnavailable", "maxUnavailablePercentage"} & set(wanted) else {"maxUnavailable": 1}


def check_labels(labels: dict[str, str]) -> None:
    for key in labels:
        if any(reserved in key for reserved in RESERVED):
            raise invalid(f"Label cannot contain reserved prefixes [{', '.join(RESERVED)}]")


def check_taints(taints: list[Item]) -> None:
    if len(taints) > 50:
        raise invalid("A node group can have at most 50 taints")
    for taint in taints:
        if not taint.get("key") or taint.get("effect") not in EFFECTS:
            raise invalid(f"A taint needs a key and one of the effects {', '.join(EFFECTS)}")


def check_version(cluster: Cluster, version: str) -> None:
    """https://kubernetes.io/releases/version-skew-policy/#kubelet"""
    versions.check(version)
    if not 0 <= versions.minor(cluster.version) - versions.minor(version) <= 3:
        raise invalid(
            f"Requested Nodegroup version {version} is not compatible with cluster version {cluster.version}",
            clusterName=cluster.name,
        )


def _description(call: Call, cluster: Cluster, name: str) -> Item:
    params = call.params
    if params.get("warmPoolConfig", {}).get("enabled"):
        raise UnsupportedError("warm pools of node groups")
    version = params.get("version", cluster.version)
    check_version(cluster, version)
    _check_role(call, params["nodeRole"])
    network.subnets(call, params["subnets"], cluster.description["resourcesVpcConfig"]["vpcId"])
    template = launch_templates.find(call, params["launchTemplate"]) if "launchTemplate" in params else None
    types, ami = launch_templates.machines(params, template, AMI_TYPE)
    if ami.startswith("AL2_") and versions.minor(version) > LAST_AL2:
        raise invalid(f"Requested AMI for this version {version} is not supported")
    nodes.check_types(call, types, ami)
    capacity = params.get("capacityType", "ON_DEMAND")
    if capacity not in ("ON_DEMAND", "SPOT"):
        raise UnsupportedError(f"capacity type {capacity}")
    labels, taints = dict(params.get("labels", {})), list(params.get("taints", []))
    check_labels(labels)
    check_taints(taints)
    check_tags(params.get("tags", {}))
    identifier = new_id()
    group = {
        "nodegroupName": name,
        "nodegroupArn": arn(call, "nodegroup", cluster.name, name, identifier),
        "clusterName": cluster.name,
        "version": version,
        "releaseVersion": params.get("releaseVersion", versions.release_version(version)),
        "createdAt": now(),
        "modifiedAt": now(),
        "capacityType": capacity,
        "scalingConfig": scaling(params.get("scalingConfig", {}), {"minSize": 1, "maxSize": 2, "desiredSize": 2}),
        "subnets": list(params["subnets"]),
        "amiType": ami,
        "nodeRole": params["nodeRole"],
        "labels": labels,
        "taints": taints,
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}-{identifier}"}]},
        "updateConfig": update_config(params.get("updateConfig", {})),
        "nodeRepairConfig": {"enabled": False, **params.get("nodeRepairConfig", {})},
        "tags": dict(params.get("tags", {})),
        "types": types,
    }
    if template:
        group["launchTemplate"] = template["shown"]
    else:
        group["diskSize"] = params.get("diskSize", 20)
    if not (template and template["type"]):
        group["instanceTypes"] = types
    if "remoteAccess" in params:
        group["remoteAccess"] = params["remoteAccess"]
    return group


def _check_role(call: Call, role_arn: str) -> None:
    role = roles.find(call, role_arn)
    if role is None:
        raise invalid(f"The role with name {role_arn.rpartition('/')[2]} cannot be found.")
    if not roles.trusts(role, "ec2.amazonaws.com"):
        raise invalid(
            "Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of "
            f"nodeRole {role_arn}"
        )


def _issues(call: Call, group: Item) -> list[Item]:
    """https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html"""
    issues = []
    if roles.find(call, group["nodeRole"]) is None:
        message = "We couldn't find the IAM role for your managed node group."
        issues.append({"code": "IamNodeRoleNotFound", "message": message, "resourceIds": [group["nodeRole"]]})
    known = {name for subnets in call.backend("ec2").subnets.values() for name in subnets}
    missing = [subnet for subnet in group["subnets"] if subnet not in known]
    if missing:
        message = "We couldn't find one or more subnets for your managed node group."
        issues.append({"code": "Ec2SubnetNotFound", "message": message, "resourceIds": missing})
    return issues


def _shown(group: Item) -> Item:
    return {key: value for key, value in group.items() if key not in ("nodes", "types")}


def _remove(groups: dict[str, Any], name: str) -> None:
    groups.pop(name, None)
