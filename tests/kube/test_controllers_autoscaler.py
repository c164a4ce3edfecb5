"""HorizontalPodAutoscalers: the arithmetic, and what they do with injected metrics."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kube.controllers import autoscaling
from tests.kube.simulation import Object, Simulation, condition, deployment, template

CPU = "sandbox.iworkz.jp/cpu-utilization"
AT_ONCE = {"stabilizationWindowSeconds": 0}


@pytest.fixture
def cluster() -> Simulation:
    return Simulation()


def scaled(cluster: Simulation, replicas: int = 3, made: Object | None = None, **spec: Any) -> None:
    cluster.create(deployment(replicas=replicas, made=made))
    target = {"type": "Utilization", "averageUtilization": 50}
    cluster.create(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "app"},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"},
                "minReplicas": 2,
                "maxReplicas": 10,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
                **spec,
            },
        }
    )
    cluster.run(1)


def use(cluster: Simulation, per_cent: int) -> None:
    patch = {"metadata": {"annotations": {CPU: str(per_cent)}}}
    cluster.patch("deployments.apps", "app", patch)


def replicas(cluster: Simulation) -> int:
    found: int = cluster.get("deployments.apps", "app")["spec"]["replicas"]
    return found


def scaler(cluster: Simulation) -> Object:
    return cluster.get("horizontalpodautoscalers.autoscaling", "app")


@pytest.mark.parametrize(
    ("current", "ratio", "wanted"), [(4, 2.0, 8), (4, 1.05, 4), (4, 0.95, 4), (4, 0.5, 2), (3, 1.2, 4), (4, 0, 0)]
)
def test_replicas_follow_the_ratio(current: int, ratio: float, wanted: int) -> None:
    assert autoscaling.proposal(current, ratio) == wanted


@given(
    st.integers(1, 50),
    st.integers(1, 50),
    st.lists(st.tuples(st.floats(0, 600), st.integers(1, 50))),
    st.integers(0, 300),
    st.integers(0, 600),
)
def test_stabilisation_never_goes_past_the_proposal_nor_away_from_it(
    current: int, proposed: int, past: list[tuple[float, int]], up: int, down: int
) -> None:
    found = autoscaling.stabilised(current, proposed, past, 600, up, down)
    recent = [replicas for when, replicas in past if when >= 600 - max(up, down)]
    assert min([current, proposed, *recent]) <= found <= max([current, proposed, *recent])
    if not recent:
        assert found == proposed


@given(st.integers(1, 100), st.integers(0, 100), st.sampled_from(["Max", "Min", "Disabled"]))
def test_policies_bound_a_step(current: int, wanted: int, choice: str) -> None:
    rules = {**(autoscaling.UP if wanted > current else autoscaling.DOWN), "selectPolicy": choice}
    found = autoscaling.limited(current, wanted, rules, [], 0)
    assert min(current, wanted) <= found <= max(current, wanted)
    if choice == "Disabled":
        assert found == current
    elif wanted > current:
        reach = [current * 2, current + 4]
        assert found == min(wanted, max(reach) if choice == "Max" else min(reach))


def test_load_adds_pods_up_to_the_most(cluster: Simulation) -> None:
    scaled(cluster)
    use(cluster, 100)
    cluster.run(5)
    assert replicas(cluster) == 6
    cluster.run(15)
    assert replicas(cluster) == 10
    found = scaler(cluster)
    assert found["status"]["currentMetrics"][0]["resource"]["current"] == {
        "averageUtilization": 100,
        "averageValue": "100m",
    }
    assert condition(found, "ScalingActive")["reason"] == "ValidMetricFound"
    cluster.run(60)
    assert replicas(cluster) == 10
    found = scaler(cluster)
    assert condition(found, "ScalingLimited")["reason"] == "TooManyReplicas"
    assert found["status"]["lastScaleTime"]
    assert cluster.get("deployments.apps", "app")["status"]["availableReplicas"] == 10


def test_scaling_down_waits_for_the_window(cluster: Simulation) -> None:
    scaled(cluster, 8)
    use(cluster, 50)
    cluster.run(20)
    use(cluster, 10)
    cluster.run(200)
    assert replicas(cluster) == 8
    assert condition(scaler(cluster), "AbleToScale")["reason"] == "ScaleDownStabilized"
    cluster.run(400)
    assert replicas(cluster) == 2


def test_declared_behaviour_is_kept_to(cluster: Simulation) -> None:
    one = {"type": "Pods", "value": 1, "periodSeconds": 60}
    scaled(cluster, 6, behavior={"scaleDown": {**AT_ONCE, "policies": [one]}, "scaleUp": {"selectPolicy": "Disabled"}})
    cluster.run(1)
    sizes = []
    for _ in range(6):
        sizes.append(replicas(cluster))
        cluster.run(60)
    assert all(before - after <= 2 for before, after in itertools.pairwise(sizes))
    assert sizes == sorted(sizes, reverse=True)
    assert replicas(cluster) < 6
    least = replicas(cluster)
    use(cluster, 500)
    cluster.run(100)
    assert replicas(cluster) == least


def test_idle_pods_are_the_fewest_allowed(cluster: Simulation) -> None:
    scaled(cluster, 1)
    cluster.run(20)
    assert replicas(cluster) == 2
    assert condition(scaler(cluster), "ScalingLimited")["reason"] == "TooFewReplicas"


def test_the_neediest_metric_counts(cluster: Simulation) -> None:
    queue = {"metric": {"name": "queue-length"}, "target": {"type": "AverageValue", "averageValue": "10"}}
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    metrics = [{"type": "Resource", "resource": cpu}, {"type": "Pods", "pods": queue}]
    made = template(annotations={CPU: "50", "sandbox.iworkz.jp/queue-length": "20"})
    scaled(cluster, 3, made, metrics=metrics)
    cluster.run(10)
    assert replicas(cluster) == 6
    assert scaler(cluster)["status"]["currentMetrics"][1]["pods"]["current"] == {"averageValue": "20"}


def test_what_keeps_it_from_scaling_is_told(cluster: Simulation) -> None:
    scaled(cluster, made=template(container={"resources": {}}))
    cluster.run(20)
    active = condition(scaler(cluster), "ScalingActive")
    assert (active["status"], active["reason"]) == ("False", "FailedGetResourceMetric")
    assert "missing request for cpu in container app of Pod app-" in active["message"]
    cluster.patch("deployments.apps", "app", {"spec": {"replicas": 0}})
    cluster.run(20)
    assert condition(scaler(cluster), "ScalingActive")["reason"] == "ScalingDisabled"
    cluster.delete("deployments.apps", "app")
    cluster.run(20)
    assert condition(scaler(cluster), "AbleToScale")["reason"] == "FailedGetScale"
