"""The objects of the mesh in the eyes of others: compiled validators of npm (tools/validators.sh installs them)."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.filter.flux_charts import flux_charts
from ansible_collections.iworkz.platform.plugins.module_utils._kube import canary
from tests.unit.kube.mesh_declared import named, objects, of_kind

VALIDATORS = Path(__file__).resolve().parents[3] / "build" / "validators"
NODE = next(VALIDATORS.glob("node_modules/node-linux-*/bin/node"), None)
CHART = {"name": "istiod", "repository": "https://example.com/charts", "version": "1.30.5", "namespace": "istio-system"}

pytestmark = pytest.mark.skipif(NODE is None, reason="tools/validators.sh has not installed the validators")


def wrong(found: list[dict[str, Any]]) -> list[dict[str, str]]:
    command = [str(NODE), "validate.mjs"]
    done = subprocess.run(
        command, cwd=VALIDATORS, input=json.dumps(found), capture_output=True, text=True, check=True, timeout=120
    )
    told: list[dict[str, str]] = json.loads(done.stdout)
    return told


def test_every_object_is_valid() -> None:
    traced = objects(tracing={"service": "a.b.svc", "port": 4317, "sampling_percentage": 1})
    led = copy.deepcopy(named(traced, "VirtualService", "search"))
    led["spec"] = canary.weighted(led["spec"], "search.discovery.svc.cluster.local", 10)
    assert wrong([*objects(), *traced, led, *flux_charts([CHART], "istio")]) == []


def test_the_validators_see_what_is_wrong() -> None:
    found = copy.deepcopy(objects())
    (peer,) = of_kind(found, "PeerAuthentication")
    peer["spec"]["mtls"]["mode"] = "STRIKT"
    named(found, "VirtualService", "search")["spec"]["http"][0]["retries"]["attempts"] = "two"
    named(found, "DestinationRule", "search")["spec"].pop("host")
    assert sorted(each["object"] for each in wrong(found)) == [
        "DestinationRule discovery/search",
        "PeerAuthentication istio-system/default",
        "VirtualService discovery/search",
    ]
