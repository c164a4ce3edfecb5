from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.cloudwatch import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

GROUP = {"log_group_name": "/iworkz/app", "retention_in_days": 90, "kms_key_id": "alias/iworkz-sandbox-data"}
FILTER = {
    "log_group_name": "/iworkz/app",
    "filter_name": "iworkz-sandbox-errors",
    "filter_pattern": "ERROR",
    "metric_transformations": [{"metric_name": "errors", "metric_namespace": "iworkz", "metric_value": "1"}],
}
POLICY = {
    "policy_name": "iworkz-sandbox-search-logs",
    "policy_document": {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "es.amazonaws.com"},
                "Action": ["logs:PutLogEvents", "logs:CreateLogStream"],
                "Resource": "*",
            }
        ],
    },
}
ALARM = {
    "alarm_name": "iworkz-sandbox-errors",
    "namespace": "iworkz",
    "metric_name": "errors",
    "dimensions": [{"name": "Service", "value": "search"}, {"name": "Zone", "value": "1a"}],
    "statistic": "Sum",
    "period": 60,
    "evaluation_periods": 3,
    "threshold": 5,
    "comparison_operator": "GreaterThanThreshold",
    "alarm_actions": ["iworkz-sandbox-alerts"],
}
SHARE = {
    "alarm_name": "iworkz-sandbox-share",
    "metrics": [
        {"id": "share", "expression": "100 * used / total", "return_data": True},
        *(
            {
                "id": name,
                "metric_stat": {
                    "metric": {"namespace": "iworkz", "metric_name": name},
                    "period": 60,
                    "stat": "Maximum",
                },
                "return_data": False,
            }
            for name in ("used", "total")
        ),
    ],
    "evaluation_periods": 1,
    "threshold": 80,
    "comparison_operator": "GreaterThanThreshold",
}
BOARD = {"dashboard_name": "iworkz-sandbox-overview", "dashboard_body": {"widgets": [{"type": "text"}]}}
DECLARED = {
    "log_groups": [GROUP],
    "metric_filters": [FILTER],
    "resource_policies": [POLICY],
    "alarms": [ALARM, SHARE],
    "dashboards": [BOARD],
}


@pytest.fixture
def made(account, data_key):
    account.converges(ADAPTERS, **DECLARED)
    return account


def test_topics_are_named_and_stored_as_arns(made):
    (alarm,) = made.client("cloudwatch").describe_alarms(AlarmNames=["iworkz-sandbox-errors"])["MetricAlarms"]
    assert alarm["AlarmActions"] == ["arn:aws:sns:ap-northeast-1:123456789012:iworkz-sandbox-alerts"]


def test_order_of_dimensions_means_nothing(made):
    turned = {**ALARM, "dimensions": ALARM["dimensions"][::-1]}
    assert not made.run(ADAPTERS, alarms=[turned])["changed"]


def test_mends_drift_of_every_kind(made, data_key):
    logs, cloudwatch = made.client("logs"), made.client("cloudwatch")
    logs.put_retention_policy(logGroupName="/iworkz/app", retentionInDays=1)
    logs.delete_metric_filter(logGroupName="/iworkz/app", filterName="iworkz-sandbox-errors")
    logs.put_resource_policy(policyName="iworkz-sandbox-search-logs", policyDocument='{"Statement": []}')
    cloudwatch.put_metric_alarm(
        AlarmName="iworkz-sandbox-errors",
        Namespace="iworkz",
        MetricName="errors",
        Dimensions=[],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=3,
        Threshold=500,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.delete_dashboards(DashboardNames=["iworkz-sandbox-overview"])
    made.mends(
        ADAPTERS,
        "alarm iworkz-sandbox-errors",
        "dashboard iworkz-sandbox-overview",
        "log_group /iworkz/app",
        "metric_filter /iworkz/app:iworkz-sandbox-errors",
        "resource_policy iworkz-sandbox-search-logs",
        **DECLARED,
    )


def test_an_update_keeps_what_was_set_besides(made):
    cloudwatch = made.client("cloudwatch")
    made.run(ADAPTERS, alarms=[{**ALARM, "alarm_description": "kept"}])
    made.run(ADAPTERS, alarms=[{**ALARM, "threshold": 6}])
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["iworkz-sandbox-errors"])["MetricAlarms"]
    assert (alarm["AlarmDescription"], alarm["Threshold"]) == ("kept", 6)


def test_purge_deletes_what_is_ours_only(made):
    made.client("logs").create_log_group(logGroupName="/theirs")
    made.client("cloudwatch").put_dashboard(DashboardName="theirs", DashboardBody="{}")
    result = made.run(ADAPTERS, **{option: [] for option in DECLARED}, purge=True)
    assert result["failed_resources"] == {}
    assert [g["logGroupName"] for g in made.client("logs").describe_log_groups()["logGroups"]] == ["/theirs"]
    assert [d["DashboardName"] for d in made.client("cloudwatch").list_dashboards()["DashboardEntries"]] == ["theirs"]
    assert made.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("option", "item", "error"),
    [
        ("alarms", {**ALARM, "treshold": 1}, r"unknown key treshold; did you mean threshold\?"),
        ("alarms", {**ALARM, "period": "minute"}, "Invalid type for parameter Period"),
        ("dashboards", {"dashboard_name": "d", "dashboard_body": "{}"}, "dashboard_body must be a dict, is str"),
        ("metric_filters", {"filter_name": "f"}, "has no name"),
    ],
)
def test_bad_input_makes_no_call(account, option, item, error):
    with pytest.raises(InvalidInput, match=error):
        account.run(ADAPTERS, **{option: [item]})
    assert account.mutations() == []


def test_forty_alarms_cost_one_describe(account):
    alarms = [{**ALARM, "alarm_name": f"iworkz-sandbox-{n}", "alarm_actions": []} for n in range(40)]
    account.run(ADAPTERS, alarms=alarms)
    calls = account.run(ADAPTERS, alarms=alarms)["api_calls"]
    assert calls["cloudwatch:DescribeAlarms"] == 1
