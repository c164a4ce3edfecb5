# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic IPs and NAT gateways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_inventory import Item
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_resource import NetworkResource
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State


class ElasticIp(NetworkResource):
    """DescribeAddresses, AllocateAddress, ReleaseAddress."""

    kind = "elastic_ip"
    option = "elastic_ips"
    resource_type = "elastic-ip"
    create_operation = "AllocateAddress"
    immutable = frozenset({"domain", "network_border_group", "public_ipv4_pool"})

    def create(self, key: str, desired: State) -> None:
        self.new(desired)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.retag(current["_id"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.release_address(AllocationId=current["_id"])


class NatGateway(NetworkResource):
    """DescribeNatGateways, CreateNatGateway, DeleteNatGateway."""

    kind = "nat_gateway"
    option = "nat_gateways"
    resource_type = "natgateway"
    create_operation = "CreateNatGateway"
    depends_on = ("subnet", "elastic_ip", "internet_gateway")
    references: ClassVar[Mapping[str, str]] = {"subnet_id": "subnet", "allocation_id": "elastic_ip"}
    immutable = frozenset({"subnet_id", "allocation_id", "connectivity_type", "private_ip_address"})
    timeout = 900

    def state(self, item: Item) -> State:
        state = super().state(item)
        allocations = [one["AllocationId"] for one in item.get("NatGatewayAddresses", ()) if "AllocationId" in one]
        return {**state, "allocation_id": allocations[0]} if allocations else state

    def create(self, key: str, desired: State) -> None:
        self.new(desired)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.retag(current["_id"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self._doomed.add(current["_id"])
        self.client.delete_nat_gateway(NatGatewayId=current["_id"])

    def ready(self, state: State) -> bool:
        if state["state"] == "failed":
            raise TerminalState(f"failed: {state.get('failure_code')}: {state.get('failure_message')}")
        return bool(state["state"] == "available")
