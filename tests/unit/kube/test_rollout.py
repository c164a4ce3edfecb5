"""What Deployments say of their rollouts, and what a rollback gives back."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube import rollout
from tests.unit.kube.rollout_world import BAD, FIELDS, GOOD, MANAGER, deployment, pod, replica_set, rolling

GOING = [{"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}]
DEADLINE = [{"type": "Progressing", "status": "False", "reason": rollout.DEADLINE, "message": "has timed out"}]


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ({}, "complete", ""),
        ({"observedGeneration": 0}, "progressing", "NotObserved"),
        ({"updatedReplicas": 1}, "progressing", "Updating"),
        ({"updatedReplicas": 0}, "progressing", "Updating"),
        ({"replicas": 3}, "progressing", "Updating"),
        ({"availableReplicas": 1}, "progressing", "Unavailable"),
        ({"conditions": DEADLINE, "availableReplicas": 0}, "failed", rollout.DEADLINE),
    ],
)
def test_standing(status: dict[str, Any], state: str, reason: str) -> None:
    standing = rollout.stand(deployment(**status))
    assert (standing.state, standing.reason) == (state, reason)


def test_a_stale_deadline_of_the_former_generation_is_no_failure() -> None:
    assert rollout.stand(deployment(observedGeneration=0, conditions=DEADLINE)).state == "progressing"


def test_only_a_release_that_was_available_is_completed() -> None:
    assert rollout.stand(deployment(availableReplicas=0)).completed
    assert not rollout.stand(deployment(availableReplicas=0, conditions=GOING)).completed
    assert not rollout.stand(deployment(conditions=DEADLINE)).completed


def test_a_paused_rollout_goes_on() -> None:
    paused = deployment()
    paused["spec"]["paused"] = True
    assert rollout.stand(paused).reason == "Paused"


def test_without_replicas_one_pod_is_wanted() -> None:
    one = deployment(replicas=1, updatedReplicas=1, availableReplicas=1)
    del one["spec"]["replicas"]
    assert rollout.stand(one).state == "complete"


def test_a_deployment_without_status_goes_on() -> None:
    new = deployment()
    del new["status"]
    assert rollout.stand(new).state == "progressing"


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ([replica_set(revision=1), replica_set(revision=2, digest=BAD)], "billing-1"),
        # The one in between never got available.
        ([replica_set(revision=0), replica_set(revision=1, available=0), replica_set(revision=2)], "billing-0"),
        ([replica_set(revision=0, available=0), replica_set(revision=1, available=0)], "billing-1"),
        ([replica_set(revision=2)], None),
        ([replica_set("matching", revision=1)], None),
    ],
)
def test_what_to_go_back_to(sets: list[dict[str, Any]], expected: str | None) -> None:
    found = rollout.former(rolling(), sets)
    assert (found and found["metadata"]["name"]) == expected


def test_the_present_set_is_that_of_the_present_revision() -> None:
    sets = [replica_set(revision=1), replica_set(revision=2), replica_set("matching", revision=2)]
    assert rollout.current(rolling(), sets) is sets[1]
    assert rollout.current(rolling(revision=3), sets) is None


@pytest.mark.parametrize("reason", sorted(rollout.STUCK))
def test_pods_that_will_not_start(reason: str) -> None:
    found = rollout.stuck(pod(reason=reason, message="why"))
    assert found is not None
    assert (found.reason, found.message) == (reason, "why")


def test_a_stuck_pod_without_words_is_named() -> None:
    found = rollout.stuck(pod(reason="CrashLoopBackOff"))
    assert found is not None
    assert found.message == "container billing of pod billing-2-x"


@pytest.mark.parametrize("reason", ["", "ContainerCreating", "PodInitializing"])
def test_pods_that_may_yet_start(reason: str) -> None:
    assert rollout.stuck(pod(reason=reason)) is None


def test_init_containers_count() -> None:
    waiting = pod()
    waiting["status"]["initContainerStatuses"] = [{"name": "i", "state": {"waiting": {"reason": "ErrImagePull"}}}]
    assert rollout.stuck(waiting) is not None


def test_a_pod_without_a_node_says_why() -> None:
    waiting = pod()
    assert rollout.unscheduled(waiting) is None
    why = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/6 nodes"}
    waiting["status"]["conditions"].append(why)
    found = rollout.unscheduled(waiting)
    assert found is not None
    assert found.message == "0/6 nodes"


def test_digest() -> None:
    assert rollout.digest(deployment()["spec"]["template"]) == GOOD


def test_what_is_restored_is_all_that_was_applied_with_the_old_template() -> None:
    fields = rollout.applied_fields(rolling(), MANAGER)
    assert fields == FIELDS
    body = rollout.restored(rolling(), replica_set(), fields)
    assert body == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"namespace": "business", "name": "billing", "labels": {"app": "billing"}},
        "spec": {
            "minReadySeconds": 5,
            "selector": {"matchLabels": {}},
            "template": {
                "metadata": {"labels": {"app": "billing"}},
                "spec": {"containers": [{"name": "billing", "image": f"r/billing@{GOOD}"}]},
            },
        },
    }


def test_fields_of_others_and_of_subresources_are_not_ours() -> None:
    one = deployment()
    one["metadata"]["managedFields"] = [
        {"manager": "kubectl", "operation": "Apply", "fieldsV1": {}},
        {"manager": MANAGER, "operation": "Update", "fieldsV1": {}},
        {"manager": MANAGER, "operation": "Apply", "subresource": "status", "fieldsV1": {}},
    ]
    assert rollout.applied_fields(one, MANAGER) is None
