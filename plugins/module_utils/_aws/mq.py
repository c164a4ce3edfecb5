# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon MQ: RabbitMQ brokers and their configurations."""

from __future__ import annotations

import base64
from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.mq_admin import ensure_admin_secret
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError, TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

# What takes effect at the next reboot or maintenance window is told apart from what is in force.
PENDING = ("engine_version", "host_instance_type", "security_groups")


class Configuration(Resource):
    """ListConfigurations, DescribeConfigurationRevision; CreateConfiguration, UpdateConfiguration,
    DeleteConfiguration.

    ``data`` is the text of the configuration (Cuttlefish for RabbitMQ); a different text makes a new revision.
    """

    service = "mq"
    kind = "configuration"
    option = "configurations"
    key = "name"
    create_operation = "CreateConfiguration"
    extra = frozenset({"data"})
    immutable = frozenset({"engine_type"})

    def normalise(self, desired: State) -> State:
        if "data" in desired:
            desired["data"] = desired["data"].strip()
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        listed = self.context.pages("mq", "list_configurations", "Configurations")
        return dict(self.context.each(self._state, [c for c in listed if keys is None or c["Name"] in keys]))

    def create(self, key: str, desired: State) -> None:
        made = self.client.create_configuration(**self.parameters(desired, "CreateConfiguration"), Tags=desired["tags"])
        self._put_data(made["Id"], desired)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "data" in fields:
            self._put_data(current["_id"], desired)
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_configuration(ConfigurationId=current["_id"])

    def _put_data(self, identifier: str, desired: State) -> None:
        if "data" in desired:
            text = base64.b64encode(desired["data"].encode()).decode()
            self.client.update_configuration(ConfigurationId=identifier, Data=text)

    def _state(self, configuration: dict[str, Any]) -> tuple[str, State]:
        state = self.snake("ListConfigurations", ("Configurations",), configuration)
        state["data"] = revision_text(self.client, configuration["Id"], configuration["LatestRevision"]["Revision"])
        state.setdefault("tags", {})
        return configuration["Name"], {**state, "_id": configuration["Id"], "_arn": configuration["Arn"]}


class Broker(Resource):
    """ListBrokers, DescribeBroker; CreateBroker, UpdateBroker, DeleteBroker.

    ``configuration_name`` names a configuration, used at its latest revision; ``configuration_data`` is the text it
    must run with, so that a new text is planned for the broker, too, before its revision exists. ``admin_user``
    (``username``, ``secret_name``, ``kms_key_id``) is made on creation with a password that is generated into that
    secret (secretsmanager:CreateSecret) and never leaves it but for the CreateBroker call; the API does not tell it
    again, so it is not compared. Values that wait for a reboot count as taken; ``pending`` lists them.
    """

    service = "mq"
    kind = "broker"
    option = "brokers"
    key = "broker_name"
    create_operation = "CreateBroker"
    extra = frozenset({"configuration_name", "configuration_data", "admin_user"})
    depends_on = ("configuration",)
    immutable = frozenset(
        {"deployment_mode", "encryption_options", "engine_type", "publicly_accessible", "storage_type", "subnet_ids"}
    )
    unordered = frozenset({"subnet_ids", "security_groups"})
    references: ClassVar = {"subnet_ids": "subnet", "security_groups": "security_group"}
    protected = True
    timeout = 3600
    poll_seconds = 30.0

    def normalise(self, desired: State) -> State:
        if "admin_user" in desired:
            desired["_admin_user"] = desired.pop("admin_user")
        if "configuration_data" in desired:
            desired["configuration_data"] = desired["configuration_data"].strip()
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        listed = self.context.pages("mq", "list_brokers", "BrokerSummaries")
        wanted = [broker for broker in listed if keys is None or broker["BrokerName"] in keys]
        configurations = self._configurations() if wanted else {}
        return dict(self.context.each(lambda broker: self._state(broker["BrokerId"], configurations), wanted))

    def create(self, key: str, desired: State) -> None:
        params = {**self.parameters(desired, "CreateBroker"), **self._configuration(desired)}
        if "_admin_user" in desired:
            params["Users"] = [ensure_admin_secret(self.context, desired["_admin_user"], desired["tags"])]
        self.client.create_broker(**params, Tags=desired["tags"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)
        settings = [name for name in fields if name not in ("tags", "configuration_name", "configuration_data")]
        params = self.parameters(desired, "UpdateBroker", *settings) if settings else {}
        if {"configuration_name", "configuration_data"} & set(fields):
            params |= self._configuration(desired)
        if params:
            self.client.update_broker(BrokerId=current["_id"], **params)

    def delete(self, key: str, current: State) -> None:
        if current["_state"] != "DELETION_IN_PROGRESS":
            self.client.delete_broker(BrokerId=current["_id"])

    def ready(self, state: State) -> bool:
        if state["_state"] in ("CREATION_FAILED", "CRITICAL_ACTION_REQUIRED"):
            raise TerminalState(f"is {state['_state']}: {state.get('actions_required')}")
        return bool(state["_state"] == "RUNNING")

    def _configuration(self, desired: State) -> dict[str, Any]:
        name = desired.get("configuration_name")
        if name is None:
            return {}
        found = next((c for c in self._configurations().values() if c["Name"] == name), None)
        if found is None:
            raise ReconcileError(f"configuration {name} does not exist in {self.context.region}: declare it too")
        return {"Configuration": {"Id": found["Id"], "Revision": found["LatestRevision"]["Revision"]}}

    def _configurations(self) -> dict[str, dict[str, Any]]:
        return {c["Id"]: c for c in self.context.pages("mq", "list_configurations", "Configurations")}

    def _state(self, identifier: str, configurations: dict[str, dict[str, Any]]) -> tuple[str, State]:
        broker = self.client.describe_broker(BrokerId=identifier)
        state = self.snake("DescribeBroker", (), broker)
        state["pending"] = {name: value for name in PENDING if (value := state.pop(f"pending_{name}", None))}
        state |= state["pending"]
        in_use = broker.get("Configurations", {})
        in_use = in_use.get("Pending") or in_use.get("Current") or {}
        if configuration := configurations.get(in_use.get("Id", "")):
            latest = configuration["LatestRevision"]["Revision"] == in_use.get("Revision")
            state["configuration_name"] = configuration["Name"] + ("" if latest else f" revision {in_use['Revision']}")
            state["configuration_data"] = revision_text(self.client, in_use["Id"], in_use["Revision"])
        state.setdefault("tags", {})
        state |= {"_id": identifier, "_arn": broker["BrokerArn"], "_state": broker["BrokerState"]}
        return broker["BrokerName"], state


def revision_text(client: Any, configuration: str, revision: int) -> str:
    """The text of one revision of a configuration (DescribeConfigurationRevision)."""
    answer = client.describe_configuration_revision(ConfigurationId=configuration, ConfigurationRevision=str(revision))
    return base64.b64decode(answer["Data"]).decode().strip()


ADAPTERS = (Configuration, Broker)
