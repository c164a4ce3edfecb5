"""The server as a process: what it keeps over a restart, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import pytest

from sandbox.kube.__main__ import read
from tests.kube.access import CLUSTER, Served, certify, with_key
from tests.sandbox.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


@contextmanager
def running(data: Path) -> Iterator[tuple[Served, subprocess.Popen[bytes]]]:
    """A server of a data directory, killed at the end."""
    authority, certificate = data / "ca.pem", data / "server.pem"
    port = free_port()
    command = [sys.executable, "-m", "sandbox.kube", "--data", data, "--port", str(port), "--certificate", certificate,
               "--key", certificate, "--settings", data / "settings.json"]  # fmt: skip
    with subprocess.Popen([str(part) for part in command], cwd=ROOT) as process:
        try:
            cluster = Served(f"https://127.0.0.1:{port}", authority, data)
            _wait(cluster, process)
            yield cluster, process
        finally:
            process.kill()


def _wait(cluster: Served, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, "the server ended"
        try:
            assert cluster.ask("GET", "/readyz") == (200, "ok")
        except URLError:
            assert time.monotonic() < until
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def data(tmp_path: Path) -> Path:
    certify(with_key(tmp_path))
    settings = {"name": CLUSTER, "version": "1.34", "zones": ["a", "b"], "account": "123456789012"}
    (tmp_path / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return tmp_path


def test_a_killed_server_loses_nothing_and_its_tokens_stay_good(data: Path) -> None:
    account = "/api/v1/namespaces/talent/serviceaccounts"
    with running(data) as (cluster, _):
        admin = cluster.admin
        for path, name in (("/api/v1/namespaces", "talent"), (account, "ci")):
            assert cluster.ask("POST", path, admin, {"metadata": {"name": name}})[0] == 201
        token = cluster.ask("POST", f"{account}/ci/token", admin, {"spec": {}})[1]["status"]["token"]
        before = cluster.ask("GET", f"{account}/ci", admin)
    with running(data) as (cluster, _):
        assert cluster.admin == admin
        assert cluster.ask("GET", f"{account}/ci", admin) == before
        assert cluster.ask("GET", "/api", token)[0] == 200


def test_a_server_ends_soon_though_somebody_watches(data: Path) -> None:
    with running(data) as (cluster, process):
        watching = subprocess.Popen(
            ["kubectl", "--server", cluster.url, "--certificate-authority", str(cluster.authority), "--token",
             cluster.admin, "get", "namespaces", "--watch"],
            stdout=subprocess.PIPE,
            env={"HOME": str(data), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        try:
            assert watching.stdout
            assert watching.stdout.readline().startswith(b"NAME")
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) in (0, -signal.SIGTERM)
        finally:
            watching.kill()
            watching.communicate()


def test_settings_the_emulator_has_no_field_for_are_kept(data: Path) -> None:
    settings = read(data / "settings.json")
    assert (settings.name, settings.zones, settings.extra) == (CLUSTER, ("a", "b"), {"account": "123456789012"})
