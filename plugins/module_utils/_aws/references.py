# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of other resources, turned into the ids and ARNs that APIs take.

Roles declare ``subnet_ids: [iworkz-production-data-1a]``; an id or an ARN is accepted as it is. Each kind is read
once, in bulk, when first asked for.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

if TYPE_CHECKING:
    from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context

_IDENTIFIER = re.compile(r"^(arn:|(sg|subnet|vpc|rtb|igw|nat|eipalloc|acl|vpce|fl|eni)-[0-9a-f]{8,17}$)")

# An alias of a key in another region than the task's, whose key AWS wants to be told by its own ARN.
_ALIAS = re.compile(r"^arn:[^:]+:kms:([^:]+):[0-9]{12}:(alias/.+)$")

# kind: (describe operation of EC2, result key, id key); the name is the Name tag.
EC2_KINDS = {
    "vpc": ("describe_vpcs", "Vpcs", "VpcId"),
    "subnet": ("describe_subnets", "Subnets", "SubnetId"),
    "security_group": ("describe_security_groups", "SecurityGroups", "GroupId"),
    "route_table": ("describe_route_tables", "RouteTables", "RouteTableId"),
    "internet_gateway": ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "nat_gateway": ("describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "elastic_ip": ("describe_addresses", "Addresses", "AllocationId"),
    "network_acl": ("describe_network_acls", "NetworkAcls", "NetworkAclId"),
    "endpoint": ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "flow_log": ("describe_flow_logs", "FlowLogs", "FlowLogId"),
}

# kind: (service, resource part of the ARN, regional); nothing has to be read for these.
_ARNS = {
    "sns_topic": ("sns", "{name}", True),
    "iam_role": ("iam", "role/{name}", False),
    "iam_policy": ("iam", "policy/{name}", False),
    "delivery_stream": ("firehose", "deliverystream/{name}", True),
    "log_group": ("logs", "log-group:{name}", True),
}


class References:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[str, dict[str, str]] = {}
        self._lock = threading.RLock()

    def resolve(self, kind: str, name: Any, strict: bool) -> Any:
        """The id or ARN of the resource of that kind and name (lists element by element).

        :raises ReconcileError: if it does not exist and ``strict`` is set; otherwise the name comes back.
        """
        if isinstance(name, (list, tuple)):
            return [self.resolve(kind, one, strict) for one in name]
        alias = _ALIAS.match(name) if kind == "kms_key" and isinstance(name, str) else None
        if alias:
            region, short = alias.groups()
            return self._or_refuse(kind, name, self._keys(region).get(short), region, strict)
        if not isinstance(name, str) or _IDENTIFIER.match(name):
            return name
        if kind in _ARNS:
            service, resource, regional = _ARNS[kind]
            return self._context.arn(service, resource.format(name=name), region=regional)
        return self._or_refuse(kind, name, self.known(kind).get(name), self._context.region, strict)

    def name(self, kind: str, identifier: str) -> str:
        """The name of an id, or the id itself where it has none."""
        return next((name for name, known in self.known(kind).items() if known == identifier), identifier)

    def known(self, kind: str) -> dict[str, str]:
        """Ids by name."""
        if kind == "kms_key":
            return self._keys(self._context.region)
        with self._lock:
            if kind not in self._known:
                self._known[kind] = self._ec2(kind)
            return self._known[kind]

    def forget(self) -> None:
        with self._lock:
            self._known.clear()

    @staticmethod
    def _or_refuse(kind: str, name: str, found: str | None, region: str, strict: bool) -> str:
        if found is None and strict:
            raise ReconcileError(f"{kind} {name} does not exist in {region}: apply it first")
        return found or name

    def _keys(self, region: str) -> dict[str, str]:
        """ARNs of keys by their aliases."""
        slot = f"kms_key {region}"
        with self._lock:
            if slot not in self._known:
                pages = self._context.client("kms", region).get_paginator("list_aliases").paginate()
                arn = f"arn:{self._context.partition}:kms:{region}:{self._context.account_id}:key/"
                self._known[slot] = {
                    one["AliasName"]: arn + one["TargetKeyId"]
                    for page in pages
                    for one in page["Aliases"]
                    if "TargetKeyId" in one
                }
            return self._known[slot]

    def _ec2(self, kind: str) -> dict[str, str]:
        operation, result, identifier = EC2_KINDS[kind]
        items = self._context.pages("ec2", operation, result)
        gone = ("deleted", "deleting")
        return {
            tag["Value"]: item[identifier]
            for item in items
            if item.get("State") not in gone
            for tag in item.get("Tags", [])
            if tag["Key"] == "Name"
        }
