"""Amazon MQ: brokers that take a moment, clusters of three, log groups, tags on lists, changes that await a reboot."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

KIND = "mq.broker"
LOGS = ("general", "connection")
REBOOTED = ("EngineVersion", "HostInstanceType")


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html#CreateBroker
@operation("mq", "CreateBroker")
def create_broker(call: Call) -> dict[str, Any]:
    name = call.params["BrokerName"]
    if any(broker.name == name for broker in call.backend().brokers.values()):
        raise AwsError("ConflictException", f"Broker name [{name}] is already in use.")
    for user in call.params.get("Users", []):
        if len(user["Password"]) < 12 or set(",:=") & set(user["Password"]):
            raise AwsError("BadRequestException", "The password must have at least 12 characters and none of , : =")
    output = call.moto()
    broker = call.backend().brokers[output["BrokerId"]]
    if "Configuration" not in call.params:
        _give_default_text(call.backend().configs[broker.configurations["current"]["Id"]], broker.engine_type)
    if broker.logs.get("General"):
        known = {group["logGroupName"] for group in call.ask("logs", "DescribeLogGroups")["logGroups"]}
        for log in LOGS:
            group = f"/aws/amazonmq/broker/{broker.id}/{log}"
            if group not in known:
                call.ask("logs", "CreateLogGroup", logGroupName=group)
    call.begin(KIND, broker.id, "CREATION_IN_PROGRESS")
    return output


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers-broker-id.html#DescribeBroker
@operation("mq", "DescribeBroker")
def describe_broker(call: Call) -> dict[str, Any]:
    output = call.moto()
    identifier = output["BrokerId"]
    output["BrokerState"] = call.state(KIND, identifier, settled=output["BrokerState"])
    for name, value in call.store("mq.pending").get(identifier, {}).items():
        output[f"Pending{name}"] = value
    return output


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html#ListBrokers
@operation("mq", "ListBrokers")
def list_brokers(call: Call) -> dict[str, Any]:
    output = call.moto()
    for summary in output["BrokerSummaries"]:
        summary["BrokerState"] = call.state(KIND, summary["BrokerId"], settled=summary["BrokerState"])
    return output


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers-broker-id.html#UpdateBroker
@operation("mq", "UpdateBroker")
def update_broker(call: Call) -> dict[str, Any]:
    params = dict(call.params)
    later = {name: params.pop(name) for name in REBOOTED if name in params}
    output = call.moto(params)
    if later:
        call.store("mq.pending").setdefault(params["BrokerId"], {}).update(later)
    return {**output, **later}


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers-broker-id-reboot.html#RebootBroker
@operation("mq", "RebootBroker")
def reboot_broker(call: Call) -> dict[str, Any]:
    identifier = call.params["BrokerId"]
    call.moto()
    pending = call.store("mq.pending").pop(identifier, {})
    broker = call.backend().brokers[identifier]
    call.begin(KIND, identifier, "REBOOT_IN_PROGRESS", then=partial(_take, broker, pending))
    return {}


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers-broker-id.html#DeleteBroker
@operation("mq", "DeleteBroker")
def delete_broker(call: Call) -> dict[str, Any]:
    identifier = call.params["BrokerId"]
    call.ask("mq", "DescribeBroker", BrokerId=identifier)
    call.begin(KIND, identifier, "DELETION_IN_PROGRESS", then=partial(_remove, call.backend(), identifier))
    return {"BrokerId": identifier}


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/configurations.html#CreateConfiguration
@operation("mq", "CreateConfiguration")
def create_configuration(call: Call) -> dict[str, Any]:
    name = call.params["Name"]
    if any(one.name == name for one in call.backend().configs.values()):
        raise AwsError("ConflictException", f"Configuration name [{name}] is already in use.")
    output = call.moto()
    _give_default_text(call.backend().configs[output["Id"]], call.params["EngineType"])
    return output


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/configurations.html#ListConfigurations
@operation("mq", "ListConfigurations")
def list_configurations(call: Call) -> dict[str, Any]:
    output = call.moto()
    for configuration in output["Configurations"]:
        configuration["Tags"] = call.ask("mq", "ListTags", ResourceArn=configuration["Arn"])["Tags"]
    return output


def _give_default_text(configuration: Any, engine: str) -> None:
    """moto starts every configuration with ActiveMQ's XML, and not in Base64 as AWS tells it."""
    revision = configuration.latest_revision
    text = "# Default RabbitMQ" if engine.upper() == "RABBITMQ" else revision.data
    revision.data = base64.b64encode(text.encode()).decode()


def _take(broker: Any, pending: dict[str, Any]) -> None:
    broker.engine_version = pending.get("EngineVersion", broker.engine_version)
    broker.host_instance_type = pending.get("HostInstanceType", broker.host_instance_type)


def _remove(backend: Any, identifier: str) -> None:
    backend.brokers.pop(identifier, None)
