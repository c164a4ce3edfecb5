"""The adapters' base, on a resource made for it: one of Amazon MQ's, as far as shapes go."""

from __future__ import annotations

from typing import ClassVar

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ParamValidationError, ReadTimeoutError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import (
    PASSING,
    Resource,
    _replace,
    same_elements,
    same_policy,
)
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

from .conftest import client_error

SUBNET = "subnet-0000000a"
SUBNETS = {
    "ec2:DescribeSubnets": {"Subnets": [{"SubnetId": SUBNET, "Tags": [{"Key": "Name", "Value": "data-1a"}]}]},
    "kms:ListAliases": {"Aliases": [{"AliasName": "alias/data", "TargetKeyId": "1234"}]},
    "sts:GetCallerIdentity": {"Account": "123456789012", "Arn": "arn"},
}
DECLARED = {
    "broker_name": "b",
    "deployment_mode": "SINGLE_INSTANCE",
    "engine_type": "RABBITMQ",
    "host_instance_type": "mq.m5.large",
    "publicly_accessible": False,
}


BOOL = "<class 'bool'>"


class Broker(Resource):
    service = "mq"
    kind = "broker"
    option = "brokers"
    key = "broker_name"
    create_operation = "CreateBroker"
    extra = frozenset({"door"})
    unordered = frozenset({"subnet_ids"})
    policies = frozenset({"door"})
    references: ClassVar = {"subnet_ids": "subnet", "encryption_options.kms_key_id": "kms_key"}


class Registry(Broker):
    singleton = True
    taggable = False


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a", {"a": 1}, {"a": "<1>"}),
        ("a", {"b": 1}, {"b": 1}),
        ("a.b", {"a": {"b": 1, "c": 1}}, {"a": {"b": "<1>", "c": 1}}),
        ("a.b", {"a": [{"b": 1}, {"c": 1}, {"b": 2}]}, {"a": [{"b": "<1>"}, {"c": 1}, {"b": "<2>"}]}),
        ("a.b", {"a": [[{"b": 1}]]}, {"a": [[{"b": "<1>"}]]}),
        ("a.b", {"a": "text"}, {"a": "text"}),
        ("a", {"a": [1, 2]}, {"a": "<[1, 2]>"}),
    ],
)
def test_replace_reaches_into_dicts_and_lists(path, before, after):
    _replace(before, path.split("."), lambda value: f"<{value}>")
    assert before == after


def test_prepare_resolves_names_adds_tags_and_leaves_the_declaration_alone(scripted):
    declared = {
        **DECLARED,
        "subnet_ids": ["data-1a"],
        "encryption_options": {"kms_key_id": "alias/data", "use_aws_owned_key": False},
        "tags": {"Environment": "own", "Team": "search"},
    }
    prepared = Broker(scripted(SUBNETS)).prepare(declared, strict=True)
    assert prepared["subnet_ids"] == [SUBNET]
    assert prepared["encryption_options"]["kms_key_id"] == "arn:aws:kms:ap-northeast-1:123456789012:key/1234"
    assert prepared["tags"] == {"Platform": "iworkz", "Environment": "own", "Team": "search"}
    assert declared["subnet_ids"] == ["data-1a"]
    assert declared["encryption_options"]["kms_key_id"] == "alias/data"


def test_prepare_is_strict_only_when_it_is_for_real(scripted):
    declared = {**DECLARED, "subnet_ids": ["data-1d"]}
    adapter = Broker(scripted(SUBNETS))
    assert adapter.prepare(declared, strict=False)["subnet_ids"] == ["data-1d"]
    with pytest.raises(ReconcileError, match="subnet data-1d does not exist"):
        adapter.prepare(declared, strict=True)


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({}, []),
        ({"tags": {"any": "thing"}, "door": 7}, []),
        # A name may be shorter than the least length of an ARN.
        ({"encryption_options": {"kms_key_id": "k", "use_aws_owned_key": False}}, []),
        ({"subnet_id": ["a"]}, ["unknown key subnet_id; did you mean subnet_ids?"]),
        ({"dor": 7}, ["unknown key dor; did you mean door?"]),
        (
            {"publicly_accessible": "no"},
            ["Invalid type for parameter PubliclyAccessible, value: no, type: <class 'str'>, valid types: " + BOOL],
        ),
    ],
)  # fmt: skip
def test_validate_makes_no_call(scripted, change, errors):
    context = scripted()
    declared = {**DECLARED, **change}
    assert Broker(context).validate(declared) == errors
    assert declared == {**DECLARED, **change}
    assert context.clients.made == []


def test_a_singleton_is_named_after_its_kind(scripted):
    context = scripted()
    assert Registry(context).key_of({"broker_name": "b"}) == "broker"
    assert Broker(context).key_of({"broker_name": "b"}) == "b"
    assert Broker(context).key_of({}) is None


def test_what_cannot_be_tagged_gets_no_tags(scripted):
    assert "tags" not in Registry(scripted()).prepare(DECLARED, strict=True)


