"""StatefulSets, DaemonSets, Jobs and CronJobs."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from sandbox.kube.controllers.jobs import due
from tests.kube.simulation import IMAGE, ZONES, Object, Simulation, condition, ready, template

FAULT = "sandbox.iworkz.jp/fault"


@pytest.fixture
def cluster() -> Simulation:
    return Simulation(nodes=3)


def workload(kind: str, made: Object | None = None, **spec: Any) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "app"},
        "spec": {"selector": {"matchLabels": {"app": "app"}}, "template": made or template(), **spec},
    }


def names(cluster: Simulation) -> list[str]:
    return [pod["metadata"]["name"] for pod in cluster.pods()]


def test_stateful_pods_come_one_after_the_other(cluster: Simulation) -> None:
    seen = []
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    cluster.create(workload("StatefulSet", replicas=3, serviceName="app", volumeClaimTemplates=[claim]))
    cluster.run(5, lambda: seen.append(sum(not ready(pod) for pod in cluster.pods())))
    assert max(seen) == 1
    assert names(cluster) == ["app-0", "app-1", "app-2"]
    status = cluster.get("statefulsets.apps", "app")["status"]
    assert (status["readyReplicas"], status["updatedReplicas"]) == (3, 3)
    assert status["currentRevision"] == status["updateRevision"]
    claims = cluster.store.list("persistentvolumeclaims", "team")
    assert [each["metadata"]["name"] for each in claims] == ["data-app-0", "data-app-1", "data-app-2"]
    assert {each["status"]["phase"] for each in claims} == {"Bound"}
    volumes = {volume["metadata"]["name"] for volume in cluster.store.list("persistentvolumes")}
    assert volumes == {each["spec"]["volumeName"] for each in claims}


def test_a_stateful_update_goes_from_the_last_to_the_first_down_to_the_partition(cluster: Simulation) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    cluster.create(workload("StatefulSet", replicas=3, serviceName="app", updateStrategy=strategy))
    cluster.run()
    uids = {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in cluster.pods()}
    cluster.patch("statefulsets.apps", "app", {"spec": {"template": template(image=IMAGE.replace("1111", "2222", 1))}})
    unready = []
    cluster.run(5, lambda: unready.append(3 - sum(map(ready, cluster.pods()))))
    assert max(unready) == 1
    now = {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in cluster.pods()}
    assert [now[name] == uids[name] for name in sorted(now)] == [True, False, False]
    status = cluster.get("statefulsets.apps", "app")["status"]
    assert (status["updatedReplicas"], status["currentReplicas"]) == (2, 1)
    cluster.patch("statefulsets.apps", "app", {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}})
    cluster.run()
    status = cluster.get("statefulsets.apps", "app")["status"]
    assert status["updatedReplicas"] == 3
    assert status["currentRevision"] == status["updateRevision"]


def test_a_stateful_set_shrinks_from_the_end(cluster: Simulation) -> None:
    cluster.create(workload("StatefulSet", replicas=3, serviceName="app", podManagementPolicy="Parallel"))
    cluster.run(0.4)
    assert len(names(cluster)) == 3
    cluster.patch("statefulsets.apps", "app", {"spec": {"replicas": 1}})
    cluster.run()
    assert names(cluster) == ["app-0"]


def test_a_broken_stateful_pod_stops_the_others(cluster: Simulation) -> None:
    cluster.create(workload("StatefulSet", template(annotations={FAULT: "unready"}), replicas=3, serviceName="app"))
    cluster.run()
    assert names(cluster) == ["app-0"]


def test_a_daemon_is_on_every_node_that_allows_it(cluster: Simulation) -> None:
    taint = {"key": "workload", "value": "interruptible", "effect": "NoSchedule"}
    cluster.nodes(*({"zone": zone} for zone in ZONES), {"zone": ZONES[0], "taints": [taint]})
    cluster.create(workload("DaemonSet"))
    cluster.run()
    assert sorted(pod["spec"]["nodeName"] for pod in cluster.pods()) == ["node-0", "node-1", "node-2"]
    cluster.patch("nodes", "node-1", {"spec": {"unschedulable": True}}, None)
    cluster.nodes(*({"zone": zone} for zone in ZONES), {"zone": ZONES[0], "taints": [taint]}, {"zone": ZONES[1]})
    cluster.run()
    assert sorted(pod["spec"]["nodeName"] for pod in cluster.pods()) == ["node-0", "node-1", "node-2", "node-4"]
    status = cluster.get("daemonsets.apps", "app")["status"]
    assert status["desiredNumberScheduled"] == status["numberAvailable"] == status["updatedNumberScheduled"] == 4


def test_daemons_are_updated_one_at_a_time(cluster: Simulation) -> None:
    cluster.create(workload("DaemonSet"))
    cluster.run()
    old = {pod["metadata"]["uid"] for pod in cluster.pods()}
    missing = []
    cluster.patch("daemonsets.apps", "app", {"spec": {"template": template(annotations={"a": "b"})}})
    cluster.run(5, lambda: missing.append(3 - sum(ready(pod) for pod in cluster.pods())))
    assert max(missing) == 1
    assert not old & {pod["metadata"]["uid"] for pod in cluster.pods()}
    assert cluster.get("daemonsets.apps", "app")["status"]["updatedNumberScheduled"] == 3


def job(made: Object | None = None, **spec: Any) -> Object:
    made = made or template()
    made["spec"].setdefault("restartPolicy", "Never")
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "app"}, "spec": {"template": made, **spec}}


def test_a_job_completes(cluster: Simulation) -> None:
    together = []
    cluster.create(job(completions=5, parallelism=2))
    cluster.run(
        5, lambda: together.append(sum(pod.get("status", {}).get("phase") != "Succeeded" for pod in cluster.pods()))
    )
    assert max(together) == 2
    found = cluster.get("jobs.batch", "app")
    assert found["status"]["succeeded"] == 5
    assert condition(found, "Complete")["status"] == "True"
    assert found["status"]["completionTime"]
    assert "active" not in found["status"]


def test_a_job_that_fails_gives_up(cluster: Simulation) -> None:
    cluster.create(job(template(annotations={FAULT: "crash-loop"}), backoffLimit=2))
    cluster.run()
    found = cluster.get("jobs.batch", "app")
    assert found["status"]["failed"] == 3
    assert condition(found, "Failed")["reason"] == "BackoffLimitExceeded"


def test_a_job_runs_out_of_time(cluster: Simulation) -> None:
    cluster.create(job(template(image="x@sha256:deadbeef"), activeDeadlineSeconds=3))
    cluster.run(10)
    assert condition(cluster.get("jobs.batch", "app"), "Failed")["reason"] == "DeadlineExceeded"
    assert not cluster.pods()


def test_a_finished_job_goes_when_its_time_is_over(cluster: Simulation) -> None:
    cluster.create(job(ttlSecondsAfterFinished=10))
    cluster.run(5)
    assert len(cluster.pods()) == 1
    cluster.run(10)
    assert not cluster.store.list("jobs.batch", "team")
    assert not cluster.pods()


def test_a_suspended_job_waits(cluster: Simulation) -> None:
    cluster.create(job(suspend=True))
    cluster.run()
    assert not cluster.pods()
    assert condition(cluster.get("jobs.batch", "app"), "Suspended")["status"] == "True"
    cluster.patch("jobs.batch", "app", {"spec": {"suspend": False}})
    cluster.run()
    assert condition(cluster.get("jobs.batch", "app"), "Complete")["status"] == "True"


def cron(**spec: Any) -> Object:
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "app"},
        "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": job()["spec"]}, **spec},
    }


def test_a_cron_job_runs_on_schedule_and_keeps_a_few(cluster: Simulation) -> None:
    cluster.create(cron(successfulJobsHistoryLimit=2))
    cluster.run(299)
    assert not cluster.store.list("jobs.batch", "team")
    cluster.run(2)
    assert len(cluster.store.list("jobs.batch", "team")) == 1
    cluster.run(1200)
    found = cluster.get("cronjobs.batch", "app")
    assert len(cluster.store.list("jobs.batch", "team")) == 2
    assert found["status"]["lastScheduleTime"] <= found["status"]["lastSuccessfulTime"]


@pytest.mark.parametrize(("policy", "jobs"), [("Allow", 3), ("Forbid", 1), ("Replace", 1)])
def test_a_cron_job_that_takes_too_long(cluster: Simulation, policy: str, jobs: int) -> None:
    stuck = job(template(image="x@sha256:deadbeef"))["spec"]
    cluster.create(cron(concurrencyPolicy=policy, jobTemplate={"spec": stuck}))
    cluster.run(301)
    (first,) = cluster.store.list("jobs.batch", "team")
    cluster.run(600)
    found = cluster.store.list("jobs.batch", "team")
    assert len(found) == jobs
    assert (found[0]["metadata"]["uid"] == first["metadata"]["uid"]) is (policy != "Replace")


def test_a_suspended_cron_job_does_nothing(cluster: Simulation) -> None:
    cluster.create(cron(suspend=True))
    cluster.run(1000)
    assert not cluster.store.list("jobs.batch", "team")


def test_schedules() -> None:
    hour = 1_800_000_000.0
    assert due("0 * * * *", hour, hour + 10, UTC) == (None, hour + 3600)
    assert due("0 * * * *", hour, hour + 7300, UTC) == (hour + 7200, hour + 10800)
