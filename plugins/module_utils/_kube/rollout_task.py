# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module ``kube_rollout`` does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._kube.cluster_api import api_of
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_run import Limits, Outcome, Rollouts
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

SPEC: dict[str, Any] = {
    "cluster": {"type": "str", "required": True},
    "deployments": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "namespace": {"type": "str", "required": True},
            "name": {"type": "str", "required": True},
        },
    },
    "rollback": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 900},
    "grace": {"type": "int", "default": 30},
    "interval": {"type": "float", "default": 2.0},
    "field_manager": {"type": "str", "default": "iworkz.platform"},
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The task's result. Raises ReconcileError when the cluster is not there or its API stays away."""
    began = time.monotonic()
    names = list(dict.fromkeys(Name(one["namespace"], one["name"]) for one in params["deployments"]))
    clients = Clients(params)
    limits = Limits(params["timeout"], params["grace"], params["interval"])
    rollouts = Rollouts(api_of(clients, params["cluster"]), limits, params["field_manager"], params["rollback"])
    try:
        outcomes = rollouts.preview(names) if check_mode else rollouts.follow(names)
    except KubernetesError as error:
        raise ReconcileError(str(error)) from error
    answer = {
        "changed": any(outcome.restored for outcome in outcomes),
        "deployments": [outcome.result() for outcome in outcomes],
        "elapsed": round(time.monotonic() - began, 1),
        "api_calls": dict(sorted(clients.calls.items())),
    }
    return answer if check_mode else {**answer, **_failure(outcomes)}


def _failure(outcomes: list[Outcome]) -> dict[str, Any]:
    failed = [outcome for outcome in outcomes if outcome.standing.state != "complete"]
    if not failed:
        return {}
    told = [f"{len(failed)} of {len(outcomes)} rollouts failed.", *(f"- {outcome.told()}" for outcome in failed)]
    return {"failed": True, "msg": "\n".join(told)}
