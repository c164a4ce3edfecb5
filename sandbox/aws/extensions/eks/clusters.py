"""Clusters: creation, description, deletion.

What is refused with 501: EKS Auto Mode, Outposts, hybrid nodes, IPv6, settings of control plane components.
"""

from __future__ import annotations

import copy
import re
import secrets
from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks import access, addons, encryption, logs, network, roles, servers, versions
from sandbox.aws.extensions.eks.models import (
    CLUSTER,
    Cluster,
    Item,
    arn,
    check_tags,
    clusters,
    find,
    invalid,
    now,
    page,
)

NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9\-_]{0,99}")
MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
UNSUPPORTED = (
    *("outpostConfig", "remoteNetworkConfig", "controlPlaneScalingConfig"),
    *("kubeApiServerConfig", "kubeSchedulerConfig", "kubeControllerManagerConfig"),
)


# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
@operation("eks", "CreateCluster")
def create(call: Call) -> Item:
    params = call.params
    name = params["name"]
    refuse_unsupported(params)
    if not NAME.fullmatch(name):
        raise invalid(f"Cluster name {name} must start with a letter or digit and hold at most 100 of A-Za-z0-9-_")
    existing = clusters(call).get(name)
    if existing and existing.token == params.get("clientRequestToken"):
        return {"cluster": describe_one(call, existing)}
    if existing:
        message = f"Cluster already exists with name: {name}"
        raise AwsError("ResourceInUseException", message, clusterName=name)
    description = _description(call, name)
    vpc = description["resourcesVpcConfig"]
    cluster = Cluster(
        description,
        params.get("clientRequestToken", ""),
        wanted={"revision": 1, "version": description["version"], "nodes": {}, "addons": {}},
    )
    vpc["clusterSecurityGroupId"] = network.create_security_group(call, name, vpc["vpcId"])
    if params.get("accessConfig", {}).get("bootstrapClusterCreatorAdminPermissions", True):
        access.admit_creator(call, cluster)
    if params.get("bootstrapSelfManagedAddons", True):
        addons.add_self_managed(cluster)
    if logs.enabled(description["logging"]):
        logs.make_group(call, name)
    call.begin(CLUSTER, name, "CREATING", until=servers.create(call, cluster))
    clusters(call)[name] = cluster
    return {"cluster": describe_one(call, cluster)}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html
@operation("eks", "DescribeCluster")
def describe(call: Call) -> Item:
    return {"cluster": describe_one(call, find(call, call.params["name"]))}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_ListClusters.html
@operation("eks", "ListClusters")
def list_clusters(call: Call) -> Item:
    shown, rest = page(call, sorted(clusters(call)))
    return {"clusters": shown, **rest}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DeleteCluster.html
@operation("eks", "DeleteCluster")
def delete(call: Call) -> Item:
    name = call.params["name"]
    cluster = find(call, name)
    state = call.state(CLUSTER, name, "ACTIVE")
    if cluster.description["deletionProtection"]:
        message = f"Cannot delete cluster {name}: deletion protection is enabled"
        raise AwsError("InvalidRequestException", message, clusterName=name)
    if cluster.nodegroups:
        raise AwsError("ResourceInUseException", "Cluster has nodegroups attached", clusterName=name)
    if state in ("CREATING", "UPDATING"):
        message = f"Cannot delete because cluster {name} currently has an update in progress or is being created"
        raise AwsError("ResourceInUseException", message, clusterName=name)
    if state != "DELETING":
        group = cluster.description["resourcesVpcConfig"]["clusterSecurityGroupId"]
        then = partial(_remove, clusters(call), name, call.backend("ec2"), group)
        call.begin(CLUSTER, name, "DELETING", then=then, until=servers.delete(call, name))
    return {"cluster": describe_one(call, cluster)} if name in clusters(call) else {"cluster": cluster.description}


def describe_one(call: Call, cluster: Cluster) -> Item:
    """A cluster, its state of the moment, and what its plane tells."""
    described = copy.deepcopy(cluster.description)
    plane = servers.describe(call, cluster.name)
    described["status"] = servers.state(call, cluster.name, plane)
    if plane:
        servers.overlay(described, plane)
    return described


