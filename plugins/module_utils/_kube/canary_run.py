# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Leads a release through its canary: more requests step by step, then all; or takes it back at the first failure."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube import canary, rollout
from ansible_collections.iworkz.platform.plugins.module_utils._kube.apply import difference
from ansible_collections.iworkz.platform.plugins.module_utils._kube.canary_report import Course, Report, Step
from ansible_collections.iworkz.platform.plugins.module_utils._kube.canary_routes import Routes
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name, Object, Standing
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import Api
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_hold import hold
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_run import Outcome, Rollouts
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

PLANNED = Standing("progressing")
SPARE_SECONDS = 300
"""What a step may take besides rollouts and pause: calls are tried again while the API server is away."""


class Canary:
    """The canary of one Deployment.

    :param stable: the service's Deployment as it is to be in the end, with the new digest.
    :param manager: field manager of everything that is applied.
    :param clock: seconds that only grow.
    """

    def __init__(
        self,
        api: Api,
        stable: dict[str, Any],
        course: Course,
        manager: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._api, self._definition, self._course, self._manager = api, stable, course, manager
        self._clock, self._sleep = clock, sleep
        self._stable = Name.of(stable)
        self._canary = canary.name_of(self._stable)
        self._routes = Routes(api, self._stable, manager)

    def lead(self) -> Report:
        """From where the canary is to its end. Raises KubernetesError, and ReconcileError with nothing changed where
        there is nothing to compare a canary with, or no route to lead to it."""
        report, stable = self._begin()
        steps = self._steps(report)
        if steps:
            self._require_steady(self._follow(self._stable, rollback=False).standing)
        if report.found != report.digest:
            report.changed |= self._clear()
        for weight in steps:
            report.changed = True
            step = self._step(weight, stable)
            report.steps.append(step)
            if step.standing.state != "complete":
                self._clear()
                report.failure = (
                    f"{self._stable}: the canary of {report.digest} failed in the step of {weight} % "
                    f"({step.standing.reason}: {step.standing.message}). It was withdrawn; "
                    f"{report.former} has all requests"
                )
                return report
        self._promote(report, stable)
        report.changed |= self._clear()
        return report

    def preview(self) -> Report:
        """What ``lead`` would do; the server makes a dry run of the Deployments. Raises likewise."""
        report, stable = self._begin()
        steps = self._steps(report)
        if steps:
            self._require_steady(rollout.stand(stable))
            self._apply(self._made(self._replicas(steps[0], stable)), dry_run=True)
        report.steps = [Step(weight, self._replicas(weight, stable), PLANNED) for weight in steps]
        report.diff = self._difference(stable, self._apply(self._definition, dry_run=True))
        report.changed = bool(report.diff or report.found) or self._routes.shares() != {0}
        return report

    def withdraw(self, check_mode: bool) -> Report:
        """Take a canary back wherever it is. Raises KubernetesError."""
        stable, left = self._get(self._stable), self._left_over()
        report = Report(self._stable, "", _digest(stable), _digest(left))
        report.changed = (left is not None or self._routes.shares() > {0}) if check_mode else self._clear()
        return report

    def _begin(self) -> tuple[Report, Object]:
        """Where things stand, and the service's Deployment as it is."""
        stable = self._get(self._stable)
        if stable is None:
            raise ReconcileError(f"Nothing was changed. There is no Deployment {self._stable} to compare a canary with")
        self._routes.require()
        digest = rollout.digest(self._definition["spec"]["template"])
        return Report(self._stable, digest, _digest(stable), _digest(self._left_over())), stable

    def _steps(self, report: Report) -> list[int]:
        """The steps before the promotion, none where that has begun.

        A canary of another digest begins anew, and so does one whose share is above all that are asked for now.
        """
        if report.former == report.digest:
            return []
        reached = min(self._routes.shares()) if report.found == report.digest else 0
        return [weight for weight in self._course.weights if weight >= reached] or list(self._course.weights)

    def _require_steady(self, standing: Standing) -> None:
        if standing.state != "complete":
            why = f"{standing.reason}: {standing.message}"
            raise ReconcileError(f"Nothing was changed. {self._stable} is not available as it is ({why})")

    def _step(self, weight: int, stable: Object) -> Step:
        """Pods first, requests when they are available, and then a watchful pause."""
        began = self._clock()
        replicas = self._replicas(weight, self._get(self._stable) or stable)  # autoscalers change the number
        self._apply(self._made(replicas))
        standing = self._follow(self._canary, rollback=False).standing
        if standing.state == "complete":
            self._routes.lead(weight)
            standing = hold(self._api, self._canary, self._course.pause, self._course.limits, self._clock, self._sleep)
        if standing.state == "complete" and (shares := self._routes.shares()) != {weight}:
            told = ", ".join(f"{share} %" for share in sorted(shares))
            standing = Standing("failed", "RouteChanged", f"somebody else led {told or 'none'} of them to it")
        return Step(weight, replicas, standing, self._clock() - began)

    def _promote(self, report: Report, stable: Object) -> None:
        """The new digest for the service's own Deployment, which a failure takes back to the digest before."""
        difference = self._difference(stable, self._apply(self._definition))
        report.changed |= bool(difference)
        outcome = self._follow(self._stable, rollback=True)
        report.steps.append(Step(100, self._replicas(100, stable), outcome.standing, outcome.seconds))
        if outcome.standing.state == "complete":
            report.diff = difference
        else:
            report.failure = f"{outcome.told()}. No canary is left"

    def _clear(self) -> bool:
        """All requests to the stable pods, and no canary; whether that is a change."""
        changed = self._routes.lead(0)
        if self._left_over() is not None:
            self._api.delete(self._canary.path)
            changed = True
        return changed

    def _follow(self, name: Name, rollback: bool) -> Outcome:
        rollouts = Rollouts(self._api, self._course.limits, self._manager, rollback, self._clock)
        return rollouts.follow([name])[0]

    def _made(self, replicas: int) -> dict[str, Any]:
        """The canary's Deployment, which says until when this step and a promotion after it are over."""
        limits = self._course.limits
        lasts = timedelta(seconds=self._course.pause + 3 * limits.timeout + SPARE_SECONDS)
        return canary.canary_of(self._definition, replicas, datetime.now(UTC) + lasts)

    def _replicas(self, weight: int, stable: Object) -> int:
        return canary.replicas_for(weight, stable["spec"].get("replicas", 1))

    def _left_over(self) -> Object | None:
        found = self._get(self._canary)
        if found is not None and not canary.is_canary(found):
            raise ReconcileError(f"Nothing was changed. Deployment {self._canary} is no canary: {canary.TRACK} differs")
        return found

    def _get(self, name: Name) -> Object | None:
        return self._api.get(name.path)

    def _apply(self, deployment: dict[str, Any], dry_run: bool = False) -> dict[str, Any]:
        return self._api.apply(Name.of(deployment).path, deployment, self._manager, dry_run)

    def _difference(self, before: Object, after: Object) -> list[dict[str, Any]]:
        return difference(f"Deployment {self._stable}", before, after)


def _digest(deployment: Object | None) -> str:
    return rollout.digest(deployment["spec"]["template"]) if deployment else ""
