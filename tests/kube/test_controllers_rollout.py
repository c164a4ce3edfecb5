"""Deployments and their ReplicaSets: the arithmetic, and what kubectl rollout sees."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.kube.controllers import rollout
from sandbox.kube.controllers.rollout import Size
from tests.kube.simulation import BAD_DIGEST, IMAGE, Simulation, condition, deployment, ready, template

NEXT_IMAGE = IMAGE.replace("11111111", "22222222")
BAD_IMAGE = f"example.com/app@{BAD_DIGEST}"
REVISION = "deployment.kubernetes.io/revision"


@pytest.fixture
def cluster() -> Simulation:
    return Simulation()


def settled(cluster: Simulation, **kwargs: Any) -> Simulation:
    cluster.create(deployment(**kwargs))
    cluster.run()
    return cluster


def set_image(cluster: Simulation, image: str, **more: Any) -> None:
    made = template(image=image, **more)
    cluster.patch("deployments.apps", "app", {"spec": {"template": made}})


def sizes(cluster: Simulation) -> dict[str, int]:
    """ReplicaSets by revision."""
    return {
        each["metadata"]["annotations"][REVISION]: each["spec"]["replicas"]
        for each in cluster.store.list("replicasets.apps", "team")
    }


@given(
    replicas=st.integers(0, 12),
    surge=st.one_of(st.integers(0, 5), st.sampled_from(["0%", "25%", "50%", "100%"])),
    unavailable=st.one_of(st.integers(0, 5), st.sampled_from(["0%", "25%", "50%", "100%"])),
    olds=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=3),
    readied=st.lists(st.integers(0, 3), min_size=60, max_size=60),
)
def test_a_rolling_update_stays_within_its_bounds_and_ends(
    replicas: int, surge: int | str, unavailable: int | str, olds: list[tuple[int, int]], readied: list[int]
) -> None:
    most, fewest = rollout.bounds(replicas, surge, unavailable)
    assert most - replicas or replicas - fewest or not replicas
    left = [Size(size, min(size, available)) for size, available in olds]
    new = Size(0, 0)
    ceiling = max(most, sum(old.replicas for old in left))
    for count in [*readied, *[3] * 60]:
        before = new.available + sum(old.available for old in left)
        size, smaller = rollout.step(replicas, most, fewest, new, left)
        # A ReplicaSet lets pods go first that aren't available.
        new = Size(size, min(size, new.available))
        left = [Size(now, min(now, old.available)) for now, old in zip(smaller, left, strict=True)]
        ceiling = max(most, min(ceiling, new.replicas + sum(old.replicas for old in left)))
        assert new.replicas + sum(old.replicas for old in left) <= ceiling
        assert new.available + sum(old.available for old in left) >= min(before, fewest)
        new = Size(new.replicas, min(new.replicas, new.available + count))
    assert new == (replicas, replicas)
    assert not sum(old.replicas for old in left)


def test_percentages_round_up_for_the_surge_and_down_for_the_unavailable() -> None:
    assert rollout.bounds(10, "25%", "25%") == (13, 8)
    assert rollout.bounds(3, 0, 0) == (3, 2)
    assert rollout.bounds(0, "25%", "25%") == (0, 0)


@given(sizes=st.lists(st.integers(1, 20), min_size=1, max_size=4), total=st.integers(0, 60))
def test_shares_add_up(sizes: list[int], total: int) -> None:
    shares = rollout.share(sizes, total)
    assert sum(shares) == total
    assert min(shares) >= 0


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    replicas=st.integers(1, 8),
    surge=st.sampled_from([0, 1, 3, "25%", "100%"]),
    unavailable=st.sampled_from([0, 1, 2, "25%", "50%"]),
)
def test_pods_of_a_rolling_update_stay_within_its_bounds(
    replicas: int, surge: int | str, unavailable: int | str
) -> None:
    cluster = Simulation()
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    settled(
        cluster, replicas=replicas, strategy=strategy if (surge, unavailable) != (0, 0) else {"type": "RollingUpdate"}
    )
    if (surge, unavailable) == (0, 0):
        surge = unavailable = "25%"
    most, fewest = rollout.bounds(replicas, surge, unavailable)
    seen = []

    def look() -> None:
        alive = [pod for pod in cluster.pods() if "deletionTimestamp" not in pod["metadata"]]
        seen.append((len(alive), sum(map(ready, alive))))

    set_image(cluster, NEXT_IMAGE)
    cluster.run(20, look)
    assert max(pods for pods, _ in seen) <= most
    assert min(available for _, available in seen) >= fewest
    assert [pod["spec"]["containers"][0]["image"] for pod in cluster.pods()] == [NEXT_IMAGE] * replicas


def test_status_is_what_rollout_status_waits_for(cluster: Simulation) -> None:
    settled(cluster)
    found = cluster.get("deployments.apps", "app")
    assert found["metadata"]["annotations"][REVISION] == "1"
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"] == 1
    assert {key: found["status"][key] for key in ("replicas", "updatedReplicas", "availableReplicas")} == {
        "replicas": 3,
        "updatedReplicas": 3,
        "availableReplicas": 3,
    }
    assert condition(found, "Available")["reason"] == "MinimumReplicasAvailable"
    assert condition(found, "Progressing")["reason"] == "NewReplicaSetAvailable"
    (only,) = cluster.store.list("replicasets.apps", "team")
    hashed = only["metadata"]["labels"]["pod-template-hash"]
    assert only["metadata"]["name"] == f"app-{hashed}"
    assert {pod["metadata"]["labels"]["pod-template-hash"] for pod in cluster.pods()} == {hashed}
    assert only["spec"]["selector"]["matchLabels"] == {"app": "app", "pod-template-hash": hashed}


def test_a_settled_deployment_is_left_alone(cluster: Simulation) -> None:
    settled(cluster)
    version = cluster.store.version
    cluster.run(600)
    assert cluster.store.version == version


def test_undo_brings_the_old_replica_set_back_with_a_new_revision(cluster: Simulation) -> None:
    settled(cluster)
    first = cluster.get("deployments.apps", "app")["spec"]["template"]
    set_image(cluster, NEXT_IMAGE)
    cluster.run()
    assert sizes(cluster) == {"1": 0, "2": 3}
    cluster.patch("deployments.apps", "app", {"spec": {"template": first}})
    cluster.run()
    assert sizes(cluster) == {"2": 0, "3": 3}
    assert cluster.get("deployments.apps", "app")["metadata"]["annotations"][REVISION] == "3"
    assert {pod["spec"]["containers"][0]["image"] for pod in cluster.pods()} == {IMAGE}


def test_the_cause_of_a_change_is_in_the_history(cluster: Simulation) -> None:
    settled(cluster)
    cluster.patch("deployments.apps", "app", {"metadata": {"annotations": {"kubernetes.io/change-cause": "first"}}})
    cluster.run()
    (only,) = cluster.store.list("replicasets.apps", "team")
    assert only["metadata"]["annotations"]["kubernetes.io/change-cause"] == "first"


@pytest.mark.parametrize(
    ("image", "annotations", "reason"),
    [
        (BAD_IMAGE, None, "ImagePullBackOff"),
        (NEXT_IMAGE, {"sandbox.iworkz.jp/fault": "image-pull"}, "ImagePullBackOff"),
        (NEXT_IMAGE, {"sandbox.iworkz.jp/fault": "crash-loop"}, "CrashLoopBackOff"),
    ],
)
def test_a_bad_rollout_keeps_the_old_pods_and_runs_into_its_deadline(
    cluster: Simulation, image: str, annotations: dict[str, str] | None, reason: str
) -> None:
    settled(cluster, replicas=4, progressDeadlineSeconds=30)
    set_image(cluster, image, annotations=annotations)
    cluster.run(20)
    found = cluster.get("deployments.apps", "app")
    assert found["status"]["availableReplicas"] == 3
    assert condition(found, "Available")["status"] == "True"
    assert condition(found, "Progressing")["status"] == "True"
    reasons = set()
    cluster.run(
        20,
        lambda: reasons.update(
            each["state"]["waiting"]["reason"]
            for pod in cluster.pods()
            for each in pod.get("status", {}).get("containerStatuses", ())
            if "waiting" in each["state"]
        ),
    )
    found = cluster.get("deployments.apps", "app")
    assert condition(found, "Progressing")["status"] == "False"
    assert condition(found, "Progressing")["reason"] == "ProgressDeadlineExceeded"
    assert "has timed out progressing" in condition(found, "Progressing")["message"]
    assert found["status"]["availableReplicas"] == 3
    version = cluster.store.version
    if reason == "CrashLoopBackOff":
        assert reason in reasons | {
            each["state"].get("waiting", {}).get("reason")
            for pod in cluster.pods()
            for each in pod["status"]["containerStatuses"]
        }
    else:
        cluster.run(5)
        assert cluster.store.version == version
        assert (
            sum(
                each["state"].get("waiting", {}).get("reason") == reason
                for pod in cluster.pods()
                for each in pod["status"]["containerStatuses"]
            )
            == 2
        )


def test_a_good_image_ends_a_bad_rollout(cluster: Simulation) -> None:
    settled(cluster, progressDeadlineSeconds=2)
    set_image(cluster, BAD_IMAGE)
    cluster.run(10)
    assert condition(cluster.get("deployments.apps", "app"), "Progressing")["status"] == "False"
    set_image(cluster, NEXT_IMAGE)
    cluster.run(10)
    found = cluster.get("deployments.apps", "app")
    assert condition(found, "Progressing")["reason"] == "NewReplicaSetAvailable"
    assert found["status"]["availableReplicas"] == found["status"]["replicas"] == 3


def test_pods_that_never_get_ready_are_not_available(cluster: Simulation) -> None:
    settled(cluster, made=template(annotations={"sandbox.iworkz.jp/fault": "unready"}), progressDeadlineSeconds=2)
    found = cluster.get("deployments.apps", "app")
    assert found["status"]["unavailableReplicas"] == 3
    assert "availableReplicas" not in found["status"]
    assert condition(found, "Available")["reason"] == "MinimumReplicasUnavailable"


def test_while_paused_nothing_is_rolled_out_but_it_scales(cluster: Simulation) -> None:
    settled(cluster)
    cluster.patch("deployments.apps", "app", {"spec": {"paused": True}})
    set_image(cluster, NEXT_IMAGE)
    cluster.patch("deployments.apps", "app", {"spec": {"replicas": 5}})
    cluster.run()
    assert sizes(cluster) == {"1": 5}
    assert condition(cluster.get("deployments.apps", "app"), "Progressing")["reason"] == "DeploymentPaused"
    cluster.patch("deployments.apps", "app", {"spec": {"paused": False}})
    cluster.run()
    assert sizes(cluster) == {"1": 0, "2": 5}


def test_recreate_starts_no_new_pod_beside_an_old_one(cluster: Simulation) -> None:
    settled(cluster, strategy={"type": "Recreate"})
    together = []

    def look() -> None:
        together.append(len({pod["spec"]["containers"][0]["image"] for pod in cluster.pods()}))

    set_image(cluster, NEXT_IMAGE)
    cluster.run(5, look)
    assert max(together) == 1
    assert {pod["spec"]["containers"][0]["image"] for pod in cluster.pods()} == {NEXT_IMAGE}
    assert len(cluster.pods()) == 3


def test_scaling_in_the_middle_of_a_rollout_keeps_to_the_surge(cluster: Simulation) -> None:
    settled(cluster, replicas=8)
    set_image(cluster, BAD_IMAGE)
    cluster.run(3)
    cluster.patch("deployments.apps", "app", {"spec": {"replicas": 4}})
    cluster.run(3)
    assert sum(sizes(cluster).values()) <= rollout.bounds(4, "25%", "25%")[0]
    assert cluster.get("deployments.apps", "app")["status"]["availableReplicas"] >= 3
    cluster.patch("deployments.apps", "app", {"spec": {"replicas": 12}})
    cluster.run(3)
    assert sum(sizes(cluster).values()) <= rollout.bounds(12, "25%", "25%")[0]
    set_image(cluster, NEXT_IMAGE)
    cluster.run(20)
    assert cluster.get("deployments.apps", "app")["status"]["availableReplicas"] == 12


def test_scaled_to_nothing_and_back(cluster: Simulation) -> None:
    settled(cluster)
    for replicas in (0, 2):
        cluster.patch("deployments.apps", "app", {"spec": {"replicas": replicas}})
        cluster.run()
        assert len(cluster.pods()) == replicas
        assert condition(cluster.get("deployments.apps", "app"), "Available")["status"] == "True"


def test_only_so_many_old_replica_sets_are_kept(cluster: Simulation) -> None:
    settled(cluster, revisionHistoryLimit=2)
    for digit in "3456":
        set_image(cluster, IMAGE.replace("1111", digit * 4, 1))
        cluster.run()
    assert sizes(cluster) == {"3": 0, "4": 0, "5": 3}


def test_min_ready_seconds_delay_availability(cluster: Simulation) -> None:
    cluster.create(deployment(minReadySeconds=100))
    cluster.run(0.5)
    found = cluster.get("deployments.apps", "app")["status"]
    assert (found["readyReplicas"], found.get("availableReplicas", 0)) == (3, 0)
    cluster.run(2)
    assert cluster.get("deployments.apps", "app")["status"]["availableReplicas"] == 3


def test_a_refused_pod_shows_in_the_deployment_and_is_tried_again(cluster: Simulation) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"pods": "2"}}}
    cluster.create(quota)
    settled(cluster)
    failure = condition(cluster.get("deployments.apps", "app"), "ReplicaFailure")
    assert failure["reason"] == "FailedCreate"
    assert "exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2" in failure["message"]
    assert len(cluster.pods()) == 2
    version = cluster.store.version
    cluster.run(700)
    assert cluster.store.version <= version + 1, "the progress deadline is all that is written"
    cluster.delete("resourcequotas", "few")
    cluster.run(10)
    assert len(cluster.pods()) == 3
    assert not condition(cluster.get("deployments.apps", "app"), "ReplicaFailure")
