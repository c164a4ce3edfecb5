# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What objects lack until they are ready, by what they say of themselves, and waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ansible_collections.iworkz.platform.plugins.module_utils._kube.apply import label_of
from ansible_collections.iworkz.platform.plugins.module_utils._kube.flux import condition, is_true
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import stand
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import FIRST_PAUSE, LONGEST_PAUSE, Clock

Object = Mapping[str, Any]


class Source(Protocol):
    """What objects are read again from: ``rollout_api.Api``."""

    def get(self, path: str) -> dict[str, Any] | None: ...


def await_ready(
    source: Source,
    answers: Mapping[str, Object],
    seconds: float,
    clock: Clock = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, str]:
    """What objects still lack after so many seconds, as ``Kind namespace/name``; the others are ready, or of kinds
    that tell nothing of it. Raises KubernetesError.

    :param answers: the objects as they were last seen, by path. Only those that lack something are read again.
    """
    lacking = {path: told for path, thing in answers.items() if (told := lack(thing))}
    until, pause = clock() + seconds, FIRST_PAUSE
    while lacking and (left := until - clock()) > 0:
        sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE)
        lacking = {path: told for path in lacking if (told := lack(source.get(path)))}
    return {label_of(answers[path]): told for path, told in lacking.items()}


def lack(thing: Object | None) -> str:
    """Why an object is not ready, empty for one that is, or of whose kind nothing is known."""
    if thing is None:
        return "it is not there any more"
    judge = _JUDGES.get((thing["apiVersion"], thing["kind"]))
    return judge(thing) if judge else ""


def _definition(thing: Object) -> str:
    if is_true(thing, "Established"):
        return ""
    told = (condition(thing, "Established") or {}).get("message")
    return f"not established: {told}" if told else "not established"


def _deployment(thing: Object) -> str:
    standing = stand(thing)
    return "" if standing.state == "complete" else standing.message or standing.reason


def _stateful_set(thing: Object) -> str:
    """As ``kubectl rollout status`` judges it: pods below the partition may be old."""
    wanted = thing["spec"].get("replicas", 1)
    partition = (_strategy(thing).get("rollingUpdate") or {}).get("partition", 0)
    return _of_pods(thing, wanted, "availableReplicas", wanted - partition, "updatedReplicas")


def _daemon_set(thing: Object) -> str:
    wanted = thing.get("status", {}).get("desiredNumberScheduled", 0)
    return _of_pods(thing, wanted, "numberAvailable", wanted, "updatedNumberScheduled")


def _of_pods(thing: Object, wanted: int, available: str, to_update: int, updated: str) -> str:
    """By two counts of the status, which are left out while they are 0."""
    status = thing.get("status", {})
    if status.get("observedGeneration", 0) < thing["metadata"]["generation"]:
        return "the controller has not seen the change yet"
    # Pods of the other strategy stay old until somebody deletes them.
    if (new := status.get(updated, 0)) < to_update and _strategy(thing).get("type") != "OnDelete":
        return f"{new} of {to_update} pods are new"
    there = status.get(available, 0)
    return f"{there} of {wanted} pods are available" if there < wanted else ""


def _strategy(thing: Object) -> Object:
    return thing["spec"].get("updateStrategy") or {}


_JUDGES: dict[tuple[str, str], Callable[[Object], str]] = {
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): _definition,
    ("apps/v1", "Deployment"): _deployment,
    ("apps/v1", "StatefulSet"): _stateful_set,
    ("apps/v1", "DaemonSet"): _daemon_set,
}
