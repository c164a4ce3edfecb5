"""Registers and probes of data protection on a real server, with a master user who may as little as that of RDS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.iworkz.platform.plugins.module_utils._data_protection import registers
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.holds import LIVE
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres
from tests.planes.conftest import PlanesSandbox
from tests.planes.databases import MASTER, Database, discard, make

PREFIX = "protect/"
VENDOR = {"vendor_id": "cloud", "employer_id": "iworkz", "name": "Example Cloud", "country": "JP", "role": "processor"}
ACTIVITY = {"activity": "care", "purpose": "p", "basis": "contract", "controller": "c", "reviewed_on": "2026-10-01"}
DECLARED: dict[str, Any] = {
    "schemas": [{"service": "compliance", "names": ["data_protection", "privacy", "my_number"]}],
    "activities": [ACTIVITY],
    "vendors": [VENDOR],
    "transfers": [
        {
            "transfer_id": "t",
            "employer_id": "iworkz",
            "vendor_id": "cloud",
            "basis": "consent",
            "consent_informed": True,
        }
    ],
}
CONFIGURED: dict[str, Any] = {
    "roles": [
        {"name": "compliance_migrate", "login": True, "secret": f"{PREFIX}compliance-migrate"},
        {"name": "data_auditor", "login": True, "secret": f"{PREFIX}data-auditor"},
    ],
    "databases": [{"name": "compliance", "owner": "compliance_migrate", "schemas": [{"name": "compliance"}]}],
}
# 12345678901 with its check digit, which is 8.
MY_NUMBER = "123456789018"


@pytest.fixture(scope="module")
def instance(planes_sandbox: PlanesSandbox) -> Iterator[Database]:
    made = make(planes_sandbox, "protect")
    yield made
    discard(made)


@pytest.fixture(scope="module")
def database(instance: Database) -> Iterator[Database]:
    """With registers and probes, made in the role's order."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "master_of", lambda clients, found: MASTER)
        assert instance.run(**CONFIGURED)["failed_resources"] == {}
        for check_mode in (True, False):
            outcome = apply(instance, check_mode)
            assert outcome["updated"] == ["schema compliance"]
            assert sorted(outcome["created"]) == ["activity care", "transfer t", "vendor cloud"]
        granted = {"database": "compliance", "schema": "data_protection", "role": "data_auditor", "access": "read"}
        assert instance.run(**CONFIGURED, grants=[granted])["failed_resources"] == {}
        yield instance


def apply(database: Database, check_mode: bool = False, **declared: Any) -> dict[str, Any]:
    """What the module data_registers does."""
    options = {
        "instance": database.name,
        "secret_prefix": PREFIX,
        "ca_bundle": database.sandbox.ca,
        **DECLARED,
        **declared,
    }
    validated = ArgumentSpecValidator(registers.SPEC).validate(options)
    assert not validated.error_messages
    return registers.run({**validated.validated_parameters, **database.sandbox.connection}, check_mode)


def ask(database: Database, who: str, query: str, *params: Any) -> list[Any]:
    secret = database.secret(f"{PREFIX}{who}")
    with database.session("compliance", secret["username"], secret["password"]) as connection:
        cursor = connection.execute(query.encode(), params or None)
        return cursor.fetchall() if cursor.description else []


def owner(database: Database, statement: str) -> list[Any]:
    return ask(database, "compliance-migrate", statement)


def test_a_second_run_changes_nothing(database: Database) -> None:
    assert not apply(database)["changed"]
    assert not apply(database, check_mode=True)["changed"]


def test_drift_of_a_register_is_shown_and_repaired(database: Database) -> None:
    owner(database, "UPDATE privacy.vendors SET country = 'US'")
    owner(
        database,
        "INSERT INTO privacy.activities SELECT 'rogue', purpose, basis, legitimate_interest, subjects, categories,"
        " recipients, transfers, retention, measures, controller, reviewed_on FROM privacy.activities",
    )
    planned = apply(database, check_mode=True)
    assert (planned["updated"], planned["deleted"]) == (["vendor cloud"], ["activity rogue"])
    assert owner(database, "SELECT country FROM privacy.vendors") == [("US",)]
    assert apply(database)["updated"] == ["vendor cloud"]
    assert owner(database, "SELECT country, changed_by ~ '^arn:aws:' FROM privacy.vendors") == [("JP", True)]
    assert owner(database, "SELECT count(*) FROM privacy.activities") == [(1,)]


def test_a_vendor_goes_with_its_transfers(database: Database) -> None:
    assert sorted(apply(database, vendors=[], transfers=[])["deleted"]) == ["transfer t", "vendor cloud"]
    assert sorted(apply(database)["created"]) == ["transfer t", "vendor cloud"]


HOLD = {"hold_id": "LH-1", "subject_id": "S-000001", "reason": "dispute", "ordered_by": "legal"}
HELD = "SELECT reason, until::text, ordered_by, lifted_at IS NOT NULL, lifted_by ~ '^arn:aws:' FROM privacy.legal_holds"


