# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Public entry points: what of the platform answers to the internet, and whether a web ACL can stand before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.elbv2_common import tags_of
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list

"""elasticloadbalancing:DescribeTags takes no more."""
IDENTITY = ("Platform", "Environment")


@dataclass(frozen=True)
class Entry:
    """``regional``: a regional web ACL can be associated with it; ``acl`` is that of a distribution, which names its
    own, empty if it has none.
    """

    kind: str
    name: str
    arn: str
    regional: bool
    acl: str = ""


def entries(client: Callable[[str], Any], tags: Mapping[str, str], region: str) -> list[Entry]:
    """All of a region and CloudFront's, by the tags Platform and Environment; none without these two tags.

    elasticloadbalancing:DescribeLoadBalancers, DescribeTags; apigateway:GetRestApis, GetStages; apigatewayv2: GetApis;
    cloudfront:ListDistributions, ListTagsForResource.
    """
    if not tags.keys() >= set(IDENTITY):
        return []

    def ours(found: Mapping[str, str]) -> bool:
        return all(found.get(name) == tags[name] for name in IDENTITY)

    return [
        *_load_balancers(client("elbv2"), ours),
        *_rest_apis(client("apigateway"), ours, region),
        *_http_apis(client("apigatewayv2"), ours),
        *_distributions(client("cloudfront"), ours),
    ]


Ours = Callable[[Mapping[str, str]], bool]


def _load_balancers(elb: Any, ours: Ours) -> Iterator[Entry]:
    found = {
        one["LoadBalancerArn"]: one
        for page in elb.get_paginator("describe_load_balancers").paginate()
        for one in page["LoadBalancers"]
        if one["Scheme"] == "internet-facing"
    }
    for arn, tags in tags_of(elb, sorted(found)).items():
        if ours(tags):
            one = found[arn]
            regional = one["Type"] == "application"
            yield Entry(f"{one['Type']} load balancer", one["LoadBalancerName"], arn, regional)


def _rest_apis(gateway: Any, ours: Ours, region: str) -> Iterator[Entry]:
    for page in gateway.get_paginator("get_rest_apis").paginate():
        for api in page["items"]:
            private = "PRIVATE" in api.get("endpointConfiguration", {}).get("types", [])
            if private or api.get("disableExecuteApiEndpoint") or not ours(api.get("tags") or {}):
                continue
            for stage in gateway.get_stages(restApiId=api["id"])["item"]:
                arn = f"arn:aws:apigateway:{region}::/restapis/{api['id']}/stages/"
                yield Entry("API stage", f"{api['name']}/{stage['stageName']}", arn + stage["stageName"], True)


def _http_apis(gateway: Any, ours: Ours) -> Iterator[Entry]:
    for page in gateway.get_paginator("get_apis").paginate():
        for api in page["Items"]:
            if ours(api.get("Tags") or {}) and not api.get("DisableExecuteApiEndpoint"):
                yield Entry(f"{api['ProtocolType']} API", api["Name"], api["ApiEndpoint"], False)


def _distributions(front: Any, ours: Ours) -> Iterator[Entry]:
    for page in front.get_paginator("list_distributions").paginate():
        for one in page["DistributionList"].get("Items", []):
            tags = front.list_tags_for_resource(Resource=one["ARN"])["Tags"]["Items"]
            if one["Enabled"] and ours(from_list(tags)):
                yield Entry("distribution", one["DomainName"], one["ARN"], False, one.get("WebACLId", ""))
