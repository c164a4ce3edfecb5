from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding

from .fake_account import TOPIC, alarm, broken, watching, world

CPU = alarm("db-cpu", "AWS/RDS", "CPUUtilization", DBInstanceIdentifier="db")
SPACE = alarm("db-space", "AWS/RDS", "FreeStorageSpace", DBInstanceIdentifier="db")
MISSING = Breach("alarms.missing", {"resource": "db", "metric": "FreeStorageSpace"})
UNHEARD = Breach("alarms.no_action", {"resource": "db", "alarm": "db-space"})
OTHER = "arn:aws:sns:ap-northeast-1:123456789012:gone"


def metric(name: str, namespace: str = "AWS/RDS", instance: str = "db") -> dict:
    dimensions = [{"Name": "DBInstanceIdentifier", "Value": instance}]
    return {"MetricStat": {"Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}}}


def expression(**change) -> dict:
    """An alarm on an expression over metrics: it has no metric of its own."""
    queries = [{"Id": "share", "Expression": "used / total"}, metric("FreeStorageSpace")]
    return {"AlarmName": "db-share", "Metrics": queries, "ActionsEnabled": True, "AlarmActions": [TOPIC], **change}


def judge(*alarms: dict) -> tuple[dict, list[Breach]]:
    observed, breaches = alarm_breaches(
        world(watching(alarms)), "db", "AWS/RDS", {"DBInstanceIdentifier": "db"}, ["CPUUtilization", "FreeStorageSpace"]
    )
    return observed, broken(Finding({}, tuple(breaches)))


def test_one_alarm_per_metric_passes():
    assert judge(SPACE, CPU) == ({"CPUUtilization": ["db-cpu"], "FreeStorageSpace": ["db-space"]}, [])


@pytest.mark.parametrize(
    ("space", "breaches"),
    [
        ([], [MISSING]),
        ([{**SPACE, "Namespace": "AWS/ES"}], [MISSING]),
        ([{**SPACE, "Dimensions": []}], [MISSING]),
        ([{**SPACE, "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "db2"}]}], [MISSING]),
        ([{**SPACE, "Dimensions": [*SPACE["Dimensions"], {"Name": "Zone", "Value": "1a"}]}], []),
        ([{**SPACE, "ActionsEnabled": False}], [UNHEARD]),
        ([{**SPACE, "AlarmActions": []}], [UNHEARD]),
        ([{**SPACE, "AlarmActions": [OTHER]}], [UNHEARD]),
        ([{**SPACE, "AlarmActions": [OTHER, TOPIC]}], []),
        # One that is heard is enough.
        ([{**SPACE, "ActionsEnabled": False}, {**SPACE, "AlarmName": "second"}], []),
        ([expression()], []),
        ([expression(Metrics=[metric("FreeStorageSpace", "AWS/ES")])], [MISSING]),
        ([expression(Metrics=[metric("FreeStorageSpace", instance="db2")])], [MISSING]),
        ([expression(Metrics=[{"Id": "e", "Expression": "1"}])], [MISSING]),
        ([expression(ActionsEnabled=False)], [Breach("alarms.no_action", {"resource": "db", "alarm": "db-share"})]),
    ],
)
def test_an_alarm_counts_when_it_watches_this_resource_and_reaches_somebody(space, breaches):
    assert judge(CPU, *space)[1] == breaches


def test_without_alarms_every_metric_is_named():
    assert [breach.params["metric"] for breach in judge()[1]] == ["CPUUtilization", "FreeStorageSpace"]
