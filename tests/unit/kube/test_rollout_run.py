"""Rollouts followed to their end, against a cluster in memory and a clock that only looks move."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import DEADLINE, Name
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_run import Limits, Outcome, Rollouts
from tests.unit.kube.rollout_world import BAD, GOOD, MANAGER, Cluster, deployment, pod, replica_set, rolling

BILLING, MATCHING = Name("business", "billing"), Name("business", "matching")
SETS = [replica_set(revision=1), replica_set(revision=2, digest=BAD, available=0)]
TIMED_OUT = [{"type": "Progressing", "status": "False", "reason": DEADLINE, "message": "has timed out"}]


def follow(cluster: Cluster, *names: Name, grace: float = 3, timeout: float = 60, **options: Any) -> list[Outcome]:
    """Every question about the time takes half a second."""
    ticks = itertools.count(0, 0.5)
    limits = Limits(timeout, grace, 0.005)
    return Rollouts(cluster, limits, MANAGER, clock=lambda: next(ticks), **options).follow(names or [BILLING])  # type: ignore[arg-type]


def modified(*things: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "MODIFIED", "object": thing} for thing in things]


def test_what_is_complete_costs_one_list() -> None:
    cluster = Cluster(deployment())
    (outcome,) = follow(cluster)
    assert (outcome.standing.state, outcome.digest) == ("complete", GOOD)
    assert set(cluster.asked) == {"/apis/apps/v1/namespaces/business/deployments"}


def test_the_watch_tells_of_success() -> None:
    cluster = Cluster(rolling(digest=GOOD), sets=SETS)
    bookmark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "7"}}}
    cluster.events = [[bookmark, *modified(deployment(revision=2))]]
    (outcome,) = follow(cluster)
    assert outcome.standing.state == "complete"


@pytest.mark.parametrize(
    "error", [KubernetesError("too old", 410), KubernetesError("dropped"), KubernetesError("", 503)]
)
def test_a_watch_that_fails_is_begun_anew_with_a_list(error: KubernetesError) -> None:
    cluster = Cluster(rolling(digest=GOOD), sets=SETS)
    cluster.events = [error, modified(rolling(digest=GOOD, updatedReplicas=2)), modified(deployment(revision=2))]
    (outcome,) = follow(cluster)
    assert outcome.standing.state == "complete"
    assert cluster.asked.count("/apis/apps/v1/namespaces/business/deployments") == 2


def test_lists_that_fail_for_good_are_an_error() -> None:
    class Away(Cluster):
        def list(self, path: str) -> Any:
            raise KubernetesError("away", 503)

    with pytest.raises(KubernetesError, match="away"):
        follow(Away())


def test_a_missed_deadline_is_rolled_back_and_others_are_left_alone() -> None:
    cluster = Cluster(rolling(conditions=TIMED_OUT), deployment("matching"), sets=SETS)
    failed, fine = follow(cluster, BILLING, MATCHING)
    assert fine.standing.state == "complete"
    assert (failed.standing.reason, failed.digest, failed.restored, failed.recovered) == (DEADLINE, BAD, GOOD, True)
    ((path, body, manager),) = cluster.applied
    assert path == "/apis/apps/v1/namespaces/business/deployments/billing"
    assert manager == MANAGER
    assert body["spec"]["template"]["spec"]["containers"][0]["image"].endswith(GOOD)
    assert failed.told() == (
        f"business/billing: {BAD} failed after {failed.seconds:.0f} s (ProgressDeadlineExceeded: has timed out); "
        f"rolled back to {GOOD}, which is available"
    )


def test_an_image_that_cannot_be_pulled_fails_early() -> None:
    cluster = Cluster(rolling(), sets=SETS, pods=[pod(reason="ImagePullBackOff", message="no such manifest")])
    (outcome,) = follow(cluster)
    assert (outcome.standing.reason, outcome.standing.message) == ("ImagePullBackOff", "no such manifest")
    assert (outcome.restored, outcome.recovered) == (GOOD, True)


def test_a_moment_without_the_registry_is_no_failure() -> None:
    class Recovers(Cluster):
        def list(self, path: str) -> Any:
            found = super().list(path)
            if path.endswith("pods") and self.asked.count(path) == 2:
                self.deployments["billing"] = deployment(digest=BAD, revision=2)
            return found

    cluster = Recovers(rolling(), sets=SETS, pods=[pod(reason="ErrImagePull")])
    (outcome,) = follow(cluster, grace=30)
    assert outcome.standing.state == "complete"
    assert cluster.applied == []


def test_crashing_counts_from_its_first_crash() -> None:
    """Between crashes the container runs."""

    class Crashing(Cluster):
        def list(self, path: str) -> Any:
            self.pods = [pod(reason="CrashLoopBackOff" if self.asked.count(path) % 3 == 0 else "")]
            return super().list(path)

    (outcome,) = follow(Crashing(rolling(), sets=SETS), grace=8)
    assert outcome.standing.reason == "CrashLoopBackOff"


def test_stuck_pods_of_the_old_release_do_not_count() -> None:
    old = pod("billing-1", reason="CrashLoopBackOff")
    (outcome,) = follow(Cluster(rolling(), sets=SETS, pods=[old]), timeout=30)
    assert outcome.standing.reason == "TimedOut"


def test_a_rollout_that_takes_too_long_says_what_it_waits_for() -> None:
    waiting = pod()
    why = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/6 nodes"}
    waiting["status"]["conditions"].append(why)
    (outcome,) = follow(Cluster(rolling(), sets=SETS, pods=[waiting]), timeout=20)
    assert outcome.standing.message == "1 of 2 pods are new; Unschedulable: 0/6 nodes"
    assert outcome.restored == GOOD


@pytest.mark.parametrize(
    ("cluster", "options", "why"),
    [
        (Cluster(rolling(conditions=TIMED_OUT), sets=SETS[1:]), {}, "it is the first release"),
        (Cluster(rolling(conditions=TIMED_OUT), sets=SETS), {"rollback": False}, "rollback is off"),
        (Cluster(deployment(availableReplicas=0), sets=SETS), {"timeout": 5}, "was available before"),
        (Cluster(), {}, "nothing to roll back"),
    ],
)
def test_what_is_not_rolled_back(cluster: Cluster, options: dict[str, Any], why: str) -> None:
    (outcome,) = follow(cluster, **options)
    assert outcome.standing.state == "failed"
    assert (outcome.restored, cluster.applied) == ("", [])
    assert "not rolled back: " in outcome.told()
    assert why in outcome.told()


def test_what_another_manager_applied_is_not_rolled_back() -> None:
    foreign = rolling(conditions=TIMED_OUT)
    foreign["metadata"]["managedFields"] = []
    (outcome,) = follow(Cluster(foreign, sets=SETS))
    assert "field manager iworkz.platform never applied it" in outcome.told()


def test_a_rollback_that_fails_is_told() -> None:
    cluster = Cluster(rolling(conditions=TIMED_OUT), sets=SETS)
    cluster.after_apply = {"conditions": TIMED_OUT, "availableReplicas": 0}
    (outcome,) = follow(cluster)
    assert (outcome.restored, outcome.recovered) == (GOOD, False)
    assert "which is NOT available" in outcome.told()


def test_a_deployment_deleted_meanwhile_has_failed() -> None:
    cluster = Cluster(rolling(), sets=SETS)
    cluster.events = [[{"type": "DELETED", "object": rolling()}]]
    (outcome,) = follow(cluster)
    assert outcome.standing.reason == "NotFound"


def test_preview_changes_nothing() -> None:
    cluster = Cluster(rolling(conditions=TIMED_OUT), deployment("matching"), sets=SETS)
    limits = Limits(1, 1, 1)
    outcomes = Rollouts(cluster, limits, MANAGER).preview([BILLING, MATCHING, Name("business", "gone")])  # type: ignore[arg-type]
    assert [one.standing.state for one in outcomes] == ["failed", "complete", "failed"]
    assert [one.restored for one in outcomes] == [GOOD, "", ""]
    assert cluster.applied == []
