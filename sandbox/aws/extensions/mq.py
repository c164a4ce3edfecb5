"""Amazon MQ: brokers that take a moment, log groups, tags on lists, changes that await a reboot, users of RabbitMQ.

With data planes a RabbitMQ broker is a real server (sandbox/planes/engines/rabbitmq.py says how it differs from AWS's);
an ActiveMQ broker is a record.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.planes.client import PlaneError

KIND = "mq.broker"
LOGS = ("general", "connection")
REBOOTED = ("EngineVersion", "HostInstanceType")
PLANE = "rabbitmq"


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html#CreateBroker
@operation("mq", "CreateBroker")
def create_broker(call: Call) -> dict[str, Any]:
    name = call.params["BrokerName"]
    if any(broker.name == name for broker in call.backend().brokers.values()):
        raise AwsError("ConflictException", f"Broker name [{name}] is already in use.")
    for user in call.params.get("Users", []):
        if len(user["Password"]) < 12 or set(",:=") & set(user["Password"]):
            raise AwsError("BadRequestException", "The password must have at least 12 characters and none of , : =")
        if user["Username"] == "guest" and call.params["EngineType"].upper() == "RABBITMQ":
            raise AwsError("BadRequestException", "Broker username [guest] is not allowed.")
    output = call.moto()
    broker = call.backend().brokers[output["BrokerId"]]
    # moto leaves the name out of a broker's ARN.
    call.backend().tagger.delete_all_tags_for_resource(broker.arn)
    broker.arn = output["BrokerArn"] = f"arn:aws:mq:{call.region}:{call.account}:broker:{name}:{broker.id}"
    call.backend().create_tags(broker.arn, call.params.get("Tags", {}))
    if "Configuration" not in call.params:
        _give_default_text(call.backend().configs[broker.configurations["current"]["Id"]], broker.engine_type)
    if broker.logs.get("General"):
        known = {group["logGroupName"] for group in call.ask("logs", "DescribeLogGroups")["logGroups"]}
        for log in LOGS:
            group = f"/aws/amazonmq/broker/{broker.id}/{log}"
            if group not in known:
                call.ask("logs", "CreateLogGroup", logGroupName=group)
    if _is_rabbitmq(broker):
        broker._users.clear()
    if call.planes and _is_rabbitmq(broker):
        users = [{"username": user["Username"], "password": user["Password"]} for user in call.params.get("Users", [])]
        try:
            call.planes.create(PLANE, _key(call, broker.id), {"zone": _zone(call, broker), "users": users})
        except PlaneError:
            call.backend().brokers.pop(broker.id)
            raise
    call.begin(KIND, broker.id, "CREATION_IN_PROGRESS", until=_until(call, broker))
    return output


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers-broker-id.html#DescribeBroker
@operation("mq", "DescribeBroker")
def describe_broker(call: Call) -> dict[str, Any]:
    output = call.moto()
    identifier = output["BrokerId"]
    output["BrokerState"] = _state(call, identifier)
    broker = call.backend().brokers[identifier]
    if call.planes and _is_rabbitmq(broker):
        plane = call.planes.describe(PLANE, _key(call, identifier))
        if plane is None or output["BrokerState"] in ("CREATION_IN_PROGRESS", "CREATION_FAILED"):
            output["BrokerInstances"] = []
        else:
            amqp, console = (plane["endpoints"][name] for name in ("amqp", "console"))
            instance = {
                "ConsoleURL": f"https://{console['address']}:{console['port']}",
                "Endpoints": [f"amqps://{amqp['address']}:{amqp['port']}"],
            }
            output["BrokerInstances"] = [instance]
    for name, value in call.store("mq.pending").get(identifier, {}).items():
        output[f"Pending{name}"] = value
    return output


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers.html#ListBrokers
@operation("mq", "ListBrokers")
def list_brokers(call: Call) -> dict[str, Any]:
    output = call.moto()
    for summary in output["BrokerSummaries"]:
        summary["BrokerState"] = _state(call, summary["BrokerId"])
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
    state = call.ask("mq", "DescribeBroker", BrokerId=identifier)["BrokerState"]
    if state not in ("RUNNING", "CRITICAL_ACTION_REQUIRED"):
        raise AwsError(
            "BadRequestException", f"Broker [{identifier}] can't be rebooted while it is in state [{state}]."
        )
    broker = call.backend().brokers[identifier]
    if call.planes and _is_rabbitmq(broker):
        call.planes.act(PLANE, _key(call, identifier), "reboot")
    pending = call.store("mq.pending").pop(identifier, {})
    then = partial(_take, broker, pending)
    call.begin(KIND, identifier, "REBOOT_IN_PROGRESS", then=then, until=_until(call, broker))
    return {}


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers-broker-id.html#DeleteBroker
@operation("mq", "DeleteBroker")
def delete_broker(call: Call) -> dict[str, Any]:
    identifier = call.params["BrokerId"]
    call.ask("mq", "DescribeBroker", BrokerId=identifier)
    broker = call.backend().brokers[identifier]
    if call.planes and _is_rabbitmq(broker):
        call.planes.delete(PLANE, _key(call, identifier))
    then = partial(_remove, call.backend(), identifier)
    call.begin(KIND, identifier, "DELETION_IN_PROGRESS", then=then, until=_until(call, broker))
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


# https://docs.aws.amazon.com/amazon-mq/latest/api-reference/brokers-broker-id-users-username.html
# "RabbitMQ users will not be stored or displayed via the Amazon MQ Users API": they are managed in the broker.
@operation("mq", "CreateUser", "UpdateUser", "DeleteUser")
def change_user(call: Call) -> dict[str, Any]:
    identifier = call.params["BrokerId"]
    call.ask("mq", "DescribeBroker", BrokerId=identifier)
    if _is_rabbitmq(call.backend().brokers[identifier]):
        raise AwsError("BadRequestException", f"{call.operation} is not supported for brokers of engine type RabbitMQ.")
    return call.moto()


def _is_rabbitmq(broker: Any) -> bool:
    return bool(broker.engine_type.upper() == "RABBITMQ")


def _key(call: Call, identifier: str) -> str:
    return f"{call.region}/{identifier}"


def _until(call: Call, broker: Any) -> Callable[[], bool] | None:
    """When the server is done; None without one."""
    return partial(call.planes.settled, PLANE, _key(call, broker.id)) if call.planes and _is_rabbitmq(broker) else None


def _state(call: Call, identifier: str) -> str:
    settled = "RUNNING"
    if call.planes and _is_rabbitmq(call.backend().brokers[identifier]):
        plane = call.planes.describe(PLANE, _key(call, identifier))
        if plane is None or plane["state"] == "failed":
            settled = "CRITICAL_ACTION_REQUIRED" if plane and plane["facts"]["created"] else "CREATION_FAILED"
    return call.state(KIND, identifier, settled=settled)


def _zone(call: Call, broker: Any) -> str:
    """The zone of the first subnet; the region's first one for subnets that moto made up."""
    zones = call.backend("ec2").subnets.items()
    return next((str(zone) for zone, subnets in zones if broker.subnet_ids[0] in subnets), f"{call.region}a")


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
