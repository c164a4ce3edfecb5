# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups, their rules, and the default group of a VPC.

Groups and rules are two steps over the same option: all groups exist before the first rule refers to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import network_rules as rules
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_inventory import Item
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_resource import NetworkResource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.shapes import did_you_mean
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

DEFAULT = "default"
GONE = ("InvalidGroup.NotFound", "InvalidPermission.NotFound")  # deleted side by side with this one
SIDES = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}


class SecurityGroup(NetworkResource):
    """DescribeSecurityGroups, CreateSecurityGroup, DeleteSecurityGroup; before a deletion, RevokeSecurityGroupIngress
    and RevokeSecurityGroupEgress of what refers to the group."""

    kind = "security_group"
    option = "security_groups"
    key = "group_name"
    resource_type = "security-group"
    create_operation = "CreateSecurityGroup"
    extra = frozenset(SIDES)
    depends_on = ("vpc",)
    references: ClassVar[Mapping[str, str]] = {"vpc_id": "vpc"}
    immutable = frozenset({"description", "vpc_id"})

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = [*super().validate(item), *rule_errors(item)]
        if self.key_of(item) == DEFAULT:
            errors.append(f"{DEFAULT} is AWS's own group: see default_security_groups")
        return errors

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return super().prepare({key: value for key, value in item.items() if key not in SIDES}, strict)

    def visible(self, item: Item) -> bool:
        return bool(item["GroupName"] != DEFAULT)

    def state(self, item: Item) -> State:
        return group_state(super().state(item), item)

    def create(self, key: str, desired: State) -> None:
        self.new(desired)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.retag(current["_id"], current, desired)

    def delete(self, key: str, current: State) -> None:
        # Groups that name each other could not be deleted in any order.
        for group in self.inventory.items(self.noun):
            for side, member in SIDES.items():
                naming = [rule for rule in rules.flat(group[member]) if rule.get("group_id") == current["_id"]]
                if naming and group["GroupId"] != current["_id"]:
                    self._revoke_if_there(side, group["GroupId"], naming)
        self.client.delete_security_group(GroupId=current["_id"])

    def _revoke_if_there(self, side: str, group: str, naming: list[rules.Rule]) -> None:
        try:
            revoke(self.client, side, group, naming)
        except self.client.exceptions.ClientError as error:
            if error_code(error) not in GONE:
                raise


class SecurityGroupRules(NetworkResource):
    """AuthorizeSecurityGroupIngress and ..Egress, RevokeSecurityGroupIngress and ..Egress,
    UpdateSecurityGroupRuleDescriptionsIngress and ..Egress. A side that is not declared is left alone."""

    kind = "security_group_rules"
    option = "security_groups"
    key = "group_name"
    described = "security_group"
    create_operation = "CreateSecurityGroup"
    taggable = False
    depends_on: tuple[str, ...] = ("security_group",)
    references: ClassVar[Mapping[str, str]] = {
        "ingress.group_id": "security_group",
        "egress.group_id": "security_group",
        "ingress.prefix_list_id": "prefix_list",
        "egress.prefix_list_id": "prefix_list",
    }
    exact = frozenset(SIDES)

    def validate(self, item: dict[str, Any]) -> list[str]:
        return []

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return Resource.prepare(self, {side: item[side] for side in SIDES if side in item}, strict)

    def normalise(self, desired: State) -> State:
        return {**desired, **{side: rules.canonical(desired[side]) for side in SIDES if side in desired}}

    def visible(self, item: Item) -> bool:
        return bool(item["GroupName"] != DEFAULT)

    def state(self, item: Item) -> State:
        return group_state(super().state(item), item)

    def owns(self, state: State) -> bool:
        return False  # rules go with their group

    def create(self, key: str, desired: State) -> None:
        """The group is there by now, with what AWS puts into a new one."""
        current = self.read({key}).get(key)
        if current is None:
            raise ReconcileError(f"security group {key} does not exist")
        self.update(key, desired, current, tuple(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        for side in SIDES:
            if side in fields:
                self._bring(side, current["_id"], current[side], desired[side])

    def _bring(self, side: str, group: str, have: list[rules.Rule], want: list[rules.Rule]) -> None:
        """Allow before revoking, so that traffic that is allowed both before and after never stops."""
        before = {rules.identity(rule): rule for rule in have}
        after = {rules.identity(rule): rule for rule in want}
        missing = [rule for known, rule in after.items() if known not in before]
        surplus = [rule for known, rule in before.items() if known not in after]
        renamed = [rule for known, rule in after.items() if known in before and rule != before[known]]
        if missing:
            authorize = getattr(self.client, f"authorize_security_group_{side}")
            authorize(GroupId=group, IpPermissions=rules.permissions(missing))
        if renamed:
            describe = getattr(self.client, f"update_security_group_rule_descriptions_{side}")
            describe(GroupId=group, IpPermissions=rules.permissions(renamed))
        if surplus:
            revoke(self.client, side, group, surplus)


class DefaultSecurityGroup(SecurityGroupRules):
    """The group that AWS makes with each VPC; it cannot be deleted. Named by its VPC in ``vpc_id``."""

    kind = "default_security_group"
    option = "default_security_groups"
    key = "vpc_id"
    taggable = True
    depends_on = ("vpc", "security_group")

    def validate(self, item: dict[str, Any]) -> list[str]:
        allowed = {"vpc_id", "tags", *SIDES}
        return [
            *(f"unknown key {key}{did_you_mean(key, allowed)}" for key in item if key not in allowed),
            *rule_errors(item),
        ]

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        tags = {**self.context.tags, **(item.get("tags") or {}), "Name": f"{item['vpc_id']}-{DEFAULT}"}
        return {**super().prepare(item, strict), "tags": tags}

    def visible(self, item: Item) -> bool:
        return bool(item["GroupName"] == DEFAULT)

    def named(self, item: Item) -> str | None:
        return self.inventory.name("vpc", item["VpcId"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        """The tags first: by them those are known who may change its rules."""
        if "tags" in fields:
            self.retag(current["_id"], current, desired)
        super().update(key, desired, current, fields)


def group_state(state: State, item: Item) -> State:
    """The state of a group with its rules flat."""
    nested = ("ip_permissions", "ip_permissions_egress")
    own = {key: value for key, value in state.items() if key not in nested}
    return {**own, **{side: rules.flat(item.get(member) or ()) for side, member in SIDES.items()}}


def rule_errors(item: dict[str, Any]) -> list[str]:
    found = []
    for side in SIDES:
        seen = set()
        for index, rule in enumerate(item.get(side) or []):
            where = f"{side}[{index}]"
            wrong = rules.errors(rule)
            found += [f"{where}: {error}" for error in wrong]
            if not wrong:
                same = rules.identity(rules.canonical([rule])[0])
                found += [f"{where}: the same rule is declared twice"] if same in seen else []
                seen.add(same)
    return found


def revoke(client: Any, side: str, group: str, surplus: list[rules.Rule]) -> None:
    """Take rules from a group (RevokeSecurityGroupIngress or RevokeSecurityGroupEgress)."""
    getattr(client, f"revoke_security_group_{side}")(GroupId=group, IpPermissions=rules.permissions(surplus))
