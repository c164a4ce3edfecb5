# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Elastic Load Balancing: application and network load balancers, and their listeners."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.elbv2_common import (
    ATTRIBUTES,
    attribute_errors,
    attribute_list,
    attributes,
    load_balancers,
    tags_of,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.elbv2_listeners import Listener
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

PROTECTION = "deletion_protection.enabled"
# Parameters that a call of its own changes: SetSubnets, SetSecurityGroups, SetIpAddressType.
SET = {"subnets": "set_subnets", "security_groups": "set_security_groups", "ip_address_type": "set_ip_address_type"}


class LoadBalancer(Resource):
    """DescribeLoadBalancers (all pages), DescribeTags, DescribeLoadBalancerAttributes; CreateLoadBalancer, SetSubnets,
    SetSecurityGroups, SetIpAddressType, ModifyLoadBalancerAttributes, AddTags, RemoveTags, DeleteLoadBalancer.

    ``attributes`` maps names such as ``idle_timeout.timeout_seconds`` to values, both strings; others stay.
    """

    service = "elbv2"
    kind = "load_balancer"
    option = "load_balancers"
    key = "name"
    create_operation = "CreateLoadBalancer"
    extra = frozenset({ATTRIBUTES})
    immutable = frozenset({"scheme", "type"})
    unordered = frozenset({"security_groups", "subnets"})
    references: ClassVar[dict[str, str]] = {"subnets": "subnet", "security_groups": "security_group"}
    timeout = 900

    def validate(self, item: dict[str, Any]) -> list[str]:
        return [*super().validate(item), *attribute_errors(item)]

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = {name: one for name, one in load_balancers(self.context).items() if keys is None or name in keys}
        tags = tags_of(self.client, [one["LoadBalancerArn"] for one in found.values()])
        states = self.context.each(self._state, found.values())
        for state in states:
            state["tags"] = tags[state["_arn"]]
        return dict(zip(found, states, strict=True))

    def create(self, key: str, desired: State) -> None:
        parameters = self.parameters(desired, "CreateLoadBalancer")
        made = self.client.create_load_balancer(**parameters, Tags=self.tag_list(desired))["LoadBalancers"][0]
        self._modify(made["LoadBalancerArn"], desired)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        arn = current["_arn"]
        for name in SET.keys() & set(fields):
            operation = SET[name]
            api = "".join(part.capitalize() for part in operation.split("_"))
            getattr(self.client, operation)(LoadBalancerArn=arn, **self.parameters(desired, api, name))
        if ATTRIBUTES in fields:
            self._modify(arn, desired)
        if "tags" in fields:
            self.retag(arn, current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_load_balancer(LoadBalancerArn=current["_arn"])

    def unprotect(self, key: str, current: State) -> None:
        if current[ATTRIBUTES].get(PROTECTION) == "true":
            self._modify(current["_arn"], {ATTRIBUTES: {PROTECTION: "false"}})

    def ready(self, state: State) -> bool:
        if state["_state"] == "failed":
            raise TerminalState("the load balancer could not be set up")
        return bool(state["_state"] != "provisioning")

    def _modify(self, arn: str, desired: State) -> None:
        if desired.get(ATTRIBUTES):
            self.client.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attribute_list(desired))

    def _state(self, told: dict[str, Any]) -> State:
        arn = told["LoadBalancerArn"]
        return {
            "name": told["LoadBalancerName"],
            "type": told["Type"],
            "scheme": told["Scheme"],
            "ip_address_type": told["IpAddressType"],
            "subnets": sorted(zone["SubnetId"] for zone in told["AvailabilityZones"]),
            "security_groups": sorted(told.get("SecurityGroups", [])),
            ATTRIBUTES: attributes(self.client.describe_load_balancer_attributes(LoadBalancerArn=arn)),
            "load_balancer_arn": arn,
            "dns_name": told["DNSName"].lower(),
            "_arn": arn,
            "_state": told["State"]["Code"],
        }


ADAPTERS = (LoadBalancer, Listener)
