"""State survives a kill; nothing is kept that wasn't acknowledged twice over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import urllib.request
from pathlib import Path

from sandbox.kube.api import Api
from sandbox.kube.resources import Registry
from sandbox.kube.store import Store
from tests.kube.test_core_crds import definition, widget
from tests.kube.test_core_objects import config_map

ROOT = Path(__file__).parents[2]
SERVER = """
    import socket, sys, uvicorn
    from pathlib import Path
    from sandbox.kube.access.users import Decision, User
    from sandbox.kube.api import Api
    from sandbox.kube.http import app
    from sandbox.kube.resources import Registry
    from sandbox.kube.store import Store
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    application = app(Api(Store(Path(sys.argv[1])), Registry()), lambda request: User("me"), lambda *_: Decision(True))
    uvicorn.Server(uvicorn.Config(application, log_level="warning")).run(sockets=[listening])
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "objects.sqlite"
    command = [sys.executable, "-c", textwrap.dedent(SERVER), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as server:
        assert server.stdout
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/api/v1/namespaces/default/configmaps"
        versions = []
        try:
            for number in range(50):
                body = json.dumps(config_map(f"m{number}")).encode()
                request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
                with urllib.request.urlopen(request, timeout=30) as answer:
                    versions.append(int(json.load(answer)["metadata"]["resourceVersion"]))
        finally:
            os.kill(server.pid, signal.SIGKILL)
    store = Store(path)
    assert len(store.list("configmaps", "default")) == 50
    assert store.version == max(versions)
    api = Api(store, Registry())
    made = api.create("configmaps", "default", config_map("after"))
    assert int(made["metadata"]["resourceVersion"]) == max(versions) + 1
    store.close()


def test_definitions_serve_again_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "objects.sqlite")
    api = Api(store, Registry())
    api.create("customresourcedefinitions.apiextensions.k8s.io", None, definition("kept.example.com"))
    api.create("widgets.kept.example.com", "default", widget("kept.example.com"))
    store.close()
    store = Store(tmp_path / "objects.sqlite")
    again = Api(store, Registry())
    assert again.get("widgets.kept.example.com", "default", "one")["spec"]["size"] == 3
    assert store.oldest == store.version
    store.close()
