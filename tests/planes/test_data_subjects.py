"""One person, exported and erased from real PostgreSQL and Redis servers and the emulated OpenSearch and S3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256
from ansible_collections.iworkz.platform.plugins.module_utils._privacy import person as people
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.erasure import NotErased
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.holds import Held
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.relational import Relational
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres
from sandbox.rehearsal import caches, consents, indices, relational, rows
from tests.planes.conftest import PlanesSandbox
from tests.planes.databases import MASTER
from tests.planes.privacy_platform import DOCUMENTS, EVIDENCE, PERSON, SERVICES, Platform, build, discard

ME = PERSON.id
ADD_CONSENT = "INSERT INTO consent.log (subject, purpose, text_hash, given, channel) VALUES (%s, %s, %s, %s, 'web')"
CONTROLS = ("DP-04", "DP-05", "DP-06", "DP-07", "DP-08")
ALL = {service: tables for service, tables in rows.rows().items() if service in SERVICES}


@pytest.fixture(scope="module")
def made(planes_sandbox: PlanesSandbox) -> Iterator[Platform]:
    patched = pytest.MonkeyPatch()
    patched.setattr(postgres, "master_of", lambda clients, found: MASTER)
    platform = build(planes_sandbox)
    yield platform
    discard(platform)
    patched.undo()


@pytest.fixture
def platform(made: Platform) -> Platform:
    """Two hundred people's data everywhere, and nothing that an earlier test left."""
    for service in SERVICES:
        with made.session(service, "data_protector") as connection:
            connection.execute("DROP SCHEMA IF EXISTS restricted CASCADE; DROP SCHEMA IF EXISTS consent CASCADE")
        with made.session(service) as connection:
            for table in ("legal_holds", "erasures", "retention_runs", "data_subject_requests"):
                if service == "compliance":
                    connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier("privacy", table)))
            if service == "compliance":
                connection.execute("DROP SCHEMA IF EXISTS my_number CASCADE; CREATE SCHEMA my_number")
                connection.execute((relational.SCHEMAS / "compliance.sql").read_bytes())
                continue
            connection.execute(
                sql.SQL("COMMENT ON SCHEMA {} IS NULL").format(sql.Identifier(service.replace("-", "_")))
            )
            connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(service.replace("-", "_"))))
            relational.load(connection, service, ALL[service])
    with made.stores() as stores:
        for service in ("identity", "admin"):
            caches.fill(stores.cache(service), service)
        for name, document in indices.documents().items():
            body = {"candidate_id": name, "headline": document["headline"]}
            stores.search.put("candidates-1", "_doc", name, body=body)
    s3 = made.sandbox.client("s3")
    for one in s3.list_object_versions(Bucket=DOCUMENTS).get("Versions", []):
        s3.delete_object(Bucket=DOCUMENTS, Key=one["Key"], VersionId=one["VersionId"])
    for key in (f"subjects/{ME}/cv.txt", f"subjects/{ME}/cv.txt", "subjects/S-000002/cv.txt"):
        s3.put_object(Bucket=DOCUMENTS, Key=key, Body=b"Curriculum vitae")
    assert made.subject("prepared")["changed"]
    return made


def test_schemas_are_made_once_and_check_mode_announces_them(platform):
    assert platform.subject("prepared") | {"elapsed": 0, "api_calls": {}} == {
        "changed": False, "created": [], "elapsed": 0, "api_calls": {},
    }  # fmt: skip
    with platform.session("admin", "data_protector") as connection:
        connection.execute("DROP SCHEMA restricted CASCADE")
    assert platform.subject("prepared", check_mode=True)["created"] == ["admin: restricted/0001_records.sql"]
    assert platform.subject("prepared")["created"] == ["admin: restricted/0001_records.sql"]


