"""The controls of data protection, on facts given by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _auditor,
    _controls,
    _hygiene,
    _inventory,
    _inventory_stores,
    _keys,
    _registers,
    _separation,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import Platform
from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import RESTRICTED, load

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
KNOWN = datetime(2026, 11, 1, 9)
REQUIRED = {
    "review_days": 366,
    "gdpr_hours": 72,
    "preliminary_days": 5,
    "final_days": 30,
    "final_days_malicious": 60,
    "sample_rows": 1000,
}
DECLARED = {
    "clinic": {
        "tables": {
            "clinic.guests": {
                "purpose": "accountability", "retention": "r", "subject": "guest",
                "columns": {"guest": "personal", "name": "personal"},
            },
            "sensitive.notes": {
                "purpose": "accountability", "retention": "r", "subject": "guest",
                "columns": {"guest": "personal", "note": "sensitive_personal"},
            },
        },
        "readers": {"clinic": ["reader"]},
    }
}  # fmt: skip
ROLE = {
    "login": True,
    "comment": "x (iworkz.platform)",
    "member_of": [],
    **dict.fromkeys(_separation.ATTRIBUTES, False),
}
ROLES: dict[str, dict[str, Any]] = {
    name: {**ROLE, "name": name} for name in ("clinic", "clinic_migrate", "clinic_sensitive", "reader", "shop")
}
FOUND = {
    "clinic.guests": _auditor.Table("clinic.guests", "clinic_migrate", ("guest", "name"), frozenset({"clinic"})),
    "sensitive.notes": _auditor.Table(
        "sensitive.notes", "clinic_migrate", ("guest", "note"), frozenset({"clinic_sensitive"})
    ),
}
# What every service's database has besides.
KEPT = _auditor.Table(
    RESTRICTED, "clinic_migrate", tuple(load(DECLARED).tables["clinic"][RESTRICTED].columns), frozenset()
)
FOUND[RESTRICTED] = KEPT


class Facts:
    """A world that knows the given facts and reads nothing."""

    def __init__(self, facts: dict[Callable[..., Any], Any], environment: str = "sandbox") -> None:
        self.facts = {
            _auditor.inventory: load(DECLARED),
            _auditor.catalogues: {"clinic": FOUND},
            _auditor.databases: {"clinic": True, "postgres": True},
            _auditor.roles: ROLES,
            _keys.data_key: "arn:data",
            **facts,
        }
        declared = {
            "stores": {"postgres": {"database": "iworkz"}},
            "data_protection": {
                "privileged_roles": ["protector"],
                "banned_fields": ["honseki"],
                "regions": ["ap-northeast-1"],
                "elsewhere": [
                    {
                        "resources": "arn:aws:logs:us-east-1:*:log-group:waf-*",
                        "reason": "r",
                        "last_review_on": "2026-10-01",
                    }
                ],
                "countries": ["JP"],
            },
        }
        self.platform = Platform("iworkz", environment, "1", "ap-northeast-1", "ap-northeast-3", {}, declared)
        self.now = NOW

    def once(self, fact: Callable[..., Any]) -> Any:
        return self.facts[fact]


def world(**facts: Any) -> World:
    named = {"roles": _auditor.roles, "catalogues": _auditor.catalogues, "databases": _auditor.databases}
    given = {named.get(name, _registers.registers): value for name, value in facts.items()}
    return cast(World, Facts(given))


def ids(breaches: Any) -> list[str]:
    return [breach.id.removeprefix("data_protection.") for breach in breaches]


def with_table(name: str, **changes: Any) -> dict[str, Any]:
    return {"clinic": {**FOUND, name: _auditor.Table(**{**vars(FOUND[name]), **changes})}}


def test_what_is_classified_and_granted_as_declared_passes() -> None:
    assert _inventory.every_column_is_classified(world())[1] == []
    for control in (_inventory.nothing_banned_is_asked,
                    _separation.least_privilege, _separation.sensitive_data_is_apart):  # fmt: skip
        assert control(world(), REQUIRED)[1] == [], control.__name__


def test_drift_of_columns_is_named() -> None:
    seen = world(catalogues=with_table("clinic.guests", columns=("guest", "phone")))
    observed, breaches = _inventory.every_column_is_classified(seen)
    assert list(breaches) == [
        Breach("data_protection.unclassified", {"column": "clinic.clinic.guests.phone"}),
        Breach("data_protection.vanished", {"column": "clinic.clinic.guests.name"}),
    ]
    assert observed["columns"] == 4 + len(KEPT.columns)


def test_drift_of_tables_and_databases_is_named() -> None:
    extra = _auditor.Table("clinic.copies", "clinic_migrate", ("guest",), frozenset())
    found = {"clinic": {"clinic.guests": FOUND["clinic.guests"], "clinic.copies": extra, RESTRICTED: KEPT}}
    seen = world(catalogues=found, databases={"clinic": True, "dump": False})
    assert ids(_inventory.every_column_is_classified(seen)[1]) == [
        "unknown_database",
        "unclassified_table",
        "vanished_table",
    ]
    assert ids(_inventory.every_column_is_classified(world(catalogues={}))[1])[0] == "no_database"


def test_an_empty_database_is_there_and_empty() -> None:
    declared = load({**DECLARED, "metrics": {"empty": True}})
    leads = _auditor.Table("metrics.leads", "metrics", ("mail",), frozenset())
    for found, told in (
        ({}, []),
        ({"metrics.leads": leads}, [Breach("data_protection.unclassified_table", {"table": "metrics.metrics.leads"})]),
    ):
        seen = world(catalogues={"clinic": FOUND, "metrics": found}, databases={"clinic": True, "metrics": True})
        cast(Any, seen).facts[_auditor.inventory] = declared
        assert _inventory.every_column_is_classified(seen)[1] == told
    cast(Any, seen).facts[_auditor.catalogues] = {"clinic": FOUND}
    assert ids(_inventory.every_column_is_classified(seen)[1]) == ["no_database", "unknown_database"]


@pytest.mark.parametrize(
    ("declared", "separator", "matching", "others"),
    [
        ("a:s:{subject_id}", ":", ["a:s:1"], ["a:s:", "a:s:1:2", "a:s", "b:s:1", "a:sx:1"]),
        ("a:v{number}:x", ":", ["a:v1:x"], ["a:v:x", "a:w1:x"]),
        ("a.b:{id}", ":", ["a.b:1"], ["aXb:1"]),
    ],
)
def test_names_of_a_declared_shape(declared: str, separator: str, matching: list[str], others: list[str]) -> None:
    one = _inventory_stores.shape(declared, separator)
    assert [name for name in (*matching, *others) if _inventory_stores.is_of(name, one, separator)] == matching


@pytest.mark.parametrize(
    ("name", "separator", "told"),
    [
        ("admin:notes:S-000001", ":", "admin:notes:*"),
        ("admin:a@b.jp:x:cart", ":", "admin:*:x:*"),
        ("planted", ":", "planted"),
        ("a@b.jp", ":", "*"),
        ("marketing/", "/", "marketing/*"),
        ("S-000001/cv.pdf", "/", "*/*"),
    ],
)
def test_a_name_is_told_without_the_person(name: str, separator: str, told: str) -> None:
    assert _inventory_stores.masked(name, separator) == told


def test_a_banned_column_is_named() -> None:
    seen = world(catalogues=with_table("clinic.guests", columns=("guest", "honseki_code")))
    assert ids(_inventory.nothing_banned_is_asked(seen, REQUIRED)[1]) == ["banned_field"]


@pytest.mark.parametrize("attribute", list(_separation.ATTRIBUTES))
def test_a_role_of_ours_has_no_attribute(attribute: str) -> None:
    seen = world(roles={**ROLES, "shop": {**ROLE, attribute: True}})
    assert ids(_separation.least_privilege(seen, REQUIRED)[1]) == ["privileged"]


def test_a_role_that_reads_everything_is_named() -> None:
    above = {**ROLE, "login": False, "comment": ""}
    seen = world(roles={**ROLES, "pg_read_all_data": above, "shop": {**ROLE, "member_of": ["pg_read_all_data"]}})
    assert ids(_separation.least_privilege(seen, REQUIRED)[1]) == ["privileged"]


@pytest.mark.parametrize("grantee", ["shop", "PUBLIC"])
def test_a_stranger_is_named(grantee: str) -> None:
    seen = world(catalogues=with_table("clinic.guests", grantees=frozenset({"clinic", "reader", grantee})))
    _observed, breaches = _separation.least_privilege(seen, REQUIRED)
    assert list(breaches) == [Breach("data_protection.stranger", {"role": grantee, "table": "clinic.clinic.guests"})]


def test_a_stranger_by_membership_is_named() -> None:
    group = {**ROLE, "login": False}
    roles = {**ROLES, "group": group, "shop": {**ROLE, "member_of": ["group"]}}
    seen = world(roles=roles, catalogues=with_table("clinic.guests", grantees=frozenset({"group"})))
    assert [breach.params["role"] for breach in _separation.least_privilege(seen, REQUIRED)[1]] == ["shop"]


def test_a_role_without_login_and_members_reads_nothing() -> None:
    roles = {**ROLES, "rds_pgaudit": {**ROLE, "login": False}}
    seen = world(roles=roles, catalogues=with_table("clinic.guests", grantees=frozenset({"rds_pgaudit"})))
    assert _separation.least_privilege(seen, REQUIRED)[1] == []


def test_not_even_the_service_reads_what_is_sensitive() -> None:
    seen = world(catalogues=with_table("sensitive.notes", grantees=frozenset({"clinic", "clinic_sensitive"})))
    assert [breach.params["role"] for breach in _separation.sensitive_data_is_apart(seen, REQUIRED)[1]] == ["clinic"]


def incident(**changes: Any) -> dict[str, Any]:
    """One with all clocks running: 12 people, by an attack."""
    return {
        "incident_id": "IN1", "known_at": KNOWN, "persons": 12, "sensitive_data": False, "financial_harm": False,
        "malicious": True, "encrypted": False, "principal_informed_at": None, "preliminary_reported_at": None,
        "final_reported_at": None, "gdpr_applies": True, "risk_unlikely": False, "gdpr_reported_at": None, **changes,
    }  # fmt: skip


HOURS_72, DAYS_5, DAYS_30, DAYS_60 = timedelta(hours=72), timedelta(days=5), timedelta(days=30), timedelta(days=60)


@pytest.mark.parametrize(
    ("changes", "running"),
    [
        ({}, {"GDPR 33": HOURS_72, "APPI 26, preliminary": DAYS_5, "APPI 26, final": DAYS_60}),
        ({"gdpr_applies": False, "malicious": False, "sensitive_data": True},
         {"APPI 26, preliminary": DAYS_5, "APPI 26, final": DAYS_30}),
        ({"gdpr_applies": False, "malicious": False, "persons": 1000}, {}),
        ({"gdpr_applies": False, "malicious": False, "persons": 1001},
         {"APPI 26, preliminary": DAYS_5, "APPI 26, final": DAYS_30}),
        ({"gdpr_applies": False, "malicious": None},
         {"APPI 26, preliminary": DAYS_5, "APPI 26, final": DAYS_60}),
        ({"gdpr_applies": None, "encrypted": True}, {"GDPR 33": HOURS_72}),
        ({"risk_unlikely": True, "preliminary_reported_at": KNOWN, "final_reported_at": KNOWN}, {}),
        ({"gdpr_reported_at": KNOWN, "principal_informed_at": KNOWN}, {}),
    ],
)  # fmt: skip
def test_clocks_that_run(changes: dict[str, Any], running: dict[str, timedelta]) -> None:
    found = {name: due - begun for name, begun, due in _registers.clocks(incident(**changes), REQUIRED)}
    assert found == running


def kept(**changes: Any) -> dict[str, list[dict[str, Any]]]:
    activity = {
        "activity": "accountability", "purpose": "p", "basis": "contract", "subjects": ["guests"], "measures": ["m"],
        "controller": "c", "categories": ["clinic.clinic.guests"], "retention": ["r"], "reviewed_on": date(2026, 10, 1),
    }  # fmt: skip
    vendor = {
        "vendor_id": "aws", "role": "processor", "country": "JP", "agreement_from": date(2025, 4, 1),
        "agreement_until": date(2026, 11, 22), "agreement_reference": "archive", "last_review_on": date(2026, 9, 1),
    }  # fmt: skip
    return {"activities": [activity], "vendors": [vendor], "transfers": [], "incidents": [], **changes}


@pytest.mark.parametrize(("minutes", "late"), [(0, []), (1, ["clock"])])
def test_a_clock_runs_out_after_its_last_minute(minutes: int, late: list[str]) -> None:
    # NOW is noon in Japan.
    known = datetime(2026, 11, 22, 12) - timedelta(hours=72, minutes=minutes)
    one = incident(known_at=known, malicious=False)
    observed, breaches = _registers.no_clock_ran_out(world(registers=kept(incidents=[one])), REQUIRED)
    assert ids(breaches) == late
    assert [clock["alert"] for clock in observed["running"]] == [80]


def test_registers_that_are_complete_and_fresh_pass() -> None:
    for control in (_registers.activities_are_on_record, _registers.processors_are_bound):
        assert list(control(world(registers=kept()), REQUIRED)[1]) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"activity": "other"}, ["no_activity"]),
        ({"basis": ""}, ["activity_incomplete"]),
        ({"retention": []}, ["activity_incomplete"]),
        ({"reviewed_on": date(2025, 11, 20)}, ["activity_stale"]),
    ],
)
def test_an_activity_is_incomplete_or_stale(change: dict[str, Any], told: list[str]) -> None:
    activities = [{**kept()["activities"][0], **change}]
    assert ids(_registers.activities_are_on_record(world(registers=kept(activities=activities)), REQUIRED)[1]) == told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"agreement_until": None}, ["no_agreement"]),
        ({"agreement_reference": ""}, ["no_agreement"]),
        ({"agreement_until": date(2026, 11, 21)}, ["agreement_over"]),
        ({"agreement_from": date(2026, 11, 23)}, ["agreement_over"]),
        ({"role": "joint_user", "agreement_until": None}, []),
    ],
)
def test_an_agreement_is_in_force(change: dict[str, Any], told: list[str]) -> None:
    vendors = [{**kept()["vendors"][0], **change}]
    assert ids(_registers.processors_are_bound(world(registers=kept(vendors=vendors)), REQUIRED)[1]) == told


def data_abroad(monkeypatch: pytest.MonkeyPatch, *arns: str, **elsewhere: str) -> list[str]:
    monkeypatch.setattr(_registers, "_buckets", lambda _world: {"iworkz-data": "ap-northeast-1"})
    monkeypatch.setattr(_registers, "_regions", lambda _world: ["ap-northeast-1", "us-east-1"])
    monkeypatch.setattr(_registers, "_resources", lambda _world, _region: list(arns))
    seen = world(registers=kept())
    seen.platform.declared["data_protection"]["elsewhere"][0].update(elsewhere)
    return ids(_registers.data_stays_where_it_may(seen, REQUIRED)[1])


def test_data_is_abroad_only_as_declared_and_reviewed(monkeypatch: pytest.MonkeyPatch) -> None:
    declared, key = "arn:aws:logs:us-east-1:1:log-group:waf-a", "arn:aws:kms:us-east-1:1:key/k"
    assert data_abroad(monkeypatch, declared, key) == []
    assert data_abroad(monkeypatch, "arn:aws:logs:us-east-1:1:log-group:other") == ["region"]
    assert data_abroad(monkeypatch, declared, last_review_on="2025-11-20") == ["not_reviewed"]


def test_no_vendor_at_all_is_a_breach() -> None:
    assert ids(_registers.processors_are_bound(world(registers=kept(vendors=[])), REQUIRED)[1]) == ["no_vendors"]


@pytest.mark.parametrize(
    ("message", "kinds"),
    [
        ("GET /jobs 200 12ms", set()),
        ("sent to hanako@iworkz.jp", {"mail"}),
        ("peer ip@10.0.0.1:5432", set()),
        ("host db@x.ap-northeast-1.rds.amazonaws.com", set()),
        ("call 090-1234-5678 back", {"phone"}),
        ("call 09012345678", {"phone"}),
        ("id 2026-11-22T03:04:05.123456", set()),
        ("number 1234 5678 9018", {"my_number"}),
        ("number 123456789012", set()),
        ("zeros 000000000000", set()),
        ("trace 4bf92f3577b34da6a3ce929d0e0e4736", set()),
    ],
)
def test_people_in_logs(message: str, kinds: set[str]) -> None:
    assert _hygiene.people_in(message) == kinds


def test_production_has_live_people() -> None:
    observed, breaches = _hygiene.no_live_people_outside_production(cast(World, Facts({}, "production")), REQUIRED)
    assert (observed["applies"], breaches) == (False, ())


def test_one_finding_lists_the_outcome_of_each_control(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_controls, "_CONTROLS", {})
    _controls.control("DP-A")(lambda world, required: ({"seen": 1}, []))
    _controls.control("DP-B")(lambda world, required: ({}, [Breach("core.unreadable", {"error": "x"})]))
    with pytest.raises(ValueError, match="DP-A is controlled twice"):
        _controls.control("DP-A")(lambda world, required: ({}, []))
    finding = _controls.judge(world(), {}, ["DP-A", "DP-B"])
    assert finding.observed == {"DP-A": {"outcome": "pass", "seen": 1}, "DP-B": {"outcome": "fail"}}
    assert ids(finding.breaches) == ["core.unreadable"]
    with pytest.raises(KeyError):
        _controls.judge(world(), {}, ["DP-C"])
