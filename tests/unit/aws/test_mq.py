from __future__ import annotations

import base64
import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.mq import Broker, Configuration
from ansible_collections.iworkz.platform.plugins.module_utils._aws.mq_admin import ensure_admin_secret
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError, TerminalState

from .conftest import TAGS, client_error

CONFIGURATION = {"Id": "c-1", "Name": "conf", "Arn": "arn:c", "LatestRevision": {"Revision": 2}, "Tags": TAGS}
CONFIGURATIONS = {
    "mq:ListConfigurations": {"Configurations": [CONFIGURATION]},
    "mq:DescribeConfigurationRevision": {"Data": base64.b64encode(b"consumer_timeout = 1\n").decode()},
}
BROKER = {
    "BrokerId": "b-1",
    "BrokerName": "mq",
    "BrokerArn": "arn:b",
    "BrokerState": "RUNNING",
    "EngineVersion": "3.13.2",
    "HostInstanceType": "mq.m5.large",
    "Configurations": {"Current": {"Id": "c-1", "Revision": 2}},
    "Tags": TAGS,
}
DESIRED = {
    "broker_name": "mq",
    "deployment_mode": "CLUSTER_MULTI_AZ",
    "engine_type": "RABBITMQ",
    "host_instance_type": "mq.m5.large",
    "publicly_accessible": False,
    "configuration_name": "conf",
    "tags": TAGS,
}


def brokers(**change):
    return {
        **CONFIGURATIONS,
        "mq:ListBrokers": {"BrokerSummaries": [{"BrokerId": "b-1", "BrokerName": "mq"}]},
        "mq:DescribeBroker": {**BROKER, **change},
    }


def state(scripted, **change):
    return Broker(scripted(brokers(**change))).read({"mq"})["mq"]


def test_a_configurations_text_is_read_decoded(scripted):
    context = scripted(CONFIGURATIONS)
    found = Configuration(context).read({"conf"})["conf"]
    assert found["data"] == "consumer_timeout = 1"
    assert (found["_id"], found["_arn"], found["tags"]) == ("c-1", "arn:c", TAGS)
    assert context.clients.named("mq:DescribeConfigurationRevision") == [
        {"ConfigurationId": "c-1", "ConfigurationRevision": "2"}
    ]


def test_space_around_a_text_means_nothing(scripted):
    assert Configuration(scripted()).prepare({"data": "\n a = 1 \n"}, strict=True)["data"] == "a = 1"


def put(text: str):
    return ("mq:UpdateConfiguration", {"ConfigurationId": "c-1", "Data": base64.b64encode(text.encode()).decode()})


def test_a_configuration_is_created_then_given_its_text(scripted):
    context = scripted({"mq:CreateConfiguration": {"Id": "c-1"}})
    Configuration(context).create("conf", {"name": "conf", "engine_type": "RABBITMQ", "data": "a = 1", "tags": TAGS})
    assert context.clients.made == [
        ("mq:CreateConfiguration", {"Name": "conf", "EngineType": "RABBITMQ", "Tags": TAGS}),
        put("a = 1"),
    ]


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        (("data",), [put("a = 2")]),
        (("tags",), [("mq:CreateTags", {"ResourceArn": "arn:c", "Tags": TAGS})]),
    ],
)
def test_an_update_of_a_configuration(scripted, fields, calls):
    context = scripted()
    current = {"_id": "c-1", "_arn": "arn:c", "tags": {}}
    Configuration(context).update("conf", {"data": "a = 2", "tags": TAGS}, current, fields)
    assert context.clients.made == calls


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, "conf"),
        ({"Configurations": {"Current": {"Id": "c-1", "Revision": 1}}}, "conf revision 1"),
        (
            {"Configurations": {"Current": {"Id": "c-1", "Revision": 1}, "Pending": {"Id": "c-1", "Revision": 2}}},
            "conf",
        ),
        ({"Configurations": {"Current": {"Id": "other", "Revision": 1}}}, None),
        ({"Configurations": {}}, None),
    ],
)
def test_a_broker_uses_a_configuration_at_a_revision(scripted, change, name):
    assert state(scripted, **change).get("configuration_name") == name


def test_what_awaits_a_reboot_counts_as_taken_and_is_listed(scripted):
    found = state(scripted, PendingHostInstanceType="mq.m5.xlarge", PendingSecurityGroups=["sg-2"])
    assert found["pending"] == {"host_instance_type": "mq.m5.xlarge", "security_groups": ["sg-2"]}
    assert found["host_instance_type"] == "mq.m5.xlarge"
    assert "pending_host_instance_type" not in found


def test_only_the_brokers_that_are_asked_for_are_described(scripted):
    context = scripted(brokers())
    assert Broker(context).read({"other"}) == {}
    assert [name for name, _params in context.clients.made] == ["mq:ListBrokers"]