def test_an_export_has_every_place_of_the_inventory(platform):
    done = platform.subject("exported", subject=ME, request="DSR-1")
    s3 = platform.sandbox.client("s3")
    answer = s3.get_object(Bucket=DOCUMENTS, Key=f"exports/{ME}/DSR-1.json")
    body = answer["Body"].read()
    document = json.loads(body)
    assert (answer["ServerSideEncryption"], sha256(body)) == ("aws:kms", done["sha256"])
    assert body == canonical(document)
    assert sorted(one["place"] for one in document["places"]) == sorted(platform.places.names)
    assert document["coverage"] == {"inventory": len(platform.places.names), "read": len(platform.places.names)}
    items = {one["place"]: one["items"] for one in document["places"]}
    assert items["identity: identity.accounts"][0]["email"] == PERSON.email
    assert [one["event_id"] for one in items["application-tracking: application_tracking.application_events"]]
    assert items["redis: identity:session:{subject_id}"][0]["key"] == f"identity:session:{ME}"
    assert items["search: candidates"][0]["_id"] == ME
    assert [one["key"] for one in items[f"s3: {DOCUMENTS}/subjects/{{subject_id}}/"]] == [f"subjects/{ME}/cv.txt"]
    assert PERSON.email not in json.dumps(done) + json.dumps(platform.evidence())


def test_no_export_where_a_place_cannot_be_read(platform):
    with platform.session("billing") as connection:
        connection.execute("ALTER TABLE billing.placement_fees RENAME TO fees")
    with pytest.raises(ReconcileError, match=r"do not exist: billing\.placement_fees"):
        platform.subject("exported", subject=ME, request="DSR-1")
    assert "exports/" not in _keys(platform)
    with platform.session("billing") as connection:
        connection.execute("ALTER TABLE billing.fees RENAME TO placement_fees")


def test_an_erasure_leaves_nothing_where_it_should_not_be(platform):
    platform.subject("exported", subject=ME, request="DSR-1")
    announced = platform.subject("erased", check_mode=True, subject=ME, request="DSR-2")
    assert announced["counts"]["identity: identity.accounts"] == {"found": 1}
    others = platform.value("identity", "SELECT count(*) FROM identity.accounts")
    done = platform.subject("erased", subject=ME, request="DSR-2")
    assert done["proof"]["found"] == 0
    assert done["key_destroyed"]
    with platform.stores() as stores:
        assert people.left(stores, people.recognise(ME, [vars(PERSON), {"name": PERSON.name}]), DOCUMENTS)[1] == {}
    assert platform.value("identity", "SELECT count(*) FROM identity.accounts") == others - 1
    assert ME not in _keys(platform)
    # The ledger of invoices is whole, without the person; the fee's register is out of everyday use for seven years.
    invoices = len(ALL["billing"]["billing.invoices"])
    assert platform.value("billing", "SELECT count(*) FROM billing.invoices") == invoices
    named = platform.value(
        "billing", "SELECT count(*) FROM restricted.records WHERE subject_id = %s", "data_protector", (ME,)
    )
    assert named == sum(one["rows"] for one in done["restricted"] if one["place"].startswith("billing"))
    answers = {one["place"]: one["answer"] for one in done["restricted"]}
    register = "application-tracking: application_tracking.placement_register"
    last = max(
        row["valid_until"]
        for row in ALL["application-tracking"]["application_tracking.placement_register"]
        if row["subject_id"] == ME
    )
    assert answers[register] == f"restricted until {last.replace(year=last.year + 2)}, basis ESA-032-15"
    assert ME not in json.dumps([done, platform.evidence()])
    assert date.fromisoformat(done["backups_expire_on"]) >= date.today() + timedelta(days=14)
    again = platform.subject("erased", subject=ME, request="DSR-2")
    assert (again["changed"], again["restricted"]) == (False, done["restricted"])
    assert platform.subject("erased", check_mode=True, subject=ME, request="DSR-2")["changed"] is False


def test_restricted_rows_are_for_one_role_alone(platform):
    platform.subject("erased", subject=ME, request="DSR-2")
    for user in ("billing-migrate", "data_protector"):
        with platform.session("billing", user) as connection:
            if user == "data_protector":
                assert connection.execute("SELECT count(*) FROM restricted.records").fetchone()[0] > 0
                continue
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT FROM restricted.records")


def test_who_is_mentioned_in_others_rows_is_replaced_by_somebody_who_was_nobody(platform):
    staff = "S-000191"
    looks = platform.value("admin", "SELECT count(*) FROM admin.looks")
    own = platform.value("admin", "SELECT count(*) FROM admin.looks WHERE subject_id = %s", params=(staff,))
    platform.subject("erased", subject=staff, request="DSR-3")
    assert platform.value("admin", "SELECT count(*) FROM admin.looks") == looks - own
    assert platform.value("admin", "SELECT count(DISTINCT staff_subject_id) FROM admin.looks") == 1
    assert (
        platform.value(
            "admin",
            "SELECT string_agg(name || email, '') FROM admin.staff WHERE subject_id LIKE 'erased-%%'",
            params=("",) * 0,
        ).count("erased-")
        == 2
    )


