from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _at_rest, _audit_trial, _audited, _trails
from ansible_collections.iworkz.platform.plugins.module_utils._checks import data_protection_audit as check
from tests.unit.checks.fake_account import world

BUCKET = "documents"
KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/1"
REQUIRED = {"lock_days": 365, "log_days": 90, "session_classes": ["ddl", "role"], "record_seconds": 900}
SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements, pgaudit",
    "pgaudit.role": "rds_pgaudit",
    "pgaudit.log": "ddl, role",
    "pgaudit.log_parameter": "off",
    "log_statement": "none",
}
TRAIL: dict[str, Any] = {
    "Name": "iworkz-sandbox-data",
    "S3BucketName": "archive",
    "LogFileValidationEnabled": True,
    "CloudWatchLogsLogGroupArn": "arn:aws:logs:ap-northeast-1:123456789012:log-group:/iworkz-sandbox-audit:*",
    "status": {"IsLogging": True},
    "selectors": {
        "AdvancedEventSelectors": [
            {
                "FieldSelectors": [
                    {"Field": "eventCategory", "Equals": ["Data"]},
                    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                    {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::documents/"]},
                ]
            }
        ]
    },
}


def ids(breaches: Any) -> list[str]:
    return [breach.id.removeprefix("data_audit.") for breach in breaches]


def advanced(**fields: dict[str, list[str]]) -> dict[str, Any]:
    names = {"category": "eventCategory", "type": "resources.type", "arn": "resources.ARN", "read": "readOnly"}
    all_fields = {"category": {"Equals": ["Data"]}, "type": {"Equals": ["AWS::S3::Object"]}, **fields}
    selectors = [{"Field": names[name], **condition} for name, condition in all_fields.items()]
    return {"AdvancedEventSelectors": [{"FieldSelectors": selectors}]}


def basic(kind: str, *values: str) -> dict[str, Any]:
    resource = {"Type": "AWS::S3::Object", "Values": list(values)}
    return {"EventSelectors": [{"ReadWriteType": kind, "DataResources": [resource]}]}


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (advanced(), True),
        (advanced(arn={"StartsWith": ["arn:aws:s3:::other/", "arn:aws:s3:::documents/"]}), True),
        (advanced(arn={"StartsWith": ["arn:aws:s3:::documents/subjects/"]}), False),
        (advanced(arn={"NotStartsWith": ["arn:aws:s3:::documents/"]}), False),
        (advanced(arn={"StartsWith": ["arn:aws:s3:::documents/"], "NotEndsWith": [".txt"]}), False),
        (advanced(read={"Equals": ["false"]}), False),
        (advanced(category={"Equals": ["Management"]}), False),
        (advanced(type={"Equals": ["AWS::Lambda::Function"]}), False),
        (basic("All", "arn:aws:s3"), True),
        (basic("All", "arn:aws:s3:::documents/"), True),
        (basic("WriteOnly", "arn:aws:s3"), False),
        (basic("All", "arn:aws:s3:::others/"), False),
        ({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}, False),
    ],
)
def test_a_trail_records_all_use_of_a_bucket(selectors: dict[str, Any], expected: bool) -> None:
    assert _trails.records_objects(selectors, BUCKET) is expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"status": {"IsLogging": False}}, ["bucket_unwatched", "not_logging"]),
        ({"LogFileValidationEnabled": False}, ["not_validated"]),
        ({"CloudWatchLogsLogGroupArn": ""}, ["not_searchable"]),
        ({"status": {"IsLogging": True, "LatestDeliveryError": "AccessDenied"}}, ["not_delivered"]),
        ({"selectors": basic("WriteOnly", "arn:aws:s3")}, ["bucket_unwatched"]),
    ],
)
def test_trails(change: dict[str, Any], expected: list[str]) -> None:
    assert ids(check._trail_breaches([{**TRAIL, **change}], [BUCKET])) == expected


