"""Object auditing on a real server, by a master user who may as little as that of RDS; its log in CloudWatch Logs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, postgres_audit
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.databases import MASTER, Database, discard, make

NAME = "audited"
GROUP = f"/aws/rds/instance/{NAME}/postgresql"
PARAMETERS = {"shared_preload_libraries": "pg_stat_statements,pgaudit", "pgaudit.role": "rds_pgaudit"}
PEOPLE = {"database": "people", "schema": "people", "table": "people"}
PROBE = {"database": "people", "schema": "people", "table": "probe"}
DECLARED: dict[str, Any] = {"tables": [PEOPLE, PROBE], "probes": [{**PROBE, "owner": "people"}]}


@pytest.fixture(scope="module")
def instance(planes_sandbox: PlanesSandbox) -> Iterator[Database]:
    made = make(planes_sandbox, NAME)
    rds = planes_sandbox.client("rds")
    rds.create_db_parameter_group(DBParameterGroupName=NAME, DBParameterGroupFamily="postgres15", Description=NAME)
    parameters = [
        {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
        for name, value in PARAMETERS.items()
    ]
    rds.modify_db_parameter_group(DBParameterGroupName=NAME, Parameters=parameters)
    rds.modify_db_instance(
        DBInstanceIdentifier=NAME,
        DBParameterGroupName=NAME,
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["postgresql"]},
        ApplyImmediately=True,
    )
    wait_for(lambda: made.describe()["DBInstanceStatus"] == "available", what="modified")
    rds.reboot_db_instance(DBInstanceIdentifier=NAME)
    wait_for(lambda: made.describe()["DBInstanceStatus"] == "available", what="rebooted")
    with made.by_hand() as connection:
        connection.execute(b"CREATE ROLE people LOGIN PASSWORD 'theirs' IN ROLE pg_monitor")
        connection.execute(f"GRANT people TO {MASTER.username}".encode())
        connection.execute(b"CREATE DATABASE people OWNER people")
    with made.session("people", "people", "theirs") as connection:
        connection.execute(b"CREATE SCHEMA people")
        connection.execute(b"CREATE TABLE people.people (name text)")
        connection.execute(b"CREATE TABLE people.settings (name text)")
    yield made
    discard(made)


@pytest.fixture
def run(instance: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(postgres, "master_of", lambda clients, found: MASTER)

    def run(check_mode: bool = False, **declared: Any) -> dict[str, Any]:
        options = {"instance": NAME, "ca_bundle": instance.sandbox.ca, **declared}
        validated = ArgumentSpecValidator(postgres_audit.SPEC).validate(options)
        assert not validated.error_messages
        parameters = {**validated.validated_parameters, **instance.sandbox.connection}
        return postgres_audit.run(parameters, check_mode)

    return run


def audited(instance: Database, pattern: str) -> list[str]:
    answer = instance.sandbox.client("logs").filter_log_events(logGroupName=GROUP, filterPattern=f'"{pattern}"')
    return [event["message"] for event in answer["events"]]


def ask(instance: Database, statement: str) -> None:
    with instance.session("people", "people", "theirs") as connection:
        connection.execute(statement.encode())


def test_converges_and_names_what_is_not_there(run):
    nobody = {**PEOPLE, "table": "nobody"}
    declared = {**DECLARED, "tables": [*DECLARED["tables"], nobody]}
    announced = run(check_mode=True, **declared)
    applied = run(**declared)
    assert applied["failed_resources"] == {}
    assert applied["created"] == announced["created"]
    assert applied["absent"] == ["people.people.nobody"]
    assert not run(**declared)["changed"]


def test_a_read_leaves_a_record_and_one_of_another_table_does_not(instance, run):
    run(**DECLARED)
    ask(instance, "SELECT name FROM people.people /* token-1 */")
    ask(instance, "SELECT name FROM people.settings /* token-2 */")
    ask(instance, "SELECT name FROM people.probe /* token-3 */")
    (record,) = audited(instance, "token-1")
    assert "AUDIT: OBJECT," in record
    assert ",READ,SELECT,TABLE,people.people," in record
    assert "people@people" in record
    assert audited(instance, "token-2") == []
    assert len(audited(instance, "token-3")) == 1
    assert len(audited(instance, "token-1")) == 1


def test_mends_and_purges_grants(instance, run):
    run(**DECLARED)
    with instance.by_hand("people") as connection:
        connection.execute(b"REVOKE SELECT ON people.people FROM rds_pgaudit")
        connection.execute(b"GRANT SELECT ON people.settings TO rds_pgaudit")
        connection.execute(b"ALTER ROLE rds_pgaudit LOGIN")
    result = run(purge=True, **DECLARED)
    assert result["failed_resources"] == {}
    assert sorted(result["updated"]) == ["audit_role rds_pgaudit", "audited_table people.people.people"]
    assert result["deleted"] == ["audited_table people.people.settings"]
    assert not run(purge=True, **DECLARED)["changed"]


def test_the_log_goes_on_where_it_was_after_a_restart_of_the_emulator(instance, run):
    run(**DECLARED)
    ask(instance, "SELECT name FROM people.people /* before */")
    assert len(audited(instance, "before")) == 1
    sandbox = instance.sandbox
    sandbox.control("POST", "save")
    pid = sandbox.programs()["aws"]["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: sandbox.programs()["aws"]["ready"] and sandbox.programs()["aws"]["pid"] != pid, what="restart")
    ask(instance, "SELECT name FROM people.people /* after */")
    assert len(audited(instance, "after")) == 1
    assert len(audited(instance, "before")) == 1