def test_a_person_under_legal_hold_is_not_erased(platform):
    with platform.session("compliance") as connection:
        connection.execute(
            "INSERT INTO privacy.legal_holds (hold_id, subject_id, reason) VALUES ('LH-7', %s, 'dispute')", (ME,)
        )
    for check_mode in (True, False):
        with pytest.raises(Held, match="legal hold LH-7"):
            platform.subject("erased", check_mode=check_mode, subject=ME, request="DSR-2")
    assert platform.value("identity", "SELECT count(*) FROM identity.accounts WHERE subject_id = %s", params=(ME,)) == 1


def test_an_erasure_that_was_interrupted_is_run_again(platform, monkeypatch):
    erase = Relational.erase

    def interrupted(self: Relational, *given: Any) -> Any:
        if self.service == "billing":
            raise ReconcileError("the connection was lost")
        return erase(self, *given)

    monkeypatch.setattr(Relational, "erase", interrupted)
    with pytest.raises(ReconcileError, match="connection was lost"):
        platform.subject("erased", subject=ME, request="DSR-2")
    assert platform.value("compliance", "SELECT state FROM privacy.erasures") == "started"
    monkeypatch.undo()
    monkeypatch.setattr(postgres, "master_of", lambda clients, found: MASTER)
    done = platform.subject("erased", subject=ME, request="DSR-2")
    assert done["counts"]["identity: identity.accounts"] == {"deleted": 1}
    assert done["counts"]["billing: billing.billing_contacts"] == {"deleted": 1}
    assert platform.value("compliance", "SELECT state FROM privacy.erasures") == "done"


def test_what_is_left_behind_fails_the_proof_and_keeps_the_key(platform):
    with platform.session("identity") as connection:
        connection.execute(
            "UPDATE identity.consent_texts SET body = 'Ask ' || %s WHERE text_id = 'scout-ja-1'", (PERSON.email,)
        )
    with pytest.raises(NotErased, match=r"still found in identity: identity\.consent_texts \(1\)"):
        platform.subject("erased", subject=ME, request="DSR-2")
    assert platform.value("compliance", "SELECT state FROM privacy.erasures") == "started"
    with platform.session("identity") as connection:
        connection.execute("UPDATE identity.consent_texts SET body = 'Ask' WHERE text_id = 'scout-ja-1'")
    assert platform.subject("erased", subject=ME, request="DSR-2")["proof"]["found"] == 0


def test_a_rehearsal_makes_exports_and_erases_somebody_and_leaves_all_others(platform):
    done = platform.subject("rehearsed", template=ME)
    assert done["copied"]
    assert not [place for place, count in done["copied"].items() if count and place not in done["exported"]]
    assert [one["kind"] for one in platform.evidence() if one["request"] == done["request"]] == [
        "data_subject_erased", "data_subject_exported",
    ]  # fmt: skip
    # Nothing invented stays in the books.
    assert platform.value("billing", "SELECT count(*) FROM billing.invoices") == len(ALL["billing"]["billing.invoices"])
    assert platform.value("billing", "SELECT count(*) FROM restricted.records", "data_protector") == 0
    assert platform.subject("rehearsed", template=ME)["changed"] is False


