# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon ElastiCache: subnet groups, parameter groups, users, user groups and replication groups."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.elasticache_groups import ReplicationGroup
from ansible_collections.iworkz.platform.plugins.module_utils._aws.elasticache_users import User, UserGroup
from ansible_collections.iworkz.platform.plugins.module_utils._aws.parameter_groups import ParameterGroups
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State


class SubnetGroup(Resource):
    """DescribeCacheSubnetGroups (all pages) and ListTagsForResource of each; CreateCacheSubnetGroup,
    ModifyCacheSubnetGroup, DeleteCacheSubnetGroup.
    """

    service = "elasticache"
    kind = "cache_subnet_group"
    option = "subnet_groups"
    key = "cache_subnet_group_name"
    create_operation = "CreateCacheSubnetGroup"
    unordered = frozenset({"subnet_ids"})
    references: ClassVar = {"subnet_ids": "subnet"}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        groups = self.context.pages("elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups")
        found = [group for group in groups if keys is None or group["CacheSubnetGroupName"] in keys]
        return dict(self.context.each(self._state, found))

    def create(self, key: str, desired: State) -> None:
        self.client.create_cache_subnet_group(
            **self.parameters(desired, "CreateCacheSubnetGroup"), Tags=self.tag_list(desired)
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if {"cache_subnet_group_description", "subnet_ids"} & set(fields):
            self.client.modify_cache_subnet_group(**self.parameters(desired, "ModifyCacheSubnetGroup"))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_cache_subnet_group(CacheSubnetGroupName=key)

    def _state(self, group: dict[str, Any]) -> tuple[str, State]:
        return group["CacheSubnetGroupName"], {
            "cache_subnet_group_name": group["CacheSubnetGroupName"],
            "cache_subnet_group_description": group["CacheSubnetGroupDescription"],
            "subnet_ids": [subnet["SubnetIdentifier"] for subnet in group["Subnets"]],
            "tags": from_list(self.client.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]),
            "_arn": group["ARN"],
        }


class ParameterGroup(ParameterGroups):
    """DescribeCacheParameterGroups (all pages), DescribeCacheParameters and ListTagsForResource of each;
    CreateCacheParameterGroup, ModifyCacheParameterGroup, DeleteCacheParameterGroup.
    """

    service = "elasticache"
    kind = "cache_parameter_group"
    option = "parameter_groups"
    key = "cache_parameter_group_name"
    create_operation = "CreateCacheParameterGroup"
    groups = ("DescribeCacheParameterGroups", "CacheParameterGroups")
    arn = "arn"
    parameters_operation = "DescribeCacheParameters"
    name_parameter = "CacheParameterGroupName"
    immutable = frozenset({"cache_parameter_group_family", "description"})

    def send(self, key: str, parameters: dict[str, str], catalogue: dict[str, dict[str, Any]]) -> None:
        values = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
        self.client.modify_cache_parameter_group(CacheParameterGroupName=key, ParameterNameValues=values)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_cache_parameter_group(CacheParameterGroupName=key)


ADAPTERS = (SubnetGroup, ParameterGroup, User, UserGroup, ReplicationGroup)
