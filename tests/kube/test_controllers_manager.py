"""What runs the controllers: faults of one, restarts, the event loop, the load they are."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.kube.api import Api
from sandbox.kube.controllers import Timing, manage
from sandbox.kube.controllers.endpoints import Endpoints
from sandbox.kube.resources import Registry
from sandbox.kube.store import Store
from tests.kube.simulation import ZONES, Simulation, deployment, node, template


def test_a_fault_of_one_controller_is_logged_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cluster = Simulation()
    broken = True
    reconcile = Endpoints.reconcile

    def fail(self: Endpoints, key: Any) -> float | None:
        if broken:
            raise RuntimeError("on purpose")
        return reconcile(self, key)

    monkeypatch.setattr(Endpoints, "reconcile", fail)
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "app"}, "spec": {"selector": {"app": "app"}}}
    service["spec"]["ports"] = [{"port": 80}]  # type: ignore[index]
    with caplog.at_level(logging.ERROR):
        cluster.create(service)
        cluster.create(deployment())
        cluster.run()
    assert "Endpoints failed at services/team/app" in caplog.text
    assert cluster.get("deployments.apps", "app")["status"]["availableReplicas"] == 3
    broken = False
    cluster.run()
    assert cluster.get("endpoints", "app")["subsets"]


def test_a_rollout_goes_on_after_a_restart(tmp_path: Path) -> None:
    cluster = Simulation(store=Store(tmp_path / "objects"))
    cluster.create(deployment(replicas=4))
    cluster.run()
    made = template(annotations={"next": "one"})
    cluster.patch("deployments.apps", "app", {"spec": {"template": made}})
    cluster.run(0.15)
    assert cluster.get("deployments.apps", "app")["status"].get("updatedReplicas", 0) < 4
    cluster.store.close()

    again = Store(tmp_path / "objects")
    api = Api(again, Registry(), lambda: cluster.time)
    cluster.store, cluster.api, cluster.manager = again, api, manage(api, Timing())
    cluster.run()
    assert cluster.get("deployments.apps", "app")["status"]["updatedReplicas"] == 4
    assert len(cluster.pods()) == 4
    assert len({pod["status"]["podIP"] for pod in cluster.pods()}) == 4


def test_it_runs_beside_a_server() -> None:
    async def play() -> int:
        api = Api(Store(), Registry())
        manager = manage(api, Timing())
        running = asyncio.create_task(manager.run())
        await asyncio.sleep(0.05)
        made = node("node-0", ZONES[0])
        manager.world.set_status("nodes", api.create("nodes", None, made), made["status"])
        api.create("deployments.apps", "default", deployment())
        for _ in range(200):
            await asyncio.sleep(0.05)
            found = api.get("deployments.apps", "default", "app").get("status", {}).get("availableReplicas", 0)
            if found == 3:
                break
        running.cancel()
        manager.close()
        return int(found)

    assert asyncio.run(play()) == 3


def test_two_hundred_deployments_settle_in_seconds() -> None:
    cluster = Simulation(nodes=30, cpu="15890m")
    for number in range(200):
        cluster.create(deployment(f"app-{number}"))
    begun = time.process_time()
    cluster.run()
    assert time.process_time() - begun < 20, "CPU seconds; 4 on a quiet machine"
    found = cluster.store.list("deployments.apps", "team")
    assert sum(each["status"]["availableReplicas"] for each in found) == 600
