"""The module compliance_engine on a real server and the emulator: all of it is done, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from psycopg.rows import dict_row

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import signing
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.artefact import ArtefactError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import load
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry import configure, migrate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.artefacts import Shelf
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.options import SPEC
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import Registry
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres
from tests.planes.conftest import PlanesSandbox
from tests.planes.databases import MASTER, Database, discard, make
from tests.unit.compliance import packs

OWNER = "registry/owner"
KEY, BUCKET = "alias/registry-signing", "registry-artefacts"
REASON = "Agreed with the works council"
# What a run may call that changes nothing.
READS = ("Describe", "Get", "Head", "List")


@dataclass
class Engine:
    """The module on an instance of its own."""

    database: Database
    pack: Path

    def run(self, check_mode: bool = False, **declared: Any) -> dict[str, Any]:
        sandbox = self.database.sandbox
        options = {
            "instance": self.database.name,
            "secret": OWNER,
            "ca_bundle": sandbox.ca,
            "bucket": BUCKET,
            "signing_key": KEY,
            **declared,
        }
        validated = ArgumentSpecValidator(SPEC).validate(options)
        assert not validated.error_messages, validated.error_messages
        return configure.run({**validated.validated_parameters, **sandbox.connection}, check_mode)

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.session() as connection:
            connection.row_factory = dict_row  # type: ignore[assignment]
            return list(connection.execute(query.encode()).fetchall())  # type: ignore[arg-type]

    def session(self) -> Any:
        return self.database.session("compliance", "compliance_migrate", self.database.secret(OWNER)["password"])

    def objects(self) -> list[str]:
        found = self.database.sandbox.client("s3").list_object_versions(Bucket=BUCKET).get("Versions", [])
        return [entry["Key"] for entry in found]

    def shelf(self) -> Shelf:
        kms = signing.KmsKey(self.database.sandbox.client("kms"), KEY)
        return Shelf(self.database.sandbox.client("s3"), BUCKET, kms.public_key)


def pack_files(value: int = 100) -> dict[str, Any]:
    """A pack whose one rule has both sides of its date tested."""
    files = packs.files()
    rule = files["rules/CAP.yml"]
    rule["parameters"]["below"]["versions"] = [{"from": "2019-04-01", "value": value}]
    rule["query"] = rule["query"].replace(", size_class := e.size_class", "")
    del rule["unless"]
    text = packs.yaml.safe_dump(rule, allow_unicode=True, sort_keys=False).replace("'2019-04-01'", "2019-04-01")
    tests = """tests:
  - {name: at the limit, given: {months: [{month: 2019-04-01, overtime_min: 6000}]}, expect: violation}
  - {name: before the law, given: {months: [{month: 2019-03-01, overtime_min: 6000}]}, expect: none}
"""
    return {**files, "rules/CAP.yml": text + tests}


@pytest.fixture(scope="module")
def instance(planes_sandbox: PlanesSandbox) -> Iterator[Database]:
    made = make(planes_sandbox, "registry")
    kms, s3 = planes_sandbox.client("kms"), planes_sandbox.client("s3")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=KEY, TargetKeyId=key)
    s3.create_bucket(
        Bucket=BUCKET,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"},
    )
    yield made
    discard(made)


@pytest.fixture
def engine(instance: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A database without a registry."""
    monkeypatch.setattr(postgres, "master_of", lambda clients, found: MASTER)
    made = instance.run(
        roles=[{"name": "compliance_migrate", "login": True, "secret": OWNER}],
        databases=[{"name": "compliance", "owner": "compliance_migrate"}],
    )
    assert made["failed_resources"] == {}
    engine = Engine(instance, packs.write(tmp_path / "pack", pack_files()))
    with engine.session() as connection:
        connection.execute("DROP SCHEMA IF EXISTS compliance CASCADE; CREATE SCHEMA compliance")
    return engine


def everything(engine: Engine, **more: Any) -> dict[str, Any]:
    return {
        "pack": str(engine.pack),
        "overrides": [{"parameter": "CAP.below", "value": 80, "reason": REASON}],
        "schedules": [{"name": "nightly", "cron": "30 2 * * *"}],
        "recipients": [{"name": "operations", "kind": "sns", "address": "compliance"}],
        "retention": [{"kind": "evaluations", "days": 1825}],
        **more,
    }


