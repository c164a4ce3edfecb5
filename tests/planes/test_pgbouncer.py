"""The pooler takes what is written into its configuration directory."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sandbox.planes.engines.pgbouncer_files import Files, Unusable, needs_restart, parse, render, without_databases
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.postgres import DATABASE, PASSWORD, USER, Instance, connect, create

KEY = "pooler"


@pytest.fixture(scope="module")
def instance(planes_sandbox: PlanesSandbox) -> Iterator[Instance]:
    made = create(planes_sandbox, "pooled", secondary_zone="1c").settle()
    yield made
    made.remove()


@pytest.fixture
def directory(planes_sandbox: PlanesSandbox) -> Iterator[Path]:
    """The pooler's configuration directory, without a configuration."""
    found = planes_sandbox.settings.planes_directory / KEY
    wait_for(lambda: planes_sandbox.planes.settled("pgbouncer", KEY), what="pooler")
    kept = {name: (found / name).read_text() for name in ("pgbouncer.ini", "userlist.txt") if (found / name).exists()}
    yield found
    for name in ("pgbouncer.ini", "userlist.txt"):
        (found / name).unlink(missing_ok=True)
    for name, content in kept.items():
        (found / name).write_text(content)


def pooler(sandbox: PlanesSandbox) -> dict[str, Any]:
    found = sandbox.planes.describe("pgbouncer", KEY)
    assert found is not None
    return found


def write(directory: Path, instance: Instance, *, database: str = DATABASE, pool_size: int = 5, **more: Any) -> None:
    """A configuration for an instance, with more settings for [pgbouncer]."""
    sandbox = instance.sandbox
    address = pooler(sandbox)["endpoints"][KEY]["address"]
    endpoint = instance.describe()["endpoints"]["endpoint"]
    settings = {
        "listen_addr": address, "listen_port": 6432, "auth_type": "scram-sha-256", "pool_mode": "transaction",
        "auth_file": directory / "userlist.txt", "logfile": "/nowhere/log", "pidfile": "/nowhere/pid",
        "client_tls_sslmode": "require", "client_tls_cert_file": directory / "tls/tls.crt",
        "client_tls_key_file": directory / "tls/tls.key", "server_tls_sslmode": "verify-full",
        "server_tls_ca_file": sandbox.ca, "server_login_retry": 0.1, "admin_users": USER,
        "default_pool_size": pool_size, **more,
    }  # fmt: skip
    text = f"[databases]\n{database} = host={endpoint['address']} port={endpoint['port']} dbname={DATABASE}\n"
    text += "[pgbouncer]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items())
    (directory / "userlist.txt").write_text(f'"{USER}" "{PASSWORD}"\n')
    (directory / "pgbouncer.ini").write_text(text)


def through(sandbox: PlanesSandbox, **options: Any) -> psycopg.Connection[Any]:
    endpoint = pooler(sandbox)["endpoints"][KEY]
    return connect(sandbox, endpoint["address"], endpoint["port"], **options)


def answers(sandbox: PlanesSandbox, **options: Any) -> bool:
    try:
        with through(sandbox, **options) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_queries_go_through_it_and_a_change_is_reloaded_without_a_restart(directory, instance):
    sandbox = instance.sandbox
    write(directory, instance)
    wait_for(lambda: answers(sandbox), 20, "pooled connection")
    found = pooler(sandbox)
    assert found["facts"]["configured"] is True
    pid = found["nodes"][0]["pid"]
    write(directory, instance, database="renamed", pool_size=7)
    wait_for(lambda: answers(sandbox, dbname="renamed"), 10, "renamed database")
    assert not answers(sandbox)
    assert pooler(sandbox)["nodes"][0]["pid"] == pid
    with through(sandbox, dbname="pgbouncer") as console:
        settings = {row[0]: row[1] for row in console.execute("SHOW CONFIG").fetchall()}
    assert settings["default_pool_size"] == "7"
    assert settings["logfile"] == ""


def test_another_port_needs_a_restart_and_is_described(directory, instance):
    sandbox = instance.sandbox
    write(directory, instance)
    wait_for(lambda: answers(sandbox), 20)
    write(directory, instance, listen_port=6433)
    wait_for(lambda: pooler(sandbox)["endpoints"][KEY]["port"] == 6433, 10)
    wait_for(lambda: answers(sandbox), 10, "other port")
    write(directory, instance)
    wait_for(lambda: pooler(sandbox)["endpoints"][KEY]["port"] == 6432 and answers(sandbox), 10, "first port")


