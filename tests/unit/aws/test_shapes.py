from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.module_utils._aws.shapes import errors_in, to_api, to_snake

DECLARED = [
    ("cloudwatch", "PutMetricAlarm"),
    ("ecr", "CreateRepository"),
    ("elasticache", "CreateReplicationGroup"),
    ("mq", "CreateBroker"),
    ("opensearch", "CreateDomain"),
    ("rds", "CreateDBInstance"),
    ("ec2", "CreateVpcEndpoint"),
]
SERVICES = ("cloudwatch", "ec2", "ecr", "elasticache", "iam", "kms", "logs", "mq", "opensearch", "rds", "s3", "sns")
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(0, 99),
    "long": st.integers(0, 99),
    "double": st.floats(0, 1),
    "float": st.floats(0, 1),
    "boolean": st.booleans(),
}


@cache
def model(service: str) -> Any:
    return botocore.session.Session().get_service_model(service)


def shape_of(service: str, operation: str) -> Any:
    return model(service).operation_model(operation).input_shape


def values(shape: Any) -> st.SearchStrategy[Any]:
    """Any value of a shape, in the API's spelling."""
    if shape.type_name == "structure":
        return st.fixed_dictionaries({}, optional={name: values(member) for name, member in shape.members.items()})
    if shape.type_name == "list":
        return st.lists(values(shape.member), max_size=2)
    if shape.type_name == "map":
        return st.dictionaries(st.sampled_from(["aKey", "AnotherKey"]), values(shape.value), max_size=2)
    return SCALARS.get(shape.type_name, st.sampled_from(["a", "DBName", "日本"]))


@pytest.mark.parametrize(("service", "operation"), DECLARED)
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_snake_case_and_back_is_the_same(service, operation, data):
    shape = shape_of(service, operation)
    value = data.draw(values(shape))
    assert to_api(shape, to_snake(shape, value)) == value


@pytest.mark.parametrize("service", SERVICES)
def test_no_two_parameters_share_a_snake_case_name(service):
    for name in model(service).shape_names:
        shape = model(service).shape_for(name)
        if shape.type_name == "structure":
            assert len({xform_name(member) for member in shape.members}) == len(shape.members), name


@pytest.mark.parametrize(
    ("service", "operation", "declared", "sent"),
    [
        ("rds", "CreateDBInstance", {"db_name": "x", "multi_az": True}, {"DBName": "x", "MultiAZ": True}),
        ("mq", "CreateBroker", {"logs": {"general": True}}, {"Logs": {"General": True}}),
        (
            "cloudwatch",
            "PutMetricAlarm",
            {"dimensions": [{"name": "Broker", "value": "b"}]},
            {"Dimensions": [{"Name": "Broker", "Value": "b"}]},
        ),
        # The keys of a map are data, not names of parameters.
        (
            "opensearch",
            "CreateDomain",
            {"log_publishing_options": {"AUDIT_LOGS": {"cloud_watch_logs_log_group_arn": "a"}}},
            {"LogPublishingOptions": {"AUDIT_LOGS": {"CloudWatchLogsLogGroupArn": "a"}}},
        ),
        # A wrong type passes through, for the validation to name.
        ("mq", "CreateBroker", {"logs": "all", "subnet_ids": "one"}, {"Logs": "all", "SubnetIds": "one"}),
    ],
)  # fmt: skip
def test_to_api(service, operation, declared, sent):
    assert to_api(shape_of(service, operation), declared) == sent


def test_to_api_refuses_what_it_does_not_know():
    with pytest.raises(KeyError, match="nmae"):
        to_api(shape_of("mq", "CreateBroker"), {"nmae": "x"})


def test_an_answer_loses_what_the_shape_does_not_know():
    shape = model("mq").operation_model("DescribeBroker").output_shape
    assert to_snake(shape, {"BrokerId": "b", "ResponseMetadata": {}}) == {"broker_id": "b"}


ALARM = {"alarm_name": "a", "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 1}


@pytest.mark.parametrize(
    ("declared", "errors"),
    [
        (ALARM, []),
        ({**ALARM, "treshold": 5}, ["unknown key treshold; did you mean threshold?"]),
        (
            {**ALARM, "dimensions": [{"name": "a", "value": "b"}, {"name": "a", "valeu": "b"}]},
            ["unknown key dimensions[1].valeu; did you mean value?"],
        ),
        (
            {**ALARM, "metrics": [{"id": "m", "metric_stat": {"metric": {"namspace": "x"}}}]},
            ["unknown key metrics[0].metric_stat.metric.namspace; did you mean namespace?"],
        ),
        (
            {**ALARM, "dimensions": [{"zzz": 1}]},
            ["unknown key dimensions[0].zzz; allowed are name, value"],
        ),
        (
            {**ALARM, "period": "60"},
            ["Invalid type for parameter Period, value: 60, type: <class 'str'>, valid types: <class 'int'>"],
        ),
        (
            {**ALARM, "dimensions": {}},
            [
                "Invalid type for parameter Dimensions, value: {}, type: <class 'dict'>, "
                "valid types: <class 'list'>, <class 'tuple'>"
            ],
        ),
        ({"threshold": 1}, ['Missing required parameter in input: "AlarmName"']),
        # An unknown key is told alone: what it stands for would be missing, too.
        ({"alarm_nmae": "a"}, ["unknown key alarm_nmae; did you mean alarm_name?"]),
    ],
)  # fmt: skip
def test_errors_in(declared, errors):
    assert errors_in(shape_of("cloudwatch", "PutMetricAlarm"), declared) == errors


def test_keys_of_a_maps_values_are_checked():
    declared = {"domain_name": "d", "log_publishing_options": {"AUDIT_LOGS": {"enabeld": True}}}
    assert errors_in(shape_of("opensearch", "CreateDomain"), declared) == [
        "unknown key log_publishing_options.AUDIT_LOGS.enabeld; did you mean enabled?"
    ]


def test_extra_keys_are_the_adapters_business_and_are_suggested():
    shape = shape_of("mq", "CreateConfiguration")
    base = {"name": "c", "engine_type": "RABBITMQ"}
    assert errors_in(shape, {**base, "data": object()}, extra={"data"}) == []
    assert errors_in(shape, {**base, "dta": ""}, extra={"data"}) == ["unknown key dta; did you mean data?"]


def test_filled_parameters_need_not_be_declared():
    shape = shape_of("cloudwatch", "PutDashboard")
    missing = 'Missing required parameter in input: "DashboardBody"'
    assert errors_in(shape, {"dashboard_name": "d"}) == [missing]
    assert errors_in(shape, {"dashboard_name": "d"}, filled={"dashboard_body"}) == []
    assert errors_in(shape, {}, filled={"dashboard_body"}) == ['Missing required parameter in input: "DashboardName"']