def test_check_mode_announces_what_is_then_done_once(engine):
    announced = engine.run(check_mode=True, **everything(engine))
    assert engine.rows("SELECT to_regclass('compliance.packs') AS there") == [{"there": None}]
    assert all(call.split(":")[1].startswith(READS) for call in announced["api_calls"])
    assert announced["created"] == [
        "schema compliance",
        "pack small",
        "override CAP.below",
        "schedule nightly",
        "recipient operations",
        "retention evaluations",
    ]
    applied = engine.run(**everything(engine))
    assert (applied["created"], applied["diff"]) == (announced["created"], announced["diff"])
    before = engine.objects()
    again = engine.run(**everything(engine))
    assert (again["changed"], again["diff"], engine.objects()) == (False, [], before)
    assert "s3:PutObject" not in again["api_calls"]
    assert engine.rows("SELECT count(*) FROM compliance.history") == [{"count": 5}]


def test_every_row_says_who_and_when_and_history_what_it_was(engine):
    engine.run(**everything(engine))
    engine.run(**everything(engine, retention=[{"kind": "evaluations", "days": 30}], overrides=[]), purge=True)
    (retention,) = engine.rows("SELECT * FROM compliance.retention")
    assert (retention["days"], retention["changed_by"][:13]) == (30, "arn:aws:iam::")
    (override,) = engine.rows("SELECT * FROM compliance.overrides")
    assert (override["value"], override["reason"], override["removed_by"]) == (80, REASON, retention["changed_by"])
    assert override["removed_at"] >= override["set_at"]
    (change,) = engine.rows("SELECT * FROM compliance.history WHERE kind = 'retention' AND before IS NOT NULL")
    assert (change["before"]["days"], change["after"]["days"], change["who"]) == (1825, 30, retention["changed_by"])
    with engine.session() as connection, pytest.raises(psycopg.errors.RaiseException, match="only added to"):
        connection.execute("DELETE FROM compliance.history")


def test_the_published_pack_is_the_one_declared(engine, tmp_path):
    engine.run(pack=str(engine.pack))
    (row,) = engine.rows("SELECT * FROM compliance.packs")
    assert row["artefact_key"] == f"compliance/packs/small/1.0.0-{row['hash'][:12]}.tar.gz"
    assert load(engine.shelf().fetch(row, tmp_path / "fetched")).hash == row["hash"] == load(engine.pack).hash
    assert engine.shelf().tests(row)["passed"] == row["tests"]["passed"] == 2


def test_a_new_pack_takes_the_place_of_the_old_and_back_is_not_published_again(engine):
    engine.run(pack=str(engine.pack))
    (first,) = engine.rows("SELECT * FROM compliance.packs")
    packs.write(engine.pack, pack_files(95))
    assert engine.run(check_mode=True, pack=str(engine.pack))["updated"] == ["pack small"]
    engine.run(pack=str(engine.pack))
    (active,) = engine.rows("SELECT * FROM compliance.packs WHERE active")
    assert active["hash"] != first["hash"]
    before = engine.objects()
    packs.write(engine.pack, pack_files())
    engine.run(pack=str(engine.pack))
    assert engine.objects() == before
    assert engine.rows("SELECT * FROM compliance.packs WHERE active") == [first]


def test_a_file_that_no_rule_needs_is_published_too(engine, tmp_path):
    engine.run(pack=str(engine.pack))
    packs.write(engine.pack, {"annex/yearly.yml": {"id": "yearly"}})
    assert engine.run(check_mode=True, pack=str(engine.pack))["updated"] == ["pack small"]
    engine.run(pack=str(engine.pack))
    (row,) = engine.rows("SELECT * FROM compliance.packs WHERE active")
    assert (engine.shelf().fetch(row, tmp_path / "fetched") / "annex" / "yearly.yml").exists()
    assert not engine.run(pack=str(engine.pack))["changed"]


