# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Config: the recorder of a region with its delivery channel, rules, and conformance packs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.documents import Documented
from ansible_collections.iworkz.platform.plugins.module_utils._aws.regional import Switch
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

CHANNEL = "delivery_channel"
IS_RECORDING = "is_recording"
TEMPLATE = "template_body"


class Recorder(Documented, Switch):
    """DescribeConfigurationRecorders, DescribeConfigurationRecorderStatus, DescribeDeliveryChannels,
    ListTagsForResource; PutConfigurationRecorder, PutDeliveryChannel, StartConfigurationRecorder,
    StopConfigurationRecorder, TagResource, UntagResource, DeleteDeliveryChannel, DeleteConfigurationRecorder.

    It takes the members of ConfigurationRecorder; ``delivery_channel`` those of DeliveryChannel, whose name is the
    recorder's. It records unless ``is_recording`` is false.
    """

    service = "config"
    kind = "recorder"
    option = "recorder"
    create_operation = "PutConfigurationRecorder"
    member = "ConfigurationRecorder"
    extra = frozenset({CHANNEL, IS_RECORDING})
    references: ClassVar[dict[str, str]] = {"role_arn": "iam_role", f"{CHANNEL}.s3_kms_key_arn": "kms_key"}
    immutable = frozenset({"name"})

    def normalise(self, desired: State) -> State:
        desired.setdefault("name", "default")
        desired.setdefault(IS_RECORDING, True)
        if CHANNEL in desired:
            desired[CHANNEL].setdefault("name", desired["name"])
        return desired

    def validate(self, item: dict[str, Any]) -> list[str]:
        shape = shapes.input_shape(self.client, "PutDeliveryChannel").members["DeliveryChannel"]
        wrong = shapes.errors_in(shape, item.get(CHANNEL) or {})
        return super().validate(item) + [f"{CHANNEL}: {error}" for error in wrong]

    def on(self) -> State | None:
        recorders = self.client.describe_configuration_recorders()["ConfigurationRecorders"]
        # Those of other services that record for themselves are none of ours.
        own = [one for one in recorders if not one.get("servicePrincipal")]
        if not own:
            return None
        (found,) = own
        state = self.snake("DescribeConfigurationRecorders", ("ConfigurationRecorders",), found)
        channels = self.client.describe_delivery_channels()["DeliveryChannels"]
        path = ("DeliveryChannels",)
        name = [found["name"]]
        statuses = self.client.describe_configuration_recorder_status(ConfigurationRecorderNames=name)
        (status,) = statuses["ConfigurationRecordersStatus"]
        arn = found["arn"]
        return {
            **state,
            CHANNEL: self.snake("DescribeDeliveryChannels", path, channels[0]) if channels else {},
            IS_RECORDING: status["recording"],
            "tags": from_list(self.client.list_tags_for_resource(ResourceArn=arn)["Tags"]),
            "_arn": arn,
        }

    def create(self, key: str, desired: State) -> None:
        self.client.put_configuration_recorder(
            ConfigurationRecorder=self.structure(desired), Tags=self.tag_list(desired)
        )
        self._put_channel(desired)
        if desired[IS_RECORDING]:
            self.client.start_configuration_recorder(ConfigurationRecorderName=desired["name"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if set(fields) - {CHANNEL, IS_RECORDING, "tags"}:
            self.client.put_configuration_recorder(ConfigurationRecorder=self.structure(desired))
        if CHANNEL in fields:
            self._put_channel(desired)
        if IS_RECORDING in fields:
            act = (
                self.client.start_configuration_recorder
                if desired[IS_RECORDING]
                else self.client.stop_configuration_recorder
            )
            act(ConfigurationRecorderName=desired["name"])
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.stop_configuration_recorder(ConfigurationRecorderName=current["name"])
        if current[CHANNEL]:
            self.client.delete_delivery_channel(DeliveryChannelName=current[CHANNEL]["name"])
        self.client.delete_configuration_recorder(ConfigurationRecorderName=current["name"])

    def _put_channel(self, desired: State) -> None:
        if CHANNEL in desired:
            shape = shapes.input_shape(self.client, "PutDeliveryChannel").members["DeliveryChannel"]
            self.client.put_delivery_channel(DeliveryChannel=shapes.to_api(shape, desired[CHANNEL]))


class Rule(Documented):
    """DescribeConfigRules, ListTagsForResource; PutConfigRule, TagResource, UntagResource, DeleteConfigRule.

    It takes the members of ConfigRule; ``input_parameters`` is a dictionary whose values are strings.
    """

    service = "config"
    kind = "config_rule"
    option = "rules"
    key = "config_rule_name"
    create_operation = "PutConfigRule"
    member = "ConfigRule"
    depends_on = ("recorder",)
    documents = frozenset({"input_parameters"})

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        rules = self.context.pages("config", "describe_config_rules", "ConfigRules")
        wanted = [one for one in rules if keys is None or one["ConfigRuleName"] in keys]
        return dict(self.context.each(self._state, wanted))

    def create(self, key: str, desired: State) -> None:
        self.client.put_config_rule(ConfigRule=self.structure(desired), Tags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if set(fields) - {"tags"}:
            self.client.put_config_rule(ConfigRule=self.structure(desired))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_config_rule(ConfigRuleName=key)

    def _state(self, rule: dict[str, Any]) -> tuple[str, State]:
        arn = rule["ConfigRuleArn"]
        return rule["ConfigRuleName"], {
            **self.parsed(self.snake("DescribeConfigRules", ("ConfigRules",), rule)),
            "tags": from_list(self.client.list_tags_for_resource(ResourceArn=arn)["Tags"]),
            "_arn": arn,
        }


class ConformancePack(Documented):
    """DescribeConformancePacks, DescribeConformancePackStatus, DescribeConformancePackCompliance,
    ListTagsForResource; PutConformancePack, TagResource, UntagResource, DeleteConformancePack.

    ``template_body`` is the template as a dictionary. AWS doesn't give it back: packs are compared by the names of
    their rules, and by the tag Template, which holds a hash of it.
    """

    service = "config"
    kind = "conformance_pack"
    option = "conformance_packs"
    key = "conformance_pack_name"
    create_operation = "PutConformancePack"
    depends_on = ("recorder",)
    documents = frozenset({TEMPLATE})
    timeout = 900

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, TEMPLATE: lambda current, desired: current == _rules(desired)}

    def validate(self, item: dict[str, Any]) -> list[str]:
        return super().validate(item) or [
            f"{TEMPLATE}.Resources.{name}: needs Properties.ConfigRuleName"
            for name, one in item.get(TEMPLATE, {}).get("Resources", {}).items()
            if "ConfigRuleName" not in one.get("Properties", {})
        ]

    def normalise(self, desired: State) -> State:
        if TEMPLATE in desired:
            desired["tags"]["Template"] = _digest(desired[TEMPLATE])
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        packs = self.context.pages("config", "describe_conformance_packs", "ConformancePackDetails")
        statuses = {
            one["ConformancePackName"]: one
            for one in self.context.pages("config", "describe_conformance_pack_status", "ConformancePackStatusDetails")
        }
        wanted = [one for one in packs if keys is None or one["ConformancePackName"] in keys]
        return dict(self.context.each(lambda pack: self._state(pack, statuses[pack["ConformancePackName"]]), wanted))

    def create(self, key: str, desired: State) -> None:
        self.client.put_conformance_pack(
            **self.parameters(self.texts(desired), "PutConformancePack"), Tags=self.tag_list(desired)
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.client.put_conformance_pack(**self.parameters(self.texts(desired), "PutConformancePack"))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_conformance_pack(ConformancePackName=key)

    def ready(self, state: State) -> bool:
        if state["_status"].endswith("_FAILED"):
            raise TerminalState(f"{state['_status']}: {state['_reason']}")
        return bool(state["_status"] == "CREATE_COMPLETE")

    def _state(self, pack: dict[str, Any], status: Mapping[str, Any]) -> tuple[str, State]:
        name, arn = pack["ConformancePackName"], pack["ConformancePackArn"]
        rules = self.context.pages(
            "config",
            "describe_conformance_pack_compliance",
            "ConformancePackRuleComplianceList",
            ConformancePackName=name,
        )
        # Config puts the pack's id behind the names of its rules.
        suffix = f"-{pack['ConformancePackId']}"
        return name, {
            **self.snake("DescribeConformancePacks", ("ConformancePackDetails",), pack),
            TEMPLATE: sorted(one["ConfigRuleName"].removesuffix(suffix) for one in rules),
            "tags": from_list(self.client.list_tags_for_resource(ResourceArn=arn)["Tags"]),
            "_arn": arn,
            "_status": status["ConformancePackState"],
            "_reason": status.get("ConformancePackStatusReason", ""),
        }


def _digest(template: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()


def _rules(template: Mapping[str, Any]) -> list[str]:
    """Names of the rules of a template."""
    return sorted(one["Properties"]["ConfigRuleName"] for one in template.get("Resources", {}).values())


ADAPTERS = (Recorder, Rule, ConformancePack)