@pytest.fixture
def holds(database: Database) -> Iterator[Callable[..., dict[str, Any]]]:
    """Applies nothing but holds."""
    others = dict.fromkeys(("schemas", "activities", "vendors", "transfers"))

    def run(*declared: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
        return apply(database, check_mode, **others, holds=list(declared))

    yield run
    owner(database, "TRUNCATE privacy.legal_holds")


def test_a_hold_is_placed_changed_and_lifted(database: Database, holds: Callable[..., dict[str, Any]]) -> None:
    assert holds(HOLD, check_mode=True)["created"] == ["hold LH-1"]
    assert owner(database, HELD) == []
    assert holds(HOLD)["created"] == ["hold LH-1"]
    assert holds(HOLD)["changed"] is False
    assert owner(database, HELD) == [("dispute", None, "legal", False, None)]
    longer = {**HOLD, "until": "2030-03-31"}
    assert holds(longer, check_mode=True)["updated"] == ["hold LH-1"]
    assert holds(longer)["updated"] == ["hold LH-1"]
    assert owner(database, HELD) == [("dispute", "2030-03-31", "legal", False, None)]
    # Others stay.
    assert holds()["changed"] is False
    lifted = {"hold_id": "LH-1", "state": "absent"}
    assert holds(lifted, check_mode=True)["updated"] == ["hold LH-1"]
    assert holds(lifted)["updated"] == ["hold LH-1"]
    assert owner(database, HELD) == [("dispute", "2030-03-31", "legal", True, True)]
    assert holds(lifted, {"hold_id": "LH-2", "state": "absent"})["changed"] is False


def test_what_a_hold_may_not_be(database: Database, holds: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(InvalidInput, match="until is '2030-02-30', and must be a day"):
        holds({**HOLD, "until": "2030-02-30"})
    with pytest.raises(InvalidInput, match="reason is empty"):
        holds({**HOLD, "reason": " "})
    options = {"instance": "i", "secret_prefix": "p/", "holds": [{"hold_id": "LH-1"}]}
    (error,) = ArgumentSpecValidator(registers.SPEC).validate(options).error_messages
    assert "subject_id, reason, ordered_by" in error
    holds(HOLD)
    for check_mode in (True, False):
        with pytest.raises(InvalidInput, match="LH-1 is on another person") as refused:
            holds({**HOLD, "subject_id": "S-000002"}, check_mode=check_mode)
        assert "S-00000" not in str(refused.value)
    holds({"hold_id": "LH-1", "state": "absent"})
    with pytest.raises(InvalidInput, match=r"LH-1 was lifted on 20.*: a new hold has an id of its own"):
        holds(HOLD)


def test_a_hold_is_in_force_until_its_last_day(database: Database, holds: Callable[..., dict[str, Any]]) -> None:
    today = datetime.now(ZoneInfo("Asia/Tokyo")).date()
    days = {"LH-1": today, "LH-2": today - timedelta(days=1)}
    holds(*({**HOLD, "hold_id": name, "until": day.isoformat()} for name, day in days.items()))
    assert owner(database, f"SELECT hold_id FROM privacy.legal_holds WHERE {LIVE}") == [("LH-1",)]


def test_a_schema_that_was_dropped_comes_back(database: Database) -> None:
    owner(database, "DROP SCHEMA my_number")
    assert apply(database)["updated"] == ["schema compliance"]


@pytest.fixture
def people(database: Database) -> Iterator[None]:
    owner(
        database,
        "CREATE TABLE compliance.people (id text, note text, number bigint, details jsonb, mail text, version text);"
        "INSERT INTO compliance.people VALUES"
        f" ('1', 'of {MY_NUMBER[:4]} {MY_NUMBER[4:8]} {MY_NUMBER[8:]}', {MY_NUMBER},"
        f" jsonb_build_object('n', '{MY_NUMBER}'), 'a@example.jp', 'v1'),"
        " ('2', '123456789012 000000000000 1234-5678-9018-1', 5, '{}', 'b@iworkz.jp', NULL),"
        " ('3', 'a4bf123456789018c', NULL, NULL, NULL, NULL)",
    )
    yield
    owner(database, "DROP TABLE compliance.people")


@pytest.mark.usefixtures("people")
def test_the_auditor_counts_what_it_cannot_read(database: Database) -> None:
    found = ask(database, "data-auditor", "SELECT * FROM data_protection.my_numbers('compliance', 'people', 100)")
    assert found == [
        ("id", 3, 0),
        ("note", 3, 1),
        ("number", 2, 1),
        ("details", 2, 1),
        ("mail", 2, 0),
        ("version", 1, 0),
    ]
    where = "('compliance', 'people', 'version')"
    assert ask(database, "data-auditor", f"SELECT * FROM data_protection.missing{where}") == [(3, 2)]
    where = "('compliance', 'people', 'mail', 100)"
    assert ask(database, "data-auditor", f"SELECT * FROM data_protection.live_mail{where}") == [(2, 1)]
    for statement in ("SELECT * FROM compliance.people", "SELECT * FROM privacy.vendors"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(database, "data-auditor", statement)


@pytest.mark.usefixtures("people")
def test_names_are_no_way_into_the_statement(database: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedColumn):
        ask(
            database,
            "data-auditor",
            "SELECT * FROM data_protection.missing('compliance', 'people', %s)",
            "id IS NULL), (SELECT max(note) FROM compliance.people); --",
        )


def test_only_the_auditor_may_call_the_probes(database: Database) -> None:
    granted = owner(
        database,
        "SELECT DISTINCT pg_get_userbyid(x.grantee) FROM pg_proc p, aclexplode(p.proacl) x"
        " WHERE p.pronamespace = 'data_protection'::regnamespace AND x.grantee <> p.proowner",
    )
    assert granted == [("data_auditor",)]
