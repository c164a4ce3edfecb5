"""The life of a pod's containers as a function of its age, as a kubelet would report it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sandbox.kube.controllers.objects import (
    FAULT,
    READY_AFTER,
    Object,
    condition,
    name,
    namespace,
    notes,
    stamp,
    with_condition,
)
from sandbox.kube.controllers.timing import Timing

UNPULLABLE = "deadbeef"
"""How the digest of an image ends that can't be pulled."""
SIDECAR = "istio-proxy"
BACKOFFS = (10, 20, 40, 80, 160, 300)
"""Seconds, by the number of restarts."""

Find = Callable[[str, str], Object | None]
"""The ConfigMap or Secret ("configmaps", name) in the pod's namespace."""


class State(NamedTuple):
    """One container: its state as the API shows it, and whether it is ready."""

    state: Object
    ready: bool = False
    restarts: int = 0
    last: Object | None = None


class Life(NamedTuple):
    status: Object
    again: float | None
    """Seconds until it changes by itself."""


def image_id(image: str) -> str:
    repository, _, digest = image.partition("@")
    return image if digest else f"{repository}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def waiting(reason: str, message: str = "") -> Object:
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def ended(reason: str, code: int, now: float) -> Object:
    at = stamp(now)
    return {"terminated": {"exitCode": code, "reason": reason, "startedAt": at, "finishedAt": at}}


def absent(container: Object, find: Find) -> str | None:
    """What keeps the environment of a container from being made."""
    sources = [(each.get("configMapRef"), each.get("secretRef")) for each in container.get("envFrom") or ()]
    values = [each["valueFrom"] for each in container.get("env") or () if each.get("valueFrom")]
    sources += [(each.get("configMapKeyRef"), each.get("secretKeyRef")) for each in values]
    for pair in sources:
        for resource, wanted in zip(("configmaps", "secrets"), pair, strict=True):
            if not wanted or wanted.get("optional"):
                continue
            found = find(resource, wanted["name"])
            if found is None:
                return f'{resource[:-1]} "{wanted["name"]}" not found'
            if "key" in wanted and wanted["key"] not in {
                **(found.get("data") or {}),
                **(found.get("binaryData") or {}),
            }:
                kind = "ConfigMap" if resource == "configmaps" else "Secret"
                return f"couldn't find key {wanted['key']} in {kind} {namespace(found)}/{wanted['name']}"
    return None


def unmounted(spec: Object, find: Find) -> str | None:
    """The first volume that can't be set up."""
    for volume in spec.get("volumes") or ():
        for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
            for resource, wanted in (("configmaps", source.get("configMap")), ("secrets", source.get("secret"))):
                missing = wanted and not wanted.get("optional") and (wanted.get("name") or wanted.get("secretName"))
                if missing and find(resource, missing) is None:
                    why = f'{resource[:-1]} "{missing}" not found'
                    return f'MountVolume.SetUp failed for volume "{volume["name"]}" : {why}'
    return None


def readiness(pod: Object, timing: Timing) -> float:
    """Seconds from the containers' start to their readiness."""
    delays = [
        container[probe].get("initialDelaySeconds", 0)
        for container in pod["spec"]["containers"]
        for probe in ("startupProbe", "readinessProbe")
        if container.get(probe)
    ]
    extra = float(notes(pod).get(READY_AFTER, timing.slow if notes(pod).get(FAULT) == "slow" else 0))
    return timing.ready + max(delays, default=0) * timing.scale + extra


def crashing(lived: float, timing: Timing, now: float, who: str) -> tuple[State, float]:
    """(the state of a container that keeps crashing, `lived` seconds after its first start; seconds until the next)."""
    restarts = 0
    while True:
        last = ended("Error", 1, now) if restarts else None
        if lived < timing.crash:
            return State({"running": {"startedAt": stamp(now)}}, False, restarts, last), timing.crash - lived
        lived -= timing.crash
        backoff = BACKOFFS[min(restarts, len(BACKOFFS) - 1)]
        if lived < backoff * timing.scale:
            state = waiting("CrashLoopBackOff", f"back-off {backoff}s restarting failed container={who}")
            return State(state, False, restarts, ended("Error", 1, now)), backoff * timing.scale - lived
        lived -= backoff * timing.scale
        restarts += 1


def live(pod: Object, age: float, now: float, timing: Timing, find: Find) -> Life:
    """The status of a pod that was bound `age` seconds ago, from its spec, its faults and its status so far."""
    spec, before, uid = pod["spec"], pod.get("status") or {}, pod["metadata"]["uid"]
    known = {each["name"]: each for each in before.get("containerStatuses") or ()}
    running = {called for called, each in known.items() if "running" in each["state"]}
    lived = age - timing.start
    ready_in = readiness(pod, timing) - lived
    unstarted = None if running else unmounted(spec, find)
    turns = [each for each in (-lived, ready_in) if each > 0] + [timing.retry] * bool(unstarted)
    statuses = []
    for container in spec["containers"]:
        if lived < 0 or unstarted:
            reason = "PodInitializing" if spec.get("initContainers") and not unstarted else "ContainerCreating"
            state = State(waiting(reason, unstarted or ""))
        elif container["name"] not in running and (missing := absent(container, find)):
            state = State(waiting("CreateContainerConfigError", missing))
            turns.append(timing.retry)
        else:
            state, turn = _started(pod, container, lived, now, timing)
            state = state._replace(ready=state.ready and ready_in <= 0)
            turns += [turn] if turn is not None else []
        statuses.append(_shown(uid, container, state, known))
    initialized = lived >= 0 and not unstarted
    status = {**before, **_summary(pod, statuses, initialized, now), "containerStatuses": statuses}
    if spec.get("initContainers"):
        status["initContainerStatuses"] = list(_initial(spec, before, initialized, now))
    return Life(status, min(turns, default=None) if status["phase"] not in ("Succeeded", "Failed") else None)


