from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _finding_trial,
    _trail_alarms,
    _trails,
    _watchers,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks import logging_security_events as check
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from tests.unit.checks.fake_account import ACCOUNT_ID, alarm, world
from tests.unit.checks.fake_account import TOPIC as ALERTS

HOME, RECOVERY, GLOBAL = "ap-northeast-1", "ap-northeast-3", "us-east-1"
TOPIC = f"arn:aws:sns:{HOME}:{ACCOUNT_ID}:iworkz-sandbox-security"
BUS = f"arn:aws:events:{HOME}:{ACCOUNT_ID}:event-bus/default"
REQUIRED = load_requirements().resolve("3.1.2.4").required


def region() -> dict[str, Any]:
    return {
        "detector": {"status": "ENABLED", "features": list(REQUIRED["features"])},
        "hub": {f"{name}/v/9.0.0": "READY" for name in REQUIRED["standards"]},
        "recorder": {"recording": True, "error": None},
        "analyzers": ["ACCOUNT", "ACCOUNT_UNUSED_ACCESS"],
        "scanned": list(REQUIRED["scanned"]),
        "macie": {"status": "ENABLED", "buckets": ["documents"]},
    }


def found(where: str = HOME, **changes: Any) -> dict[str, Any]:
    facts = {name: region() for name in (HOME, RECOVERY, GLOBAL)}
    facts[where] |= copy.deepcopy(changes)
    return facts


def ids(breaches: Any) -> list[str]:
    return [breach.id.removeprefix("security_events.") for breach in breaches]


CIS = "cis-aws-foundations-benchmark/v/3.0.0"
FOUNDATIONAL = "aws-foundational-security-best-practices/v/1.0.0"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (found(), []),
        (found(GLOBAL, scanned=[], macie=None, analyzers=["ACCOUNT"]), []),
        (found(GLOBAL, detector=None), ["no_detector"]),
        (found(RECOVERY, detector={"status": "DISABLED", "features": []}), ["no_detector"]),
        (found(detector={"status": "ENABLED", "features": ["S3_DATA_EVENTS"]}), ["features_off"]),
        (found(GLOBAL, hub=None), ["no_hub"]),
        (found(hub={CIS: "READY"}), ["no_standard"]),
        (found(hub={CIS: "READY", FOUNDATIONAL: "INCOMPLETE"}), ["standard_incomplete"]),
        (found(hub={CIS: "PENDING", FOUNDATIONAL: "READY"}), []),
        (found(GLOBAL, recorder=None), ["not_recording"]),
        (found(RECOVERY, recorder={"recording": False, "error": None}), ["not_recording"]),
        (found(recorder={"recording": True, "error": "AccessDenied"}), ["not_recorded"]),
        (found(RECOVERY, analyzers=[]), ["no_analyzer"]),
        (found(analyzers=["ACCOUNT"]), ["no_unused_access"]),
        (found(RECOVERY, scanned=["ECR"]), ["not_scanned"]),
        (found(macie=None), ["no_macie"]),
        (found(macie={"status": "PAUSED", "buckets": ["documents"]}), ["no_macie"]),
        (found(macie={"status": "ENABLED", "buckets": []}), ["no_classification"]),
    ],
)
def test_each_watcher_has_to_be_on_where_it_is_needed(facts, expected):
    assert ids(_watchers.breaches(world({}), facts, REQUIRED)) == expected


