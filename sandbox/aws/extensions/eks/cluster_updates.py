"""Changes of clusters: configuration (one kind at a time), version, encryption."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks import encryption, insights, logs, network, servers, updates, versions
from sandbox.aws.extensions.eks.clusters import MODES, refuse_unsupported
from sandbox.aws.extensions.eks.models import CLUSTER, Cluster, Item, find, invalid

ENDPOINT = ("endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs")
PLACES = {"subnetIds": "Subnets", "securityGroupIds": "SecurityGroups"}

Change = tuple[str, dict[str, Any], Item]
"""(type of the update, {type of parameter: value}, what changes in the description)."""


# https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html
@operation("eks", "UpdateClusterConfig")
def update_config(call: Call) -> Item:
    params = call.params
    refuse_unsupported(params)
    cluster = _changeable(call)
    vpc = params.get("resourcesVpcConfig", {})
    asked = {
        _endpoint_access: bool(set(ENDPOINT) & set(vpc)),
        _places: bool(set(PLACES) & set(vpc)),
        _logging: "logging" in params,
        _authentication: "accessConfig" in params,
        _upgrade_policy: "upgradePolicy" in params,
        _zonal_shift: "zonalShiftConfig" in params,
        _deletion_protection: "deletionProtection" in params,
    }
    kinds = [kind for kind, wanted in asked.items() if wanted]
    if len(kinds) != 1:
        raise invalid("Only one type of update can be allowed.", clusterName=cluster.name)
    kind, shown, changes = kinds[0](call, cluster)
    return updates.begin(call, cluster, CLUSTER, kind, shown, cluster.description, changes)


# https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterVersion.html
@operation("eks", "UpdateClusterVersion")
def update_version(call: Call) -> Item:
    cluster, version = _changeable(call), call.params["version"]
    versions.check(version)
    if version != versions.following(cluster.version):
        raise invalid(
            f"Unsupported Kubernetes minor version update from {cluster.version} to {version}",
            clusterName=cluster.name,
        )
    behind = [name for name, group in sorted(cluster.nodegroups.items()) if group["version"] != cluster.version]
    if behind:
        raise invalid(
            f"Nodegroups {', '.join(behind)} must be updated to match cluster version {cluster.version} before "
            "updating cluster version",
            clusterName=cluster.name,
        )
    blocking = insights.blocking(call, cluster)
    if blocking and not call.params.get("force"):
        raise AwsError(
            "InvalidStateException",
            f"The update is blocked by upgrade insights in status ERROR: {', '.join(blocking)}. Use force to override.",
            clusterName=cluster.name,
        )
    platform = versions.VERSIONS[version].platform
    until = servers.want(call, cluster, version=version)
    shown = {"Version": version, "PlatformVersion": platform}
    changes = {"version": version, "platformVersion": platform}
    outcome = partial(servers.trouble, call.planes, servers.key(call, cluster.name))
    return updates.begin(
        call, cluster, CLUSTER, "VersionUpdate", shown, cluster.description, changes, until=until, outcome=outcome
    )


# https://docs.aws.amazon.com/eks/latest/APIReference/API_AssociateEncryptionConfig.html
@operation("eks", "AssociateEncryptionConfig")
def associate_encryption(call: Call) -> Item:
    cluster = _changeable(call)
    if cluster.description["encryptionConfig"]:
        message = "Encryption is already enabled on this cluster"
        raise AwsError("ResourceInUseException", message, clusterName=cluster.name)
    wanted = encryption.check(call, call.params["encryptionConfig"])
    if not wanted:
        raise invalid("encryptionConfig must name a key")
    kind, shown = "AssociateEncryptionConfig", {"EncryptionConfig": wanted}
    return updates.begin(call, cluster, CLUSTER, kind, shown, cluster.description, {"encryptionConfig": wanted})


def _changeable(call: Call) -> Cluster:
    """The cluster of a call, if it is at rest."""
    name = call.params["name"] if "name" in call.params else call.params["clusterName"]
    cluster = find(call, name)
    updates.refuse_while_running(cluster)
    state = servers.state(call, name, servers.describe(call, name))
    if state != "ACTIVE":
        message = f"Cannot update because cluster {name} currently has status {state}"
        raise AwsError("ResourceInUseException", message, clusterName=name)
    return cluster


def _endpoint_access(call: Call, cluster: Cluster) -> Change:
    current, wanted = cluster.description["resourcesVpcConfig"], call.params["resourcesVpcConfig"]
    if set(PLACES) & set(wanted):
        raise invalid("Only one type of update can be allowed.", clusterName=cluster.name)
    new = {name: wanted.get(name, current[name]) for name in ENDPOINT}
    if not new["endpointPublicAccess"]:
        new["publicAccessCidrs"] = []
    elif not new["publicAccessCidrs"]:
        new["publicAccessCidrs"] = [network.ANYWHERE]
    network.check_access(new)
    if all(_same(new[name], current[name]) for name in ENDPOINT):
        raise invalid(
            "Cluster is already at the desired configuration with endpointPrivateAccess: "
            f"{str(new['endpointPrivateAccess']).lower()} , endpointPublicAccess: "
            f"{str(new['endpointPublicAccess']).lower()}, and Public Endpoint Restrictions: "
            f"[{', '.join(new['publicAccessCidrs'])}]",
            clusterName=cluster.name,
        )
    shown = {name[0].upper() + name[1:]: new[name] for name in ENDPOINT}
    return "EndpointAccessUpdate", shown, {"resourcesVpcConfig": {**current, **new}}


def _places(call: Call, cluster: Cluster) -> Change:
    current, wanted = cluster.description["resourcesVpcConfig"], call.params["resourcesVpcConfig"]
    new = {name: list(wanted.get(name, current[name])) for name in PLACES}
    subnets = network.subnets(call, new["subnetIds"], current["vpcId"])
    network.check_spread(subnets)
    former = network.subnets(call, current["subnetIds"])
    if {one["AvailabilityZone"] for one in subnets} - {one["AvailabilityZone"] for one in former}:
        raise invalid("Subnets must be in the zones of the subnets that the cluster was created with")
    network.check_security_groups(call, new["securityGroupIds"], current["vpcId"])
    if all(_same(new[name], current[name]) for name in PLACES):
        raise invalid("The subnets and security groups are already those of the cluster", clusterName=cluster.name)
    shown = {PLACES[name]: new[name] for name in PLACES if name in wanted}
    return "VpcConfigUpdate", shown, {"resourcesVpcConfig": {**current, **new}}


def _logging(call: Call, cluster: Cluster) -> Change:
    wanted = call.params["logging"].get("clusterLogging", [])
    current = logs.enabled(cluster.description["logging"])
    new = logs.merged(current, wanted)
    if new == current:
        raise invalid("No changes needed for the logging config provided", clusterName=cluster.name)
    if new:
        logs.make_group(call, cluster.name)
    return "LoggingUpdate", {"ClusterLogging": {"clusterLogging": wanted}}, {"logging": logs.described(new)}


def _authentication(call: Call, cluster: Cluster) -> Change:
    current = cluster.description["accessConfig"]["authenticationMode"]
    wanted = call.params["accessConfig"].get("authenticationMode")
    if wanted not in MODES or MODES.index(wanted) - MODES.index(current) != 1:
        raise invalid(f"Unsupported authentication mode update from {current} to {wanted}", clusterName=cluster.name)
    return "AccessConfigUpdate", {"AuthenticationMode": wanted}, {"accessConfig": {"authenticationMode": wanted}}


def _upgrade_policy(call: Call, cluster: Cluster) -> Change:
    wanted = call.params["upgradePolicy"].get("supportType")
    if wanted not in ("STANDARD", "EXTENDED"):
        raise invalid(f"Unsupported support type {wanted}")
    if wanted == "STANDARD" and versions.status_of(cluster.version) != "standard-support":
        raise invalid(f"Kubernetes version {cluster.version} is not in standard support", clusterName=cluster.name)
    _refuse_same(cluster, "upgradePolicy", {"supportType": wanted})
    return "UpgradePolicyUpdate", {"UpgradePolicy": wanted}, {"upgradePolicy": {"supportType": wanted}}


def _zonal_shift(call: Call, cluster: Cluster) -> Change:
    wanted = {"enabled": call.params["zonalShiftConfig"].get("enabled", False)}
    _refuse_same(cluster, "zonalShiftConfig", wanted)
    return "ZonalShiftConfigUpdate", {"ZonalShiftConfig": wanted}, {"zonalShiftConfig": wanted}


def _deletion_protection(call: Call, cluster: Cluster) -> Change:
    wanted = call.params["deletionProtection"]
    _refuse_same(cluster, "deletionProtection", wanted)
    return "DeletionProtectionUpdate", {"DeletionProtection": wanted}, {"deletionProtection": wanted}


def _refuse_same(cluster: Cluster, name: str, wanted: Any) -> None:
    if cluster.description[name] == wanted:
        raise invalid(f"No changes needed for the {name} provided", clusterName=cluster.name)


def _same(one: Any, other: Any) -> bool:
    return sorted(one) == sorted(other) if isinstance(one, list) else bool(one == other)
