"""Amazon MQ as AWS answers: brokers in transition, changes that await a reboot, log groups, default configurations."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.sandbox.support import code_of


@pytest.fixture
def mq(local, clock) -> Any:
    return local.client("mq")


def create(mq, name="broker", **changes: Any) -> str:
    return str(
        mq.create_broker(
            **{
                "BrokerName": name,
                "EngineType": "RABBITMQ",
                "EngineVersion": "3.13",
                "DeploymentMode": "CLUSTER_MULTI_AZ",
                "HostInstanceType": "mq.m5.large",
                "PubliclyAccessible": False,
                "AutoMinorVersionUpgrade": True,
                "Users": [{"Username": "platform", "Password": "twelve-letters"}],
                **changes,
            }
        )["BrokerId"]
    )


def settled(mq, clock, identifier: str) -> dict[str, Any]:
    clock.now += 1
    broker = dict(mq.describe_broker(BrokerId=identifier))
    assert broker["BrokerState"] == "RUNNING"
    return broker


def text(mq, identifier: str, revision: int = 1) -> str:
    answer = mq.describe_configuration_revision(ConfigurationId=identifier, ConfigurationRevision=str(revision))
    return base64.b64decode(answer["Data"]).decode()


def test_a_broker_takes_a_moment_to_run(mq, clock):
    identifier = create(mq)
    assert mq.describe_broker(BrokerId=identifier)["BrokerState"] == "CREATION_IN_PROGRESS"
    assert mq.list_brokers()["BrokerSummaries"][0]["BrokerState"] == "CREATION_IN_PROGRESS"
    settled(mq, clock, identifier)
    assert mq.list_brokers()["BrokerSummaries"][0]["BrokerState"] == "RUNNING"


def test_a_name_is_taken_once(mq):
    create(mq)
    assert code_of(lambda: create(mq)) == "ConflictException"
    assert len(mq.list_brokers()["BrokerSummaries"]) == 1


@pytest.mark.parametrize("password", ["too-short", "has,a,comma,in,it", "has:a:colon:in:it", "has=an=equals=sign"])
def test_a_password_that_is_refused(mq, password):
    assert code_of(lambda: create(mq, Users=[{"Username": "u", "Password": password}])) == "BadRequestException"
    assert mq.list_brokers()["BrokerSummaries"] == []


@pytest.mark.parametrize(("logs", "made"), [({"General": True}, ["connection", "general"]), ({"General": False}, [])])
def test_a_broker_with_logs_makes_its_groups(local, mq, logs, made):
    identifier = create(mq, Logs=logs)
    groups = local.client("logs").describe_log_groups()["logGroups"]
    assert [group["logGroupName"] for group in groups] == [f"/aws/amazonmq/broker/{identifier}/{log}" for log in made]


def test_a_new_type_and_version_await_the_reboot(mq, clock):
    identifier = create(mq)
    settled(mq, clock, identifier)
    mq.update_broker(BrokerId=identifier, HostInstanceType="mq.m5.xlarge", EngineVersion="4.2", Logs={"General": True})
    broker = settled(mq, clock, identifier)
    assert (broker["HostInstanceType"], broker["PendingHostInstanceType"]) == ("mq.m5.large", "mq.m5.xlarge")
    assert (broker["EngineVersion"], broker["PendingEngineVersion"]) == ("3.13", "4.2")
    assert broker["Logs"]["General"] is True
    mq.reboot_broker(BrokerId=identifier)
    assert mq.describe_broker(BrokerId=identifier)["BrokerState"] == "REBOOT_IN_PROGRESS"
    broker = settled(mq, clock, identifier)
    assert (broker["HostInstanceType"], broker["EngineVersion"]) == ("mq.m5.xlarge", "4.2")
    assert "PendingHostInstanceType" not in broker
    assert "PendingEngineVersion" not in broker


def test_a_broker_takes_a_moment_to_go(mq, clock):
    identifier = create(mq)
    settled(mq, clock, identifier)
    mq.delete_broker(BrokerId=identifier)
    assert mq.describe_broker(BrokerId=identifier)["BrokerState"] == "DELETION_IN_PROGRESS"
    clock.now += 1
    assert code_of(lambda: mq.describe_broker(BrokerId=identifier)) == "NotFoundException"
    assert mq.list_brokers()["BrokerSummaries"] == []
    assert code_of(lambda: mq.delete_broker(BrokerId=identifier)) == "NotFoundException"


@pytest.mark.parametrize(
    ("engine", "version", "start"), [("RABBITMQ", "3.13", "# Default RabbitMQ"), ("ACTIVEMQ", "5.18", "<?xml")]
)
def test_a_configuration_starts_with_its_engines_text(mq, engine, version, start):
    identifier = mq.create_configuration(Name="c", EngineType=engine, EngineVersion=version)["Id"]
    assert text(mq, identifier).startswith(start)


def test_a_broker_without_a_configuration_gets_one(mq, clock):
    broker = settled(mq, clock, create(mq))
    assert text(mq, broker["Configurations"]["Current"]["Id"]).startswith("# Default RabbitMQ")


def test_a_configurations_name_is_taken_once(mq):
    made = {"Name": "c", "EngineType": "RABBITMQ", "EngineVersion": "3.13"}
    mq.create_configuration(**made)
    assert code_of(lambda: mq.create_configuration(**made)) == "ConflictException"


def test_configurations_are_listed_with_their_tags(mq):
    mq.create_configuration(Name="c", EngineType="RABBITMQ", EngineVersion="3.13", Tags={"Platform": "iworkz"})
    (listed,) = mq.list_configurations()["Configurations"]
    assert listed["Tags"] == {"Platform": "iworkz"}


def test_a_text_makes_a_revision(mq):
    identifier = mq.create_configuration(Name="c", EngineType="RABBITMQ", EngineVersion="3.13")["Id"]
    mq.update_configuration(ConfigurationId=identifier, Data=base64.b64encode(b"a = 1").decode())
    assert mq.describe_configuration(ConfigurationId=identifier)["LatestRevision"]["Revision"] == 2
    assert text(mq, identifier, 2) == "a = 1"


def test_a_broker_reboots_when_it_runs(mq, clock):
    identifier = create(mq)
    assert code_of(lambda: mq.reboot_broker(BrokerId=identifier)) == "BadRequestException"
    settled(mq, clock, identifier)
    mq.reboot_broker(BrokerId=identifier)
    assert code_of(lambda: mq.reboot_broker(BrokerId=identifier)) == "BadRequestException"


def test_users_of_rabbitmq_are_managed_in_the_broker(mq):
    identifier = create(mq)
    user = {"BrokerId": identifier, "Username": "more", "Password": "twelve-letters"}
    for change in (mq.create_user, mq.update_user):
        assert code_of(lambda change=change: change(**user)) == "BadRequestException"
    assert code_of(lambda: mq.delete_user(BrokerId=identifier, Username="platform")) == "BadRequestException"
    assert mq.describe_broker(BrokerId=identifier)["Users"] == []
    assert mq.list_users(BrokerId=identifier)["Users"] == []
    guest = [{"Username": "guest", "Password": "twelve-letters"}]
    assert code_of(lambda: create(mq, "guests", Users=guest)) == "BadRequestException"


def test_users_of_activemq_are_managed_by_the_api(mq):
    identifier = create(mq, EngineType="ACTIVEMQ", EngineVersion="5.18", DeploymentMode="SINGLE_INSTANCE")
    mq.create_user(BrokerId=identifier, Username="more", Password="twelve-letters")
    assert sorted(user["Username"] for user in mq.list_users(BrokerId=identifier)["Users"]) == ["more", "platform"]
