# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route tables: their routes and the subnets they serve, both exactly as declared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_inventory import Item
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_resource import (
    NetworkResource,
    cidr_errors,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.shapes import errors_in, input_shape, to_api
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

DESTINATIONS = ("destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id")
TARGETS = (
    "gateway_id",
    "nat_gateway_id",
    "egress_only_internet_gateway_id",
    "transit_gateway_id",
    "vpc_peering_connection_id",
    "network_interface_id",
)
Route = dict[str, Any]


class RouteTable(NetworkResource):
    """DescribeRouteTables, CreateRouteTable, CreateRoute, ReplaceRoute, DeleteRoute, AssociateRouteTable,
    ReplaceRouteTableAssociation, DisassociateRouteTable, DeleteRouteTable.

    ``routes`` have the keys of CreateRoute. The local route, routes of gateway endpoints and propagated ones are
    made by AWS and not looked at.
    """

    kind = "route_table"
    option = "route_tables"
    resource_type = "route-table"
    create_operation = "CreateRouteTable"
    extra = frozenset({"name", "routes", "subnet_ids"})
    depends_on = ("vpc", "subnet", "internet_gateway", "nat_gateway")
    references: ClassVar[Mapping[str, str]] = {
        "vpc_id": "vpc",
        "subnet_ids": "subnet",
        "routes.gateway_id": "internet_gateway",
        "routes.nat_gateway_id": "nat_gateway",
        "routes.destination_prefix_list_id": "prefix_list",
    }
    immutable = frozenset({"vpc_id"})
    exact = frozenset({"routes", "subnet_ids"})

    def validate(self, item: dict[str, Any]) -> list[str]:
        found = super().validate(item)
        shape = input_shape(self.client, "CreateRoute")
        for index, route in enumerate(item.get("routes") or []):
            errors = errors_in(shape, route, filled=("route_table_id",)) or _route_errors(route)
            found += [f"routes[{index}]: {error}" for error in errors]
        return found

    def normalise(self, desired: State) -> State:
        if "routes" in desired:
            desired["routes"] = sorted(desired["routes"], key=_sorting)
        if "subnet_ids" in desired:
            desired["subnet_ids"] = sorted(desired["subnet_ids"])
        return desired

    def state(self, item: Item) -> State:
        state = super().state(item)
        own = [route for route in state["routes"] if not _made_by_aws(route)]
        state["routes"] = sorted(({k: r[k] for k in (*DESTINATIONS, *TARGETS) if k in r} for r in own), key=_sorting)
        state["subnet_ids"] = sorted(_associations(item))
        return state

    def create(self, key: str, desired: State) -> None:
        table = self.new(desired)
        self._bring(table, desired, {"routes": [], "subnet_ids": []})

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._bring(current["_id"], {name: desired[name] for name in fields}, current)
        if "tags" in fields:
            self.retag(current["_id"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self._leave(current["_id"], current["subnet_ids"])
        self.client.delete_route_table(RouteTableId=current["_id"])

    def _bring(self, table: str, desired: State, current: State) -> None:
        if "routes" in desired:
            self._route(table, desired["routes"], current["routes"])
        if "subnet_ids" in desired:
            self._serve(table, sorted({*desired["subnet_ids"]} - {*current["subnet_ids"]}))
            self._leave(table, sorted({*current["subnet_ids"]} - {*desired["subnet_ids"]}))

    def _route(self, table: str, want: list[Route], have: list[Route]) -> None:
        before = {_destination(route): route for route in have}
        after = {_destination(route): route for route in want}
        for destination, route in after.items():
            if destination not in before:
                self.client.create_route(RouteTableId=table, **self._api("CreateRoute", route))
            elif before[destination] != route:
                self.client.replace_route(RouteTableId=table, **self._api("ReplaceRoute", route))
        for destination in before.keys() - after.keys():
            self.client.delete_route(RouteTableId=table, **self._api("DeleteRoute", dict([destination])))

    def _serve(self, table: str, subnets: list[str]) -> None:
        """A subnet has at most one table: one that is served by another is moved in one step, without a gap."""
        associations = self._read_associations(subnets)
        for subnet in subnets:
            association, _server = associations.get(subnet, ("", ""))
            try:
                if association:
                    self.client.replace_route_table_association(AssociationId=association, RouteTableId=table)
                    continue
            except self.client.exceptions.ClientError as error:
                _only_if_gone(error)  # its former table has just let it go
            self.client.associate_route_table(SubnetId=subnet, RouteTableId=table)

    def _leave(self, table: str, subnets: list[str]) -> None:
        associations = self._read_associations(subnets)
        for subnet in subnets:
            association, server = associations.get(subnet, ("", ""))
            if server != table:
                continue
            try:
                self.client.disassociate_route_table(AssociationId=association)
            except self.client.exceptions.ClientError as error:
                _only_if_gone(error)  # another table has just taken it

    def _read_associations(self, subnets: list[str]) -> dict[str, tuple[str, str]]:
        """(association, route table) of subnets, as of now: tables are changed side by side."""
        if not subnets:
            return {}
        filters = [{"Name": "association.subnet-id", "Values": subnets}]
        tables = self.context.pages("ec2", "describe_route_tables", "RouteTables", Filters=filters)
        return {
            subnet: (association, table["RouteTableId"])
            for table in tables
            for subnet, association in _associations(table).items()
        }

    def _api(self, operation: str, route: Route) -> dict[str, Any]:
        parameters: dict[str, Any] = to_api(input_shape(self.client, operation), route)
        return parameters


def _associations(table: Item) -> dict[str, str]:
    """Association by subnet; the one of the main table names none."""
    return {one["SubnetId"]: one["RouteTableAssociationId"] for one in table["Associations"] if one.get("SubnetId")}


def _destination(route: Route) -> tuple[str, str]:
    return next((key, route[key]) for key in DESTINATIONS if key in route)


def _sorting(route: Route) -> str:
    return json.dumps(route, sort_keys=True)


def _made_by_aws(route: Route) -> bool:
    target = route.get("gateway_id", "")
    return target == "local" or target.startswith("vpce-") or route.get("origin") == "EnableVgwRoutePropagation"


def _route_errors(route: Route) -> list[str]:
    found = []
    for what, keys in (("destination", DESTINATIONS), ("target", TARGETS)):
        given = [key for key in keys if key in route]
        if len(given) != 1:
            found.append(f"one {what} is needed ({', '.join(keys)}), given are {', '.join(given) or 'none'}")
    for key in ("destination_cidr_block", "destination_ipv6_cidr_block"):
        if key in route:
            found += cidr_errors(route[key])
    return found


def _only_if_gone(error: Exception) -> None:
    if error_code(error) != "InvalidAssociationID.NotFound":
        raise error