def test_consent_is_only_added_and_every_change_shows(platform):
    texts = "a" * 64
    with platform.session("identity", "consent_writer") as connection:
        for purpose, given in (("analytics", True), ("scout", True), ("scout", False)):
            connection.execute(ADD_CONSENT, (ME, purpose, texts, given))
        for refused in (
            "SELECT FROM consent.log",
            "DELETE FROM consent.log",
            "UPDATE consent.log SET given = true",
            "TRUNCATE consent.log",
            "SELECT FROM consent.subjects",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO consent.log (number, subject) VALUES (9, 'x')")
    live = "SELECT string_agg(purpose, ',') FROM consent.live WHERE subject_id = %s"
    assert platform.value("identity", live, "data_protector", (ME,)) == "analytics"
    assert platform.value("identity", "SELECT count(*) FROM consent.broken", "data_protector") == 0
    with platform.database.by_hand("identity") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only added to"):
            connection.execute("UPDATE consent.log SET given = true")
        connection.execute(
            "ALTER TABLE consent.log DISABLE TRIGGER ALL; UPDATE consent.log SET given = true WHERE number = 3"
        )
        connection.execute("ALTER TABLE consent.log ENABLE TRIGGER ALL")
    assert (
        platform.value("identity", "SELECT string_agg(number::text, ',') FROM consent.broken", "data_protector") == "3"
    )


def test_overdue_rows_go_but_those_that_are_held_or_waited_for(platform):
    as_of = "2040-01-01"
    with platform.session("compliance") as connection:
        connection.execute(
            "INSERT INTO privacy.legal_holds (hold_id, subject_id, reason) VALUES ('LH-8', %s, 'dispute')", (ME,)
        )
    announced = platform.retention(check_mode=True, as_of=as_of)
    fees = announced["counts"]["billing: billing.placement_fees"]
    kept = sum(one["placed_subject_id"] == ME for one in ALL["billing"]["billing.placement_fees"])
    assert (announced["changed"], fees["held"]) == (True, kept)
    done = platform.retention(as_of=as_of)
    assert done["counts"]["billing: billing.placement_fees"]["ended"] == fees["overdue"]
    assert platform.value("billing", "SELECT count(*) FROM billing.placement_fees") == kept
    assert platform.value("identity", "SELECT count(*) FROM identity.sign_ins WHERE subject_id = %s", params=(ME,)) == 5
    assert (
        platform.value("identity", "SELECT count(*) FROM identity.sign_ins WHERE subject_id <> %s", params=(ME,)) == 0
    )
    # What a fee of the held person names is not deleted before the fee.
    assert platform.value("billing", "SELECT count(*) FROM billing.invoices") > 0
    assert platform.value("compliance", "SELECT overdue_after FROM privacy.retention_runs") == 0
    # By 2040 only the record of the first run itself has become old.
    again = platform.retention(as_of=as_of)["counts"]
    assert [place for place, of in again.items() if of["overdue"]] == ["compliance: privacy.retention_runs"]
    assert platform.retention(as_of=as_of, fresh_hours=24)["skipped_as_fresh"]


def test_controls_pass_after_a_rehearsal_and_a_run_and_name_what_is_wrong(platform):
    s3 = platform.sandbox.client("s3")
    for one in s3.list_objects_v2(Bucket=EVIDENCE).get("Contents", []):
        s3.delete_object(Bucket=EVIDENCE, Key=one["Key"])
    before = {breach.id for breach in platform.judge(*CONTROLS).breaches}
    assert before >= {"data_subjects.not_rehearsed", "data_subjects.no_run", "data_subjects.overdue"}
    platform.retention()
    platform.subject("rehearsed", template=ME)
    finding = platform.judge(*CONTROLS)
    assert finding.breaches == ()
    assert {name: of["outcome"] for name, of in finding.observed.items()} == dict.fromkeys(CONTROLS, "pass")
    (stem,) = [
        one["Key"] for one in s3.list_objects_v2(Bucket=EVIDENCE)["Contents"] if one["Key"].endswith("erased.json")
    ]
    s3.put_object(Bucket=EVIDENCE, Key=stem, Body=s3.get_object(Bucket=EVIDENCE, Key=stem)["Body"].read() + b" ")
    with platform.session("identity", "data_protector") as connection:
        connection.execute(
            "ALTER TABLE consent.log DISABLE TRIGGER refuse_row; GRANT DELETE ON consent.log TO consent_writer"
        )
    with platform.session("identity") as connection:
        connection.execute("UPDATE identity.sign_ins SET at = '2020-01-01' WHERE subject_id = %s", (ME,))
    after = {breach.id.removeprefix("data_subjects.") for breach in platform.judge(*CONTROLS).breaches}
    assert after == {"evidence_broken", "log_unguarded", "log_changeable", "overdue"}


def test_who_has_not_consented_is_told_by_number_alone(platform):
    finding = platform.judge("DP-03")
    assert finding.breaches == ()
    with platform.stores() as stores:
        caches.fill(stores.cache("analytics"), "analytics")
    (breach,) = platform.judge("DP-03").breaches
    assert breach.params == {"place": "redis: analytics:events:{subject_id}", "count": 200, "purpose": "analytics"}
    with platform.session("identity", "consent_writer") as connection, connection.cursor() as cursor:
        cursor.executemany(ADD_CONSENT, [one for one in consents.entries() if one[1] == "analytics"])
    assert platform.judge("DP-03").breaches == ()


def test_what_is_kept_is_what_the_inventory_says(platform):
    _map_all(platform)
    finding = platform.judge("DP-01")
    assert finding.breaches == ()
    seen = finding.observed["DP-01"]
    assert seen["redis"].pop("looked_at") >= len(caches.keys("identity") | caches.keys("admin"))
    assert seen["redis"] == {"whole": True, "undeclared": 0}
    assert seen["search"] == {"indices": 3, "fields": 45, "whole": True}
    assert seen["s3"] == {DOCUMENTS: {"looked_at": 2, "whole": True, "undeclared": 0}}


def test_what_nobody_declared_is_named_without_the_person(platform):
    _map_all(platform)
    s3, planted = platform.sandbox.client("s3"), f"{ME}/{PERSON.email}"
    with platform.stores() as stores:
        stores.cache("admin").hset(f"admin:notes:{ME}", mapping={"name": PERSON.name})
        stores.cache("analytics").set(f"analytics:{ME}:{PERSON.email}", PERSON.name)
        stores.cache("canary").set("canary:trial", "1")
        inner = {"contact": {"properties": {"phone": {"type": "keyword"}}}}
        stores.search.put("candidates-1", "_mapping", body={"properties": inner})
        stores.search.put("leads-2026", "_doc", ME, body={"name": PERSON.name})
        stores.search.put("canary-1", body={})
        stores.search.delete("query-log-1")
    for key in (f"subjects/{PERSON.email}", f"marketing/{planted}", planted, f"exports/{planted}", "subjects/"):
        s3.put_object(Bucket=DOCUMENTS, Key=key, Body=PERSON.name.encode())
    with platform.session("monitoring") as connection:
        connection.execute("CREATE TABLE monitoring.leads (email text)")
    finding = platform.judge("DP-01")
    assert [(breach.id.removeprefix("data_protection."), breach.params) for breach in finding.breaches] == [
        ("unclassified_table", {"table": "monitoring.monitoring.leads"}),
        ("undeclared_key", {"key": "admin:notes:*", "type": "hash", "count": 1}),
        ("undeclared_key", {"key": "analytics:*:*", "type": "string", "count": 1}),
        ("undeclared_field", {"index": "candidates-1", "field": "contact.phone"}),
        ("undeclared_index", {"index": "leads-2026"}),
        ("vanished_index", {"alias": "query-log"}),
        ("undeclared_objects", {"bucket": DOCUMENTS, "prefix": "*/*", "count": 1}),
        ("undeclared_objects", {"bucket": DOCUMENTS, "prefix": "marketing/*", "count": 1}),
        ("undeclared_objects", {"bucket": DOCUMENTS, "prefix": "subjects/*", "count": 1}),
    ]
    assert not {ME, PERSON.email, PERSON.name} & set(json.dumps(finding.observed, ensure_ascii=False).split('"'))
    with platform.session("monitoring") as connection:
        connection.execute("DROP TABLE monitoring.leads")


def test_a_sample_that_is_not_whole_says_so(platform):
    seen = platform.judge("DP-01", sample_keys=1, sample_objects=1).observed["DP-01"]
    assert (seen["redis"]["looked_at"], seen["redis"]["whole"]) == (1, False)
    assert seen["s3"] == {DOCUMENTS: {"looked_at": 1, "whole": False, "undeclared": 0}}


def _map_all(platform: Platform) -> None:
    """Indices with every declared field."""
    with platform.stores() as stores:
        for one in platform.place["inventory"]["search"]["indices"]:
            index = f"{one['alias']}-1"
            if stores.search.get(index) is None:
                stores.search.put(index, body={"aliases": {one["alias"]: {}}})
            there = stores.search.get(index, "_mapping")[index]["mappings"].get("properties", {})
            missing = {name: {"type": "keyword"} for name in one["columns"] if name not in there}
            stores.search.put(index, "_mapping", body={"properties": missing})


def _keys(platform: Platform) -> str:
    found = platform.sandbox.client("s3").list_object_versions(Bucket=DOCUMENTS)
    return " ".join(one["Key"] for one in found.get("Versions", []))
