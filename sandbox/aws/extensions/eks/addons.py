"""Add-ons of a cluster. With data planes their Deployments and DaemonSets are in its kube-system namespace."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks import pod_identity, roles, servers, updates
from sandbox.aws.extensions.eks.addon_catalogue import ADDONS, SELF_MANAGED, check_configuration, default_version
from sandbox.aws.extensions.eks.models import (
    ADDON,
    Cluster,
    Item,
    arn,
    check_tags,
    find,
    find_addon,
    invalid,
    new_id,
    now,
    page,
)
from sandbox.planes.client import PlaneError, Planes

RESOLUTIONS = ("NONE", "OVERWRITE", "PRESERVE")
CONFLICT = "Conflicts found when trying to apply. Will not continue due to resolve conflicts mode."


# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAddon.html
@operation("eks", "CreateAddon")
def create(call: Call) -> Item:
    params = call.params
    cluster, name = servers.find_active(call, params["clusterName"]), params["addonName"]
    if name not in ADDONS:
        raise invalid(f"Addon {name} specified is not supported", clusterName=cluster.name, addonName=name)
    if name in cluster.addons:
        message = f"Addon already exists: {name}"
        raise AwsError("ResourceInUseException", message, clusterName=cluster.name, addonName=name)
    version = params.get("addonVersion") or default_version(name, cluster.version)
    _check_version(cluster, name, version)
    values = check_configuration(name, params.get("configurationValues", ""))
    _check_roles(call, name, params)
    check_tags(params.get("tags", {}))
    addon = {
        "addonName": name,
        "clusterName": cluster.name,
        "addonVersion": version,
        "addonArn": arn(call, "addon", cluster.name, name, new_id()),
        "createdAt": now(),
        "modifiedAt": now(),
        "tags": dict(params.get("tags", {})),
        "publisher": "eks",
        "owner": "aws",
    }
    for key in ("serviceAccountRoleArn", "configurationValues"):
        if params.get(key):
            addon[key] = params[key]
    addon["podIdentityAssociations"] = pod_identity.for_addon(call, cluster, addon, params)
    resolution = _resolution(params, ("NONE", "OVERWRITE"))
    standing = cluster.wanted["addons"].get(name)
    # What the cluster came with would be changed.
    addon["refused"] = bool(standing and resolution == "NONE" and (standing["version"], {}) != (version, values))
    cluster.addons[name] = addon
    if addon["refused"]:
        call.begin(ADDON, f"{cluster.name}/{name}", "CREATING")
    else:
        until = _publish(call, cluster, addon, values, resolution)
        call.begin(ADDON, f"{cluster.name}/{name}", "CREATING", until=until)
    return {"addon": describe_one(call, cluster, addon)}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAddon.html
@operation("eks", "DescribeAddon")
def describe(call: Call) -> Item:
    cluster = find(call, call.params["clusterName"])
    return {"addon": describe_one(call, cluster, find_addon(call, cluster, call.params["addonName"]))}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_ListAddons.html
@operation("eks", "ListAddons")
def list_addons(call: Call) -> Item:
    shown, rest = page(call, sorted(find(call, call.params["clusterName"]).addons))
    return {"addons": shown, **rest}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAddon.html
@operation("eks", "UpdateAddon")
def update(call: Call) -> Item:
    params = call.params
    cluster, name = servers.find_active(call, params["clusterName"]), params["addonName"]
    addon = find_addon(call, cluster, name)
    updates.refuse_while_running(cluster, addon=name)
    state = call.state(ADDON, f"{cluster.name}/{name}", "ACTIVE")
    if state != "ACTIVE":
        message = f"Addon {name} currently has status {state}"
        raise AwsError("ResourceInUseException", message, clusterName=cluster.name, addonName=name)
    version = params.get("addonVersion") or addon["addonVersion"]
    if version != addon["addonVersion"]:
        _check_version(cluster, name, version)
    resolution = _resolution(params, RESOLUTIONS)
    text = str(params.get("configurationValues", addon.get("configurationValues", "")))
    values = check_configuration(name, text)
    _check_roles(call, name, params)
    changes: Item = {"addonVersion": version, "refused": False}
    changes["configurationValues"] = text
    changes["serviceAccountRoleArn"] = params.get("serviceAccountRoleArn", addon.get("serviceAccountRoleArn"))
    if "podIdentityAssociations" in params:
        changes["podIdentityAssociations"] = pod_identity.for_addon(call, cluster, addon, params)
    shown = {
        "AddonVersion": version,
        "ServiceAccountRoleArn": params.get("serviceAccountRoleArn"),
        "ResolveConflicts": params.get("resolveConflicts"),
        "ConfigurationValues": params.get("configurationValues"),
        "PodIdentityAssociations": params.get("podIdentityAssociations"),
    }
    until = _publish(call, cluster, {**addon, **changes}, values, resolution)
    outcome = partial(_conflict, call.planes, servers.key(call, cluster.name), name)
    return updates.begin(
        call, cluster, ADDON, "AddonUpdate", shown, addon, changes, addon=name, until=until, outcome=outcome
    )


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DeleteAddon.html
@operation("eks", "DeleteAddon")
def delete(call: Call) -> Item:
    cluster, name = find(call, call.params["clusterName"]), call.params["addonName"]
    addon = find_addon(call, cluster, name)
    key = f"{cluster.name}/{name}"
    if call.state(ADDON, key, "ACTIVE") != "DELETING":
        for association in addon["podIdentityAssociations"]:
            cluster.associations.pop(association.rpartition("/")[2], None)
        until = None
        if not call.params.get("preserve") and not addon["refused"]:
            rest = {other: one for other, one in cluster.wanted["addons"].items() if other != name}
            until = servers.want(call, cluster, addons=rest)
        call.begin(ADDON, key, "DELETING", then=partial(_remove, cluster.addons, name), until=until)
    return {"addon": {**_shown(addon), "status": "DELETING"}}


def add_self_managed(cluster: Cluster) -> None:
    """What EKS puts into a new cluster without making it an add-on."""
    for name in SELF_MANAGED:
        version = default_version(name, cluster.version)
        cluster.wanted["addons"][name] = {"version": version, "values": {}, "role": None, "resolution": "OVERWRITE"}


def describe_one(call: Call, cluster: Cluster, addon: Item) -> Item:
    """An add-on, with its state of the moment and what is wrong with it."""
    described = _shown(copy.deepcopy(addon))
    issues, settled = _health(call, cluster, addon)
    described["health"] = {"issues": issues}
    described["status"] = call.state(ADDON, f"{cluster.name}/{addon['addonName']}", settled)
    return described


def _health(call: Call, cluster: Cluster, addon: Item) -> tuple[list[Item], str]:
    """(issues, status when nothing is under way)."""
    name = addon["addonName"]
    if addon["refused"]:
        return [{"code": "ConfigurationConflict", "message": CONFLICT, "resourceIds": []}], "CREATE_FAILED"
    found = servers.addon_facts(call, cluster, name)
    if "conflict" in found:
        issue = {"code": "ConfigurationConflict", "message": f"{CONFLICT} {found['conflict']}", "resourceIds": []}
        updated = any(update["of"] == ("addon", name) for update in cluster.updates.values())
        return [issue], "UPDATE_FAILED" if updated else "CREATE_FAILED"
    if found and found["ready"] < found["wanted"]:
        message = "The add-on is unhealthy because it doesn't have the desired number of replicas."
        return [{"code": "InsufficientNumberOfReplicas", "message": message, "resourceIds": []}], "DEGRADED"
    return [], "ACTIVE"


def _publish(call: Call, cluster: Cluster, addon: Item, values: Item, resolution: str) -> Any:
    """Have the objects of an add-on made; what tells whether they are."""
    one = {
        "version": addon["addonVersion"],
        "values": values,
        "role": addon.get("serviceAccountRoleArn"),
        "resolution": resolution,
        # So that what is asked for again is done again: somebody may have changed the objects meanwhile.
        "asked": cluster.wanted["revision"] + 1,
    }
    changed = servers.want(call, cluster, addons={**cluster.wanted["addons"], addon["addonName"]: one})
    return servers.healthy(call, changed, cluster, addon["addonName"])


def _conflict(planes: Planes | None, key: str, name: str) -> Item | None:
    """The error of an update that did not get its way; None when it did."""
    if planes is None:
        return None
    try:
        found = planes.describe(servers.KIND, key)
    except PlaneError as error:
        return {"errorCode": "Unknown", "errorMessage": str(error), "resourceIds": [name]}
    conflict = (found or {"facts": {}})["facts"].get("addons", {}).get(name, {}).get("conflict")
    if conflict is None:
        return None
    return {"errorCode": "ConfigurationConflict", "errorMessage": f"{CONFLICT} {conflict}", "resourceIds": [name]}


def _check_version(cluster: Cluster, name: str, version: str) -> None:
    if version not in ADDONS[name].compatible(cluster.version):
        message = "Addon version specified is not supported"
        raise invalid(message, clusterName=cluster.name, addonName=name)


def _check_roles(call: Call, name: str, params: Item) -> None:
    wanted = [one["roleArn"] for one in params.get("podIdentityAssociations", [])]
    if params.get("serviceAccountRoleArn"):
        wanted.append(params["serviceAccountRoleArn"])
    if wanted and not ADDONS[name].account:
        raise invalid(f"Addon {name} does not take an IAM role", addonName=name)
    for role in wanted:
        if roles.find(call, role) is None:
            raise invalid(f"The role {role} can't be found", addonName=name)


def _resolution(params: Item, known: tuple[str, ...]) -> str:
    wanted = str(params.get("resolveConflicts", "NONE"))
    if wanted not in known:
        raise invalid(f"resolveConflicts must be one of {', '.join(known)}")
    return wanted


def _shown(addon: Item) -> Item:
    return {key: value for key, value in addon.items() if key != "refused" and value not in ("", None, [])}


def _remove(addons: dict[str, Any], name: str) -> None:
    addons.pop(name, None)
