"""The daemon and the commands: planes across restarts, single servers, what is missing, sandboxes side by side."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.planes import requirements
from sandbox.planes.accounts import Account
from sandbox.planes.addresses import Addresses
from sandbox.planes.ca import Authority
from sandbox.planes.client import PlaneBusy, PlaneError, Planes, PlaneUnknown
from sandbox.planes.engine import Plane
from sandbox.planes.registry import Registry
from sandbox.settings import SandboxError, Settings
from tests.planes.conftest import PlanesSandbox, discard, make_sandbox, wait_for
from tests.sandbox.conftest import ROOT

KIND, KEY = "rabbitmq", "ap-northeast-1/core"
SPEC = {"zone": "ap-northeast-1a", "users": [{"username": "core", "password": "core-password"}]}


@pytest.fixture
def plane(planes_sandbox: PlanesSandbox) -> Iterator[str]:
    """The name of the server of a plane that is available."""
    planes_sandbox.planes.create(KIND, KEY, SPEC)
    yield available(planes_sandbox)
    planes_sandbox.planes.delete(KIND, KEY)
    wait_for(lambda: planes_sandbox.planes.describe(KIND, KEY) is None)


def available(sandbox: PlanesSandbox) -> str:
    def described() -> str | None:
        plane = sandbox.planes.describe(KIND, KEY)
        assert plane is not None
        assert plane["state"] != "failed", plane["error"]
        return plane["nodes"][0]["name"] if plane["state"] == "available" else None

    return str(wait_for(described))


def test_status_lists_every_server_and_a_single_one_can_be_stopped(planes_sandbox, plane):
    running = planes_sandbox.programs()[plane]
    assert (running["state"], running["ready"]) == ("RUNNING", True)
    assert "Server startup complete" in planes_sandbox.command("logs", plane, "--lines", "500").stdout
    assert planes_sandbox.command("stop", plane).stdout == f"{plane} is stopped\n"
    status = planes_sandbox.command("status")
    assert status.returncode == 3
    assert f"{plane}" in status.stdout
    assert planes_sandbox.programs()[plane]["state"] == "STOPPED"
    assert planes_sandbox.planes.describe(KIND, KEY)["nodes"][0]["running"] is False
    assert planes_sandbox.command("start", plane).returncode == 0
    wait_for(lambda: planes_sandbox.programs()[plane]["ready"])
    unknown = planes_sandbox.command("stop", "nothing")
    assert unknown.returncode == 1
    assert "there is no program nothing; there are: aws, " in unknown.stderr
    assert plane in planes_sandbox.command("logs", "nothing").stderr


def test_a_killed_daemon_takes_its_servers_over(planes_sandbox, plane):
    servers = {name: program["pid"] for name, program in planes_sandbox.programs().items() if name != "planes"}
    daemon = planes_sandbox.planes.health()["pid"]
    before = planes_sandbox.planes.describe(KIND, KEY)
    os.kill(daemon, signal.SIGKILL)
    wait_for(lambda: health_or_none(planes_sandbox.planes) not in (None, daemon))
    available(planes_sandbox)
    assert planes_sandbox.planes.describe(KIND, KEY) == before
    assert {n: p["pid"] for n, p in planes_sandbox.programs().items() if n != "planes"} == servers


def health_or_none(planes: Planes) -> int | None:
    try:
        return int(planes.health()["pid"])
    except PlaneError:
        return None


def test_a_killed_emulator_keeps_the_planes(planes_sandbox, plane):
    health = planes_sandbox.control("GET", "health")
    os.kill(health["pid"], signal.SIGKILL)
    wait_for(lambda: planes_sandbox.programs()["aws"]["ready"])
    assert planes_sandbox.control("GET", "health")["pid"] != health["pid"]
    assert planes_sandbox.planes.describe(KIND, KEY)["state"] == "available"


def test_requests_that_can_not_be_done(planes_sandbox, plane):
    planes = planes_sandbox.planes
    with pytest.raises(PlaneBusy, match=f"there is a rabbitmq {KEY}"):
        planes.create(KIND, KEY, SPEC)
    with pytest.raises(PlaneUnknown, match="there is no rabbitmq r/other"):
        planes.act(KIND, "r/other", "reboot")
    with pytest.raises(PlaneError, match="KeyError"):
        planes.act(KIND, KEY, "somersault")
    assert planes.describe(KIND, KEY)["state"] == "available"
    planes.act(KIND, KEY, "reboot")
    with pytest.raises(PlaneBusy, match="is modifying"):
        planes.act(KIND, KEY, "reboot")
    assert not planes.settled(KIND, KEY)
    available(planes_sandbox)
    assert planes.settled(KIND, KEY)
    assert planes.settled(KIND, "r/other"), "there is nothing to wait for"
    assert not Planes(Path("/nonexistent")).settled(KIND, KEY)


def test_a_sandbox_of_its_own_from_cold_to_reset(planes_sandbox):
    """Beside the shared one: down and up, killed supervisor, reset. Nothing may be left running."""
    own = make_sandbox()
    try:
        own.up()
        own.planes.create(KIND, KEY, SPEC)
        server = available(own)
        assert own.planes.describe(KIND, KEY)["endpoints"]["amqp"]["address"].startswith(
            f"127.{own.port // 256}.{own.port % 256}."
        )
        refused = own.command("up", "--no-planes")
        assert "runs with data planes" in refused.stderr
        assert own.command("down").stdout == "sandbox is down\n"
        assert working_in(own.state) == []

        own.up()
        assert own.planes.describe(KIND, KEY)["state"] == "available"
        os.kill(int((own.state / "supervisord.pid").read_text()), signal.SIGKILL)
        own.up()
        assert available(own) == server
        os.kill(int((own.state / "supervisord.pid").read_text()), signal.SIGKILL)
        assert own.command("down").stdout == "sandbox is down\n"
        assert working_in(own.state) == []

        own.up()
        assert own.command("reset").stdout == "sandbox is empty\n"
        assert own.planes.describe(KIND, KEY) is None
    finally:
        discard(own)
    assert working_in(own.state) == []
    assert planes_sandbox.planes.health()["settled"]


def working_in(state: Path) -> list[str]:
    """Command lines of processes that have to do with a sandbox."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                concerned = str(state) in command or (entry / "cwd").readlink().is_relative_to(state)
            except OSError:
                continue
            if concerned:
                found.append(command)
    return found