def aggregator(mode: str, *regions: str, home: str = HOME) -> dict[str, Any]:
    return {"FindingAggregationRegion": home, "RegionLinkingMode": mode, "Regions": list(regions)}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (None, False),
        (aggregator("ALL_REGIONS"), True),
        (aggregator("ALL_REGIONS", home=GLOBAL), False),
        (aggregator("SPECIFIED_REGIONS", RECOVERY), True),
        (aggregator("SPECIFIED_REGIONS", GLOBAL), False),
        (aggregator("ALL_REGIONS_EXCEPT_SPECIFIED", RECOVERY), False),
        (aggregator("ALL_REGIONS_EXCEPT_SPECIFIED", GLOBAL), True),
        (aggregator("NO_REGIONS"), False),
    ],
)
def test_findings_of_a_region_come_home_or_not(made, expected):
    assert _watchers.aggregates(made, HOME, RECOVERY) is expected
    assert _watchers.aggregates(made, HOME, HOME)


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (
            {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]},
            True,
        ),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}]}, False),
        (
            {
                "AdvancedEventSelectors": [
                    {
                        "FieldSelectors": [
                            {"Field": "eventCategory", "Equals": ["Management"]},
                            {"Field": "readOnly", "Equals": ["false"]},
                        ]
                    }
                ]
            },
            False,
        ),
        ({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}, True),
        ({"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]}, False),
        (
            {
                "EventSelectors": [
                    {
                        "ReadWriteType": "All",
                        "IncludeManagementEvents": True,
                        "ExcludeManagementEventSources": ["kms.amazonaws.com"],
                    }
                ]
            },
            False,
        ),
    ],
)
def test_a_trail_records_all_that_is_done_or_not(selectors, expected):
    assert _trails.records_management(selectors) is expected


MINE = "iworkz-sandbox-verification/"


@pytest.mark.parametrize(
    ("policy", "finding", "verification"),
    [
        ({}, True, True),
        ({"generator": [{"exists": False}, {"anything-but": {"prefix": MINE}}]}, True, False),
        ({"generator": [{"prefix": MINE}]}, False, True),
        ({"generator": ["security-control/x"]}, True, False),
        ({"generator": [{"exists": True}]}, True, True),
    ],
)
def test_a_filter_policy_lets_findings_through_and_verifications_not(policy, finding, verification):
    assert check.lets_through(policy, "security-control/x") is finding
    assert check.lets_through(policy, f"{MINE}1/{HOME}") is verification


@pytest.mark.parametrize("policy", [{"severity": ["HIGH"]}, {"generator": [{"numeric": ["=", 1]}]}])
def test_a_filter_policy_that_cannot_be_judged_is_no_pass(policy):
    with pytest.raises(ValueError, match="the filter policy"):
        check.lets_through(policy, "x")


def body(*words: str) -> str:
    return " ".join((*words, _finding_trial.TYPE))


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ([body("HIGH", HOME)], []),
        ([], ["not_delivered"]),
        ([body("HIGH", HOME), body("HIGH", HOME)], ["delivered_more_than_once"]),
        ([body("HIGH")], ["content_missing"]),
        ([body("HIGH", HOME, _finding_trial.PERSON)], ["personal_data"]),
        ([body("HIGH", HOME, json.dumps(_finding_trial.PERSON))], ["personal_data"]),
    ],
)
def test_a_finding_is_told_of_once_and_names_nobody(bodies, expected):
    trial = _finding_trial.Trial({HOME: bodies}, {}, 1.0)
    assert ids(_finding_trial.breaches(trial, "HIGH", "queue", 300)) == expected


def test_a_finding_that_is_refused_is_named():
    trial = _finding_trial.Trial({}, {GLOBAL: "InvalidInput: x"}, 1.0)
    (breach,) = _finding_trial.breaches(trial, "HIGH", "queue", 300)
    assert breach.id == "security_events.not_imported"
    assert breach.params == {"region": GLOBAL, "error": "InvalidInput: x"}


TRAIL = {
    "Name": "management",
    "S3BucketName": "trail",
    "IsMultiRegionTrail": True,
    "LogFileValidationEnabled": True,
    "KmsKeyId": "key",
    "status": {"IsLogging": True},
}
LOCKED = {"ObjectLockConfiguration": {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1827}}}}


