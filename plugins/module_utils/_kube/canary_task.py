# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module ``kube_canary`` does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._kube import canary, rollout
from ansible_collections.iworkz.platform.plugins.module_utils._kube.canary_report import Course, Report
from ansible_collections.iworkz.platform.plugins.module_utils._kube.canary_run import Canary
from ansible_collections.iworkz.platform.plugins.module_utils._kube.cluster_api import api_of
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_run import Limits
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

SPEC: dict[str, Any] = {
    "cluster": {"type": "str", "required": True},
    "deployment": {"type": "dict", "required": True},
    "state": {"type": "str", "choices": ["promoted", "withdrawn"], "default": "promoted"},
    "weights": {"type": "list", "elements": "int", "default": list(canary.WEIGHTS)},
    "pause": {"type": "int", "default": canary.PAUSE},
    "timeout": {"type": "int", "default": 900},
    "grace": {"type": "int", "default": 30},
    "interval": {"type": "float", "default": 2.0},
    "field_manager": {"type": "str", "default": "iworkz.platform"},
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The task's result. Raises ReconcileError for a canary that cannot be, and when the cluster or its API is away."""
    began = time.monotonic()
    _validate(params)
    clients = Clients(params)
    limits = Limits(params["timeout"], params["grace"], params["interval"])
    course = Course(params["weights"], params["pause"], limits)
    led = Canary(api_of(clients, params["cluster"]), params["deployment"], course, params["field_manager"])
    try:
        if params["state"] == "withdrawn":
            report = led.withdraw(check_mode)
        else:
            report = led.preview() if check_mode else led.lead()
    except KubernetesError as error:
        advice = (
            "A canary that is there stays: run this again to go on with it, or with state withdrawn to take it back"
        )
        raise ReconcileError(f"{error}. {advice}") from error
    return {
        **_result(report),
        "elapsed": round(time.monotonic() - began, 1),
        "api_calls": dict(sorted(clients.calls.items())),
    }


def _validate(params: Mapping[str, Any]) -> None:
    definition = params["deployment"]
    try:
        labels = [definition["spec"]["selector"]["matchLabels"], definition["spec"]["template"]["metadata"]["labels"]]
        complete = definition["kind"] == "Deployment" and bool(rollout.Name.of(definition))
        digest = rollout.digest(definition["spec"]["template"])
    except (KeyError, StopIteration) as error:
        raise ReconcileError(f"Nothing was changed. The definition of a Deployment lacks {error}") from error
    found = [] if params["state"] == "withdrawn" else canary.problems(digest, params["weights"], params["pause"])
    if not complete or any(one.get(canary.TRACK) != canary.STABLE for one in labels):
        found.append(f"It must be a Deployment that selects its pods by {canary.TRACK}: {canary.STABLE}.")
    if found:
        raise ReconcileError(f"Nothing was changed. {' '.join(found)}")


def _result(report: Report) -> dict[str, Any]:
    return {
        "changed": report.changed,
        "namespace": report.name.namespace,
        "name": report.name.name,
        "digest": report.digest,
        "former": report.former,
        "found": report.found,
        "steps": [step.result() for step in report.steps],
        "diff": report.diff,
        **({"failed": True, "msg": report.failure} if report.failure else {}),
    }
