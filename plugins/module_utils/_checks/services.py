# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of group 1.3.1, the services: judged by the pods that the cluster placed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _services
from ansible_collections.iworkz.platform.plugins.module_utils._checks._services import Object, Service
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._kube import canary, rollout

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
# What Kubernetes takes where a probe does not say.
PERIOD_SECONDS, FAILURES = 10, 3


@check("1.3.1.1")
def running(world: World, required: dict[str, Any]) -> Finding:
    releases = world.platform.declared["releases"]
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    available = 0
    for service in world.once(_services.services):
        if service.deployment is None:
            breaches.append(_missing(service))
            continue
        standing = rollout.stand(service.deployment)
        digests = sorted({_services.image_digest(pod, service.name) or "none" for pod in service.pods})
        observed[service.name] = {
            "state": standing.state,
            "digests": digests,
            "pods": len(service.pods),
            "zones": sorted(service.zones),
            "disruptions_allowed": [
                budget.get("status", {}).get("disruptionsAllowed", 0) for budget in service.budgets
            ],
        }
        found = [
            *_availability(service, standing),
            *_release(service, digests, releases.get(service.name)),
            *_placement(service, required["zones"]),
            *_budget(service),
        ]
        available += standing.state == "complete"
        breaches += found
    if available < required["services"]:
        breaches.append(Breach("services.too_few", {"count": available, "required": required["services"]}))
    return Finding(observed, (*breaches, *_left_over(world)))


def _left_over(world: World) -> list[Breach]:
    """Canaries that nobody drives on: one whose run was interrupted stays as it was."""
    found = [one for one in world.kubernetes.list("apps/v1", "deployments") if canary.is_canary(one)]
    return [
        Breach(
            "services.canary_left_over",
            {
                "canary": str(rollout.Name.of(one)),
                "service": one["metadata"]["name"].removesuffix(f"-{canary.CANARY}"),
                "digest": rollout.digest(one["spec"]["template"]),
            },
        )
        for one in found
        if canary.is_left_over(one, world.now)
    ]


def _missing(service: Service) -> Breach:
    return Breach("services.missing", {"service": service.name, "namespace": service.declared["team"]})


def _availability(service: Service, standing: rollout.Standing) -> list[Breach]:
    if standing.state == "complete" and service.pods:
        return []
    why = f"{standing.reason}: {standing.message}" if standing.reason else "no pods"
    return [Breach("services.unavailable", {"service": service.name, "why": why})]


def _release(service: Service, digests: list[str], declared: str | None) -> list[Breach]:
    if declared is None:
        return [Breach("services.no_release", {"service": service.name})]
    others = [digest for digest in digests if digest != declared]
    if not others:
        return []
    return [
        Breach("services.other_release", {"service": service.name, "digests": ", ".join(others), "declared": declared})
    ]


def _placement(service: Service, zones: int) -> list[Breach]:
    if len(service.zones) >= zones:
        return []
    names = ", ".join(sorted(service.zones)) or "-"
    return [Breach("services.few_zones", {"service": service.name, "zones": names, "required": zones})]


def _budget(service: Service) -> list[Breach]:
    """One budget that lets a node be drained, and never lets the last pod go."""
    params = {"service": service.name}
    if len(service.budgets) != 1:
        return [Breach("services.budget_count", {**params, "count": len(service.budgets)})]
    status = service.budgets[0].get("status", {})
    if status.get("desiredHealthy", 0) < 1:
        return [Breach("services.budget_open", params)]
    if status.get("disruptionsAllowed", 0) < 1 and status.get("desiredHealthy") >= status.get("expectedPods", 0):
        return [Breach("services.budget_closed", params)]
    return []


@check("1.3.1.4")
def guarded(world: World, required: dict[str, Any]) -> Finding:
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for service in world.once(_services.services):
        container = service.container
        if service.deployment is None or container is None:
            breaches.append(_missing(service))
            continue
        pod = service.deployment["spec"]["template"]["spec"]
        drain = _drain_seconds(container)
        grace = pod.get("terminationGracePeriodSeconds", 30)
        observed[service.name] = {
            **{name: _asked(container[name]) for name in PROBES if name in container},
            "drain_seconds": drain,
            "grace_seconds": grace,
        }
        breaches += _probes(service.name, container)
        params = {"service": service.name, "seconds": drain}
        if drain is None:
            breaches.append(Breach("services.no_drain", {"service": service.name}))
        elif drain < required["drain_seconds"]:
            breaches.append(Breach("services.short_drain", {**params, "required": required["drain_seconds"]}))
        left = grace - (drain or 0)
        if left < required["stop_seconds"]:
            limits = {"left": left, "required": required["stop_seconds"]}
            breaches.append(Breach("services.short_stop", {"service": service.name, **limits}))
    return Finding(observed, tuple(breaches))