def refuse_unsupported(params: Item) -> None:
    for name in UNSUPPORTED:
        if params.get(name):
            raise UnsupportedError(f"{name} of a cluster")
    for name in ("computeConfig", "storageConfig"):
        if params.get(name, {}).get("enabled") or params.get(name, {}).get("blockStorage", {}).get("enabled"):
            raise UnsupportedError("EKS Auto Mode")
    if params.get("kubernetesNetworkConfig", {}).get("elasticLoadBalancing", {}).get("enabled"):
        raise UnsupportedError("EKS Auto Mode")
    if params.get("kubernetesNetworkConfig", {}).get("ipFamily", "ipv4") != "ipv4":
        raise UnsupportedError("clusters of IPv6")


def _description(call: Call, name: str) -> Item:
    params = call.params
    version = params.get("version", versions.DEFAULT)
    versions.check(version)
    role = roles.find(call, params["roleArn"])
    if role is None or not roles.trusts(role, "eks.amazonaws.com"):
        raise invalid(
            f"Role with arn: {params['roleArn']}, could not be assumed because it does not exist or the trusted "
            "entity is not correct",
            clusterName=name,
        )
    vpc = _vpc(call, params["resourcesVpcConfig"])
    mode = params.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP")
    if mode not in MODES:
        raise invalid(f"Unsupported authentication mode {mode}")
    support = params.get("upgradePolicy", {}).get("supportType", "EXTENDED")
    if support not in ("STANDARD", "EXTENDED"):
        raise invalid(f"Unsupported support type {support}")
    if support == "STANDARD" and versions.status_of(version) != "standard-support":
        raise invalid(f"Kubernetes version {version} is not in standard support")
    check_tags(params.get("tags", {}))
    wanted = params.get("kubernetesNetworkConfig", {}).get("serviceIpv4Cidr")
    return {
        "name": name,
        "arn": arn(call, "cluster", name),
        "createdAt": now(),
        "version": version,
        "roleArn": params["roleArn"],
        "resourcesVpcConfig": vpc,
        "kubernetesNetworkConfig": {
            "serviceIpv4Cidr": network.service_cidr(call, vpc["vpcId"], wanted),
            "ipFamily": "ipv4",
            "elasticLoadBalancing": {"enabled": False},
        },
        "logging": logs.described(logs.merged(set(), params.get("logging", {}).get("clusterLogging", []))),
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{call.region}.amazonaws.com/id/{_hexadecimal()}"}},
        "certificateAuthority": {},
        "platformVersion": versions.VERSIONS[version].platform,
        "tags": dict(params.get("tags", {})),
        "encryptionConfig": encryption.check(call, params.get("encryptionConfig", [])),
        "health": {"issues": []},
        "accessConfig": {"authenticationMode": mode},
        "upgradePolicy": {"supportType": support},
        "zonalShiftConfig": {"enabled": params.get("zonalShiftConfig", {}).get("enabled", False)},
        "deletionProtection": params.get("deletionProtection", False),
    }


def _vpc(call: Call, wanted: Item) -> Item:
    """The resourcesVpcConfig of a description."""
    if wanted.get("controlPlaneEgressMode", "AWS_MANAGED") != "AWS_MANAGED":
        raise UnsupportedError("controlPlaneEgressMode")
    subnets = network.subnets(call, wanted.get("subnetIds", []))
    network.check_spread(subnets)
    groups = wanted.get("securityGroupIds", [])
    network.check_security_groups(call, groups, subnets[0]["VpcId"])
    public = wanted.get("endpointPublicAccess", True)
    access_config = {
        "endpointPublicAccess": public,
        "endpointPrivateAccess": wanted.get("endpointPrivateAccess", False),
        "publicAccessCidrs": list(wanted.get("publicAccessCidrs") or [network.ANYWHERE]) if public else [],
    }
    network.check_access(access_config)
    return {
        "subnetIds": list(wanted["subnetIds"]),
        "securityGroupIds": list(groups),
        "vpcId": subnets[0]["VpcId"],
        **access_config,
    }


def _hexadecimal() -> str:
    return secrets.token_hex(16).upper()


def _remove(known: dict[str, Any], name: str, ec2: Any, group: str) -> None:
    known.pop(name, None)
    network.delete_security_group(ec2, group)
