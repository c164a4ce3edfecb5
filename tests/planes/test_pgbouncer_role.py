"""The role pgbouncer and check 1.1.1.3 with a real pooler in front of a real server."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._checks import pgbouncer
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Judgement, Platform, World, run
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres
from ansible_collections.iworkz.platform.plugins.module_utils._stores.pgbouncer import Admin
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.databases import REGION, Database, discard, make
from tests.sandbox.conftest import ROOT

PLAY = """
- hosts: platform
  connection: local
  gather_facts: false
  tasks:
    - import_role: {name: iworkz.platform.pgbouncer, tasks_from: preflight}
    - import_role: {name: iworkz.platform.pgbouncer, tasks_from: apply}
"""
SERVICES = [
    {"name": "identity", "dependencies": {"stores": ["postgres"]}},
    {"name": "search", "dependencies": {"stores": ["redis"]}},
]
ENVIRONMENT = "pooled"
TAGS = {"Platform": "iworkz", "Environment": ENVIRONMENT}
PREFIX = f"iworkz-{ENVIRONMENT}/postgres"
DECLARED: dict[str, Any] = {
    "secrets": [{"name": f"{PREFIX}/pgbouncer-{who}", "username": f"pgbouncer_{who}"} for who in ("admin", "stats")],
    "roles": [
        {"name": "identity", "login": True, "secret": f"{PREFIX}/identity"},
        {"name": "canary", "login": True, "secret": f"{PREFIX}/canary", "member_of": ["pg_monitor"]},
    ],
    "databases": [
        {"name": name, "owner": name, "schemas": [{"name": name}], "settings": {"search_path": name}}
        for name in ("identity", "canary")
    ],
}


@dataclass(frozen=True)
class Pooler:
    database: Database
    play: Path
    port: int = 6432

    @property
    def sandbox(self) -> PlanesSandbox:
        return self.database.sandbox

    @property
    def address(self) -> tuple[str, int]:
        return f"127.{self.sandbox.port // 256}.{self.sandbox.port % 256}.4", self.port

    @property
    def ini(self) -> Path:
        return self.sandbox.state / "planes" / "pooler" / "pgbouncer.ini"

    def apply(self, *arguments: str) -> str:
        """Run the role; what it printed."""
        command = [".venv/bin/ansible-playbook", "-i", "inventories/sandbox", str(self.play), "--diff"]
        extra = ["-e", '{"pgbouncer_services": ["identity"]}', "-e", f"platform_environment={ENVIRONMENT}", *arguments]
        own = {"IWORKZ_SANDBOX_PORT": str(self.sandbox.port), "IWORKZ_SANDBOX_STATE": str(self.sandbox.state)}
        own["ANSIBLE_STDOUT_CALLBACK"] = "ansible.builtin.default"
        done = subprocess.run(
            [*command, *extra], cwd=ROOT, env={**os.environ, **own}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def console(self, who: str = "admin") -> Admin:
        secret = self.database.secret(f"{PREFIX}/pgbouncer-{who}")
        return Admin(*self.address, secret["username"], secret["password"], self.sandbox.ca)

    def session(self, user: str = "canary", database: str = "canary", **options: Any) -> psycopg.Connection[Any]:
        password = self.database.secret(f"{PREFIX}/{user}")["password"]
        given = postgres.parameters(*self.address, user, password, database, self.sandbox.ca)
        return psycopg.connect(**{**given, "autocommit": True, **options})

    def check(self) -> Judgement:
        """The verdict on 1.1.1.3."""
        host, port = self.address
        reach = {"ca_bundle": self.sandbox.ca, "pooler": {"host": host, "port": port}}
        platform = Platform(
            "iworkz", ENVIRONMENT, "123456789012", REGION, "ap-northeast-3", TAGS, {"services": SERVICES}, reach
        )
        world = World(platform, Clients(self.database.sandbox.connection), datetime.now(UTC))
        checks = {"1.1.1.3": pgbouncer.connections_are_pooled}
        (judgement,) = run(["1.1.1.3"], world, load_requirements(), checks=checks)
        return judgement


@pytest.fixture(scope="module")
def pooler(planes_sandbox: PlanesSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pooler]:
    database = make(planes_sandbox, "pooled", TAGS)
    assert database.run(**DECLARED)["failed_resources"] == {}
    host, port = postgres.endpoint(database.describe())
    for name in ("postgres", "postgres-canary"):
        planes_sandbox.planes.set_name(name, host, port)
    directory = tmp_path_factory.mktemp("pooler")
    (directory / "group_vars").symlink_to(ROOT / "group_vars")
    (directory / "play.yml").write_text(PLAY)
    made = Pooler(database, directory / "play.yml")
    made.apply()
    wait_for(lambda: made.check().verdict == "pass", what="the configuration taken")
    yield made
    for name in ("postgres", "postgres-canary"):
        planes_sandbox.planes.clear_name(name)
    discard(database)


def changed(output: str) -> int:
    (count,) = re.findall(r"changed=(\d+)", output)
    return int(count)


def test_a_second_run_changes_nothing_and_no_verifier_is_shown(pooler):
    assert changed(pooler.apply()) == 0
    users = pooler.ini.with_name("userlist.txt")
    whole = users.read_text()
    users.write_text("")
    output = pooler.apply("-vvv")
    assert changed(output) == 1
    assert users.read_text() == whole
    assert "SCRAM-SHA-256$" not in output
    assert pooler.database.secret(f"{PREFIX}/canary")["password"] not in output
    assert (users.stat().st_mode & 0o777) == 0o600


def test_on_an_empty_account_check_mode_announces_both_files(pooler, tmp_path):
    output = pooler.apply("--check", "-e", f"pgbouncer_config_dir={tmp_path}/none", "-e", "platform_name=nobody")
    assert changed(output) == 3
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "option",
    [
        '{"pgbouncer_pool_size": 41}',
        '{"pgbouncer_pool_size": 1}',
        '{"pgbouncer_pool_sizes": {"identity": 200}}',
        '{"pgbouncer_pool_sizes": {"no-such-service": 3}}',
        '{"pgbouncer_max_clients": 999}',
        '{"pgbouncer_server_ca": ""}',
    ],
)
def test_limits_that_cannot_be_kept_are_refused_before_any_change(pooler, option):
    with pytest.raises(AssertionError, match="The pools of one instance add up to"):
        pooler.apply("-e", option)


def test_the_check_passes_and_tells_what_it_saw(pooler):
    judgement = pooler.check()
    assert (judgement.verdict, judgement.breaches) == ("pass", ())
    crowd = judgement.observed["crowd"]
    limit = judgement.observed["pools"]["canary"]["limit"]
    assert (crowd["connected"], crowd["right"]) == (500, 500)
    assert 1 <= crowd["peak"] <= limit
    assert judgement.elapsed < 30


@pytest.mark.parametrize(
    ("before", "after", "breach"),
    [
        ("pool_mode = transaction", "pool_mode = session", "pgbouncer.wrong_mode"),
        ("max_client_conn = 2000", "max_client_conn = 100", "pgbouncer.too_few_clients"),
        ("client_tls_sslmode = require", "client_tls_sslmode = allow", "pgbouncer.plain_clients"),
        ("server_tls_sslmode = verify-full", "server_tls_sslmode = disable", "pgbouncer.plain_server"),
        ("max_db_connections=80", "max_db_connections=300", "pgbouncer.oversold"),
        ("identity = ", "another = ", "pgbouncer.no_pool"),
    ],
)
def test_what_was_changed_by_hand_fails_and_is_mended(pooler, before, after, breach, monkeypatch):
    text = pooler.ini.read_text()
    before = re.sub("=80$", f"={pool_size(text)}", before)
    assert before in text
    if breach == "pgbouncer.plain_server":
        set_force_ssl(pooler, "0")
    pooler.ini.write_text(text.replace(before, after))
    with monkeypatch.context() as patched:
        # What is wrong now keeps clients out for as long as they try.
        patched.setattr("ansible_collections.iworkz.platform.plugins.module_utils._checks._crowd.SECONDS", 3.0)
        wait_for(lambda: breach in [each.id for each in pooler.check().breaches], 30, breach)
    if breach == "pgbouncer.plain_server":
        set_force_ssl(pooler, "1")
    assert changed(pooler.apply()) == 1
    wait_for(lambda: pooler.check().verdict == "pass", what="the pooler as declared")


def pool_size(text: str) -> str:
    (size, *_rest) = re.findall(r"max_db_connections=(\d+)", text)
    return str(size)


def set_force_ssl(pooler: Pooler, value: str) -> None:
    key = f"{REGION}/{pooler.database.name}"
    pooler.sandbox.planes.ask("postgres", key, "configure", parameters={"rds.force_ssl": value}, at_once=True)


def test_a_pooler_that_leads_to_another_server_fails(pooler):
    other = make(pooler.sandbox, "pooled-elsewhere", {**TAGS, "Environment": "elsewhere"})
    try:
        host, port = postgres.endpoint(other.describe())
        # The same users with the same verifiers, as after a copy of the database.
        assert other.run(**DECLARED)["failed_resources"] == {}
        pooler.sandbox.planes.set_name("postgres-canary", host, port)
        with pooler.console() as console:
            console.reconnect("canary")
        found = pooler.check()
        assert [each.id for each in found.breaches] == ["pgbouncer.other_server"]
    finally:
        pooler.sandbox.planes.set_name("postgres-canary", *postgres.endpoint(pooler.database.describe()))
        with pooler.console() as console:
            console.reconnect("canary")
        discard(other)
    wait_for(lambda: pooler.check().verdict == "pass", what="the pooler back at the primary")


def test_without_a_pooler_the_item_is_unknown(pooler):
    found = replace(pooler, port=pooler.port + 1).check()
    assert (found.verdict, found.breaches[0].id) == ("unknown", "core.unreadable")


def test_the_console_pauses_and_resumes(pooler):
    with pooler.console() as console, pooler.session() as session:
        console.pause("canary", 5)
        done = threading.Thread(target=lambda: session.execute("SELECT 1"))
        done.start()
        done.join(0.5)
        assert done.is_alive()
        console.resume("canary")
        done.join(5)
        assert not done.is_alive()
        console.resume("canary")


def test_a_pause_that_a_transaction_holds_up_ends_in_time(pooler):
    with pooler.session() as session, session.transaction():
        session.execute("SELECT 1")
        with pooler.console() as console:
            began = time.monotonic()
            with pytest.raises(TimeoutError, match=r"could not pause canary within 0\.5 s"):
                console.pause("canary", 0.5)
            assert time.monotonic() - began < 3
    with pooler.console() as console:
        console.resume("canary")
    with pooler.session() as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_killed_sessions_are_gone_and_new_ones_wait_for_the_end_of_it(pooler):
    with pooler.console() as console:
        session = pooler.session()
        session.execute("SELECT 1")
        console.kill("canary")
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
        console.resume("canary")
        with pooler.session() as again:
            assert again.execute("SELECT 1").fetchone() == (1,)


def test_who_watches_cannot_command_and_no_database_is_invented(pooler):
    with pooler.console("stats") as console:
        assert console.config()["pool_mode"] == "transaction"
        with pytest.raises(psycopg.Error, match="admin access needed"):
            console.pause("canary", 1)
    with pooler.console() as console:
        with pytest.raises(LookupError, match="no database nothing"):
            console.resume("nothing")
        with pytest.raises(ValueError, match="not a word"):
            console.show("pools; SHUTDOWN")


def test_a_client_needs_the_right_password(pooler):
    with pytest.raises(psycopg.OperationalError, match="SASL authentication failed"):
        pooler.session(password="wrong")