def _asked(probe: Object) -> str:
    """What a probe asks, as ``http /health/live``."""
    if "httpGet" in probe:
        return f"http {probe['httpGet'].get('path', '/')}"
    return next((kind for kind in ("grpc", "tcpSocket", "exec") if kind in probe), "nothing")


def _probes(service: str, container: Object) -> list[Breach]:
    missing = [name for name in PROBES if name not in container]
    if missing:
        return [Breach("services.probe_missing", {"service": service, "probes": ", ".join(missing)})]
    # An open port says nothing of the service behind it: its sidecar may be what answers.
    mute = [name for name in PROBES if _asked(container[name]) in ("tcpSocket", "nothing")]
    if mute:
        return [Breach("services.probe_mute", {"service": service, "probes": ", ".join(mute)})]
    ready, live = _patience(container["readinessProbe"]), _patience(container["livenessProbe"])
    if live <= ready:
        return [Breach("services.liveness_hasty", {"service": service, "liveness": live, "readiness": ready})]
    return []


def _patience(probe: Object) -> int:
    """Seconds of failures until a probe acts."""
    return int(probe.get("periodSeconds", PERIOD_SECONDS)) * int(probe.get("failureThreshold", FAILURES))


def _drain_seconds(container: Object) -> int | None:
    """Seconds that a pod serves on before it is told to stop: None without a hook, 0 where only the hook knows."""
    hook = container.get("lifecycle", {}).get("preStop")
    if not hook:
        return None
    return int(hook.get("sleep", {}).get("seconds", 0))


@check("1.3.1.5")
def scaling(world: World, required: dict[str, Any]) -> Finding:
    declared = world.platform.declared["autoscaling"]
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for service in world.once(_services.services):
        if len(service.autoscalers) != 1:
            params = {"service": service.name, "count": len(service.autoscalers)}
            breaches.append(Breach("services.autoscaler_count", params))
            continue
        (autoscaler,) = service.autoscalers
        spec = autoscaler["spec"]
        observed[service.name] = {
            "min": spec.get("minReplicas", 1),
            "max": spec["maxReplicas"],
            "cpu_percent": _cpu_target(spec),
            "replicas": autoscaler.get("status", {}).get("currentReplicas"),
        }
        breaches += _bounds(service, spec, required["min_replicas"])
        breaches += _targets(service.name, spec, declared)
        breaches += _conditions(service.name, autoscaler)
    return Finding(observed, tuple(breaches))


def _bounds(service: Service, spec: Object, least: int) -> list[Breach]:
    low, high = spec.get("minReplicas", 1), spec["maxReplicas"]
    wanted = service.declared["replicas"]
    breaches = []
    if low < least:
        breaches.append(Breach("services.few_replicas", {"service": service.name, "count": low, "required": least}))
    if (low, high) != (wanted["min"], wanted["max"]):
        params = {"service": service.name, "bounds": f"{low}-{high}", "declared": f"{wanted['min']}-{wanted['max']}"}
        breaches.append(Breach("services.other_bounds", params))
    return breaches


def _targets(service: str, spec: Object, declared: Mapping[str, Any]) -> list[Breach]:
    breaches = []
    target = _cpu_target(spec)
    if target != declared["cpu_percent"]:
        params = {"service": service, "target": "-" if target is None else target, "declared": declared["cpu_percent"]}
        breaches.append(Breach("services.other_target", params))
    behavior = spec.get("behavior", {})
    differing = [
        f"{direction}.{key}"
        for direction, rules in declared["behavior"].items()
        for key, value in rules.items()
        if behavior.get(direction, {}).get(key) != value
    ]
    if differing:
        breaches.append(Breach("services.other_behavior", {"service": service, "keys": ", ".join(differing)}))
    return breaches


def _cpu_target(spec: Object) -> int | None:
    for metric in spec.get("metrics", []):
        resource = metric.get("resource", {})
        if metric["type"] == "Resource" and resource.get("name") == "cpu":
            found = resource["target"].get("averageUtilization")
            return None if found is None else int(found)
    return None


def _conditions(service: str, autoscaler: Object) -> list[Breach]:
    breaches = []
    for kind in ("AbleToScale", "ScalingActive"):
        condition = rollout.condition(autoscaler, kind)
        if condition.get("status") != "True":
            why = condition.get("message") or condition.get("reason") or "-"
            breaches.append(Breach("services.not_scaling", {"service": service, "condition": kind, "why": why}))
    return breaches