def test_a_configuration_that_can_not_be_right_is_not_taken(directory, instance):
    sandbox = instance.sandbox
    write(directory, instance)
    wait_for(lambda: answers(sandbox), 20)
    write(directory, instance, listen_addr="0.0.0.0")
    wait_for(lambda: "not on the loopback interface" in pooler(sandbox)["facts"]["error"], 10)
    assert answers(sandbox)
    write(directory, instance)
    wait_for(lambda: pooler(sandbox)["facts"]["error"] == "", 10)


def test_what_it_reads_is_for_its_account_only(directory, instance):
    write(directory, instance)
    wait_for(lambda: answers(instance.sandbox), 20)
    copies = instance.sandbox.settings.planes_directory / "data" / "pgbouncer-pooler"
    assert {path.stat().st_mode & 0o777 for path in copies.iterdir()} == {0o600}
    assert (directory / "tls/tls.key").stat().st_mode & 0o777 == 0o600


def test_it_is_started_again_when_it_is_killed(directory, instance):
    sandbox = instance.sandbox
    write(directory, instance)
    wait_for(lambda: answers(sandbox), 20)
    os.kill(pooler(sandbox)["nodes"][0]["pid"], signal.SIGKILL)
    wait_for(lambda: answers(sandbox), 10, "restart")


def test_a_failover_holds_queries_up_and_loses_none(directory, instance):
    sandbox = instance.sandbox
    instance.await_sync()
    write(directory, instance)
    wait_for(lambda: answers(sandbox), 20)
    with instance.connect() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS pooled (i int)")
        connection.execute("TRUNCATE pooled")
    acknowledged: list[int] = []
    times: list[float] = [time.monotonic()]

    def insert(number: int) -> None:
        try:
            with through(sandbox) as connection:
                connection.execute("INSERT INTO pooled VALUES (%s)", (number,))
        except psycopg.Error:
            return
        acknowledged.append(number)
        times.append(time.monotonic())

    instance.act("reboot", failover=True)
    end = time.monotonic() + 3
    number = 0
    while time.monotonic() < end:
        number += 1
        insert(number)
    gap = max(later - earlier for earlier, later in pairwise(times))
    assert gap < 5
    kept = set(instance.value("SELECT array_agg(i) FROM pooled"))
    assert set(acknowledged) <= kept
    instance.settle()


def files(settings: str, users: str = "") -> Files:
    return Files(f"[databases]\na = host=127.0.0.1\n[pgbouncer]\n{settings}", users)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (Files("[databases]\n", ""), "no section pgbouncer"),
        (Files("what is this", ""), "pgbouncer.ini"),
        (files("listen_addr = 127.0.0.4, 10.0.0.1"), "10.0.0.1 is not on the loopback"),
        (files("listen_port = 1"), r"\(none\) is not on the loopback"),
        (files("listen_addr = *"), r"\* is not on the loopback"),
        (files("listen_addr = 127.0.0.4\nlisten_port = x"), "x is no port"),
        (files("listen_addr = 127.0.0.4\nclient_tls_cert_file = /nowhere"), "/nowhere does not exist"),
        (files("listen_addr = 127.0.0.4", "boss secret"), 'line 1 is not "user"'),
    ],
)
def test_files_that_are_refused(wrong, reason):
    with pytest.raises(Unusable, match=reason):
        parse(wrong)


def test_what_the_supervisor_decides_is_left_out_and_the_rest_is_kept():
    rendered = render(
        files("listen_addr = 127.0.0.4\nlogfile = /x\nuser = root\nMax = 1 ; not = split\n", '"a" "SCRAM-SHA-256$x"\n'),
        Path("/copy/userlist.txt"),
    )
    settings = parse(rendered)["pgbouncer"]
    assert settings.keys() == {"listen_addr", "Max", "auth_file", "unix_socket_dir"}
    assert settings["auth_file"] == "/copy/userlist.txt"
    assert parse(rendered)["databases"]["a"] == "host=127.0.0.1"


def test_where_it_listens_and_what_it_shows_need_a_restart():
    old = files("listen_addr = 127.0.0.4")
    assert not needs_restart(old, files("listen_addr = 127.0.0.4\npool_mode = session"))
    assert needs_restart(old, files("listen_addr = 127.0.0.5"))
    assert needs_restart(old, files("listen_addr = 127.0.0.4\nclient_tls_sslmode = require"))
    assert not parse(Files(without_databases("127.0.0.4", Path("/")).settings.replace("client_tls", "x"), ""))[
        "databases"
    ]
