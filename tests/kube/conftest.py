"""A cluster to test against: the emulator, in a thread of this process, or a real one (docs/kubernetes_emulator.md)."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml
from kubernetes import client, config
from kubernetes.dynamic import DynamicClient

from sandbox.kube.access.users import Attributes, Decision, User
from sandbox.kube.api import Api
from sandbox.kube.controllers import manage
from sandbox.kube.http import app
from sandbox.kube.resources import Registry
from sandbox.kube.store import Store

REAL = os.environ.get("IWORKZ_KUBE_REAL") == "1"


def allow(user: User, attributes: Attributes) -> Decision:
    """Everybody may do everything: these tests are about the API; tests of access have gates of their own."""
    return Decision(True)


class Server:
    """The emulator on a free port of 127.0.0.1, without its controllers unless asked for."""

    def __init__(self, path: Path | None = None, controllers: bool = False, port: int = 0) -> None:
        self._path, self._controllers = path, controllers
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(port)))
        self._thread.start()
        assert self._started.wait(30)

    async def _run(self, port: int) -> None:
        store = Store(self._path)
        self.api = Api(store, Registry())
        application = app(self.api, lambda request: User("tester", groups=("system:masters",)), allow)
        settings = uvicorn.Config(
            application, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(settings)
        tasks = [asyncio.create_task(self.server.serve())]
        if self._controllers:
            tasks.append(asyncio.create_task(manage(self.api).run()))
        while not self.server.started:
            await asyncio.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self._started.set()
        await tasks[0]
        for task in tasks[1:]:
            task.cancel()
        store.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()


@dataclass
class Cluster:
    """How to reach a cluster; `server` is None for a real one."""

    kubeconfig: Path
    server: Server | None
    cache: Path
    client: client.ApiClient = field(init=False)
    dynamic: DynamicClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = config.new_client_from_config(str(self.kubeconfig))
        self.discover()

    def discover(self) -> None:
        """(Again) which resources there are."""
        self.cache.unlink(missing_ok=True)
        self.dynamic = DynamicClient(self.client, cache_file=str(self.cache))

    def of(self, api_version: str, kind: str) -> Any:
        return self.dynamic.resources.get(api_version=api_version, kind=kind)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
        """A request as it is: (status, body as JSON or text, headers)."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        given = {"Accept": "application/json", "Content-Type": "application/json", **named}
        request = self.client.param_serialize(
            method, path, header_params=given, body=body, auth_settings=["BearerToken"]
        )
        answer = self.client.call_api(*request)
        raw = answer.read()
        return answer.status, json.loads(raw) if raw[:1] == b"{" else raw.decode(), answer.headers

    def send(self, method: str, path: str, raw: bytes, **headers: str) -> tuple[int, Any, Any]:
        """The same, with a body of any kind."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        _, url, given, *_ = self.client.param_serialize(
            method, path, header_params=named, auth_settings=["BearerToken"]
        )
        answer = self.client.rest_client.pool_manager.request(method, url, body=raw, headers=given)
        return answer.status, json.loads(answer.data), answer.headers

    def watched(self, path: str) -> list[dict[str, Any]]:
        """The events of a watch that ends."""
        request = self.client.param_serialize("GET", path, header_params={}, auth_settings=["BearerToken"])
        return [json.loads(line) for line in self.client.call_api(*request).read().splitlines()]


def kubeconfig(path: Path, url: str) -> Path:
    named = {"clusters": [{"name": "test", "cluster": {"server": url}}], "users": [{"name": "test", "user": {}}]}
    context = {"name": "test", "context": {"cluster": "test", "user": "test", "namespace": "default"}}
    body = {"apiVersion": "v1", "kind": "Config", **named, "contexts": [context], "current-context": "test"}
    path.write_text(yaml.safe_dump(body))
    return path


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    if REAL:
        yield Cluster(Path(os.environ["KUBECONFIG"]), None, folder / "discovery.json")
        return
    server = Server(controllers=True)
    try:
        yield Cluster(kubeconfig(folder / "config", server.url), server, folder / "discovery.json")
    finally:
        server.stop()


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    spaces = cluster.of("v1", "Namespace")
    name = spaces.create(body={"metadata": {"generateName": "test-"}}).metadata.name
    yield name
    spaces.delete(name=name)