@pytest.mark.parametrize(
    ("changes", "lock", "expected"),
    [
        ({}, LOCKED, []),
        ({"IsMultiRegionTrail": False}, LOCKED, ["IsMultiRegionTrail"]),
        ({"LogFileValidationEnabled": False}, LOCKED, ["LogFileValidationEnabled"]),
        ({"KmsKeyId": None}, LOCKED, ["KmsKeyId"]),
        ({"status": {"IsLogging": False}}, LOCKED, ["IsLogging"]),
        ({"status": {"IsLogging": True, "LatestDeliveryError": "AccessDenied"}}, LOCKED, ["LatestDeliveryError"]),
        ({}, {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}, ["ObjectLock"]),
    ],
)
def test_each_fault_of_a_trail_is_named(changes, lock, expected):
    assert check._faults(world({"s3": {"get_object_lock_configuration": lock}}), {**TRAIL, **changes}) == expected


def events(state: str = "ENABLED", target: str = TOPIC, result: bool = True) -> dict[str, Any]:
    rule = {"Name": "iworkz-sandbox-security-tampering", "State": state, "EventPattern": "{}"}
    return {
        "events": {
            "list_rules": {"Rules": [rule]},
            "list_targets_by_rule": {"Targets": [{"Id": "a", "Arn": target}, {"Id": "b", "Arn": BUS}]},
            "test_event_pattern": {"Result": result},
        }
    }


@pytest.mark.parametrize(
    ("answers", "regions"),
    [
        (events(), []),
        (events(state="DISABLED"), [HOME, RECOVERY, GLOBAL]),
        (events(result=False), [HOME, RECOVERY, GLOBAL]),
        (events(target="arn:aws:sqs:elsewhere"), [HOME]),
    ],
)
def test_calls_that_blind_a_watcher_are_told_of_in_every_region(answers, regions):
    _told, breaches = check._tampering(world(answers), TOPIC)
    assert [breach.params["region"] for breach in breaches] == regions


GROUP = f"arn:aws:logs:{HOME}:{ACCOUNT_ID}:log-group:/iworkz-sandbox/management:*"


def counting(*calls: str, watched: bool = True) -> dict[str, Any]:
    """An account where each call is counted by a filter of its own, and each metric has an alarm, or none has."""
    metric = {"metricNamespace": "iworkz-sandbox/trail", "metricValue": "1"}
    filters = [
        {"filterPattern": f'{{ ($.eventName = "{call}") }}', "metricTransformations": [{**metric, "metricName": call}]}
        for call in calls
    ]
    alarms = [alarm(f"iworkz-sandbox-{call}", "iworkz-sandbox/trail", call) for call in calls if watched]
    return {
        "logs": {"describe_metric_filters": {"metricFilters": filters}},
        "cloudwatch": {"describe_alarms": {"MetricAlarms": alarms}},
        "sns": {"list_topics": {"Topics": [{"TopicArn": ALERTS}]}},
    }


@pytest.mark.parametrize(
    ("trail", "answers", "expected"),
    [
        ({"CloudWatchLogsLogGroupArn": GROUP}, counting(*_trail_alarms.CALLS), []),
        ({"CloudWatchLogsLogGroupArn": GROUP}, counting(*_trail_alarms.CALLS[1:]), ["AttachRolePolicy"]),
        ({"CloudWatchLogsLogGroupArn": GROUP}, counting(*_trail_alarms.CALLS, watched=False), [*_trail_alarms.CALLS]),
        # CreateRouteTable is another call.
        (
            {"CloudWatchLogsLogGroupArn": GROUP},
            counting("CreateRouteTable", *(call for call in _trail_alarms.CALLS if call != "CreateRoute")),
            ["CreateRoute"],
        ),
        ({}, {}, [*_trail_alarms.CALLS]),
    ],
)
def test_calls_that_no_alarm_tells_of_are_named(trail, answers, expected):
    assert _trail_alarms.untold(world(answers), trail) == expected
