# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether AWS services are reached without leaving the VPC, and whether its traffic is logged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_facts import Item, Network, Reach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach


def judge_endpoints(network: Network, subnets: Sequence[Reach], services: Sequence[str]) -> Iterator[Breach]:
    """
    :param services: last parts of the names of the services that must have an endpoint, such as ``ecr.api``.
    """
    private = [subnet for subnet in subnets if subnet.tier == "private"]
    usable_last = sorted(network.endpoints, key=lambda endpoint: endpoint["State"].lower() == "available")
    by_service = {service_of(endpoint): endpoint for endpoint in usable_last}
    for service in services:
        endpoint = by_service.get(service)
        if endpoint is None:
            yield Breach("network.endpoint_missing", {"service": service})
        elif endpoint["State"].lower() != "available":
            yield Breach("network.endpoint_unavailable", {"service": service, "state": endpoint["State"]})
        elif endpoint["VpcEndpointType"] == "Gateway":
            yield from _gateway(service, endpoint, private)
        else:
            yield from _interface(service, endpoint, network, private)


def judge_flow_logs(network: Network) -> Iterator[Breach]:
    for vpc in network.vpcs:
        logs = [log for log in network.flow_logs if log["ResourceId"] == vpc["VpcId"]]
        if any(_records_all(log) for log in logs):
            continue
        if not logs:
            yield Breach("network.no_flow_log", {"vpc": vpc["VpcId"]})
        for log in logs:
            state = log.get("DeliverLogsErrorMessage") or log.get("DeliverLogsStatus") or log["FlowLogStatus"]
            params = {"log": log["FlowLogId"], "vpc": vpc["VpcId"], "traffic": log["TrafficType"], "state": state}
            yield Breach("network.flow_log_partial", params)


def service_of(endpoint: Item) -> str:
    """``ecr.api`` of ``com.amazonaws.ap-northeast-1.ecr.api``."""
    return str(endpoint["ServiceName"]).split(".", 3)[-1]


def _records_all(log: Item) -> bool:
    working = log["FlowLogStatus"] == "ACTIVE" and log.get("DeliverLogsStatus") != "FAILED"
    return bool(working and log["TrafficType"] == "ALL")


def _gateway(service: str, endpoint: Item, private: Sequence[Reach]) -> Iterator[Breach]:
    served: list[Any] = endpoint["RouteTableIds"]
    for subnet in private:
        if subnet.table["RouteTableId"] not in served:
            yield Breach("network.endpoint_unrouted", {"service": service, "subnet": subnet.name})


def _interface(service: str, endpoint: Item, network: Network, private: Sequence[Reach]) -> Iterator[Breach]:
    if not endpoint["PrivateDnsEnabled"]:
        yield Breach("network.endpoint_unnamed", {"service": service})
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in network.subnets}
    missing = {subnet.zone for subnet in private} - {zones[identifier] for identifier in endpoint["SubnetIds"]}
    for zone in sorted(missing):
        yield Breach("network.endpoint_zone", {"service": service, "zone": zone})
