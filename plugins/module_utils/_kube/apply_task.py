# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module ``kube_apply`` does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._kube.apply import apply
from ansible_collections.iworkz.platform.plugins.module_utils._kube.cluster_api import api_of
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.readiness import await_ready
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import YamlError, parse_documents

SPEC: dict[str, Any] = {
    "cluster": {"type": "str", "required": True},
    "definitions": {"type": "list", "elements": "dict", "default": []},
    "manifest": {"type": "str", "default": ""},
    "field_manager": {"type": "str", "default": "iworkz.platform"},
    "wait": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 120},
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The task's result. Raises ReconcileError when the cluster is not there or its API stays away."""
    began = time.monotonic()
    clients = Clients(params)
    try:
        definitions = [*params["definitions"], *parse_documents(params["manifest"])]
    except YamlError as error:
        raise ReconcileError(f"the manifest is no YAML: {error}") from error
    incomplete = [one for one in definitions if not _complete(one)]
    if incomplete:
        raise ReconcileError(f"definitions need apiVersion, kind and metadata.name: {incomplete[0]}")
    unready: dict[str, str] = {}
    try:
        api = api_of(clients, params["cluster"])
        applied = apply(api, definitions, params["field_manager"], check_mode)
        if params["wait"] and not check_mode and not applied.failed:
            unready = await_ready(api, applied.answers, params["wait_timeout"])
    except KubernetesError as error:
        raise ReconcileError(str(error)) from error
    answer = {
        "changed": bool(applied.created or applied.updated),
        "created": applied.created,
        "updated": applied.updated,
        "unchanged": applied.unchanged,
        "failed_objects": applied.failed,
        "unready": unready,
        "diff": applied.diff,
        "elapsed": round(time.monotonic() - began, 1),
        "api_calls": dict(sorted(clients.calls.items())),
    }
    if faults := applied.failed or unready:
        after = f"not ready after {params['wait_timeout']} s: " if unready else ""
        answer |= {"failed": True, "msg": after + "; ".join(f"{label}: {told}" for label, told in faults.items())}
    return answer


def _complete(definition: Any) -> bool:
    if not isinstance(definition, Mapping):
        return False
    metadata = definition.get("metadata") or {}
    return bool(definition.get("apiVersion") and definition.get("kind") and metadata.get("name"))
