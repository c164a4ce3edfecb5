# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPC endpoints of gateway and interface type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_inventory import Item
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_resource import (
    NetworkResource,
    refuse_unsuccessful,
)
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

# Declared list: its Add and Remove parameters in ModifyVpcEndpoint.
MEMBERS = {
    "subnet_ids": ("AddSubnetIds", "RemoveSubnetIds"),
    "security_group_ids": ("AddSecurityGroupIds", "RemoveSecurityGroupIds"),
    "route_table_ids": ("AddRouteTableIds", "RemoveRouteTableIds"),
}
PLAIN = ("private_dns_enabled", "ip_address_type", "dns_options")
UNUSABLE = ("failed", "rejected", "expired", "partial")


class Endpoint(NetworkResource):
    """DescribeVpcEndpoints, CreateVpcEndpoint, ModifyVpcEndpoint, DeleteVpcEndpoints. ``policy_document`` is a
    document in the API's own form."""

    kind = "endpoint"
    option = "endpoints"
    resource_type = "vpc-endpoint"
    create_operation = "CreateVpcEndpoint"
    extra = frozenset({"name", "policy_document"})
    depends_on = ("vpc", "subnet", "security_group", "route_table")
    references: ClassVar[Mapping[str, str]] = {
        "vpc_id": "vpc",
        "subnet_ids": "subnet",
        "security_group_ids": "security_group",
        "route_table_ids": "route_table",
    }
    immutable = frozenset({"vpc_id", "service_name", "vpc_endpoint_type", "service_region"})
    policies = frozenset({"policy_document"})
    exact = frozenset(MEMBERS)
    timeout = 1200

    def normalise(self, desired: State) -> State:
        return {**desired, **{name: sorted(desired[name]) for name in MEMBERS if name in desired}}

    def state(self, item: Item) -> State:
        state = super().state(item)
        state["subnet_ids"] = sorted(item.get("SubnetIds", []))
        state["route_table_ids"] = sorted(item.get("RouteTableIds", []))
        state["security_group_ids"] = sorted(group["GroupId"] for group in item.get("Groups", []))
        if "PolicyDocument" in item:
            state["policy_document"] = json.loads(item["PolicyDocument"])
        return state

    def create(self, key: str, desired: State) -> None:
        self.new(desired, **self._policy(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        changes = self._changes(desired, current, fields)
        if changes:
            self.client.modify_vpc_endpoint(VpcEndpointId=current["_id"], **changes)
        if "tags" in fields:
            self.retag(current["_id"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self._doomed.add(current["_id"])
        refuse_unsuccessful(self.client.delete_vpc_endpoints(VpcEndpointIds=[current["_id"]]))

    def ready(self, state: State) -> bool:
        now = state["state"].lower()
        if now in UNUSABLE:
            raise TerminalState(f"{now}: {state.get('failure_reason') or state.get('last_error')}")
        return bool(now == "available")

    def _changes(self, desired: State, current: State, fields: tuple[str, ...]) -> dict[str, Any]:
        changes = self.parameters(desired, "ModifyVpcEndpoint", *(name for name in PLAIN if name in fields))
        for name, (add, remove) in MEMBERS.items():
            if name in fields:
                added = sorted({*desired[name]} - {*current[name]})
                removed = sorted({*current[name]} - {*desired[name]})
                changes |= ({add: added} if added else {}) | ({remove: removed} if removed else {})
        return changes | (self._policy(desired) if "policy_document" in fields else {})

    def _policy(self, desired: State) -> dict[str, str]:
        return {"PolicyDocument": json.dumps(desired["policy_document"])} if "policy_document" in desired else {}
