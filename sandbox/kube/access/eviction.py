"""Evictions of pods, which PodDisruptionBudgets may put off: what `kubectl drain` asks for.

https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.kube.controllers.objects import finished, labels, leaving, ready, stamp
from sandbox.kube.errors import ApiError, bad_request, not_found
from sandbox.kube.selectors import matches

if TYPE_CHECKING:
    from sandbox.kube.api import Api

BUDGETS = "poddisruptionbudgets.policy"
SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
VIOLATION = "Cannot evict pod as it would violate the pod's disruption budget."
UNSEEN_SECONDS = 10
"""When to ask again while the budget's controller hasn't caught up."""
MOST_DISRUPTED = 2000


def evict(api: Api, namespace: str, name: str, eviction: dict[str, Any], dry_run: bool) -> dict[str, Any]:
    """Delete a pod unless its budget forbids that now (429)."""
    named = (eviction.get("metadata") or {}).get("name", name)
    if named != name:
        raise bad_request("name in URL does not match name in Eviction object")
    resource = api.registry.named("pods")
    pod = api.store.get("pods", namespace, name)
    if pod is None:
        raise not_found(resource, name)
    options = eviction.get("deleteOptions") or {}
    dry_run = dry_run or bool(options.get("dryRun"))
    if not (finished(pod) or leaving(pod) or (pod.get("status") or {}).get("phase") == "Pending"):
        _charge(api, pod, dry_run)
    api.delete(
        resource,
        namespace,
        name,
        dry_run=dry_run,
        grace=options.get("gracePeriodSeconds"),
        preconditions=options.get("preconditions"),
    )
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _charge(api: Api, pod: dict[str, Any], dry_run: bool) -> None:
    """Take the pod from its budget; an error when that has none left."""
    budgets = [
        budget
        for budget in api.store.list(BUDGETS, pod["metadata"]["namespace"])
        if any((budget["spec"].get("selector") or {}).values()) and matches(budget["spec"]["selector"], labels(pod))
    ]
    if len(budgets) > 1:
        raise ApiError(500, "InternalError", SEVERAL)
    if not budgets:
        return
    budget, status = budgets[0], budgets[0].get("status") or {}
    if not ready(pod):
        wanted, healthy = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
        if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow" or healthy >= wanted > 0:
            return
    _check(budget, status)
    if not dry_run:
        now = api.clock()
        left = status["disruptionsAllowed"] - 1
        disrupted = {**(status.get("disruptedPods") or {}), pod["metadata"]["name"]: stamp(now)}
        changed = {**status, "disruptionsAllowed": left, "disruptedPods": disrupted}
        if not left:
            exhausted = {
                "type": "DisruptionAllowed",
                "status": "False",
                "reason": "InsufficientPods",
                "message": "",
                "observedGeneration": status["observedGeneration"],
                "lastTransitionTime": stamp(now),
            }
            others = [each for each in status.get("conditions") or () if each["type"] != exhausted["type"]]
            changed["conditions"] = [*others, exhausted]
        api.update_status(api.registry.named(BUDGETS), {**budget, "status": changed})


def _check(budget: dict[str, Any], status: dict[str, Any]) -> None:
    name = budget["metadata"]["name"]
    if status.get("observedGeneration", 0) < budget["metadata"]["generation"]:
        raise _too_many(f"The disruption budget {name} is still being processed by the server.", UNSEEN_SECONDS)
    if len(status.get("disruptedPods") or ()) > MOST_DISRUPTED:
        why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        raise ApiError(403, "Forbidden", f'poddisruptionbudget.policy "{name}" is forbidden: {why}')
    if not status.get("disruptionsAllowed"):
        needs, has = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
        raise _too_many(f"The disruption budget {name} needs {needs} healthy pods and has {has} currently", None)


def _too_many(message: str, seconds: int | None) -> ApiError:
    causes = [{"reason": "DisruptionBudget", "message": message}]
    return ApiError(429, "TooManyRequests", VIOLATION, {"causes": causes}, seconds)