@pytest.mark.parametrize(
    ("ours", "state", "owned"),
    [
        ({"Platform": "iworkz"}, {"tags": {"Platform": "iworkz", "More": "x"}}, True),
        ({"Platform": "iworkz"}, {"tags": {"Platform": "other"}}, False),
        ({"Platform": "iworkz"}, {"_tags": {"Platform": "iworkz"}}, True),
        ({"Platform": "iworkz"}, {"tags": None}, False),
        ({"Platform": "iworkz"}, {}, False),
        ({}, {"tags": {"Platform": "iworkz"}}, False),
        (None, {"tags": {}}, False),
    ],
)
def test_owns_only_what_carries_all_our_tags(scripted, ours, state, owned):
    assert Broker(scripted(tags=ours)).owns(state) is owned


@pytest.mark.parametrize(
    ("tags", "name", "ours"),
    [
        ({"Platform": "iworkz", "Environment": "sandbox"}, "iworkz-sandbox-overview", True),
        ({"Platform": "iworkz", "Environment": "sandbox"}, "iworkz-sandbox2-overview", False),
        ({"Platform": "iworkz", "Environment": "sandbox"}, "iworkz-sandbox", False),
        ({"Platform": "iworkz"}, "iworkz-sandbox-overview", False),
        ({}, "--overview", False),
    ],
)
def test_named_ours(scripted, tags, name, ours):
    assert Broker(scripted(tags=tags)).named_ours(name) is ours


def test_how_keys_are_compared(scripted):
    purging, keeping = Broker(scripted()).equal, Broker(scripted(purge_tags=False)).equal
    assert purging["tags"]({"a": "1", "b": "2"}, {"a": "1"}) is False
    assert "tags" not in keeping
    assert purging["subnet_ids"](["b", "a"], ["a", "b"])
    assert purging["door"] is same_policy
    assert "tags" not in Registry(scripted()).equal


@pytest.mark.parametrize(
    ("current", "desired", "same"),
    [
        ([1, 2], [2, 1], True),
        ([1, 2], [1], False),
        ([1], [1, 2], False),
        ([1, 1], [1, 2], False),
        ([{"a": 1, "b": 2}, {"a": 2}], [{"a": 2}, {"a": 1}], True),
        ([{"a": 1}], [{"a": 1, "b": 2}], False),
        ([], [], True),
    ],
)
def test_same_elements(current, desired, same):
    assert same_elements(current, desired) is same


def test_policies_are_compared_by_meaning():
    allow = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:Get*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allow]}
    assert same_policy(policy, {"Statement": [{**allow, "Action": ["s3:Get*"]}], "Version": "2012-10-17"})
    assert not same_policy(policy, {"Version": "2012-10-17", "Statement": [{**allow, "Action": "s3:*"}]})


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        *((client_error(code), True) for code in sorted(PASSING)),
        (client_error("AccessDenied"), False),
        (client_error("ValidationException"), False),
        (EndpointConnectionError(endpoint_url="http://x"), True),
        (ConnectTimeoutError(endpoint_url="http://x"), True),
        (ReadTimeoutError(endpoint_url="http://x"), True),
        (ParamValidationError(report="x"), False),
        (KeyError("x"), False),
    ],
    ids=repr,
)
def test_what_a_wait_outlasts(scripted, error, transient):
    assert Broker(scripted()).transient(error) is transient


def test_an_expired_token_is_renewed_on_the_way(scripted):
    context = scripted()
    before = context.client("mq")
    assert Broker(context).transient(client_error("ExpiredTokenException"))
    assert context.client("mq") is not before


def test_parameters_takes_what_the_operation_knows(scripted):
    adapter = Broker(scripted())
    desired = {**DECLARED, "door": 7, "tags": {"a": "1"}, "_private": 1, "logs": {"general": True}}
    assert adapter.parameters(desired, "CreateBroker") == {
        "BrokerName": "b",
        "DeploymentMode": "SINGLE_INSTANCE",
        "EngineType": "RABBITMQ",
        "HostInstanceType": "mq.m5.large",
        "PubliclyAccessible": False,
        "Logs": {"General": True},
    }
    assert adapter.parameters(desired, "UpdateBroker", "logs", "engine_type") == {"Logs": {"General": True}}


def test_snake_follows_the_path_through_lists(scripted):
    adapter = Broker(scripted())
    assert adapter.snake("ListBrokers", ("BrokerSummaries",), {"BrokerName": "b", "BrokerState": "RUNNING"}) == {
        "broker_name": "b",
        "broker_state": "RUNNING",
    }


def test_retag_uses_the_services_own_operations(scripted):
    context = scripted()
    Broker(context).retag("arn", {"tags": {"old": "1"}}, {"tags": {"new": "2"}})
    assert context.clients.made == [
        ("mq:DeleteTags", {"ResourceArn": "arn", "TagKeys": ["old"]}),
        ("mq:CreateTags", {"ResourceArn": "arn", "Tags": {"new": "2"}}),
    ]


def test_forgetting_reads_references_anew(scripted):
    context = scripted(SUBNETS)
    adapter = Broker(context)
    for _ in range(2):
        adapter.prepare({"subnet_ids": ["data-1a"]}, strict=True)
        adapter.forget()
    assert len(context.clients.named("ec2:DescribeSubnets")) == 2
