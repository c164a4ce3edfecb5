from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.mq import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

NAME = "iworkz-sandbox-mq"
CONFIGURATION = {
    "name": NAME,
    "engine_type": "RABBITMQ",
    "engine_version": "3.13",
    "data": "consumer_timeout = 1800000",
}
BROKER = {
    "broker_name": NAME,
    "engine_type": "RABBITMQ",
    "engine_version": "3.13",
    "deployment_mode": "CLUSTER_MULTI_AZ",
    "host_instance_type": "mq.m5.large",
    "auto_minor_version_upgrade": True,
    "publicly_accessible": False,
    "subnet_ids": ["iworkz-sandbox-data-1a", "iworkz-sandbox-data-1c", "iworkz-sandbox-data-1d"],
    "security_groups": ["iworkz-sandbox-store"],
    "configuration_name": NAME,
    "configuration_data": CONFIGURATION["data"],
    "admin_user": {"username": "platform", "secret_name": "iworkz/mq/admin"},
    "logs": {"general": True},
    "maintenance_window_start_time": {"day_of_week": "MONDAY", "time_of_day": "18:30", "time_zone": "UTC"},
}
DECLARED = {"configurations": [CONFIGURATION], "brokers": [BROKER]}


@pytest.fixture
def made(account, network):
    account.converges(ADAPTERS, **DECLARED)
    return account


def broker(account):
    client = account.client("mq")
    return client.describe_broker(BrokerId=client.list_brokers()["BrokerSummaries"][0]["BrokerId"])


def test_converges_on_a_running_private_cluster(made, network):
    found = broker(made)
    assert found["BrokerState"] == "RUNNING"
    assert found["PubliclyAccessible"] is False
    assert found["SecurityGroups"] == [network["security_group"]]
    assert found["Configurations"]["Current"]["Revision"] == 2


def test_the_password_is_in_the_secret_and_nowhere_else(made):
    secret = json.loads(made.client("secretsmanager").get_secret_value(SecretId="iworkz/mq/admin")["SecretString"])
    assert secret["username"] == "platform"
    assert len(secret["password"]) == 40
    assert secret["password"] not in json.dumps(made.run(ADAPTERS, **DECLARED), default=str)


def test_an_interrupted_creation_uses_the_secret_that_is_there(account, network):
    kept = json.dumps({"username": "platform", "password": "left-by-a-killed-run"})
    account.client("secretsmanager").create_secret(Name="iworkz/mq/admin", SecretString=kept)
    assert account.run(ADAPTERS, **DECLARED)["failed_resources"] == {}
    assert account.mutations().count("secretsmanager:CreateSecret") == 1  # by hand, above


def test_mends_a_window_and_logs(made):
    made.client("mq").update_broker(
        BrokerId=broker(made)["BrokerId"],
        Logs={"General": False},
        MaintenanceWindowStartTime={"DayOfWeek": "SUNDAY", "TimeOfDay": "03:00", "TimeZone": "UTC"},
    )
    made.mends(ADAPTERS, f"broker {NAME}", **DECLARED)


def test_a_new_text_makes_a_revision_that_the_broker_uses(made):
    text = "consumer_timeout = 900000"
    declared = {
        "configurations": [{**CONFIGURATION, "data": text}],
        "brokers": [{**BROKER, "configuration_data": text}],
    }
    made.mends(ADAPTERS, f"broker {NAME}", f"configuration {NAME}", **declared)
    assert broker(made)["Configurations"]["Current"]["Revision"] == 3


def test_a_new_instance_type_awaits_the_reboot_and_is_not_asked_for_twice(made):
    bigger = {**BROKER, "host_instance_type": "mq.m5.xlarge"}
    result = made.run(ADAPTERS, configurations=[CONFIGURATION], brokers=[bigger])
    assert result["resources"]["brokers"][NAME]["pending"] == {"host_instance_type": "mq.m5.xlarge"}
    assert not made.run(ADAPTERS, configurations=[CONFIGURATION], brokers=[bigger])["changed"]
    assert broker(made)["HostInstanceType"] == "mq.m5.large"


def test_another_deployment_mode_is_refused(made):
    with pytest.raises(InvalidInput, match="deployment_mode cannot be changed in place"):
        made.run(ADAPTERS, brokers=[{**BROKER, "deployment_mode": "SINGLE_INSTANCE"}])


def test_a_missing_configuration_is_named(account, network):
    failed = account.run(ADAPTERS, brokers=[BROKER])["failed_resources"]
    assert f"configuration {NAME} does not exist" in failed[f"broker {NAME}"]


def test_purge_deletes_broker_then_configuration(made):
    assert made.run(ADAPTERS, configurations=[], brokers=[], purge=True)["failed_resources"] == {}
    assert made.client("mq").list_brokers()["BrokerSummaries"] == []
    assert made.mutations()[-2:] == ["mq:DeleteBroker", "mq:DeleteConfiguration"]


def test_a_broker_that_goes_between_list_and_description_is_gone(made):
    gone = {"service": "mq", "operation": "DescribeBroker", "code": "NotFoundException", "status": 404}
    made.application.faults.configure({**gone, "after": 1, "times": 1})
    assert made.run(ADAPTERS, configurations=[], brokers=[], purge=True)["failed_resources"] == {}
    assert made.client("mq").list_brokers()["BrokerSummaries"] == []
