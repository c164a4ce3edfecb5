"""The configuration of a PostgreSQL server, as text."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sandbox.planes.engines.postgres.configuration import Configuration, access, archive_command, at_least, conninfo


def settings(parameters: dict[str, str], **options) -> dict[str, str]:
    return Configuration(
        address="127.0.0.9", port=5432, certificate=Path("/c"), key=Path("/k"), parameters=parameters,
        libraries={"pg_stat_statements", "pgaudit"}, **options,
    ).settings()  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "name", "value"),
    [
        ({"max_connections": "LEAST({DBInstanceClassMemory/9531392},5000)"}, "max_connections", None),
        ({"max_connections": "70"}, "max_connections", "70"),
        ({"shared_buffers": "1048576"}, "shared_buffers", "32MB"),
        ({"wal_sender_timeout": "60000"}, "wal_sender_timeout", "60000"),
        ({}, "wal_sender_timeout", "20s"),
        ({"shared_preload_libraries": "pg_cron, pgaudit"}, "shared_preload_libraries", "pgaudit"),
        ({"rds.logical_replication": "1"}, "wal_level", "logical"),
        ({"rds.logical_replication": "0"}, "wal_level", "replica"),
        ({"rds.force_ssl": "1"}, "rds.force_ssl", "1"),
    ],
)
def test_parameters_of_a_group_become_settings(parameters, name, value):
    assert settings(parameters).get(name) == value


def test_parts_of_servers():
    assert settings({}, synchronous=True)["synchronous_standby_names"] == "rdsmultiaz"
    assert settings({})["synchronous_standby_names"] == ""
    assert settings({}, upstream="host=x")["primary_conninfo"] == "host=x"
    assert settings({})["archive_command"] == "true"
    assert '"/wal/%f.gz"' in settings({}, archive=Path("/wal"))["archive_command"]
    assert settings({}, recovery={"hot_standby": "off"})["hot_standby"] == "off"


def test_quotes_and_backslashes_in_values_are_kept():
    text = Configuration(
        address="127.0.0.9", port=1, certificate=Path("/c"), key=Path("/k"),
        parameters={"application_name": "it's a \\ sign"}, libraries=(),
    ).render()  # fmt: skip
    assert "application_name = 'it''s a \\\\ sign'\n" in text


@pytest.mark.parametrize(
    ("own", "least", "raised"),
    [
        ({"max_connections": "50"}, {"max_connections": "60"}, {"max_connections": "60"}),
        ({"max_connections": "70"}, {"max_connections": "60"}, {}),
        ({}, {"max_connections": "60"}, {"max_connections": "60"}),
        ({"max_connections": "{DBInstanceClassMemory/1}"}, {"max_connections": "60"}, {"max_connections": "60"}),
        ({"max_connections": "50"}, {"max_connections": "{DBInstanceClassMemory/1}"}, {}),
        ({"work_mem": "64"}, {"work_mem": "128"}, {}),
    ],
)
def test_a_replica_has_at_least_what_its_source_has(own, least, raised):
    assert at_least(own, least) == raised


@pytest.mark.parametrize(
    ("force", "iam", "last", "trusted"),
    [("1", True, "hostssl all all", True), ("0", False, "host all all", False), (None, False, "host all all", False)],
)
def test_who_may_connect(force, iam, last, trusted):
    lines = access({"rds.force_ssl": force} if force else {}, iam=iam).splitlines()
    assert lines[-1] == f"{last} 127.0.0.0/8 scram-sha-256"
    assert (
        any("+rds_iam" in line and line.startswith("hostssl") and line.endswith("trust") for line in lines) is trusted
    )


def test_strings_for_connections_leave_out_what_is_empty():
    assert conninfo("127.0.0.9", 1, "u").startswith("host=127.0.0.9 port=1 user=u sslmode=require")
    assert "password=p application_name=n" in conninfo("127.0.0.9", 1, "u", "p", name="n")


def test_archiving_replaces_a_segment_as_a_whole(tmp_path):
    (tmp_path / "wal").mkdir()
    segment = tmp_path / "segment"
    command = archive_command(tmp_path / "wal").replace("%p", str(segment)).replace("%f", "0001")
    for content in (b"first", b"again"):
        segment.write_bytes(content)
        assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    assert [path.name for path in (tmp_path / "wal").iterdir()] == ["0001.gz"]
    segment.unlink()
    assert subprocess.run(["sh", "-c", command], check=False, capture_output=True).returncode != 0