def _started(pod: Object, container: Object, lived: float, now: float, timing: Timing) -> tuple[State, float | None]:
    """(a container `lived` seconds after it could start, ready if it is ever to be; seconds until it changes)."""
    image, policy = container["image"], pod["spec"].get("restartPolicy", "Always")
    fault = notes(pod).get(FAULT) if container["name"] != SIDECAR else None
    if fault == "image-pull" or image.endswith(UNPULLABLE):
        if lived < timing.start:
            message = f'failed to pull and unpack image "{image}": not found'
            return State(waiting("ErrImagePull", message)), timing.start - lived
        return State(waiting("ImagePullBackOff", f'Back-off pulling image "{image}"')), None
    if fault == "crash-loop" and policy != "Never":
        who = f"{container['name']} pod={name(pod)}_{namespace(pod)}({pod['metadata']['uid']})"
        return crashing(lived, timing, now, who)
    running = State({"running": {"startedAt": stamp(now)}}, ready=fault != "unready")
    if policy == "Always":
        return running, None
    if lived < timing.job:
        return running, timing.job - lived
    return State(ended("Error", 1, now) if fault == "crash-loop" else ended("Completed", 0, now)), None


def _shown(uid: str, container: Object, state: State, known: dict[str, Object]) -> Object:
    """A containerStatus; what hasn't changed but for its times stays as it was."""
    before = known.get(container["name"], {})
    kept = before.get("state", {})
    same = kept.keys() == state.state.keys() and before.get("restartCount") == state.restarts and "waiting" not in kept
    started = "running" in state.state
    status: Object = {
        "name": container["name"],
        "image": container["image"],
        "imageID": image_id(container["image"]) if "waiting" not in state.state or state.last else "",
        "ready": state.ready,
        "started": started,
        "restartCount": state.restarts,
        "state": kept if same else state.state,
        "lastState": (before.get("lastState") if same else state.last) or {},
    }
    if status["imageID"]:
        identity = f"{uid} {container['name']} {state.restarts}"
        status["containerID"] = f"containerd://{hashlib.sha256(identity.encode()).hexdigest()}"
    return status


def _initial(spec: Object, before: Object, done: bool, now: float) -> Iterator[Object]:
    known = {each["name"]: each for each in before.get("initContainerStatuses") or ()}
    for container in spec["initContainers"]:
        if done and known.get(container["name"], {}).get("imageID"):
            yield known[container["name"]]
            continue
        sidecar = container.get("restartPolicy") == "Always"
        running = {"running": {"startedAt": stamp(now)}} if sidecar else ended("Completed", 0, now)
        yield {
            "name": container["name"],
            "image": container["image"],
            "imageID": image_id(container["image"]) if done else "",
            "ready": done,
            "started": done and sidecar,
            "restartCount": 0,
            "state": running if done else waiting("PodInitializing"),
            "lastState": {},
        }


def _summary(pod: Object, statuses: list[Object], initialized: bool, now: float) -> dict[str, Any]:
    """Phase and conditions."""
    states = [each["state"] for each in statuses]
    if all("terminated" in each for each in states):
        failed = any(each["terminated"]["exitCode"] for each in states)
        phase = "Failed" if failed else "Succeeded"
    else:
        phase = (
            "Running"
            if any("waiting" not in state or shown["lastState"] for state, shown in zip(states, statuses, strict=True))
            else "Pending"
        )
    unready = [each["name"] for each in statuses if not each["ready"]]
    why: tuple[str, ...] = ()
    if phase in ("Succeeded", "Failed"):
        why = ("PodCompleted" if phase == "Succeeded" else "PodFailed",)
    elif unready:
        why = ("ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]")
    gates = [each["conditionType"] for each in pod["spec"].get("readinessGates") or ()]
    shut = [gate for gate in gates if condition(pod, gate).get("status") != "True"]
    gated = (
        ("ReadinessGatesNotReady", f'corresponding condition of pod readiness gate "{shut[0]}" does not exist.')
        if shut
        else ()
    )
    conditions = (pod.get("status") or {}).get("conditions")
    conditions = with_condition(conditions, now, "PodReadyToStartContainers", initialized)
    conditions = with_condition(conditions, now, "Initialized", initialized)
    conditions = with_condition(conditions, now, "Ready", not why and not shut, *(why or gated))
    return {"phase": phase, "conditions": with_condition(conditions, now, "ContainersReady", not why, *why)}
