"""HorizontalPodAutoscalers (autoscaling/v2), with metrics that are injected.

The annotation `sandbox.iworkz.jp/<metric>-utilization` (per cent of requests: cpu, memory) or
`sandbox.iworkz.jp/<metric>` (a quantity: the average over pods) of the autoscaler, its target or the target's pod
template is what all pods use. Pods without it idle.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.kube.controllers import autoscaling, pods
from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, labels, name, namespace, notes, stamp, with_condition
from sandbox.kube.controllers.requests import of_pod
from sandbox.kube.controllers.world import Key, World
from sandbox.kube.quantity import canonical, parse
from sandbox.kube.selectors import matches

PREFIX = "sandbox.iworkz.jp/"
TARGETS = ("deployments.apps", "statefulsets.apps")


class MetricError(Exception):
    """A metric that can't be had: (reason of ScalingActive, message)."""


class Autoscalers(Controller):
    resource = "horizontalpodautoscalers.autoscaling"
    watches = TARGETS

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._recommended: dict[str, list[autoscaling.Sample]] = {}
        self._changes: dict[str, list[autoscaling.Sample]] = {}
        """By uid: what was recommended, and by how much the scale was changed (negative: down)."""
        self._looked: dict[str, tuple[object, float]] = {}
        """By uid: upon what was looked last, and when. Changes of a target's pods are no reason to look again."""

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        if resource == self.resource:
            return super().keys(resource, kind, obj)
        return [
            Key(self.resource, namespace(obj), name(each))
            for each in self.world.all(self.resource, namespace(obj))
            if each["spec"]["scaleTargetRef"]["name"] == name(obj)
            and each["spec"]["scaleTargetRef"]["kind"] == obj.get("kind")
        ]

    def reconcile(self, key: Key) -> float | None:
        scaler = self.world.get(*key)
        if scaler is None:
            return None
        uid, now = scaler["metadata"]["uid"], self.world.now
        seen, period = self._seen(scaler), self.world.timing.autoscaler
        before, when = self._looked.get(uid, (None, 0.0))
        if before == seen and now < when + period:
            return when + period - now
        self._looked[uid] = (seen, now)
        self._sync(scaler, key)
        return period

    def _seen(self, scaler: Object) -> object:
        """What a new look is due upon: another declaration, or other metrics."""
        reference = scaler["spec"]["scaleTargetRef"]
        resource = self.world.registry.of_kind(reference.get("apiVersion", ""), reference["kind"])
        target = self.world.get(resource.name, namespace(scaler), reference["name"]) if resource else None
        marks = [sorted(each.items()) for each in _marks(scaler, target)]
        return scaler["spec"], target and target["metadata"]["uid"], marks

    def _sync(self, scaler: Object, key: Key) -> None:
        reference = scaler["spec"]["scaleTargetRef"]
        resource = self.world.registry.of_kind(reference.get("apiVersion", ""), reference["kind"])
        target = self.world.get(resource.name, key.namespace, reference["name"]) if resource else None
        if target is None or resource is None:
            plural = resource.name if resource else reference["kind"]
            why = f'{plural} "{reference["name"]}" not found'
            message = f"the HPA controller was unable to get the target's current scale: {why}"
            self._write(scaler, {}, ("AbleToScale", False, "FailedGetScale", message))
            return
        current = target["spec"].get("replicas", 1)
        able = (
            "AbleToScale",
            True,
            "SucceededGetScale",
            "the HPA controller was able to get the target's current scale",
        )
        counts = {"currentReplicas": current, "desiredReplicas": current}
        if current == 0:
            why = "scaling is disabled since the replica count of the target is zero"
            self._write(scaler, counts, able, ("ScalingActive", False, "ScalingDisabled", why))
            return
        try:
            proposed, metrics = self._measured(scaler, target, current)
        except MetricError as error:
            self._write(scaler, counts, able, ("ScalingActive", False, *error.args))
            return
        wanted, conditions = self._decide(scaler, current, proposed)
        status = {**counts, "desiredReplicas": wanted, "currentMetrics": metrics}
        if wanted != current:
            self.world.replace(resource.name, target, {"spec": {**target["spec"], "replicas": wanted}})
            self._remember(self._changes, scaler, wanted - current)
            status["lastScaleTime"] = stamp(self.world.now)
        active = (
            "ScalingActive",
            True,
            "ValidMetricFound",
            "the HPA was able to successfully calculate a replica count",
        )
        self._write(scaler, status, *conditions, active)

    def _measured(self, scaler: Object, target: Object, current: int) -> tuple[int, list[Object]]:
        """(the replicas that the neediest metric asks for, metrics as the status shows them)."""
        selector = target["spec"]["selector"]
        found = [pod for pod in self.world.all("pods", namespace(target)) if matches(selector, labels(pod))]
        proposals, shown = [], []
        for metric in scaler["spec"].get("metrics") or ():
            kind = metric["type"][0].lower() + metric["type"][1:]
            source = metric[kind]
            called = source["name"] if "name" in source else source["metric"]["name"]
            wanted = source["target"]
            if wanted["type"] == "Utilization":
                used = float(_injected(f"{called}-utilization", scaler, target) or 0)
                asked = _requested(pods.active(found), called)
                ratio = used / wanted["averageUtilization"]
                value = {"averageUtilization": round(used), "averageValue": canonical(f"{round(asked * used * 10)}m")}
            else:
                goal = parse(str(wanted.get("averageValue") or wanted["value"]))
                average = canonical(str(_injected(called, scaler, target) or "0"))
                ratio = float(parse(average) / goal)
                value = {"averageValue": average}
            proposals.append(autoscaling.proposal(current, ratio))
            identity = (
                {"name": called}
                if "name" in source
                else {key: source[key] for key in ("metric", "describedObject") if key in source}
            )
            shown.append({"type": metric["type"], kind: {**identity, "current": value}})
        return max(proposals, default=current), shown

    def _decide(self, scaler: Object, current: int, proposed: int) -> tuple[int, list[tuple[Any, ...]]]:
        """(replicas, conditions): stabilised, then within the policies, then within the bounds."""
        spec, now = scaler["spec"], self.world.now
        declared = spec.get("behavior") or {}
        up, down = (
            {**rules, **(declared.get(key) or {})}
            for key, rules in (("scaleUp", autoscaling.UP), ("scaleDown", autoscaling.DOWN))
        )
        lowest, highest = spec.get("minReplicas", 1), spec["maxReplicas"]
        past = self._recommended.setdefault(scaler["metadata"]["uid"], [(now, current)])
        windows = (up["stabilizationWindowSeconds"], down["stabilizationWindowSeconds"])
        stable = autoscaling.stabilised(current, proposed, past, now, *windows)
        self._remember(self._recommended, scaler, proposed)
        changes = self._changes.get(scaler["metadata"]["uid"], [])
        rules, sign = (up, 1) if stable > current else (down, -1)
        steps = [(when, sign * step) for when, step in changes if sign * step > 0]
        reached = autoscaling.limited(current, stable, rules, steps, now)
        wanted = min(max(reached, lowest), highest)
        if stable > proposed:
            why = "recent recommendations were higher than current one, applying the highest recent recommendation"
            able = ("ScaleDownStabilized", why)
        elif stable < proposed:
            why = "recent recommendations were lower than current one, applying the lowest recent recommendation"
            able = ("ScaleUpStabilized", why)
        elif wanted != current:
            able = ("SucceededRescale", f"the HPA controller was able to update the target scale to {wanted}")
        else:
            able = ("ReadyForNewScale", "recommended size matches current size")
        if reached < lowest:
            limit = (True, "TooFewReplicas", "the desired replica count is less than the minimum replica count")
        elif reached > highest:
            limit = (True, "TooManyReplicas", "the desired replica count is more than the maximum replica count")
        elif reached < stable:
            limit = (True, "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
        elif reached > stable:
            limit = (
                True,
                "ScaleDownLimit",
                "the desired replica count is decreasing faster than the maximum scale rate",
            )
        else:
            limit = (False, "DesiredWithinRange", "the desired count is within the acceptable range")
        return wanted, [("AbleToScale", True, *able), ("ScalingLimited", *limit)]

    def _remember(self, where: dict[str, list[autoscaling.Sample]], scaler: Object, value: int) -> None:
        kept = [sample for sample in where.get(scaler["metadata"]["uid"], []) if sample[0] > self.world.now - 3600]
        where[scaler["metadata"]["uid"]] = [*kept, (self.world.now, value)]

    def _write(self, scaler: Object, status: Object, *conditions: tuple[Any, ...]) -> None:
        before = scaler.get("status") or {}
        found = before.get("conditions")
        for kind, value, reason, message in conditions:
            found = with_condition(found, self.world.now, kind, value, reason, message)
        kept = {"lastScaleTime": before["lastScaleTime"]} if "lastScaleTime" in before else {}
        shown = {**kept, "currentMetrics": None, **status, "conditions": found}
        shown["observedGeneration"] = scaler["metadata"].get("generation", 1)
        self.world.set_status(self.resource, scaler, {"desiredReplicas": 0, **shown})


def _marks(scaler: Object, target: Object | None) -> list[dict[str, str]]:
    """Where metrics may be injected, the first place first."""
    found = [notes(scaler)]
    if target:
        template = target["spec"]["template"].get("metadata") or {}
        found += [notes(target), template.get("annotations") or {}]
    return [{key: value for key, value in each.items() if key.startswith(PREFIX)} for each in found]


def _injected(metric: str, scaler: Object, target: Object) -> str | None:
    return next((each[PREFIX + metric] for each in _marks(scaler, target) if PREFIX + metric in each), None)


def _requested(found: list[Object], resource: str) -> float:
    """The average request; MetricError when a container has none, as utilization is a share of it."""
    for pod in found:
        for container in pod["spec"]["containers"]:
            if resource not in ((container.get("resources") or {}).get("requests") or {}):
                why = f"missing request for {resource} in container {container['name']} of Pod {name(pod)}"
                message = (
                    f"the HPA was unable to compute the replica count: failed to get {resource} utilization: {why}"
                )
                raise MetricError("FailedGetResourceMetric", message)
    return float(sum(of_pod(pod["spec"]).get(resource, 0) for pod in found)) / len(found) if found else 0.0
