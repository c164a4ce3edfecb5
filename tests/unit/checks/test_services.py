"""Items 1.3.1.1, 1.3.1.4 and 1.3.1.5: a cluster in which every check passes, then one thing wrong at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._checks.services import guarded, running, scaling
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import Platform, World
from ansible_collections.iworkz.platform.plugins.module_utils._kube import canary

NAMES = [f"service-{number}" for number in range(19)]
FIRST = NAMES[0]
DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
BEHAVIOR = {
    "scaleUp": {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 4, "periodSeconds": 30}]},
    "scaleDown": {"stabilizationWindowSeconds": 300},
}
ZONES = ["1a", "1c", "1d"]

Objects = list[dict[str, Any]]
Cluster = dict[str, Objects]


def probe(kind: str, period: int, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": f"/health/{kind}", "port": "http"},
        "periodSeconds": period,
        "failureThreshold": failures,
    }


def meta(name: str, owner: str = "", **more: Any) -> dict[str, Any]:
    owners = [{"uid": owner, "controller": True}] if owner else []
    return {"namespace": "team", "name": name, "uid": name, "ownerReferences": owners, **more}


def cluster() -> Cluster:
    found: Cluster = {
        "nodes": [{"metadata": {"name": zone, "labels": {"topology.kubernetes.io/zone": zone}}} for zone in ZONES],
        **{kind: [] for kind in ("deployments", "replicasets", "pods")},
        **{kind: [] for kind in ("poddisruptionbudgets", "horizontalpodautoscalers")},
    }
    for name in NAMES:
        container = {
            "name": name,
            "image": f"registry/{name}@{DIGEST}",
            "startupProbe": probe("started", 2, 60),
            "readinessProbe": probe("ready", 5, 3),
            "livenessProbe": probe("live", 10, 6),
            "lifecycle": {"preStop": {"sleep": {"seconds": 15}}},
        }
        pod = {"containers": [{"name": "istio-proxy", "image": "i"}, container], "terminationGracePeriodSeconds": 60}
        template = {"metadata": {"labels": {"app": name}}, "spec": pod}
        found["deployments"].append(
            {
                "metadata": meta(name, generation=1),
                "spec": {"replicas": 2, "template": template},
                "status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
            }
        )
        found["replicasets"].append({"metadata": meta(f"{name}-1", name)})
        for zone in ZONES[:2]:
            status = {"containerStatuses": [{"name": name, "imageID": f"registry/{name}@{DIGEST}"}]}
            found["pods"].append(
                {"metadata": meta(f"{name}-1-{zone}", f"{name}-1"), "spec": {"nodeName": zone}, "status": status}
            )
        found["poddisruptionbudgets"].append(
            {
                "metadata": meta(name),
                "spec": {"selector": {"matchLabels": {"app": name}}},
                "status": {"expectedPods": 2, "desiredHealthy": 1, "currentHealthy": 2, "disruptionsAllowed": 1},
            }
        )
        cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 65}}
        found["horizontalpodautoscalers"].append(
            {
                "metadata": meta(name),
                "spec": {
                    "scaleTargetRef": {"kind": "Deployment", "name": name},
                    "minReplicas": 2,
                    "maxReplicas": 10,
                    "metrics": [{"type": "Resource", "resource": cpu}],
                    "behavior": copy.deepcopy(BEHAVIOR),
                },
                "status": {
                    "currentReplicas": 2,
                    "conditions": [{"type": kind, "status": "True"} for kind in ("AbleToScale", "ScalingActive")],
                },
            }
        )
    return found


def with_canary(objects: Cluster, until: datetime) -> Cluster:
    """A canary of the first service that is driven until then, with a pod that runs another release."""
    stable = objects["deployments"][0]
    labels = {"app": FIRST, canary.TRACK: canary.STABLE}
    template = {"metadata": {"labels": labels}, "spec": stable["spec"]["template"]["spec"]}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    made = canary.canary_of({"metadata": {**meta(FIRST), "labels": labels}, "spec": spec}, 1, until)
    made["metadata"]["uid"] = name = f"{FIRST}-canary"
    objects["deployments"].append(made)
    objects["replicasets"].append({"metadata": meta(f"{name}-1", name)})
    status = {"containerStatuses": [{"name": FIRST, "imageID": f"registry/{FIRST}@{OTHER}"}]}
    objects["pods"].append(
        {"metadata": meta(f"{name}-1-x", f"{name}-1"), "spec": {"nodeName": ZONES[0]}, "status": status}
    )
    return objects


class Kubernetes:
    def __init__(self, objects: Cluster) -> None:
        self.objects = objects

    def list(self, api_version: str, plural: str) -> Objects:
        return self.objects[plural]


class Fake(World):
    def __init__(self, objects: Cluster, **declared: Any) -> None:
        services = [{"name": name, "team": "team", "replicas": {"min": 2, "max": 10}} for name in NAMES]
        declared = {
            "services": services,
            "releases": dict.fromkeys(NAMES, DIGEST),
            "autoscaling": {"cpu_percent": 65, "behavior": BEHAVIOR},
            **declared,
        }
        platform = Platform("iworkz", "sandbox", "1", "r", "s", {}, declared)
        super().__init__(platform, None, datetime.now(UTC))  # type: ignore[arg-type]
        self._objects = objects

    @property
    def kubernetes(self) -> Any:
        return Kubernetes(self._objects)


def judge(check: Callable[..., Any], item: str, objects: Cluster, **declared: Any) -> list[tuple[str, Any]]:
    finding = check(Fake(objects, **declared), dict(load_requirements().resolve(item).required))
    return [(breach.id, breach.params) for breach in finding.breaches]


@pytest.mark.parametrize(("check", "item"), [(running, "1.3.1.1"), (guarded, "1.3.1.4"), (scaling, "1.3.1.5")])
def test_all_is_well_during_a_canary(check: Callable[..., Any], item: str) -> None:
    assert judge(check, item, with_canary(cluster(), datetime.now(UTC) + timedelta(minutes=1))) == []


def test_a_canary_that_nobody_drives() -> None:
    objects = with_canary(cluster(), datetime.now(UTC) - timedelta(minutes=1))
    ((breach, params),) = judge(running, "1.3.1.1", objects)
    assert (breach, params["canary"], params["service"]) == (
        "services.canary_left_over", f"team/{FIRST}-canary", FIRST)  # fmt: skip
    del objects["deployments"][-1]["metadata"]["annotations"]
    assert [breach for breach, _params in judge(running, "1.3.1.1", objects)] == ["services.canary_left_over"]


def container(objects: Cluster) -> dict[str, Any]:
    found: dict[str, Any] = objects["deployments"][0]["spec"]["template"]["spec"]["containers"][1]
    return found


@pytest.mark.parametrize(("check", "item"), [(running, "1.3.1.1"), (guarded, "1.3.1.4"), (scaling, "1.3.1.5")])
def test_all_is_well(check: Callable[..., Any], item: str) -> None:
    assert judge(check, item, cluster()) == []


@pytest.mark.parametrize(("check", "item"), [(running, "1.3.1.1"), (guarded, "1.3.1.4"), (scaling, "1.3.1.5")])
def test_an_empty_cluster_fails(check: Callable[..., Any], item: str) -> None:
    assert len(judge(check, item, {kind: [] for kind in cluster()})) >= len(NAMES)


def no_deployment(objects: Cluster) -> None:
    del objects["deployments"][0]


def in_another_namespace(objects: Cluster) -> None:
    objects["deployments"][0]["metadata"]["namespace"] = "default"


def half_available(objects: Cluster) -> None:
    objects["deployments"][0]["status"]["availableReplicas"] = 1


def not_observed(objects: Cluster) -> None:
    objects["deployments"][0]["metadata"]["generation"] = 2


def another_image(objects: Cluster) -> None:
    objects["pods"][0]["status"]["containerStatuses"][0]["imageID"] = f"registry/{FIRST}@{OTHER}"


def no_image_yet(objects: Cluster) -> None:
    objects["pods"][0]["status"] = {}


def declared_digest_in_the_template_only(objects: Cluster) -> None:
    """What counts is what pods run."""
    for pod in objects["pods"][:2]:
        pod["status"]["containerStatuses"][0]["imageID"] = f"registry/{FIRST}@{OTHER}"


def one_zone(objects: Cluster) -> None:
    objects["pods"][0]["spec"]["nodeName"] = objects["pods"][1]["spec"]["nodeName"]


def not_placed(objects: Cluster) -> None:
    del objects["pods"][0]["spec"]["nodeName"]


def leaving(objects: Cluster) -> None:
    objects["pods"][0]["metadata"]["deletionTimestamp"] = "now"


def no_budget(objects: Cluster) -> None:
    del objects["poddisruptionbudgets"][0]


def two_budgets(objects: Cluster) -> None:
    objects["poddisruptionbudgets"].append(copy.deepcopy(objects["poddisruptionbudgets"][0]))


def budget_of_nothing(objects: Cluster) -> None:
    objects["poddisruptionbudgets"][0]["spec"]["selector"]["matchLabels"]["app"] = "else"


def budget_for_all(objects: Cluster) -> None:
    objects["poddisruptionbudgets"][0]["status"].update(desiredHealthy=0, disruptionsAllowed=2)


def budget_for_none(objects: Cluster) -> None:
    objects["poddisruptionbudgets"][0]["status"].update(desiredHealthy=2, disruptionsAllowed=0)


@pytest.mark.parametrize(
    ("break_it", "expected"),
    [
        (no_deployment, {"services.missing", "services.too_few"}),
        (in_another_namespace, {"services.missing", "services.too_few"}),
        (half_available, {"services.unavailable", "services.too_few"}),
        (not_observed, {"services.unavailable", "services.too_few"}),
        (another_image, {"services.other_release"}),
        (no_image_yet, {"services.other_release"}),
        (declared_digest_in_the_template_only, {"services.other_release"}),
        (one_zone, {"services.few_zones"}),
        (not_placed, {"services.few_zones"}),
        (leaving, {"services.few_zones"}),
        (no_budget, {"services.budget_count"}),
        (two_budgets, {"services.budget_count"}),
        (budget_of_nothing, {"services.budget_count"}),
        (budget_for_all, {"services.budget_open"}),
        (budget_for_none, {"services.budget_closed"}),
    ],
)
def test_running(break_it: Callable[[Cluster], None], expected: set[str]) -> None:
    objects = cluster()
    break_it(objects)
    assert {breach for breach, _params in judge(running, "1.3.1.1", objects)} == expected


def test_a_budget_that_is_used_up_for_the_moment_is_sane() -> None:
    objects = cluster()
    objects["poddisruptionbudgets"][0]["status"].update(disruptionsAllowed=0, currentHealthy=1)
    assert judge(running, "1.3.1.1", objects) == []


def test_a_service_without_a_release() -> None:
    releases = dict.fromkeys(NAMES[1:], DIGEST)
    assert judge(running, "1.3.1.1", cluster(), releases=releases) == [("services.no_release", {"service": FIRST})]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one: one.pop("startupProbe"), ("services.probe_missing", {"service": FIRST, "probes": "startupProbe"})),
        (
            lambda one: one.update(livenessProbe={"tcpSocket": {"port": "http"}}),
            ("services.probe_mute", {"service": FIRST, "probes": "livenessProbe"}),
        ),
        (
            lambda one: one["livenessProbe"].update(failureThreshold=1),
            ("services.liveness_hasty", {"service": FIRST, "liveness": 10, "readiness": 15}),
        ),
        (lambda one: one.pop("lifecycle"), ("services.no_drain", {"service": FIRST})),
        (
            lambda one: one["lifecycle"]["preStop"].update(sleep={"seconds": 1}),
            ("services.short_drain", {"service": FIRST, "seconds": 1, "required": 5}),
        ),
        (
            lambda one: one["lifecycle"]["preStop"].update(sleep={"seconds": 50}),
            ("services.short_stop", {"service": FIRST, "left": 10, "required": 20}),
        ),
        (lambda one: one.update(name="else"), ("services.missing", {"service": FIRST, "namespace": "team"})),
    ],
)
def test_guarded(change: Callable[[dict[str, Any]], Any], expected: tuple[str, Any]) -> None:
    objects = cluster()
    change(container(objects))
    assert judge(guarded, "1.3.1.4", objects) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda spec: spec["scaleTargetRef"].update(name="else"), ["services.autoscaler_count"]),
        (lambda spec: spec.update(minReplicas=1), ["services.few_replicas", "services.other_bounds"]),
        (lambda spec: spec.pop("minReplicas"), ["services.few_replicas", "services.other_bounds"]),
        (lambda spec: spec.update(maxReplicas=11), ["services.other_bounds"]),
        (lambda spec: spec.update(metrics=[]), ["services.other_target"]),
        (
            lambda spec: spec["metrics"][0]["resource"]["target"].update(averageUtilization=90),
            ["services.other_target"],
        ),
        (lambda spec: spec.pop("behavior"), ["services.other_behavior"]),
        (
            lambda spec: spec["behavior"]["scaleUp"]["policies"][0].update(value=1),
            ["services.other_behavior"],
        ),
    ],
)
def test_scaling(change: Callable[[dict[str, Any]], Any], expected: list[str]) -> None:
    objects = cluster()
    change(objects["horizontalpodautoscalers"][0]["spec"])
    assert [breach for breach, _params in judge(scaling, "1.3.1.5", objects)] == expected


def test_two_autoscalers_of_one_service() -> None:
    objects = cluster()
    objects["horizontalpodautoscalers"].append(copy.deepcopy(objects["horizontalpodautoscalers"][0]))
    assert judge(scaling, "1.3.1.5", objects) == [("services.autoscaler_count", {"service": FIRST, "count": 2})]


def test_an_autoscaler_without_metrics() -> None:
    objects = cluster()
    status = {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric"}
    objects["horizontalpodautoscalers"][0]["status"]["conditions"][1] = status
    params = {"service": FIRST, "condition": "ScalingActive", "why": "FailedGetResourceMetric"}
    assert judge(scaling, "1.3.1.5", objects) == [("services.not_scaling", params)]
