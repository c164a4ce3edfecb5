# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a Deployment, its ReplicaSets and its pods say about its rollout. Pure: no call, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

REVISION = "deployment.kubernetes.io/revision"
POD_HASH = "pod-template-hash"
DEADLINE = "ProgressDeadlineExceeded"
COMPLETED = "NewReplicaSetAvailable"
STUCK = frozenset(
    {
        "ImagePullBackOff",
        "ErrImagePull",
        "InvalidImageName",
        "CrashLoopBackOff",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
    }
)
"""Why a container waits, when waiting alone does not help."""

Object = Mapping[str, Any]
State = Literal["complete", "progressing", "failed"]


@dataclass(frozen=True)
class Name:
    """A Deployment's place."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def path(self) -> str:
        """Where the API has it."""
        return f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{self.name}"

    @staticmethod
    def of(thing: Object) -> Name:
        return Name(thing["metadata"]["namespace"], thing["metadata"]["name"])


@dataclass(frozen=True)
class Standing:
    """Where a rollout stands. ``reason`` and ``message`` say what it waits for, or why it failed.

    ``completed`` tells a release that once was available, and is not any more, from one that never was.
    """

    state: State
    reason: str = ""
    message: str = ""
    completed: bool = False


def stand(deployment: Object) -> Standing:
    """As ``kubectl rollout status`` judges it: observed, all pods new, all of them available."""
    spec, status = deployment["spec"], deployment.get("status", {})
    if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        return Standing("progressing", "NotObserved", "the controller has not seen the change yet")
    progressing = condition(deployment, "Progressing")
    if progressing.get("reason") == DEADLINE:
        return Standing("failed", DEADLINE, progressing.get("message", ""))
    completed = progressing.get("reason") == COMPLETED
    wanted, updated = spec.get("replicas", 1), status.get("updatedReplicas", 0)
    if spec.get("paused"):
        return Standing("progressing", "Paused", "the Deployment is paused")
    if updated < wanted:
        return Standing("progressing", "Updating", f"{updated} of {wanted} pods are new", completed)
    if status.get("replicas", 0) > updated:
        return Standing("progressing", "Updating", f"{status['replicas'] - updated} old pods still run", completed)
    if (available := status.get("availableReplicas", 0)) < updated:
        return Standing("progressing", "Unavailable", f"{available} of {updated} pods are available", completed)
    return Standing("complete", completed=True)


def condition(thing: Object, kind: str) -> Object:
    """The condition of a kind, nothing when there is none."""
    return next((one for one in thing.get("status", {}).get("conditions", []) if one["type"] == kind), {})


def owned_by(owner: Object, things: Iterable[Object]) -> list[Object]:
    """Those that ``owner`` controls."""
    uid = owner["metadata"]["uid"]
    return [
        thing
        for thing in things
        if any(ref["uid"] == uid and ref.get("controller") for ref in thing["metadata"].get("ownerReferences", []))
    ]


def revision(thing: Object) -> int:
    """The revision a Deployment or ReplicaSet is of, 0 before it has one."""
    return int(thing["metadata"].get("annotations", {}).get(REVISION, 0))


def current(deployment: Object, sets: Iterable[Object]) -> Object | None:
    """The ReplicaSet of the Deployment's present template; None before the controller has made it."""
    return next((one for one in owned_by(deployment, sets) if revision(one) == revision(deployment)), None)


def former(deployment: Object, sets: Iterable[Object]) -> Object | None:
    """The ReplicaSet to go back to: the latest one that still serves, otherwise the latest one before the present."""
    others = [one for one in owned_by(deployment, sets) if revision(one) < revision(deployment)]
    return max(others, key=lambda one: (_available(one) > 0, revision(one)), default=None)


def _available(replica_set: Object) -> int:
    return int(replica_set.get("status", {}).get("availableReplicas", 0))


def stuck(pod: Object) -> Standing | None:
    """Why a pod will not start by waiting for it; None for one that runs or may yet."""
    status = pod.get("status", {})
    for container in (*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])):
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason") in STUCK:
            message = waiting.get("message") or f"container {container['name']} of pod {pod['metadata']['name']}"
            return Standing("failed", waiting["reason"], message)
    return None


def unscheduled(pod: Object) -> Standing | None:
    """Why the scheduler finds no node for a pod."""
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return Standing("progressing", scheduled.get("reason", "Unschedulable"), scheduled.get("message", ""))
    return None


def restarted(pod: Object) -> Standing | None:
    """That a container of a pod had to be started again, however well it does now."""
    status = pod.get("status", {})
    for container in (*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])):
        if times := container.get("restartCount", 0):
            ended = container.get("lastState", {}).get("terminated", {})
            why = f" ({ended.get('reason', 'ended')}, exit code {ended.get('exitCode', '?')})" if ended else ""
            message = f"restarts of container {container['name']} of pod {pod['metadata']['name']}: {times}{why}"
            return Standing("failed", "Restarted", message)
    return None


def images(template: Object) -> dict[str, str]:
    """Digest, or what else follows the repository, of each container's image by its name."""
    return {one["name"]: one["image"].rpartition("@")[2] for one in template["spec"]["containers"]}


def digest(template: Object) -> str:
    """The digest of the template's first container: the service's own, before what a mesh adds."""
    return next(iter(images(template).values()))


def restored(deployment: Object, replica_set: Object, fields: Object) -> dict[str, Any]:
    """What to apply so that the Deployment has the ReplicaSet's template again, and everything else stays declared.

    :param fields: ``fieldsV1`` of the manager that applies: what it leaves out now it would give up, or delete.
    """
    template = dict(replica_set["spec"]["template"])
    metadata = dict(template.get("metadata", {}))
    metadata["labels"] = {key: value for key, value in metadata.get("labels", {}).items() if key != POD_HASH}
    metadata.pop("creationTimestamp", None)
    body = applied(deployment, fields)
    return {**body, "spec": {**body["spec"], "template": {**template, "metadata": metadata}}}


def applied(thing: Object, fields: Object) -> dict[str, Any]:
    """What a manager whose ``fieldsV1`` are ``fields`` has applied of a thing, without a Deployment's pod template."""
    metadata = thing["metadata"]
    kept = owned({"metadata": metadata, "spec": thing["spec"]}, fields)
    return {
        "apiVersion": thing["apiVersion"],
        "kind": thing["kind"],
        "metadata": {
            **{key: value for key, value in kept.get("metadata", {}).items() if key in ("labels", "annotations")},
            "namespace": metadata["namespace"],
            "name": metadata["name"],
        },
        "spec": kept.get("spec", {}),
    }


def applied_fields(thing: Object, manager: str) -> Object | None:
    """``fieldsV1`` of what ``manager`` applied; None when it never did."""
    for entry in thing["metadata"].get("managedFields", []):
        if entry["manager"] == manager and entry["operation"] == "Apply" and not entry.get("subresource"):
            return dict(entry["fieldsV1"])
    return None


def owned(value: Any, fields: Object) -> Any:
    """The part of ``value`` that ``fields`` (FieldsV1 of structured-merge-diff) names, outside of pod templates.

    Lists are taken whole: those of a Deployment outside of its template are none that are merged.
    """
    if not isinstance(value, Mapping):
        return value
    named = {key[2:]: below for key, below in fields.items() if key.startswith("f:")}
    if not named:
        return value
    return {key: owned(value[key], below) for key, below in named.items() if key in value}
