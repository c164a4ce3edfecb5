"""Sandboxes for the tests: one shared server process per session, and an application inside the test process."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from sandbox.aws.app import Application
from sandbox.aws.calllog import CallLog
from sandbox.aws.extensions import Handler, _handlers, handler_of
from sandbox.aws.http import Server
from sandbox.aws.store import Store
from tests.sandbox.support import Clock

ROOT = Path(__file__).resolve().parents[2]
REGION = "ap-northeast-1"
ACCOUNT = "123456789012"
ACCESS_KEY = "AKIASANDBOXTESTS0001"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Sandbox:
    """Access to a running sandbox."""

    port: int
    state: Path

    def client(self, service: str, access_key: str = ACCESS_KEY, region: str = REGION, **config: Any) -> Any:
        config.setdefault("retries", {"total_max_attempts": 1})
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=access_key,
            aws_secret_access_key="secret",
            config=Config(inject_host_prefix=False, **config),
        )

    def control(self, method: str, path: str, document: Any = None) -> Any:
        status, answer = self.request(method, path, document)
        assert status == 200, answer
        return answer

    def request(self, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/_sandbox/{path}", body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sandbox", *arguments, "--state", str(self.state), "--port", str(self.port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that is up, shared by the session: use names of your own in it."""
    shared = Sandbox(free_port(), tmp_path_factory.mktemp("sandbox") / "state")
    result = shared.command("up", "--no-planes")
    assert result.returncode == 0, result.stderr
    yield shared
    shared.command("down")


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox that is not up yet."""
    own = Sandbox(free_port(), tmp_path / "state")
    yield own
    own.command("down")


@dataclass(frozen=True)
class LocalSandbox(Sandbox):
    application: Application


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSandbox]:
    """A server inside the test process, for extensions that a test registers."""
    directory = tmp_path_factory.mktemp("local") / "aws"
    directory.mkdir()
    application = Application(Store(directory, {"default": 0.2}), CallLog(directory), kept=False)
    server = Server(0, application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield LocalSandbox(server.server_port, directory.parent, application)
    server.shutdown()
    server.server_close()


@pytest.fixture
def clock(local, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What the transitions of an empty account go by: no state ends before the test has looked at it."""
    local.control("POST", "reset")
    clock, sleep = Clock(), time.sleep

    def sleep_here(seconds: float) -> None:
        """The test and its waiters sleep by the clock, the servers' threads go on in real time."""
        (clock.sleep if threading.current_thread() is threading.main_thread() else sleep)(seconds)

    monkeypatch.setattr(local.application.store.transitions, "_clock", clock)
    monkeypatch.setattr(time, "sleep", sleep_here)
    return clock


@pytest.fixture
def extend(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, Handler], None]:
    """Make a function the handler of an operation for the time of a test."""

    def register(service: str, operation: str, handler: Handler) -> None:
        handler_of(service, operation)
        monkeypatch.setitem(_handlers, (service, operation), handler)

    return register
