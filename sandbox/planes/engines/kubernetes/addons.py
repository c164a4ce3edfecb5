"""The add-ons of EKS as objects in kube-system: applied, removed, looked at."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from sandbox.planes.engines.kubernetes import addon_objects
from sandbox.planes.engines.kubernetes.api import Api, ApiFailure, Object

STEP = re.compile(r'\.?([^.\[\]]+)|\[(\w+)="([^"]*)"\]')


def apply(api: Api, name: str, addon: dict[str, Any], spec: dict[str, Any]) -> str:
    """Make an add-on's objects what they are to be; why not, when something keeps them from it.

    resolution of the add-on: OVERWRITE takes fields from who has set them, PRESERVE leaves them, NONE stops.
    """
    try:
        for thing in addon_objects.build(name, addon, spec):
            _apply(api, thing, addon["resolution"])
    except ApiFailure as failure:
        if failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        return str(failure)
    return ""


def remove(api: Api, name: str, spec: dict[str, Any]) -> None:
    for thing in addon_objects.build(name, {"version": "", "values": {}, "role": None}, spec):
        api.delete(thing)


def states(api: Api, names: dict[str, Any], spec: dict[str, Any]) -> dict[str, dict[str, int]]:
    """{add-on: {"ready": pods that are, "wanted": pods that should be}}."""
    present = {
        (kind, found["metadata"]["name"]): found
        for kind in ("Deployment", "DaemonSet")
        for found in api.objects("apps/v1", kind, addon_objects.NAMESPACE)
    }
    found = {}
    for name, addon in names.items():
        workloads = [
            (thing["kind"], thing["metadata"]["name"])
            for thing in addon_objects.build(name, addon, spec)
            if thing["kind"] in ("Deployment", "DaemonSet")
        ]
        counts = [_count(present.get(workload)) for workload in workloads]
        found[name] = {"ready": sum(ready for ready, _ in counts), "wanted": sum(wanted for _, wanted in counts)}
    return found


def _apply(api: Api, thing: Object, resolution: str) -> None:
    try:
        api.apply(thing, force=resolution == "OVERWRITE")
    except ApiFailure as failure:
        if resolution != "PRESERVE" or failure.status != HTTPStatus.CONFLICT or not failure.fields:
            raise
        for field in failure.fields:
            _leave_out(thing, field)
        api.apply(thing, force=False)


def _leave_out(thing: Object, field: str) -> None:
    """Remove a field, as causes of a conflict name it: `.spec.template.spec.containers[name="coredns"].image`."""
    at: Any = thing
    steps = list(STEP.finditer(field))
    for step in steps[:-1]:
        key, by, value = step.groups()
        at = at.get(key) if key else next((one for one in at if str(one.get(by)) == value), None)
        if at is None:
            return
    if steps and isinstance(at, dict):
        at.pop(steps[-1].group(1), None)


def _count(workload: Object | None) -> tuple[int, int]:
    """(pods that are ready, pods that should be) of a Deployment or DaemonSet."""
    if workload is None:
        return 0, 1
    status = workload.get("status", {})
    if workload["kind"] == "Deployment":
        wanted = workload["spec"]["replicas"]
        ready = min(status.get("readyReplicas", 0), status.get("updatedReplicas", 0))
    else:
        wanted = status.get("desiredNumberScheduled", 0)
        ready = min(status.get("numberReady", 0), status.get("updatedNumberScheduled", 0))
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return 0, max(1, wanted)
    return ready, wanted
