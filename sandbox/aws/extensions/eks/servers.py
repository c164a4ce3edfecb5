"""The Kubernetes API behind a cluster: one data plane of kind `kubernetes`.

A cluster says what its plane is to have (`Cluster.wanted`) and waits until it has it, so changes that come while others
are under way are no conflict. Without data planes a cluster is a record without an endpoint.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions.eks.models import CLUSTER, Cluster, Item, find
from sandbox.planes.client import PlaneError, Planes

KIND = "kubernetes"
HEALTHY_SECONDS = 20
"""How long an add-on may take to have its pods before it is DEGRADED; on AWS it is 20 minutes."""


def key(call: Call, name: str) -> str:
    return f"{call.region}/{name}"


def create(call: Call, cluster: Cluster) -> Callable[[], bool] | None:
    """Start the API server; what tells whether it answers."""
    if call.planes is None:
        return None
    subnets = [call.backend("ec2").get_subnet(name) for name in cluster.description["resourcesVpcConfig"]["subnetIds"]]
    zones = sorted({subnet.availability_zone for subnet in subnets})
    spec = {
        "name": cluster.name,
        "issuer": cluster.description["identity"]["oidc"]["issuer"],
        "service_cidr": cluster.description["kubernetesNetworkConfig"]["serviceIpv4Cidr"],
        "region": call.region,
        "zones": zones,
        "account": call.account,
        "wanted": cluster.wanted,
    }
    try:
        call.planes.create(KIND, key(call, cluster.name), spec)
    except PlaneError as error:
        raise AwsError("ServerException", str(error), clusterName=cluster.name) from error
    return partial(call.planes.settled, KIND, key(call, cluster.name))


def delete(call: Call, name: str) -> Callable[[], bool] | None:
    """Start removing the API server; what tells whether it is gone."""
    if call.planes is None:
        return None
    call.planes.delete(KIND, key(call, name))
    return partial(call.planes.settled, KIND, key(call, name))


def want(call: Call, cluster: Cluster, **changes: Any) -> Callable[[], bool] | None:
    """Have a cluster's plane changed; what tells whether it is. `changes` are keys of `Cluster.wanted`."""
    cluster.wanted.update(changes)
    cluster.wanted["revision"] += 1
    if call.planes is None:
        return None
    has = partial(_has, call.planes, key(call, cluster.name), cluster.wanted, cluster.wanted["revision"])
    has()
    return has


def healthy(call: Call, changed: Callable[[], bool] | None, cluster: Cluster, addon: str) -> Callable[[], bool] | None:
    """What tells whether a change has been made and an add-on has all its pods, or had time enough for it."""
    if call.planes is None or changed is None:
        return None
    until = time.time() + HEALTHY_SECONDS
    return partial(_is_healthy, changed, call.planes, key(call, cluster.name), addon, until)


def describe(call: Call, name: str, region: str | None = None) -> Item | None:
    """The plane of a cluster, of the call's region by default; None without one."""
    return call.planes.describe(KIND, f"{region or call.region}/{name}") if call.planes else None


def facts(call: Call, name: str, region: str | None = None) -> Item:
    """What the plane tells; {} while there is none."""
    found = describe(call, name, region)
    return dict(found["facts"]) if found else {}


def addon_facts(call: Call, cluster: Cluster, addon: str) -> Item:
    """{"ready", "wanted", "conflict"} of an add-on's objects; {} where nothing is known."""
    return dict(facts(call, cluster.name).get("addons", {}).get(addon, {}))


def state(call: Call, name: str, plane: Item | None) -> str:
    """CREATING, ACTIVE, UPDATING, DELETING or FAILED: of a cluster, whose plane is as described."""
    failed = plane is not None and plane["state"] == "failed" and not plane["facts"].get("created")
    return "FAILED" if failed else call.state(CLUSTER, name, "ACTIVE")


def find_active(call: Call, name: str) -> Cluster:
    """A cluster that things can be made in."""
    found = find(call, name)
    if state(call, name, describe(call, name)) in ("CREATING", "DELETING", "FAILED"):
        raise AwsError("InvalidRequestException", f"Cluster '{name}' is not in ACTIVE status", clusterName=name)
    return found


def overlay(cluster: Item, plane: Item) -> None:
    """Add to a description where the API server is, and what is wrong with it."""
    made = plane["facts"].get("created")
    if plane["state"] == "failed":
        issue = {"code": "InternalFailure", "message": plane["error"], "resourceIds": [cluster["name"]]}
        cluster["health"] = {"issues": [issue]}
    if made and cluster["status"] not in ("CREATING", "FAILED"):
        endpoint = plane["endpoints"]["api"]
        port = "" if endpoint["port"] == 443 else f":{endpoint['port']}"
        cluster["endpoint"] = f"https://{endpoint['address']}{port}"
        cluster["certificateAuthority"] = {"data": base64.b64encode(plane["facts"]["authority"].encode()).decode()}


def _has(planes: Planes, key: str, wanted: Item, revision: int) -> bool:
    """Whether a plane has what was wanted at a revision, or never will. It is told if it does not know of it."""
    try:
        found = planes.describe(KIND, key)
        if found is None or found["state"] == "failed" or found["facts"].get("revision", 0) >= revision:
            return True
        if found["state"] == "available" and found["facts"].get("told", 0) < revision:
            planes.ask(KIND, key, "want", wanted=wanted)
    except PlaneError:
        return False
    return False


def _is_healthy(changed: Callable[[], bool], planes: Planes, key: str, addon: str, until: float) -> bool:
    if not changed():
        return False
    try:
        found = planes.describe(KIND, key)
    except PlaneError:
        return False
    state = (found or {"facts": {}})["facts"].get("addons", {}).get(addon, {})
    return "conflict" in state or state.get("ready", 0) >= state.get("wanted", 1) or time.time() > until


def trouble(planes: Planes | None, key: str) -> Item | None:
    """The error of an update whose plane failed; None when it did not."""
    try:
        found = planes.describe(KIND, key) if planes else None
    except PlaneError as error:
        found = {"state": "failed", "error": str(error)}
    if found is None or found["state"] != "failed":
        return None
    return {"errorCode": "Unknown", "errorMessage": found["error"], "resourceIds": [key.rpartition("/")[2]]}
