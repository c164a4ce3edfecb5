"""Changes of node groups: configuration and version."""

from __future__ import annotations

import copy

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks import launch_templates, nodes, updates, versions
from sandbox.aws.extensions.eks.models import NODEGROUP, Cluster, Item, find, find_nodegroup, invalid
from sandbox.aws.extensions.eks.nodegroups import check_labels, check_taints, check_version, scaling, update_config

SIZES = {"minSize": "MinSize", "maxSize": "MaxSize", "desiredSize": "DesiredSize"}
UNAVAILABLE = {"maxUnavailable": "MaxUnavailable", "maxUnavailablePercentage": "MaxUnavailablePercentage"}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateNodegroupConfig.html
@operation("eks", "UpdateNodegroupConfig")
def change_config(call: Call) -> Item:
    params = call.params
    cluster, group = _changeable(call)
    changes: Item = {}
    shown: Item = {}
    if "labels" in params:
        added, removed = params["labels"].get("addOrUpdateLabels", {}), params["labels"].get("removeLabels", [])
        check_labels(added)
        kept = {key: value for key, value in group["labels"].items() if key not in removed}
        changes["labels"] = {**kept, **added}
        shown |= {"LabelsToAdd": added or None, "LabelsToRemove": list(removed) or None}
    if "taints" in params:
        added, removed = params["taints"].get("addOrUpdateTaints", []), params["taints"].get("removeTaints", [])
        check_taints(added)
        gone = {_identity(taint) for taint in [*added, *removed]}
        changes["taints"] = [*(taint for taint in group["taints"] if _identity(taint) not in gone), *added]
        shown |= {"TaintsToAdd": list(added) or None, "TaintsToRemove": list(removed) or None}
    if "scalingConfig" in params:
        changes["scalingConfig"] = scaling(params["scalingConfig"], group["scalingConfig"])
        shown |= {SIZES[name]: str(value) for name, value in params["scalingConfig"].items()}
    if "updateConfig" in params:
        changes["updateConfig"] = update_config(params["updateConfig"])
        shown |= {
            UNAVAILABLE[name]: str(value) for name, value in params["updateConfig"].items() if name in UNAVAILABLE
        }
    if "nodeRepairConfig" in params:
        changes["nodeRepairConfig"] = {**group["nodeRepairConfig"], **params["nodeRepairConfig"]}
        shown["NodeRepairConfig"] = changes["nodeRepairConfig"]
    if not changes:
        raise invalid("No changes needed for the node group configuration provided", clusterName=cluster.name)
    # The nodes change now, what is described of the group when they have.
    ahead = {**group, **changes}
    nodes.resize(call, cluster, ahead)
    nodes.relabel(ahead, ahead["labels"], ahead["taints"])
    group["nodes"] = ahead["nodes"]
    return _begin(call, cluster, group, "ConfigUpdate", shown, changes)


# https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateNodegroupVersion.html
@operation("eks", "UpdateNodegroupVersion")
def change_version(call: Call) -> Item:
    params = call.params
    cluster, group = _changeable(call)
    changes: Item = {}
    if group["amiType"] == "CUSTOM" and {"version", "releaseVersion"} & set(params):
        raise invalid("You cannot specify the field version or releaseVersion when using custom AMIs")
    if "launchTemplate" in params:
        if "launchTemplate" not in group:
            raise invalid("The node group was not created with a launch template")
        found = launch_templates.find(call, params["launchTemplate"])
        if found["shown"]["id"] != group["launchTemplate"]["id"]:
            raise invalid("The launch template of a node group can't be replaced by another one")
        changes["launchTemplate"] = found["shown"]
        changes["types"] = [found["type"]] if found["type"] else group["types"]
    if "version" in params or "launchTemplate" not in params:
        version = params.get("version", cluster.version)
        check_version(cluster, version)
        if versions.minor(version) < versions.minor(group["version"]):
            raise invalid(f"Nodegroup {group['nodegroupName']} can't be downgraded to Kubernetes version {version}")
        release = params.get("releaseVersion", versions.release_version(version))
        changes |= {"version": version, "releaseVersion": release}
    shown = {"Version": changes.get("version"), "ReleaseVersion": changes.get("releaseVersion")}
    if "launchTemplate" in changes:
        shown |= {
            "LaunchTemplateName": changes["launchTemplate"]["name"],
            "LaunchTemplateVersion": changes["launchTemplate"]["version"],
        }
    if any(group.get(name) != value for name, value in changes.items()):
        ahead = {**group, **changes}
        nodes.replace(call, cluster, ahead)
        group["nodes"] = ahead["nodes"]
    return _begin(call, cluster, group, "VersionUpdate", shown, changes)


def _begin(call: Call, cluster: Cluster, group: Item, kind: str, shown: Item, changes: Item) -> Item:
    name = group["nodegroupName"]
    until = nodes.publish(call, cluster)
    return updates.begin(
        call, cluster, NODEGROUP, kind, copy.deepcopy(shown), group, changes, nodegroup=name, until=until
    )


def _changeable(call: Call) -> tuple[Cluster, Item]:
    """The cluster and node group of a call, if the group is at rest."""
    cluster, name = find(call, call.params["clusterName"]), call.params["nodegroupName"]
    group = find_nodegroup(call, cluster, name)
    updates.refuse_while_running(cluster, nodegroup=name)
    state = call.state(NODEGROUP, f"{cluster.name}/{name}", "ACTIVE")
    if state != "ACTIVE":
        message = f"Nodegroup {name} currently has status {state}"
        raise AwsError("ResourceInUseException", message, clusterName=cluster.name, nodegroupName=name)
    return cluster, group


def _identity(taint: Item) -> tuple[str, str]:
    return taint["key"], taint["effect"]
