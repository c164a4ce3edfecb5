# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Follows the rollouts of many Deployments at once, and takes those that fail back to what they were."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube import rollout
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name, Object, Standing
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import Api
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_watch import Watched

ABSENT = Standing("failed", "NotFound", "there is no such Deployment")


@dataclass(frozen=True)
class Limits:
    """How long a rollout may take, and how long a pod may be stuck, in seconds; ``interval`` is between two looks."""

    timeout: float
    grace: float
    interval: float


@dataclass
class Outcome:
    """What became of one rollout. ``restored`` is the digest that was gone back to, ``recovered`` whether it serves."""

    name: Name
    digest: str = ""
    standing: Standing = ABSENT
    seconds: float = 0.0
    restored: str = ""
    recovered: bool = False
    not_restored: str = ""

    def result(self) -> dict[str, Any]:
        """The module's return value of this Deployment."""
        return {
            "namespace": self.name.namespace,
            "name": self.name.name,
            "state": self.standing.state,
            "digest": self.digest,
            "reason": self.standing.reason,
            "message": self.standing.message,
            "seconds": round(self.seconds, 1),
            "restored": self.restored,
            "recovered": self.recovered,
        }

    def told(self) -> str:
        """One line for people about a failed rollout."""
        line = f"{self.name}: {self.digest or 'rollout'} failed after {self.seconds:.0f} s"
        line += f" ({self.standing.reason}: {self.standing.message})" if self.standing.reason else ""
        if not self.restored:
            return f"{line}; not rolled back: {self.not_restored}"
        return f"{line}; rolled back to {self.restored}, which is {'' if self.recovered else 'NOT '}available"


@dataclass
class _Target:
    """One Deployment on its way: since when pods of it were stuck (by uid), what the last look at them told, and
    whether that has lasted too long."""

    outcome: Outcome
    began: float
    restoring: bool = False
    since: dict[str, float] = field(default_factory=dict)
    told: Standing | None = None
    hopeless: bool = False


