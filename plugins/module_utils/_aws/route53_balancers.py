# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Aliases of load balancers, which records of Amazon Route 53 declare by name and region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.elbv2_common import load_balancers
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_common import plain
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

KEYS = frozenset({"name", "region", "evaluate_target_health"})
DUALSTACK = "dualstack."
"""What consoles and controllers put before the name of a load balancer."""


class Balancers:
    """Load balancers of the regions that are declared (elasticloadbalancing:DescribeLoadBalancers, all pages)."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._regions: set[str] = set()
        self._known: dict[str, dict[str, dict[str, Any]]] = {}

    def validate(self, item: Mapping[str, Any]) -> list[str]:
        declared = item.get("load_balancer")
        if declared is None:
            return []
        if not isinstance(declared, dict) or not {"name"} <= declared.keys() <= KEYS:
            return [f"load_balancer must have name, may have {' and '.join(sorted(KEYS - {'name'}))}, and nothing else"]
        self._regions.add(declared.get("region") or self._context.region)
        return []

    def complete(self, declared: Mapping[str, Any]) -> dict[str, Any]:
        return {"region": self._context.region, "evaluate_target_health": False, **declared}

    def alias(self, declared: Mapping[str, Any]) -> dict[str, Any]:
        """The target of an alias. Raises ReconcileError when there is no such load balancer."""
        name, region = declared["name"], declared["region"]
        found = self._of(region).get(name)
        if found is None:
            raise ReconcileError(f"load balancer {name} does not exist in {region}: apply it first")
        return {
            "hosted_zone_id": found["CanonicalHostedZoneId"],
            "dns_name": plain(found["DNSName"]),
            "evaluate_target_health": declared["evaluate_target_health"],
        }

    def told(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """``load_balancer`` of a record, if any was declared: None where it is no alias, or its load balancer is gone;
        of an alias of anything else the ``name`` is its address.
        """
        target = record.get("alias_target")
        if not self._regions:
            return {}
        if not target:
            return {"load_balancer": None}
        address = target["dns_name"].removeprefix(DUALSTACK)
        found = {
            plain(one["DNSName"]): (name, region)
            for region in sorted(self._regions)
            for name, one in self._of(region).items()
        }
        if address not in found and address.endswith(tuple(f".{region}.elb.amazonaws.com" for region in self._regions)):
            return {"load_balancer": None}
        name, region = found.get(address, (address, ""))
        health = target["evaluate_target_health"]
        return {"load_balancer": {"name": name, "region": region, "evaluate_target_health": health}}

    def forget(self) -> None:
        self._known.clear()

    def _of(self, region: str) -> dict[str, dict[str, Any]]:
        if region not in self._known:
            self._known[region] = load_balancers(self._context, region)
        return self._known[region]