@pytest.mark.parametrize(
    ("broker_state", "ready"),
    [
        ("RUNNING", True),
        ("CREATION_IN_PROGRESS", False),
        ("REBOOT_IN_PROGRESS", False),
        ("CREATION_FAILED", None),
        ("CRITICAL_ACTION_REQUIRED", None),
    ],
)
def test_ready(scripted, broker_state, ready):
    found = state(scripted, BrokerState=broker_state, ActionsRequired=[{"ActionRequiredCode": "X"}])
    if ready is None:
        with pytest.raises(TerminalState, match=f"is {broker_state}: .*X"):
            Broker(scripted()).ready(found)
    else:
        assert Broker(scripted()).ready(found) is ready


def test_a_broker_is_created_with_the_latest_revision(scripted):
    context = scripted(CONFIGURATIONS)
    Broker(context).create("mq", DESIRED)
    (sent,) = context.clients.named("mq:CreateBroker")
    assert sent == {
        "BrokerName": "mq",
        "DeploymentMode": "CLUSTER_MULTI_AZ",
        "EngineType": "RABBITMQ",
        "HostInstanceType": "mq.m5.large",
        "PubliclyAccessible": False,
        "Configuration": {"Id": "c-1", "Revision": 2},
        "Tags": TAGS,
    }


def test_the_first_users_password_goes_from_the_secret_to_the_broker_only(scripted):
    kept = json.dumps({"username": "platform", "password": "from-the-secret"})
    context = scripted(
        {**CONFIGURATIONS, "secretsmanager:DescribeSecret": {}, "secretsmanager:GetSecretValue": {"SecretString": kept}}
    )
    adapter = Broker(context)
    declared = {**DESIRED, "admin_user": {"username": "platform", "secret_name": "s"}}
    desired = adapter.prepare(declared, strict=True)
    assert "admin_user" not in desired
    adapter.create("mq", desired)
    (sent,) = context.clients.named("mq:CreateBroker")
    assert sent["Users"] == [{"Username": "platform", "Password": "from-the-secret"}]


def test_a_configuration_that_does_not_exist_is_named(scripted):
    with pytest.raises(ReconcileError, match="configuration other does not exist in ap-northeast-1: declare it too"):
        Broker(scripted(CONFIGURATIONS)).create("mq", {**DESIRED, "configuration_name": "other"})


CURRENT = {"_id": "b-1", "_arn": "arn:b", "_state": "RUNNING", "tags": {}}


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        (("tags",), [("mq:CreateTags", {"ResourceArn": "arn:b", "Tags": TAGS})]),
        (
            ("host_instance_type",),
            [("mq:UpdateBroker", {"BrokerId": "b-1", "HostInstanceType": "mq.m5.large"})],
        ),
        (
            ("configuration_name", "host_instance_type"),
            [
                (
                    "mq:UpdateBroker",
                    {
                        "BrokerId": "b-1",
                        "HostInstanceType": "mq.m5.large",
                        "Configuration": {"Id": "c-1", "Revision": 2},
                    },
                )
            ],
        ),
    ],
)
def test_an_update_of_a_broker(scripted, fields, calls):
    context = scripted(CONFIGURATIONS)
    Broker(context).update("mq", DESIRED, CURRENT, fields)
    assert [call for call in context.clients.made if call[0] != "mq:ListConfigurations"] == calls


@pytest.mark.parametrize(
    ("broker_state", "calls"),
    [("RUNNING", [("mq:DeleteBroker", {"BrokerId": "b-1"})]), ("DELETION_IN_PROGRESS", [])],
)
def test_a_broker_on_its_way_out_is_not_deleted_twice(scripted, broker_state, calls):
    context = scripted()
    Broker(context).delete("mq", {**CURRENT, "_state": broker_state})
    assert context.clients.made == calls


def test_a_secret_is_made_once_with_a_password_of_aws(scripted):
    context = scripted(
        {
            "secretsmanager:DescribeSecret": client_error("ResourceNotFoundException"),
            "secretsmanager:GetRandomPassword": {"RandomPassword": "x" * 40},
        }
    )
    user = {"username": "platform", "secret_name": "s", "kms_key_id": "alias/data"}
    assert ensure_admin_secret(context, user, {"k": "v"}) == {"Username": "platform", "Password": "x" * 40}
    assert context.clients.named("secretsmanager:GetRandomPassword") == [
        {"PasswordLength": 40, "ExcludePunctuation": True}
    ]
    (sent,) = context.clients.named("secretsmanager:CreateSecret")
    assert sent == {
        "Name": "s",
        "SecretString": json.dumps({"username": "platform", "password": "x" * 40}),
        "Tags": [{"Key": "k", "Value": "v"}],
        "KmsKeyId": "alias/data",
    }


def test_a_secret_that_cannot_be_read_is_not_made_anew(scripted):
    context = scripted(
        {"secretsmanager:DescribeSecret": {}, "secretsmanager:GetSecretValue": client_error("AccessDeniedException")}
    )
    with pytest.raises(ClientError, match="AccessDeniedException"):
        ensure_admin_secret(context, {"username": "u", "secret_name": "s"}, {})
    assert context.clients.named("secretsmanager:CreateSecret") == []
