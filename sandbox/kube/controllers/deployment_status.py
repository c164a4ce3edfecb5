"""The status of a Deployment: what `kubectl rollout status` and waits for conditions go by."""

from __future__ import annotations

from sandbox.kube.controllers.objects import Object, condition, holds, name, seconds, stamp, with_condition

News = tuple[str, str]
"""(reason, message) of Progressing: that a ReplicaSet was made, or found again."""


def of(
    deployment: Object, sets: list[Object], new: Object | None, fewest: int, news: News | None, now: float
) -> tuple[Object, float | None]:
    """(the status, seconds until the progress deadline); `new` is the present template's among the ReplicaSets."""

    def count(key: str, among: list[Object]) -> int:
        return sum((each.get("status") or {}).get(key, 0) for each in among)

    available = count("availableReplicas", sets)
    counts = {
        "replicas": count("replicas", sets),
        "updatedReplicas": count("replicas", [new] if new else []),
        "readyReplicas": count("readyReplicas", sets),
        "availableReplicas": available,
        "unavailableReplicas": max(0, sum(each["spec"]["replicas"] for each in sets) - available),
    }
    status: Object = {"observedGeneration": deployment["metadata"]["generation"]}
    status |= {key: value for key, value in counts.items() if value}
    if available >= fewest:
        enough = ("MinimumReplicasAvailable", "Deployment has minimum availability.")
    else:
        enough = ("MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    found = (deployment.get("status") or {}).get("conditions")
    conditions = _dated(found, now, "Available", available >= fewest, enough)
    failing = next((condition(each, "ReplicaFailure") for each in sets if holds(each, "ReplicaFailure")), None)
    if failing:
        conditions = _dated(conditions, now, "ReplicaFailure", True, (failing["reason"], failing["message"]))
    else:
        conditions = [each for each in conditions if each["type"] != "ReplicaFailure"]
    conditions, again = _with_progress(deployment, conditions, status, new, news, now)
    return {**status, "conditions": conditions}, again


def complete(deployment: Object, status: Object) -> bool:
    """Whether all pods there are are of the present template, and available."""
    keys = ("updatedReplicas", "replicas", "availableReplicas")
    return all(status.get(key, 0) == deployment["spec"]["replicas"] for key in keys)


def _with_progress(
    deployment: Object,
    conditions: list[Object],
    status: Object,
    new: Object | None,
    news: News | None,
    now: float,
) -> tuple[list[Object], float | None]:
    """(conditions with Progressing, seconds until the deadline)."""
    spec, before, current = deployment["spec"], deployment.get("status") or {}, condition(deployment, "Progressing")
    deadline = spec.get("progressDeadlineSeconds", 600)
    if spec.get("paused"):
        return _dated(conditions, now, "Progressing", "Unknown", ("DeploymentPaused", "Deployment is paused")), None
    if current.get("reason") == "DeploymentPaused" and not news:
        news = ("DeploymentResumed", "Deployment is resumed")
    subject = f'ReplicaSet "{name(new)}"' if new else f'Deployment "{name(deployment)}"'
    if news:
        conditions = _dated(conditions, now, "Progressing", True, news, renew=True)
        current = {"lastUpdateTime": stamp(now)}
    if complete(deployment, status):
        done = ("NewReplicaSetAvailable", f"{subject} has successfully progressed.")
        return _dated(conditions, now, "Progressing", True, done), None
    if current.get("reason") == "NewReplicaSetAvailable":
        return conditions, None
    if any(
        status.get(key, 0) > before.get(key, 0) for key in ("updatedReplicas", "readyReplicas", "availableReplicas")
    ) or (_old(status) < _old(before)):
        going = ("ReplicaSetUpdated", f"{subject} is progressing.")
        return _dated(conditions, now, "Progressing", True, going, renew=True), deadline
    left = seconds(current["lastUpdateTime"]) + deadline - now if current else deadline
    if left > 0:
        return conditions, left
    late = ("ProgressDeadlineExceeded", f"{subject} has timed out progressing.")
    return _dated(conditions, now, "Progressing", False, late), None


def _old(status: Object) -> int:
    count: int = status.get("replicas", 0) - status.get("updatedReplicas", 0)
    return count


def _dated(
    conditions: list[Object] | None,
    now: float,
    kind: str,
    status: bool | str,
    why: tuple[str, str],
    renew: bool = False,
) -> list[Object]:
    """The conditions with one set; lastUpdateTime is when it last changed, or now."""
    before = next((each for each in conditions or () if each["type"] == kind), {})
    value = status if isinstance(status, str) else str(status)
    same = (before.get("status"), before.get("reason"), before.get("message")) == (value, *why)
    updated = before["lastUpdateTime"] if same and not renew else stamp(now)
    return with_condition(conditions, now, kind, status, *why, lastUpdateTime=updated)
