"""Jobs and CronJobs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from cronsim import CronSim

from sandbox.kube.controllers import pods
from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import (
    Object,
    holds,
    leaving,
    name,
    namespace,
    reference,
    seconds,
    stamp,
    with_condition,
)
from sandbox.kube.controllers.world import Key

JOBS = "jobs.batch"


class Jobs(Controller):
    resource = JOBS
    watches = ("pods",)

    def reconcile(self, key: Key) -> float | None:
        job = self.world.get(*key)
        if job is None or leaving(job):
            return None
        spec, before, now = job["spec"], job.get("status") or {}, self.world.now
        if holds(job, "Complete") or holds(job, "Failed"):
            return self._expire(job)
        mine = self.world.owned(job, "pods")
        running = pods.active(mine)
        succeeded = sum((pod.get("status") or {}).get("phase") == "Succeeded" for pod in mine)
        failed = sum((pod.get("status") or {}).get("phase") == "Failed" for pod in mine)
        status = {**before, "active": len(running), "succeeded": succeeded, "failed": failed, "ready": 0}
        wanted = spec.get("completions")
        started = before.get("startTime")
        deadline = spec.get("activeDeadlineSeconds")
        again = seconds(started) + deadline - now if started and deadline is not None else None
        conditions = before.get("conditions")
        if succeeded >= (1 if wanted is None else wanted) and not (wanted is None and running):
            done = (True, "CompletionsReached", "Reached expected number of succeeded pods")
            conditions = with_condition(conditions, now, "SuccessCriteriaMet", *done)
            conditions = with_condition(conditions, now, "Complete", *done)
            status |= {"completionTime": stamp(now), "active": 0}
        elif failed > spec.get("backoffLimit", 6) or (again is not None and again <= 0):
            late = failed <= spec.get("backoffLimit", 6)
            why = (
                ("DeadlineExceeded", "Job was active longer than specified deadline")
                if late
                else ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
            )
            conditions = with_condition(conditions, now, "FailureTarget", True, *why)
            conditions = with_condition(conditions, now, "Failed", True, *why)
            self._let_go(running)
            status["active"] = 0
        elif spec.get("suspend"):
            conditions = with_condition(conditions, now, "Suspended", True, "JobSuspended", "Job suspended")
            self._let_go(running)
            status |= {"active": 0, "startTime": None}
        else:
            if holds(job, "Suspended"):
                conditions = with_condition(conditions, now, "Suspended", False, "JobResumed", "Job resumed")
            status["startTime"] = started or stamp(now)
            left = spec["parallelism"] if wanted is None or succeeded else min(spec["parallelism"], wanted)
            left = left if wanted is None else min(spec["parallelism"], wanted - succeeded)
            for _ in range(left - len(running)):
                self.world.create(pods.make(job, spec["template"]))
            status["active"] = max(left, len(running))
            again = deadline if again is None else again
        shown = {each: value for each, value in status.items() if value not in (0, None)}
        self.world.set_status(self.resource, job, {**shown, **({"conditions": conditions} if conditions else {})})
        return 0 if holds({"status": {"conditions": conditions}}, "Complete") else again

    def _let_go(self, running: Iterable[Object]) -> None:
        for pod in running:
            self.world.delete("pods", pod)

    def _expire(self, job: Object) -> float | None:
        """Delete it ttlSecondsAfterFinished after its end."""
        ttl = job["spec"].get("ttlSecondsAfterFinished")
        if ttl is None:
            return None
        ends = [each for each in job["status"]["conditions"] if each["type"] in ("Complete", "Failed")]
        left = seconds(ends[0]["lastTransitionTime"]) + ttl - self.world.now
        if left > 0:
            return left
        self.world.delete(self.resource, job)
        return None


class CronJobs(Controller):
    resource = "cronjobs.batch"
    watches = (JOBS,)

    def reconcile(self, key: Key) -> float | None:
        cron = self.world.get(*key)
        if cron is None or leaving(cron):
            return None
        spec, status, now = cron["spec"], dict(cron.get("status") or {}), self.world.now
        mine = self.world.owned(cron, JOBS)
        ended = [job for job in mine if holds(job, "Complete") or holds(job, "Failed")]
        running = [job for job in mine if job not in ended]
        since = seconds(status.get("lastScheduleTime") or cron["metadata"]["creationTimestamp"])
        zone: tzinfo = ZoneInfo(spec["timeZone"]) if spec.get("timeZone") else UTC
        missed, upcoming = due(spec["schedule"], since, now, zone)
        deadline = spec.get("startingDeadlineSeconds")
        if missed is not None and not spec.get("suspend") and (deadline is None or now - missed <= deadline):
            policy = spec.get("concurrencyPolicy", "Allow")
            if policy == "Replace":
                for job in running:
                    self.world.delete(JOBS, job)
                running = []
            if policy == "Allow" or not running:
                running.append(self.world.create(self._job(cron, missed)))
                status["lastScheduleTime"] = stamp(missed)
        for kind, limit in (
            ("Complete", spec.get("successfulJobsHistoryLimit", 3)),
            ("Failed", spec.get("failedJobsHistoryLimit", 1)),
        ):
            kept = sorted(
                (job for job in ended if holds(job, kind)), key=lambda job: job["metadata"]["creationTimestamp"]
            )
            for job in kept[: max(0, len(kept) - limit)]:
                self.world.delete(JOBS, job)
        times = [job["status"]["completionTime"] for job in ended if holds(job, "Complete")]
        if times:
            status["lastSuccessfulTime"] = max(times)
        status["active"] = [
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "name": name(job),
                "namespace": key.namespace,
                "uid": job["metadata"]["uid"],
            }
            for job in running
        ]
        self.world.set_status(self.resource, cron, {key: value for key, value in status.items() if value})
        return None if spec.get("suspend") else upcoming - now

    @staticmethod
    def _job(cron: Object, scheduled: float) -> Object:
        template = cron["spec"]["jobTemplate"]
        metadata = template.get("metadata") or {}
        marks = {
            **(metadata.get("annotations") or {}),
            "batch.kubernetes.io/cronjob-scheduled-timestamp": stamp(scheduled),
        }
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": f"{name(cron)}-{int(scheduled) // 60}",
                "namespace": namespace(cron),
                "labels": metadata.get("labels") or {},
                "annotations": marks,
                "ownerReferences": [reference(cron)],
            },
            "spec": template["spec"],
        }


def due(schedule: str, since: float, now: float, zone: tzinfo) -> tuple[float | None, float]:
    """(the latest time in (since, now] that a schedule names, None for none; its next time). Unix times."""
    latest = None
    for moment in CronSim(schedule, datetime.fromtimestamp(since, zone)):
        if moment.timestamp() > now:
            return latest, moment.timestamp()
        latest = moment.timestamp()
    raise ValueError(f"{schedule} never comes")
