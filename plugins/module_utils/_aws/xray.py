# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS X-Ray: the key that traces are encrypted with, sampling rules, and groups of traces."""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.regional import Switch
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

DEFAULT_RULE = "Default"
"""Every account has it; it is the last, and only how much it takes can be changed."""
ANYTHING = ("resource_arn", "service_name", "service_type", "host", "http_method", "url_path")


class Encryption(Switch):
    """GetEncryptionConfig, PutEncryptionConfig. There always is one, of the type NONE where nobody set it."""

    service = "xray"
    kind = "encryption"
    option = "encryption"
    create_operation = "PutEncryptionConfig"
    taggable = False
    references: ClassVar[dict[str, str]] = {"key_id": "kms_key"}

    def on(self) -> State | None:
        found = self.client.get_encryption_config()["EncryptionConfig"]
        return {"type": found["Type"], "key_id": found.get("KeyId"), "_status": found["Status"]}

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.client.put_encryption_config(**self.parameters(desired, self.create_operation))

    def ready(self, state: State) -> bool:
        return bool(state["_status"] == "ACTIVE")

    def owns(self, state: State) -> bool:
        return False


class _Tagged(Resource):
    service = "xray"

    def _tags(self, arn: str) -> dict[str, str]:
        return from_list(self.client.list_tags_for_resource(ResourceARN=arn)["Tags"])


class SamplingRule(_Tagged):
    """GetSamplingRules, ListTagsForResource; CreateSamplingRule, UpdateSamplingRule, TagResource, UntagResource,
    DeleteSamplingRule. What a rule does not name is anything (``*``)."""

    kind = "sampling_rule"
    option = "sampling_rules"
    key = "rule_name"
    create_operation = "CreateSamplingRule"

    def validate(self, item: dict[str, Any]) -> list[str]:
        shape = shapes.input_shape(self.client, self.create_operation).members["SamplingRule"]
        given = {key: value for key, value in item.items() if key != "tags"}
        return shapes.errors_in(shape, given, filled={*ANYTHING, "version", "priority"})

    def normalise(self, desired: State) -> State:
        if desired[self.key] == DEFAULT_RULE:
            desired.pop("tags", None)
            return desired
        return {**dict.fromkeys(ANYTHING, "*"), "version": 1, "attributes": {}, **desired}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        states = {}
        for record in self.context.pages("xray", "get_sampling_rules", "SamplingRuleRecords"):
            rule = copy.deepcopy(record["SamplingRule"])
            name, arn = rule["RuleName"], rule.pop("RuleARN")
            if keys is None or name in keys:
                state = self.snake("GetSamplingRules", ("SamplingRuleRecords", "SamplingRule"), rule)
                tags = {} if name == DEFAULT_RULE else self._tags(arn)
                states[name] = {"attributes": {}, **state, "tags": tags, "_arn": arn}
        return states

    def create(self, key: str, desired: State) -> None:
        shape = shapes.input_shape(self.client, self.create_operation).members["SamplingRule"]
        rule = {name: value for name, value in desired.items() if name != "tags"}
        self.client.create_sampling_rule(SamplingRule=shapes.to_api(shape, rule), Tags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        shape = shapes.input_shape(self.client, "UpdateSamplingRule").members["SamplingRuleUpdate"]
        changed = {name: desired[name] for name in fields if name != "tags"}
        if changed:
            update = shapes.to_api(shape, {self.key: key, **changed})
            self.client.update_sampling_rule(SamplingRuleUpdate=update)
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_sampling_rule(RuleName=key)


class Group(_Tagged):
    """GetGroups, ListTagsForResource; CreateGroup, UpdateGroup, TagResource, UntagResource, DeleteGroup."""

    kind = "group"
    option = "groups"
    key = "group_name"
    create_operation = "CreateGroup"

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        states = {}
        for one in self.context.pages("xray", "get_groups", "Groups"):
            if keys is None or one["GroupName"] in keys:
                state = self.snake("GetGroups", ("Groups",), one)
                arn = state.pop("group_arn")
                states[one["GroupName"]] = {**state, "tags": self._tags(arn), "_arn": arn}
        return states

    def create(self, key: str, desired: State) -> None:
        self.client.create_group(**self.parameters(desired, self.create_operation), Tags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        changed = [name for name in fields if name != "tags"]
        if changed:
            self.client.update_group(**self.parameters(desired, "UpdateGroup", self.key, *changed))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_group(GroupName=key)


ADAPTERS = (Encryption, SamplingRule, Group)
