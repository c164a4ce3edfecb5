# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VPCs, internet gateways and subnets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_inventory import Item
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_resource import NetworkResource
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

DNS = {"enable_dns_support": "EnableDnsSupport", "enable_dns_hostnames": "EnableDnsHostnames"}
"""Parameter of ModifyVpcAttribute, and member of DescribeVpcAttribute's answer, by declared key."""


class Vpc(NetworkResource):
    """DescribeVpcs, DescribeVpcAttribute (one call for each of two attributes: the API has no bulk read for them),
    CreateVpc, ModifyVpcAttribute, DeleteVpc."""

    kind = "vpc"
    option = "vpcs"
    resource_type = "vpc"
    create_operation = "CreateVpc"
    extra = frozenset({"name", *DNS})
    immutable = frozenset({"cidr_block", "instance_tenancy"})

    def state(self, item: Item) -> State:
        def enabled(member: str) -> bool:
            attribute = member[0].lower() + member[1:]
            answer = self.client.describe_vpc_attribute(VpcId=item["VpcId"], Attribute=attribute)
            return bool(answer[member]["Value"])

        return {**super().state(item), **{key: enabled(member) for key, member in DNS.items()}}

    def create(self, key: str, desired: State) -> None:
        self._set_dns(self.new(desired), desired, tuple(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._set_dns(current["_id"], desired, fields)
        if "tags" in fields:
            self.retag(current["_id"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_vpc(VpcId=current["_id"])

    def ready(self, state: State) -> bool:
        return bool(state["state"] == "available")

    def _set_dns(self, vpc_id: str, desired: State, fields: tuple[str, ...]) -> None:
        # One attribute per call; host names need resolution, so that comes first.
        for key, parameter in DNS.items():
            if key in fields:
                self.client.modify_vpc_attribute(VpcId=vpc_id, **{parameter: {"Value": desired[key]}})


class InternetGateway(NetworkResource):
    """DescribeInternetGateways, CreateInternetGateway, AttachInternetGateway, DetachInternetGateway,
    DeleteInternetGateway. ``vpc_id`` is the VPC it is attached to."""

    kind = "internet_gateway"
    option = "internet_gateways"
    resource_type = "internet-gateway"
    create_operation = "CreateInternetGateway"
    extra = frozenset({"name", "vpc_id"})
    depends_on = ("vpc",)
    references: ClassVar[Mapping[str, str]] = {"vpc_id": "vpc"}

    def state(self, item: Item) -> State:
        state = super().state(item)
        attachments = item.get("Attachments")
        return {**state, "vpc_id": attachments[0]["VpcId"]} if attachments else state

    def create(self, key: str, desired: State) -> None:
        gateway = self.new(desired)
        if "vpc_id" in desired:
            self.client.attach_internet_gateway(InternetGatewayId=gateway, VpcId=desired["vpc_id"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "vpc_id" in fields:
            self._detach(current)
            self.client.attach_internet_gateway(InternetGatewayId=current["_id"], VpcId=desired["vpc_id"])
        if "tags" in fields:
            self.retag(current["_id"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self._detach(current)
        self.client.delete_internet_gateway(InternetGatewayId=current["_id"])

    def _detach(self, current: State) -> None:
        if "vpc_id" in current:
            self.client.detach_internet_gateway(InternetGatewayId=current["_id"], VpcId=current["vpc_id"])


class Subnet(NetworkResource):
    """DescribeSubnets, CreateSubnet, ModifySubnetAttribute, DeleteSubnet."""

    kind = "subnet"
    option = "subnets"
    resource_type = "subnet"
    create_operation = "CreateSubnet"
    extra = frozenset({"name", "map_public_ip_on_launch"})
    depends_on = ("vpc",)
    references: ClassVar[Mapping[str, str]] = {"vpc_id": "vpc"}
    immutable = frozenset({"vpc_id", "cidr_block", "availability_zone", "availability_zone_id"})

    def create(self, key: str, desired: State) -> None:
        # A new subnet gives out no public addresses.
        subnet = self.new(desired)
        if desired.get("map_public_ip_on_launch"):
            self._set_public(subnet, desired)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "map_public_ip_on_launch" in fields:
            self._set_public(current["_id"], desired)
        if "tags" in fields:
            self.retag(current["_id"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_subnet(SubnetId=current["_id"])

    def ready(self, state: State) -> bool:
        return bool(state["state"] == "available")

    def _set_public(self, subnet: str, desired: State) -> None:
        self.client.modify_subnet_attribute(
            SubnetId=subnet, MapPublicIpOnLaunch={"Value": desired["map_public_ip_on_launch"]}
        )
