# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon RDS: subnet groups, parameter groups, instances, their read replicas, and who is told of their events."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.rds_instances import Instance, Replica
from ansible_collections.iworkz.platform.plugins.module_utils._aws.rds_parameter_groups import ParameterGroup
from ansible_collections.iworkz.platform.plugins.module_utils._aws.rds_subscriptions import EventSubscription
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State


class SubnetGroup(Resource):
    """DescribeDBSubnetGroups (all pages) and ListTagsForResource of each; CreateDBSubnetGroup, ModifyDBSubnetGroup,
    DeleteDBSubnetGroup.
    """

    service = "rds"
    kind = "db_subnet_group"
    option = "subnet_groups"
    key = "db_subnet_group_name"
    create_operation = "CreateDBSubnetGroup"
    unordered = frozenset({"subnet_ids"})
    references: ClassVar = {"subnet_ids": "subnet"}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        groups = self.context.pages("rds", "describe_db_subnet_groups", "DBSubnetGroups")
        found = [group for group in groups if keys is None or group["DBSubnetGroupName"] in keys]
        return dict(self.context.each(self._state, found))

    def create(self, key: str, desired: State) -> None:
        self.client.create_db_subnet_group(
            **self.parameters(desired, "CreateDBSubnetGroup"), Tags=self.tag_list(desired)
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if {"db_subnet_group_description", "subnet_ids"} & set(fields):
            self.client.modify_db_subnet_group(**self.parameters(desired, "ModifyDBSubnetGroup"))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_db_subnet_group(DBSubnetGroupName=key)

    def _state(self, group: dict[str, Any]) -> tuple[str, State]:
        arn = group["DBSubnetGroupArn"]
        return group["DBSubnetGroupName"], {
            "db_subnet_group_name": group["DBSubnetGroupName"],
            "db_subnet_group_description": group["DBSubnetGroupDescription"],
            "subnet_ids": [subnet["SubnetIdentifier"] for subnet in group["Subnets"]],
            "tags": from_list(self.client.list_tags_for_resource(ResourceName=arn)["TagList"]),
            "_arn": arn,
        }


ADAPTERS = (SubnetGroup, ParameterGroup, EventSubscription, Instance, Replica)