def test_missing_packages_are_named_with_the_command(tmp_path, monkeypatch):
    listing = tmp_path / "packages.txt"
    listing.write_text(requirements.PACKAGES.read_text() + "no-such-package /no/such/file\n")
    monkeypatch.setattr(requirements, "PACKAGES", listing)
    with pytest.raises(SandboxError, match=r"missing: no-such-package\n.*make sandbox-packages\n.*--no-planes"):
        requirements.check(Settings(tmp_path, 4566))


def test_make_installs_the_packages_that_are_checked():
    said = subprocess.run(
        ["make", "--dry-run", "sandbox-packages"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert said.split('"')[2].split() == sorted(requirements.packages())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another account")
def test_a_directory_the_servers_can_not_enter_is_named(tmp_path):
    closed = tmp_path / "closed"
    (closed / "state").mkdir(parents=True)
    tmp_path.chmod(0o755)
    closed.chmod(0o700)
    with pytest.raises(SandboxError, match="account postgres, which can't enter /"):
        Account.of_servers().check_can_enter(closed / "state")


def test_addresses_are_kept_and_not_handed_on_at_once(tmp_path):
    registry = Registry(tmp_path / "state.json")
    addresses = Addresses(4610, registry)
    first = addresses.allot("a", "node", endpoint=False)
    assert first == "127.18.2.100"
    assert addresses.allot("a", "endpoint", endpoint=True) == "127.18.2.10"
    assert Addresses(4610, Registry(tmp_path / "state.json")).allot("a", "node", endpoint=False) == first
    assert sorted(addresses.release("a")) == ["127.18.2.10", first]
    assert addresses.allot("b", "node", endpoint=False) == "127.18.2.101"
    for number in range(150):
        addresses.allot("c", str(number), endpoint=False)
    with pytest.raises(RuntimeError, match="no loopback address is left for c more"):
        addresses.allot("c", "more", endpoint=False)


def test_planes_are_remembered_as_they_were_kept(tmp_path):
    registry = Registry(tmp_path / "state.json")
    plane = Plane("postgres", "r/one", data={"list": [1]})
    registry.keep(plane)
    plane.data["list"].append(2)
    kept = Registry(tmp_path / "state.json").plane("postgres", "r/one")
    assert kept is not None
    assert kept.data == {"list": [1]}
    registry.keep(plane)
    successor = Plane("postgres", "r/one")
    registry.keep(successor)
    registry.drop(plane)
    assert registry.plane("postgres", "r/one") is successor
    registry.drop(successor)
    assert Registry(tmp_path / "state.json").planes() == []


def test_certificates_are_kept_while_their_addresses_are(tmp_path):
    account = Account("nobody-else", os.getuid(), os.getgid(), "/", other=False)
    authority = Authority(tmp_path, account)
    certificate, key = authority.certificate("one", ["127.9.9.9"])
    before = certificate.read_bytes()
    again = Authority(tmp_path, account)
    assert again.path.read_bytes() == authority.path.read_bytes()
    assert again.certificate("one", ["127.9.9.9"])[0].read_bytes() == before
    assert again.certificate("one", ["127.9.9.9", "127.9.9.8"])[0].read_bytes() != before
    assert key.stat().st_mode & 0o777 == 0o600
    verify = ("openssl", "verify", "-x509_strict", "-verify_ip", "127.9.9.8", "-CAfile")
    command = [*verify, str(authority.path), str(certificate)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stderr


def test_the_environment_can_do_without_planes(tmp_path):
    from sandbox.__main__ import _parser

    for value, planes in (("0", False), ("1", True), ("", None)):
        found = subprocess.run(
            [sys.executable, "-c", "from sandbox.__main__ import _parser; print(_parser().parse_args(['up']).planes)"],
            cwd=ROOT, env={**os.environ, "IWORKZ_SANDBOX_PLANES": value}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert found.stdout == f"{planes}\n"
    assert _parser().parse_args(["up", "--no-planes"]).planes is False
    settings = Settings(tmp_path, 4999, planes=False)
    settings.record()
    assert Settings.of(str(tmp_path), None).planes is False
    assert Settings.of(str(tmp_path), None, planes=True).planes is True
