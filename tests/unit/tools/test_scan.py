"""How a scan is judged against the reviewed exceptions, and that those of docs/scanner.yml are in order."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from tools import scan
from tools.scan_judge import PATTERNS, Judgement, exemptions, judge

TODAY = date(2026, 11, 22)
BUCKET = "arn:aws:s3:::iworkz-sandbox-logs-123456789012"


def finding(status: str = "FAIL", severity: str = "medium", **changes: str) -> dict[str, str]:
    return {
        "check": "s3_bucket_kms",
        "severity": severity,
        "service": "s3",
        "region": "ap-northeast-1",
        "resource": BUCKET,
        "name": "iworkz-sandbox-logs",
        "status": status,
        "detail": "is not so",
        **changes,
    }


def exception(**changes: Any) -> dict[str, Any]:
    return {
        "check": "s3_bucket_kms",
        "resource": "*-logs-*",
        "kind": "deliberate",
        "reason": "Access logs are delivered so only.",
        "until": date(2027, 1, 1),
        **changes,
    }


def unread(**changes: Any) -> dict[str, Any]:
    entry = {"service": "emulator", "message": "ssm:*", **exception(kind="emulator"), **changes}
    return {name: value for name, value in entry.items() if name not in ("check", "resource")}


def judged(
    *findings: dict[str, str],
    errors: tuple[dict[str, str], ...] = (),
    reviewed: tuple[dict[str, Any], ...] = (),
    excused: tuple[dict[str, Any], ...] = (),
) -> Judgement:
    checks = {"s3_bucket_kms": "medium", "ssm_inventory": "medium", "sqs_encrypted": "high"}
    found = {"checks": checks, "findings": list(findings), "errors": list(errors), "seconds": 1.0}
    return judge(found, {"findings": list(reviewed), "unread": list(excused)}, TODAY)


@pytest.mark.parametrize("severity", ["critical", "high", "medium"])
def test_a_failure_that_nobody_explained_is_a_fault(severity):
    (fault,) = judged(finding(severity=severity)).faults
    assert fault.startswith(severity)
    assert BUCKET in fault


def test_a_failure_of_low_severity_is_told_only():
    result = judged(finding(severity="low"), finding("PASS"), finding("MANUAL"))
    assert (result.faults, len(result.minor)) == ([], 1)
    assert result.statuses["medium", "PASS"] == result.statuses["medium", "MANUAL"] == 1


def test_an_exception_excuses_by_arn_or_by_name():
    by_name = finding(resource="arn:aws:ec2:::network-acl/acl-1", name="iworkz-sandbox-logs-acl")
    result = judged(finding(), by_name, reviewed=(exception(),))
    assert (result.faults, result.excused) == ([], {"deliberate": 2})


@pytest.mark.parametrize(
    "other",
    [exception(check="s3_bucket_kms_key"), exception(resource="*-evidence-*"), exception(resource="logs")],
)
def test_an_exception_of_something_else_excuses_nothing_and_is_unused(other):
    first, second = judged(finding(), reviewed=(other,)).faults
    assert first.startswith("medium")
    assert second == f"unused exception: {other['check']} on {other['resource']}"


def test_an_exception_holds_to_the_end_of_its_last_day():
    assert judged(finding(), reviewed=(exception(until=TODAY),)).faults == []
    (fault,) = judged(finding(), reviewed=(exception(until=date(2026, 11, 21)),)).faults
    assert fault.endswith("(its exception ended on 2026-11-21)")


def test_a_pass_uses_no_exception():
    assert judged(finding("PASS"), reviewed=(exception(),)).faults == ["unused exception: s3_bucket_kms on *-logs-*"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "because"}, "is none of"),
        ({"reason": "it is fine"}, "no reason"),
        ({"kind": "later"}, "which issue"),
        ({"until": "soon"}, "is no day"),
        ({"issue": 7}, "has ["),
    ],
)
def test_an_exception_that_explains_nothing_excuses_nothing(changes, problem):
    first, second = judged(finding(), reviewed=(exception(**changes),)).faults
    assert problem in first
    assert second.startswith("medium")


def test_what_is_built_later_names_its_issue():
    later = exception(kind="later", reason="Plans of AWS Backup come with issue 7.")
    assert judged(finding(), reviewed=(later,)).faults == []


def test_what_could_not_be_read_is_no_pass():
    error = {"service": "emulator", "message": "ssm:DescribeInstanceInformation"}
    told = {"service": "ssm", "message": "NotImplementedBySandbox"}
    result = judged(finding("PASS"), errors=(error, error, told))
    assert [fault.split("  ")[0] for fault in result.faults] == ["could not read"] * 2
    assert (result.blind, result.silent) == (["ssm_inventory"], ["sqs_encrypted"])


def test_what_could_not_be_read_may_have_an_exception():
    error = {"service": "emulator", "message": "ssm:DescribeInstanceInformation"}
    result = judged(finding("PASS"), errors=(error, error), excused=(unread(),))
    assert (result.faults, result.excused) == ([], {"emulator": 1})
    assert judged(finding("PASS"), excused=(unread(),)).faults == ["unused exception: emulator on ssm:*"]


def test_what_the_emulator_did_not_answer_is_an_error_once():
    calls = [
        {"service": "ssm", "operation": "GetParameter", "status": 501},
        {"service": "kms", "operation": "ListKeys", "status": 501},
        {"service": "kms", "operation": "ListAliases", "status": 400},
    ]
    messages = ["An error occurred when calling the GetParameter operation: x"]
    assert scan.unmentioned(calls, messages) == [{"service": "emulator", "message": "kms:ListKeys"}]


def test_the_table_has_the_severities_that_there_are():
    table = scan.table(judged(finding(), finding("PASS", "low")))
    assert table.splitlines()[2:] == ["| medium | 0 | 1 | 0 |", "| low | 1 | 0 | 0 |"]


def test_the_reviewed_exceptions_are_in_order():
    reviewed = yaml.safe_load(scan.REVIEWED.read_text("utf-8"))
    for listed in PATTERNS:
        good, wrong = exemptions(reviewed, listed)
        assert wrong == []
        assert len(set(good)) == len(good)


def test_the_environment_of_the_scanner_is_pinned():
    lines = (scan.ROOT / "tools" / "scanner" / "requirements.txt").read_text("utf-8").splitlines()
    assert all("==" in line for line in lines if not line.startswith("#"))
