from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.cloudwatch import (
    ADAPTERS,
    Alarm,
    Dashboard,
    LogGroup,
    MetricFilter,
    ResourcePolicy,
)

from .conftest import TAGS

ARN = "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:a"
GROUP_ARN = "arn:aws:logs:ap-northeast-1:123456789012:log-group:/iworkz/app"
ACCOUNT = {"sts:GetCallerIdentity": {"Account": "123456789012", "Arn": "arn"}}
READING = ("Describe", "List", "Get")


def mutations(context):
    return [(name, given) for name, given in context.clients.made if not name.split(":")[1].startswith(READING)]


def test_alarms_are_read_by_a_hundred_names_at_a_time(scripted):
    context = scripted({"cloudwatch:DescribeAlarms": {"MetricAlarms": []}})
    assert Alarm(context).read({f"a{n:03}" for n in range(250)}) == {}
    asked = context.clients.named("cloudwatch:DescribeAlarms")
    assert [len(params["AlarmNames"]) for params in asked] == [100, 100, 50]
    assert asked[0]["AlarmNames"][0] == "a000"


def test_all_alarms_are_read_by_page_when_no_name_is_given(scripted):
    context = scripted()
    Alarm(context).read(None)
    assert context.clients.named("cloudwatch:DescribeAlarms") == [{"AlarmTypes": ["MetricAlarm"]}]


def test_an_alarms_state_is_in_snake_case_with_its_tags(scripted):
    alarm = {
        "AlarmName": "a",
        "AlarmArn": ARN,
        "Dimensions": [{"Name": "Broker", "Value": "b"}],
        "Threshold": 5.0,
    }
    answers = {
        "cloudwatch:DescribeAlarms": {"MetricAlarms": [alarm]},
        "cloudwatch:ListTagsForResource": {"Tags": [{"Key": "k", "Value": "v"}, {"Key": "aws:x", "Value": "y"}]},
    }
    assert Alarm(scripted(answers)).read({"a"})["a"] == {
        "alarm_name": "a",
        "alarm_arn": ARN,
        "dimensions": [{"name": "Broker", "value": "b"}],
        "threshold": 5.0,
        "tags": {"k": "v"},
        "_arn": ARN,
    }


CURRENT = {
    "alarm_name": "a",
    "alarm_arn": ARN,
    "alarm_description": "kept",
    "evaluation_periods": 1,
    "threshold": 5.0,
    "comparison_operator": "GreaterThanThreshold",
    "ok_actions": [],
    "state_value": "OK",
    "tags": {"old": "1"},
    "_arn": ARN,
}
DESIRED = {"alarm_name": "a", "threshold": 6.0, "tags": {"new": "1"}}
PUT = (
    "cloudwatch:PutMetricAlarm",
    {
        "AlarmName": "a",
        "AlarmDescription": "kept",
        "EvaluationPeriods": 1,
        "Threshold": 6.0,
        "ComparisonOperator": "GreaterThanThreshold",
    },
)
RETAG = [
    ("cloudwatch:UntagResource", {"ResourceARN": ARN, "TagKeys": ["old"]}),
    ("cloudwatch:TagResource", {"ResourceARN": ARN, "Tags": [{"Key": "new", "Value": "1"}]}),
]


@pytest.mark.parametrize(
    ("fields", "calls"),
    [(("threshold",), [PUT]), (("tags",), RETAG), (("tags", "threshold"), [PUT, *RETAG])],
)
def test_an_update_of_an_alarm_sends_the_whole_and_the_tags_by_themselves(scripted, fields, calls):
    context = scripted()
    Alarm(context).update("a", DESIRED, CURRENT, fields)
    assert context.clients.made == calls


def test_an_alarm_is_created_with_its_tags_and_topics_by_name(scripted):
    context = scripted(ACCOUNT)
    adapter = Alarm(context)
    declared = {
        "alarm_name": "a",
        "evaluation_periods": 1,
        "comparison_operator": "LessThanThreshold",
        "alarm_actions": ["iworkz-alerts"],
    }
    adapter.create("a", adapter.prepare(declared, strict=True))
    ((_name, sent),) = mutations(context)
    assert sent["AlarmActions"] == ["arn:aws:sns:ap-northeast-1:123456789012:iworkz-alerts"]
    assert sent["Tags"] == [{"Key": key, "Value": value} for key, value in TAGS.items()]


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        ({"/iworkz/app", "/iworkz/api"}, {"logGroupNamePrefix": "/iworkz/ap"}),
        ({"/a", "b"}, {}),
        (None, {}),
    ],
)
def test_log_groups_are_read_by_their_common_prefix(scripted, keys, asked):
    context = scripted()
    LogGroup(context).read(keys)
    assert context.clients.named("logs:DescribeLogGroups") == [asked]


def test_a_log_groups_tags_are_read_by_the_arn_that_is_taken(scripted):
    context = scripted(
        {
            "logs:DescribeLogGroups": {"logGroups": [{"logGroupName": "/iworkz/app", "arn": f"{GROUP_ARN}:*"}]},
            "logs:ListTagsForResource": {"tags": {"k": "v", "aws:x": "y"}},
        }
    )
    state = LogGroup(context).read(None)["/iworkz/app"]
    assert (state["tags"], state["_arn"]) == ({"k": "v"}, GROUP_ARN)
    assert context.clients.named("logs:ListTagsForResource") == [{"resourceArn": GROUP_ARN}]