@pytest.mark.parametrize("ending", [".tar.gz", ".json", ".sig", ".tests.json"])
def test_an_artefact_that_was_changed_is_named_and_published_anew(engine, ending):
    engine.run(pack=str(engine.pack))
    (row,) = engine.rows("SELECT * FROM compliance.packs")
    stem = row["artefact_key"].removesuffix(".tar.gz")
    key = stem + ending
    s3 = engine.database.sandbox.client("s3")
    put = s3.put_object(Bucket=BUCKET, Key=key, Body=b"{}")
    if ending == ".tar.gz":
        # Versions stay, so only a registry that points to another is deceived.
        with engine.session() as connection:
            connection.execute("UPDATE compliance.packs SET artefact_version_id = %s", (put["VersionId"],))
    announced = engine.run(check_mode=True, pack=str(engine.pack))
    assert announced["updated"] == ["pack small"]
    assert f"{stem}." in announced["diff"][0]["before"]["artefact"]
    engine.run(pack=str(engine.pack))
    assert not engine.run(pack=str(engine.pack))["changed"]


def test_a_pack_signed_by_another_key_is_refused(engine):
    engine.run(pack=str(engine.pack))
    (row,) = engine.rows("SELECT * FROM compliance.packs")
    kms = engine.database.sandbox.client("kms")
    other = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    shelf = Shelf(engine.database.sandbox.client("s3"), BUCKET, signing.KmsKey(kms, other).public_key)
    with pytest.raises(ArtefactError, match=r"s3://registry-artefacts/.*\.json: signed with key .* not trusted"):
        shelf.read(row)


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"overrides": [{"parameter": "CAP.below", "value": 101, "reason": REASON}]}, "looser than the law"),
        ({"overrides": [{"parameter": "CAP.above", "value": 1, "reason": REASON}]}, "no such parameter"),
        ({"overrides": [{"parameter": "CAP.below", "value": 80, "reason": " "}]}, "CAP.below needs a reason"),
        ({"schedules": [{"name": "nightly", "cron": "2:30"}]}, "must have five fields"),
        ({"retention": [{"kind": "reports", "days": 0}]}, "days is 0"),
        ({"retention": [{"kind": "reports", "days": 1}] * 2}, "reports is declared twice"),
        ({"signing_key": "alias/none"}, "there is no key alias/none"),
        ({"bucket": ""}, "pack needs bucket and signing_key"),
        ({"bucket": "no-such-bucket"}, "NoSuchBucket"),
    ],
)
def test_one_failure_changes_nothing(engine, declared, said):
    engine.run(retention=[{"kind": "findings", "days": 9}])
    tables = ("packs", "overrides", "schedules", "recipients", "retention", "history")
    before = [engine.rows(f"SELECT * FROM compliance.{name}") for name in tables], engine.objects()
    with pytest.raises(Exception, match=said):
        engine.run(**everything(engine, purge=True, **declared))
    assert ([engine.rows(f"SELECT * FROM compliance.{name}") for name in tables], engine.objects()) == before


def test_a_pack_whose_tests_fail_is_not_published(engine):
    files = pack_files()
    packs.write(engine.pack, {**files, "rules/CAP.yml": files["rules/CAP.yml"].replace("violation}", "ok}")})
    with pytest.raises(ReconcileError, match="its tests fail\nCAP: at the limit: expected ok"):
        engine.run(pack=str(engine.pack))
    assert engine.rows("SELECT to_regclass('compliance.packs') AS there") == [{"there": None}]


def test_an_override_in_force_is_checked_against_a_new_pack(engine):
    engine.run(**everything(engine))
    packs.write(engine.pack, pack_files(60))
    with pytest.raises(ReconcileError, match=r"override CAP\.below is 80, looser than the law"):
        engine.run(pack=str(engine.pack))


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(engine, tmp_path):
    engine.run()
    for path in migrate.known():
        (tmp_path / path.name).write_bytes(path.read_bytes() + b"-- \n")
    with engine.session() as connection:
        connection.row_factory = dict_row
        registry = Registry(connection, "arn")
        assert migrate.pending(registry) == []
        with pytest.raises(ReconcileError, match="was changed after it was applied"):
            migrate.pending(registry, tmp_path)


def test_in_check_mode_an_instance_that_is_not_there_is_empty(engine):
    absent = Engine(Database(engine.database.sandbox, "no-such-instance"), engine.pack)
    assert len(absent.run(check_mode=True, **everything(engine))["created"]) == 6
    with pytest.raises(ReconcileError, match="there is no DB instance no-such-instance"):
        absent.run(**everything(engine))
