# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Protection groups of AWS Shield Advanced: resources whose traffic is looked at together."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

PATTERNS = {"ARBITRARY": "members", "BY_RESOURCE_TYPE": "resource_type"}
"""What a pattern needs, and no other takes."""


class ProtectionGroup(Resource):
    """ListProtectionGroups (all pages), ListTagsForResource; CreateProtectionGroup, UpdateProtectionGroup, TagResource,
    UntagResource, DeleteProtectionGroup.
    """

    service = "shield"
    kind = "protection_group"
    option = "protection_groups"
    key = "protection_group_id"
    create_operation = "CreateProtectionGroup"
    unordered = frozenset({"members"})
    depends_on = ("subscription", "protection")

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        for pattern, needed in PATTERNS.items():
            if (item.get("pattern") == pattern) != bool(item.get(needed)):
                errors.append(f"{needed} goes with pattern {pattern}, and with no other")
        return errors

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = [one for one in protection_groups(self.client) if keys is None or one["ProtectionGroupId"] in keys]
        return dict(
            zip((one["ProtectionGroupId"] for one in found), self.context.each(self._state, found), strict=True)
        )

    def create(self, key: str, desired: State) -> None:
        self.client.create_protection_group(
            **self.parameters(desired, "CreateProtectionGroup"), Tags=self.tag_list(desired)
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if set(fields) != {"tags"}:
            self.client.update_protection_group(**self.parameters(desired, "UpdateProtectionGroup"))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_protection_group(ProtectionGroupId=key)

    def _state(self, told: dict[str, Any]) -> State:
        arn = told["ProtectionGroupArn"]
        state = self.snake("ListProtectionGroups", ("ProtectionGroups",), told)
        tags = self.client.list_tags_for_resource(ResourceARN=arn)["Tags"]
        return {**state, "tags": from_list(tags), "_arn": arn}


def protection_groups(client: Any) -> list[dict[str, Any]]:
    """All of them, none in an account without a subscription. There is no paginator for them."""
    found: list[dict[str, Any]] = []
    marker: dict[str, str] = {}
    while True:
        answer = answered(client.list_protection_groups, "ResourceNotFoundException", **marker)
        if answer is None:
            return []
        found += answer["ProtectionGroups"]
        if not answer.get("NextToken"):
            return found
        marker = {"NextToken": answer["NextToken"]}
