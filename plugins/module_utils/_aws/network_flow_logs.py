# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flow logs of VPCs, subnets and network interfaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_inventory import Item
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_resource import (
    NetworkResource,
    refuse_unsuccessful,
)
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

RESOURCE_TYPES = {"vpc": "VPC", "subnet": "Subnet", "eni": "NetworkInterface"}


class FlowLog(NetworkResource):
    """DescribeFlowLogs, CreateFlowLogs, DeleteFlowLogs. AWS can change nothing but the tags of a flow log."""

    kind = "flow_log"
    option = "flow_logs"
    resource_type = "vpc-flow-log"
    create_operation = "CreateFlowLogs"
    depends_on = ("vpc", "subnet")
    references: ClassVar[Mapping[str, str]] = {
        "resource_ids": "vpc",
        "deliver_logs_permission_arn": "iam_role",
    }
    immutable = frozenset(
        {
            "resource_ids",
            "resource_type",
            "traffic_type",
            "log_destination_type",
            "log_destination",
            "log_group_name",
            "deliver_logs_permission_arn",
            "log_format",
            "max_aggregation_interval",
            "destination_options",
        }
    )

    def validate(self, item: dict[str, Any]) -> list[str]:
        one = isinstance(item.get("resource_ids"), list) and len(item["resource_ids"]) == 1
        return super().validate(item) + ([] if one else ["resource_ids must hold one VPC, subnet or network interface"])

    def state(self, item: Item) -> State:
        resource = item["ResourceId"]
        known = {"resource_ids": [resource], "resource_type": RESOURCE_TYPES.get(resource.partition("-")[0])}
        return {**super().state(item), **known}

    def create(self, key: str, desired: State) -> None:
        refuse_unsuccessful(self.request(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.retag(current["_id"], current, desired)

    def delete(self, key: str, current: State) -> None:
        refuse_unsuccessful(self.client.delete_flow_logs(FlowLogIds=[current["_id"]]))

    def ready(self, state: State) -> bool:
        return bool(state["flow_log_status"] == "ACTIVE")