class Rollouts:
    """The rollouts of one task.

    :param field_manager: who applied the Deployments, and takes them back.
    """

    def __init__(
        self,
        api: Api,
        limits: Limits,
        field_manager: str,
        rollback: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._limits = limits
        self._manager = field_manager
        self._rollback = rollback
        self._clock = clock

    def follow(self, names: Collection[Name]) -> list[Outcome]:
        """Wait until each has succeeded, or has failed and been rolled back. Raises KubernetesError."""
        targets = [_Target(Outcome(name), self._clock()) for name in names]
        pending = list(targets)
        with Watched(self._api, _path(names), names, self._limits.interval) as watched:
            looked = self._clock()
            while pending := [target for target in pending if not self._settled(target, watched)]:
                watched.wait(self._limits.interval)
                if self._clock() - looked >= self._limits.interval:
                    self._look_at_pods(pending, watched)
                    looked = self._clock()
        return [target.outcome for target in targets]

    def preview(self, names: Collection[Name]) -> list[Outcome]:
        """Where each stands now, and what a failed one would be rolled back to; nothing is waited for or changed."""
        listed, _version = self._api.list(_path(names))
        known = {Name.of(thing): thing for thing in listed}
        outcomes = []
        for name in names:
            outcome = Outcome(name)
            deployment = known.get(name)
            if deployment is not None:
                outcome.digest = rollout.digest(deployment["spec"]["template"])
                outcome.standing = rollout.stand(deployment)
                if outcome.standing.state == "failed":
                    former = self._former(outcome, deployment)
                    outcome.restored = rollout.digest(former["spec"]["template"]) if former else ""
            outcomes.append(outcome)
        return outcomes

    def _settled(self, target: _Target, watched: Watched) -> bool:
        """Whether nothing is left to do for a Deployment; starts the rollback of a failed one."""
        outcome, deployment = target.outcome, watched.get(target.outcome.name)
        if deployment is None:
            outcome.standing = outcome.standing if target.restoring else ABSENT
            outcome.not_restored = "there is nothing to roll back"
            return True
        standing = self._standing(target, deployment)
        if standing.state == "progressing":
            return False
        if target.restoring:
            outcome.recovered = standing.state == "complete"
            return True
        outcome.digest = rollout.digest(deployment["spec"]["template"])
        outcome.standing, outcome.seconds = standing, self._clock() - target.began
        return standing.state == "complete" or not self._restore(target, deployment, watched)

    def _standing(self, target: _Target, deployment: Object) -> Standing:
        """The Deployment's own standing, or a failure that it does not tell of yet: stuck pods, no time left."""
        standing = rollout.stand(deployment)
        if standing.state == "failed":
            return replace(standing, message=joined(standing, target.told))
        if standing.state == "complete":
            return standing
        if target.hopeless and target.told:
            return replace(target.told, state="failed", completed=standing.completed)
        if self._clock() - target.began >= self._limits.timeout:
            return replace(standing, state="failed", reason="TimedOut", message=joined(standing, target.told))
        return standing

    def _look_at_pods(self, targets: list[_Target], watched: Watched) -> None:
        """Learn what the new pods of unfinished rollouts wait for (two lists per namespace)."""
        for namespace in sorted({target.outcome.name.namespace for target in targets}):
            sets, _version = self._api.list(f"/apis/apps/v1/namespaces/{namespace}/replicasets")
            pods, _version = self._api.list(f"/api/v1/namespaces/{namespace}/pods")
            for target in (one for one in targets if one.outcome.name.namespace == namespace):
                deployment = watched.get(target.outcome.name)
                if deployment is None or rollout.stand(deployment).reason == "NotObserved":
                    continue
                present = rollout.current(deployment, sets)
                self._learn(target, rollout.owned_by(present, pods) if present else [])

    def _learn(self, target: _Target, pods: list[Object]) -> None:
        now, since = self._clock(), {}
        target.told, target.hopeless = None, False
        for pod in pods:
            uid, reason = pod["metadata"]["uid"], rollout.stuck(pod)
            # A container that crashes runs in between: only a pod that got ready has got over it.
            ready = rollout.condition(pod, "Ready").get("status") == "True"
            if reason or (uid in target.since and not ready):
                since[uid] = target.since.get(uid, now)
            if reason and now - since[uid] >= self._limits.grace:
                target.told, target.hopeless = reason, True
            target.told = target.told or reason or rollout.unscheduled(pod)
        target.since = since

    def _restore(self, target: _Target, deployment: dict[str, Any], watched: Watched) -> bool:
        """Take a failed Deployment back; False where that cannot be done, with the reason in the outcome."""
        outcome = target.outcome
        former = self._former(outcome, deployment)
        if former is None:
            return False
        fields = rollout.applied_fields(deployment, self._manager)
        if fields is None:
            outcome.not_restored = f"field manager {self._manager} never applied it"
            return False
        watched.put(self._api.apply(outcome.name.path, rollout.restored(deployment, former, fields), self._manager))
        outcome.restored = rollout.digest(former["spec"]["template"])
        target.restoring, target.began, target.since = True, self._clock(), {}
        target.told, target.hopeless = None, False
        return True

    def _former(self, outcome: Outcome, deployment: Object) -> Object | None:
        if not self._rollback:
            outcome.not_restored = "rollback is off"
        elif outcome.standing.completed:
            outcome.not_restored = "this release was available before, so another one would not help"
        else:
            sets, _version = self._api.list(f"/apis/apps/v1/namespaces/{outcome.name.namespace}/replicasets")
            former = rollout.former(deployment, sets)
            if former is not None:
                return former
            outcome.not_restored = "it is the first release, there is no former revision"
        return None


def _path(names: Collection[Name]) -> str:
    namespaces = {name.namespace for name in names}
    within = f"/namespaces/{namespaces.pop()}" if len(namespaces) == 1 else ""
    return f"/apis/apps/v1{within}/deployments"


def joined(standing: Standing, told: Standing | None) -> str:
    """What a Deployment's standing says, and what one of its pods adds."""
    return f"{standing.message}; {told.reason}: {told.message}" if told else standing.message
