"""Updates: what a change of a cluster, node group or add-on is followed by."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks.models import Cluster, Item, find, new_id, now, page

OWNERS = {"nodegroup": "nodegroupName", "addon": "addonName"}


def begin(
    call: Call,
    cluster: Cluster,
    transition: str,
    kind: str,
    params: dict[str, Any],
    target: Item,
    changes: Item,
    *,
    nodegroup: str = "",
    addon: str = "",
    until: Callable[[], bool] | None = None,
    outcome: Callable[[], Item | None] | None = None,
) -> Item:
    """Start an update of `target`, which takes `changes` when it ends; the answer of the operation.

    transition: kind of its transition. kind: type of the update. params: {type of parameter: value}. until: when it is
    done. outcome: run then, picklable; the error that makes the update fail, if there is one.
    """
    owner = ("nodegroup", nodegroup) if nodegroup else ("addon", addon) if addon else ("cluster", cluster.name)
    update: Item = {
        "id": new_id(),
        "status": "InProgress",
        "type": kind,
        "params": [{"type": name, "value": _text(value)} for name, value in params.items() if value is not None],
        "createdAt": now(),
        "errors": [],
    }
    cluster.updates[update["id"]] = {"of": owner, "update": update}
    key = cluster.name if owner[0] == "cluster" else f"{cluster.name}/{owner[1]}"
    answer = {"update": dict(update)}
    call.begin(transition, key, "UPDATING", then=partial(_finish, update, target, changes, outcome), until=until)
    return answer


def refuse_while_running(cluster: Cluster, *, nodegroup: str = "", addon: str = "") -> None:
    """ResourceInUse while an update of the cluster, or of one of its node groups or add-ons, runs."""
    owner = ("nodegroup", nodegroup) if nodegroup else ("addon", addon) if addon else ("cluster", cluster.name)
    for found in cluster.updates.values():
        if found["of"] == owner and found["update"]["status"] == "InProgress":
            members: Item = {OWNERS[owner[0]]: owner[1]} if owner[0] in OWNERS else {}
            message = f"{owner[0].capitalize()} currently has update {found['update']['id']} in progress"
            raise AwsError("ResourceInUseException", message, clusterName=cluster.name, **members)


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeUpdate.html
@operation("eks", "DescribeUpdate")
def describe(call: Call) -> Item:
    cluster, identifier = find(call, call.params["name"]), call.params["updateId"]
    found = cluster.updates.get(identifier)
    if found is None or found["of"] != _owner(call, cluster):
        raise AwsError("ResourceNotFoundException", f"No update found for ID: {identifier}", clusterName=cluster.name)
    return {"update": found["update"]}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_ListUpdates.html
@operation("eks", "ListUpdates")
def list_updates(call: Call) -> Item:
    cluster = find(call, call.params["name"])
    owner = _owner(call, cluster)
    shown, rest = page(call, [name for name, found in cluster.updates.items() if found["of"] == owner])
    return {"updateIds": shown, **rest}


def _owner(call: Call, cluster: Cluster) -> tuple[str, str]:
    """Whose updates a call asks for."""
    for kind, parameter in OWNERS.items():
        if parameter in call.params:
            return kind, call.params[parameter]
    return "cluster", cluster.name


def _finish(update: Item, target: Item, changes: Item, outcome: Callable[[], Item | None] | None) -> None:
    error = outcome() if outcome else None
    if error:
        update["status"], update["errors"] = "Failed", [error]
        return
    target.update(changes)
    if "modifiedAt" in target:
        target["modifiedAt"] = now()
    update["status"] = "Successful"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
