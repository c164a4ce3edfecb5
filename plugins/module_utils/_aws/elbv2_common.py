# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the adapters of Elastic Load Balancing share: load balancers by name, attributes, tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list

ATTRIBUTES = "attributes"
TAGGED_AT_ONCE = 20
"""How many resources DescribeTags takes."""


def load_balancers(context: Context, region: str | None = None) -> dict[str, dict[str, Any]]:
    """Those of a region, by default the task's, by name, as DescribeLoadBalancers tells them (all pages)."""
    pages = context.client("elbv2", region).get_paginator("describe_load_balancers").paginate()
    return {one["LoadBalancerName"]: one for page in pages for one in page["LoadBalancers"]}


def tags_of(client: Any, arns: Sequence[str]) -> dict[str, dict[str, str]]:
    """Tags by ARN of load balancers or listeners (DescribeTags)."""
    return {
        one["ResourceArn"]: from_list(one["Tags"])
        for start in range(0, len(arns), TAGGED_AT_ONCE)
        for one in client.describe_tags(ResourceArns=arns[start : start + TAGGED_AT_ONCE])["TagDescriptions"]
    }


def attributes(answer: Mapping[str, Any]) -> dict[str, str]:
    """The attributes of a load balancer or listener; one that is not set is empty."""
    return {one["Key"]: one.get("Value", "") for one in answer["Attributes"]}


def attribute_list(desired: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(desired[ATTRIBUTES].items())]


def attribute_errors(item: Mapping[str, Any]) -> list[str]:
    found = item.get(ATTRIBUTES, {})
    if not isinstance(found, dict):
        return [f"{ATTRIBUTES} must map names to values"]
    wrong = sorted(str(key) for key, value in found.items() if not isinstance(value, str))
    return [f"{ATTRIBUTES}: the value of {name} must be a string, such as 'true'" for name in wrong]
