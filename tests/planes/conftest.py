"""A sandbox with its data planes, shared by the session: real servers, so use names of your own in it.

IWORKZ_PLANES_PORT and IWORKZ_PLANES_STATE make the tests use a sandbox of that port and state directory, and leave it
running: quicker while one writes an engine.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from sandbox.planes.client import Planes
from sandbox.settings import Settings
from tests.sandbox.conftest import Sandbox, free_port


@dataclass(frozen=True)
class PlanesSandbox(Sandbox):
    """`client(service, region=..)` gives boto3 clients, `planes` talks to the daemon, `command` runs the CLI."""

    @cached_property
    def settings(self) -> Settings:
        return Settings(self.state, self.port)

    @property
    def planes(self) -> Planes:
        return Planes(self.settings.planes_socket)

    @property
    def ca(self) -> str:
        """The PEM file of the sandbox's certificate authority."""
        return str(self.settings.planes_directory / "ca.pem")

    @property
    def connection(self) -> dict[str, Any]:
        """The connection options as a module gets them."""
        return {
            "region": "ap-northeast-1",
            "endpoint_url": f"http://127.0.0.1:{self.port}",
            "access_key": "AKIAPLANESTESTS",
            "secret_key": "the-emulator-takes-any-key",
        }

    def up(self) -> None:
        result = self.command("up", "--planes")
        assert result.returncode == 0, result.stdout + result.stderr

    def programs(self) -> dict[str, Any]:
        """{name: {"state", "ready", "pid"}} as `status` says."""
        import json

        return dict(json.loads(self.command("status", "--json").stdout)["programs"])


def wait_for(condition: Callable[[], Any], seconds: float = 60.0, what: str = "it") -> Any:
    """The condition's value once it is true."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.05)
    return value


def make_sandbox() -> PlanesSandbox:
    """One that is not up; its directory can be entered by the servers' account, as pytest's own can't be by root's."""
    directory = Path(tempfile.mkdtemp(prefix="iworkz-planes-"))
    directory.chmod(0o755)
    return PlanesSandbox(free_port(), directory / "state")


def discard(sandbox: PlanesSandbox) -> None:
    result = sandbox.command("down")
    shutil.rmtree(sandbox.state.parent)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="session")
def planes_sandbox() -> Iterator[PlanesSandbox]:
    given = os.environ.get("IWORKZ_PLANES_PORT")
    if given:
        yield PlanesSandbox(int(given), Path(os.environ["IWORKZ_PLANES_STATE"]).resolve())
        return
    shared = make_sandbox()
    shared.up()
    yield shared
    discard(shared)


@pytest.fixture(scope="module")
def own_sandbox() -> Iterator[PlanesSandbox]:
    """One for the tests of a module alone."""
    own = make_sandbox()
    try:
        own.up()
        yield own
    finally:
        discard(own)