GROUP = {"log_group_name": "/a", "retention_in_days": 90, "kms_key_id": "arn:aws:kms:x", "tags": {"k": "v"}}
RETENTION = ("logs:PutRetentionPolicy", {"logGroupName": "/a", "retentionInDays": 90})
KEY = ("logs:AssociateKmsKey", {"logGroupName": "/a", "kmsKeyId": "arn:aws:kms:x"})


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        (("retention_in_days",), [RETENTION]),
        (("kms_key_id",), [KEY]),
        (("kms_key_id", "retention_in_days"), [RETENTION, KEY]),
        (("tags",), [("logs:TagResource", {"resourceArn": "arn", "tags": {"k": "v"}})]),
    ],
)
def test_an_update_of_a_log_group_touches_what_differs(scripted, fields, calls):
    context = scripted()
    LogGroup(context).update("/a", GROUP, {"tags": {}, "_arn": "arn"}, fields)
    assert context.clients.made == calls


@pytest.mark.parametrize(
    ("desired", "calls"),
    [
        (
            GROUP,
            [
                ("logs:CreateLogGroup", {"logGroupName": "/a", "kmsKeyId": "arn:aws:kms:x", "tags": {"k": "v"}}),
                RETENTION,
            ],
        ),
        ({"log_group_name": "/a", "tags": {}}, [("logs:CreateLogGroup", {"logGroupName": "/a", "tags": {}})]),
    ],
)
def test_a_log_group_is_created(scripted, desired, calls):
    context = scripted()
    LogGroup(context).create("/a", desired)
    assert context.clients.made == calls


@pytest.mark.parametrize(
    ("item", "key"),
    [
        ({"log_group_name": "/a", "filter_name": "f"}, "/a:f"),
        ({"log_group_name": "/a"}, None),
        ({"filter_name": "f"}, None),
    ],
)
def test_a_metric_filter_is_named_by_group_and_filter(scripted, item, key):
    assert MetricFilter(scripted()).key_of(item) == key


def test_a_metric_filter_keeps_what_is_not_declared(scripted):
    context = scripted()
    current = {"log_group_name": "/a", "filter_name": "f", "filter_pattern": "ERROR", "creation_time": 1}
    transformations = [{"metric_name": "m", "metric_namespace": "n", "metric_value": "1"}]
    desired = {"log_group_name": "/a", "filter_name": "f", "metric_transformations": transformations}
    MetricFilter(context).update("/a:f", desired, current, ("metric_transformations",))
    assert context.clients.made == [
        (
            "logs:PutMetricFilter",
            {
                "logGroupName": "/a",
                "filterName": "f",
                "filterPattern": "ERROR",
                "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
            },
        )
    ]


def test_documents_go_as_text_and_come_back_as_documents(scripted):
    policy, body = {"Version": "2012-10-17", "Statement": []}, {"widgets": [{"type": "text"}]}
    context = scripted(
        {
            "logs:DescribeResourcePolicies": {
                "resourcePolicies": [{"policyName": "p", "policyDocument": json.dumps(policy)}]
            },
            "cloudwatch:ListDashboards": {"DashboardEntries": [{"DashboardName": "d"}, {"DashboardName": "theirs"}]},
            "cloudwatch:GetDashboard": {"DashboardBody": json.dumps(body)},
        }
    )
    assert ResourcePolicy(context).read({"p"}) == {"p": {"policy_name": "p", "policy_document": policy}}
    assert Dashboard(context).read({"d"}) == {"d": {"dashboard_name": "d", "dashboard_body": body}}
    assert context.clients.named("cloudwatch:GetDashboard") == [{"DashboardName": "d"}]
    ResourcePolicy(context).create("p", {"policy_document": policy})
    Dashboard(context).update("d", {"dashboard_body": body}, {}, ("dashboard_body",))
    assert mutations(context) == [
        ("logs:PutResourcePolicy", {"policyName": "p", "policyDocument": json.dumps(policy)}),
        ("cloudwatch:PutDashboard", {"DashboardName": "d", "DashboardBody": json.dumps(body)}),
    ]


@pytest.mark.parametrize(
    ("adapter", "key", "state", "call"),
    [
        (Alarm, "a", {}, ("cloudwatch:DeleteAlarms", {"AlarmNames": ["a"]})),
        (Dashboard, "d", {}, ("cloudwatch:DeleteDashboards", {"DashboardNames": ["d"]})),
        (LogGroup, "/a", {}, ("logs:DeleteLogGroup", {"logGroupName": "/a"})),
        (
            MetricFilter,
            "/a:f",
            {"log_group_name": "/a", "filter_name": "f"},
            ("logs:DeleteMetricFilter", {"logGroupName": "/a", "filterName": "f"}),
        ),
        (ResourcePolicy, "p", {}, ("logs:DeleteResourcePolicy", {"policyName": "p"})),
    ],
)
def test_delete(scripted, adapter, key, state, call):
    context = scripted()
    adapter(context).delete(key, state)
    assert context.clients.made == [call]


@pytest.mark.parametrize("body", ["{}", None, []])
def test_a_dashboards_body_is_a_dict(scripted, body):
    errors = Dashboard(scripted()).validate({"dashboard_name": "d", "dashboard_body": body})
    assert errors == [f"dashboard_body must be a dict, is {type(body).__name__}"]


@pytest.mark.parametrize(
    ("adapter", "name"),
    [(Dashboard, "dashboard_name"), (MetricFilter, "filter_name"), (ResourcePolicy, "policy_name")],
)
def test_what_cannot_be_tagged_is_ours_by_its_name(scripted, adapter, name):
    assert adapter(scripted()).owns({name: "iworkz-sandbox-x"})
    assert not adapter(scripted()).owns({name: "other-sandbox-x"})


def test_only_log_groups_hold_what_cannot_be_made_again():
    assert [adapter.kind for adapter in ADAPTERS if adapter.protected] == ["log_group"]
