# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the cluster says of the declared services: Deployments, pods where they were placed, budgets, autoscalers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name

ZONE = "topology.kubernetes.io/zone"

Object = dict[str, Any]


@dataclass(frozen=True)
class Service:
    """A declared service and what there is of it. ``pods`` are those that are not being deleted, of any revision."""

    declared: Object
    deployment: Object | None
    pods: tuple[Object, ...]
    zones: frozenset[str]
    budgets: tuple[Object, ...]
    autoscalers: tuple[Object, ...]

    @property
    def name(self) -> str:
        return str(self.declared["name"])

    @property
    def container(self) -> Object | None:
        """The service's own container, which bears its name; others are the mesh's."""
        if self.deployment is None:
            return None
        containers = self.deployment["spec"]["template"]["spec"]["containers"]
        return next((one for one in containers if one["name"] == self.name), None)


def services(world: World) -> list[Service]:
    """Every declared service, as the cluster has it (seven lists, whatever the number of services)."""
    kube = world.kubernetes
    deployments = {Name.of(one): one for one in kube.list("apps/v1", "deployments")}
    zones = {one["metadata"]["name"]: one["metadata"].get("labels", {}).get(ZONE) for one in kube.list("v1", "nodes")}
    sets = _by_owner(kube.list("apps/v1", "replicasets"))
    pods = _by_owner(one for one in kube.list("v1", "pods") if "deletionTimestamp" not in one["metadata"])
    budgets = _by_namespace(kube.list("policy/v1", "poddisruptionbudgets"))
    autoscalers = _by_namespace(kube.list("autoscaling/v2", "horizontalpodautoscalers"))
    found = []
    for declared in world.platform.declared["services"]:
        deployment = deployments.get(Name(declared["team"], declared["name"]))
        owners = sets.get(deployment["metadata"]["uid"], []) if deployment else []
        own = tuple(pod for owner in owners for pod in pods.get(owner["metadata"]["uid"], []))
        placed = {zones.get(pod["spec"].get("nodeName", "")) for pod in own}
        namespace = declared["team"]
        found.append(
            Service(
                declared,
                deployment,
                own,
                frozenset(zone for zone in placed if zone),
                tuple(one for one in budgets[namespace] if deployment and _selects(one, deployment)),
                tuple(one for one in autoscalers[namespace] if _scales(one, declared["name"])),
            )
        )
    return found


def image_digest(pod: Object, container: str) -> str | None:
    """Digest of the image that a pod's container really runs; None before it does."""
    for status in pod.get("status", {}).get("containerStatuses", []):
        if status["name"] == container:
            return status.get("imageID", "").rpartition("@")[2] or None
    return None


def _by_owner(things: Iterable[Object]) -> dict[str, list[Object]]:
    found: dict[str, list[Object]] = defaultdict(list)
    for thing in things:
        for owner in thing["metadata"].get("ownerReferences", []):
            if owner.get("controller"):
                found[owner["uid"]].append(thing)
    return found


def _by_namespace(things: Iterable[Object]) -> dict[str, list[Object]]:
    found: dict[str, list[Object]] = defaultdict(list)
    for thing in things:
        found[thing["metadata"]["namespace"]].append(thing)
    return found


def _selects(budget: Object, deployment: Object) -> bool:
    """Whether a budget is for the Deployment's pods. Budgets with expressions are none of ours."""
    selector: Mapping[str, Any] = budget["spec"].get("selector", {})
    labels = deployment["spec"]["template"]["metadata"].get("labels", {})
    wanted = selector.get("matchLabels", {})
    return bool(wanted) and "matchExpressions" not in selector and wanted.items() <= labels.items()


def _scales(autoscaler: Object, name: str) -> bool:
    target = autoscaler["spec"]["scaleTargetRef"]
    return target["kind"] == "Deployment" and target["name"] == name