@pytest.mark.parametrize(
    ("lock", "environment", "expected"),
    [
        ({"mode": "GOVERNANCE", "days": 1827, "key": KEY}, "sandbox", []),
        ({"mode": "COMPLIANCE", "days": 1827, "key": "alias/iworkz-sandbox-logs"}, "production", []),
        ({"mode": "GOVERNANCE", "days": 1827, "key": KEY}, "production", ["not_locked"]),
        ({"mode": "COMPLIANCE", "days": 30, "key": KEY}, "sandbox", ["not_locked"]),
        ({"mode": None, "days": 0, "key": None}, "sandbox", ["not_locked", "archive_key"]),
    ],
)
def test_archives(monkeypatch: pytest.MonkeyPatch, lock: dict[str, Any], environment: str, expected: list[str]) -> None:
    def keys(_world: Any) -> dict[str, Any]:
        return {KEY: {"alias": "alias/iworkz-sandbox-logs"}}

    monkeypatch.setattr(_at_rest, "keys", keys)
    asked = world({})
    object.__setattr__(asked.platform, "environment", environment)
    assert ids(check._archive_breaches(asked, {"archive": lock}, REQUIRED)) == expected


@pytest.mark.parametrize(
    ("change", "unwatched", "expected"),
    [
        ({}, {}, []),
        ({}, {"identity.identity.accounts": ["SELECT"]}, ["table_unwatched"]),
        ({"shared_preload_libraries": "pg_stat_statements"}, {}, ["no_pgaudit"]),
        ({"pgaudit.role": ""}, {}, ["no_pgaudit"]),
        ({"pgaudit.role": None}, {}, ["no_pgaudit"]),
        ({"pgaudit.log": "ddl"}, {}, ["classes_missing"]),
        ({"pgaudit.log": "all"}, {}, []),
        ({"pgaudit.log_parameter": "on"}, {}, ["values_logged"]),
        ({"shared_preload_libraries": "", "log_statement": "all"}, {}, []),
    ],
)
def test_databases(change: dict[str, Any], unwatched: dict[str, list[str]], expected: list[str]) -> None:
    facts = {"settings": {**SETTINGS, **change}, "unwatched": unwatched}
    assert ids(check._database_breaches({"db": facts}, REQUIRED)) == expected


def test_what_the_audit_role_lacks_on_tables_that_there_are() -> None:
    wanted = {"identity": ["identity.accounts", "identity.gone", "identity.sign_ins"]}
    every = ["SELECT", "INSERT", "UPDATE", "DELETE"]
    rows = [
        {"name": "identity.accounts", "held": every},
        {"name": "identity.sign_ins", "held": ["INSERT"]},
        {"name": "identity.texts", "held": []},
    ]
    assert _audited.lacking(wanted, {"identity": rows}) == {
        "identity.identity.sign_ins": ["DELETE", "SELECT", "UPDATE"]
    }


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ({"retention_days": 365, "archives": ["archive"]}, []),
        ({"retention_days": None, "archives": ["archive"]}, []),
        ({"retention_days": 30, "archives": []}, ["log_short", "log_not_archived"]),
        ({"archives": []}, ["log_not_exported"]),
    ],
)
def test_logs(log: dict[str, Any], expected: list[str]) -> None:
    assert ids(check._log_breaches({"db": log}, REQUIRED)) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("2026-11-22 06:01:36 UTC:127.0.0.1:canary@canary:[1]:LOG:  AUDIT: OBJECT,1,1,READ,SELECT,TABLE,x", []),
        ("2026-11-22 06:01:36 UTC:127.0.0.1:canary@canary:[1]:LOG:  statement: SELECT 1", []),
        ('{"eventName": "GetObject"}', []),
        ("2026-11-22 06:01:36 UTC:127.0.0.1:canary@canary:[1]:LOG:  duration: 600 ms", ["not_audited"]),
        (None, ["no_record"]),
    ],
)
def test_traces(record: str | None, expected: list[str]) -> None:
    assert ids(check._trace_breaches([_audit_trial.Trace("table", record, 1.0)])) == expected


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_record_is_waited_for_more_and_more_seldom() -> None:
    clock, asked = Clock(), []

    def find() -> str | None:
        asked.append(clock.now)
        return "found" if clock.now >= 100 else None

    found, seconds = _audit_trial.await_record(find, 900, clock, clock.sleep)
    assert found == "found"
    assert 100 <= seconds <= 120
    assert len(asked) < 20


def test_waiting_ends_in_time() -> None:
    clock = Clock()
    assert _audit_trial.await_record(lambda: None, 5, clock, clock.sleep) == (None, 5.0)
