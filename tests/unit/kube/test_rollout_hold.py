"""Whether a Deployment stays available, against a cluster in memory whose clock moves with every sleep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import DEADLINE, Name, Standing
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_hold import hold
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_run import Limits
from tests.unit.kube.rollout_world import Cluster, deployment, pod, replica_set

BILLING = Name("business", "billing")
AWAY = {"availableReplicas": 1}


class Clocked(Cluster):
    """At each second of ``story`` the Deployment or its pod becomes what is told there."""

    def __init__(self, story: dict[int, Any]) -> None:
        super().__init__(deployment(), sets=[replica_set()], pods=[pod("billing-1", ready=True)])
        self.story, self.seconds = story, 0

    def get(self, path: str) -> Any:
        assert path == "/apis/apps/v1/namespaces/business/deployments/billing"
        return self.deployments.get("billing")

    def sleep(self, seconds: float) -> None:
        self.seconds += int(seconds)
        if change := self.story.get(self.seconds):
            change(self)


def status(**changes: Any) -> Callable[[Clocked], None]:
    def change(cluster: Clocked) -> None:
        cluster.deployments["billing"] = deployment(**changes)

    return change


def restart(cluster: Clocked, of: str = "billing-1", **last: Any) -> None:
    (cluster.pods[:]) = [pod(of, ready=True)]
    cluster.pods[0]["status"]["containerStatuses"][0] |= {"restartCount": 1, "lastState": last}


def held(story: dict[int, Any], seconds: float = 10, grace: float = 3) -> tuple[Standing, int]:
    cluster = Clocked(story)
    limits = Limits(60, grace, 1)
    return hold(cluster, BILLING, seconds, limits, lambda: cluster.seconds, cluster.sleep), cluster.seconds  # type: ignore[arg-type]


def test_one_that_stays_is_watched_to_the_end() -> None:
    standing, seconds = held({})
    assert (standing.state, seconds) == ("complete", 10)


def test_without_a_pause_it_is_looked_at_once() -> None:
    standing, seconds = held({}, seconds=0)
    assert (standing.state, seconds) == ("complete", 0)


def test_a_pod_may_be_away_for_the_grace() -> None:
    standing, seconds = held({4: status(**AWAY), 6: status()})
    assert (standing.state, seconds) == ("complete", 10)


def test_the_grace_is_not_cut_by_the_end_of_the_pause() -> None:
    standing, seconds = held({10: status(**AWAY), 12: status()})
    assert (standing.state, seconds) == ("complete", 12)


def test_a_pod_that_stays_away() -> None:
    standing, seconds = held({4: status(**AWAY)})
    assert (standing.state, standing.reason, seconds) == ("failed", "Unavailable", 7)
    assert standing.message == "1 of 2 pods are available"


def test_what_the_pod_says_is_told() -> None:
    def crash(cluster: Clocked) -> None:
        status(**AWAY)(cluster)
        cluster.pods[:] = [pod("billing-1", "CrashLoopBackOff", "back-off 10s")]

    standing, _seconds = held({1: crash})
    assert "CrashLoopBackOff: back-off 10s" in standing.message


def test_one_restart_is_one_too_many() -> None:
    ended = {"reason": "OOMKilled", "exitCode": 137}
    standing, seconds = held({5: lambda cluster: restart(cluster, terminated=ended)})
    assert (standing.state, standing.reason, seconds) == ("failed", "Restarted", 5)
    assert standing.message == "restarts of container billing of pod billing-1-x: 1 (OOMKilled, exit code 137)"


def test_a_restart_of_which_nothing_more_is_known() -> None:
    standing, _seconds = held({5: restart})
    assert standing.message == "restarts of container billing of pod billing-1-x: 1"


def test_restarts_of_pods_of_another_template_do_not_count() -> None:
    standing, _seconds = held({5: lambda cluster: restart(cluster, "billing-0")})
    assert standing.state == "complete"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (status(conditions=[{"type": "Progressing", "reason": DEADLINE}]), DEADLINE),
        (lambda cluster: cluster.deployments.clear(), "NotFound"),
    ],
)
def test_there_is_nothing_to_wait_for(change: Callable[[Clocked], None], reason: str) -> None:
    standing, seconds = held({2: change})
    assert (standing.state, standing.reason, seconds) == ("failed", reason, 2)
