# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of the platform Shield Advanced can protect: public load balancers, distributions, zones and addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._aws.wafv2_entries import IDENTITY, entries

PROTECTED_KINDS = ("application load balancer", "distribution")
ZONE = "hosted zone"
ADDRESS = "elastic address"
TAGGED_AT_ONCE = 10
"""route53:ListTagsForResources takes no more."""


@dataclass(frozen=True)
class Exposed:
    """A resource to protect. Health tells nothing of a zone: AWS takes no health check for one."""

    kind: str
    name: str
    arn: str

    @property
    def has_health(self) -> bool:
        return self.kind != ZONE

    @property
    def has_requests(self) -> bool:
        """Whether a web ACL stands before it, by which Shield can respond to attacks on the application layer."""
        return self.kind in PROTECTED_KINDS


def exposed(client: Callable[..., Any], tags: Mapping[str, str], regions: Iterable[str], account: str) -> list[Exposed]:
    """By the tags Platform and Environment. Addresses of NAT gateways are left out: nobody can connect to one.

    :param client: makes one of boto3's from the name of a service and, where it is of a region, ``region``.

    What _aws/wafv2_entries.py reads; route53:ListHostedZones, ListTagsForResources; ec2:DescribeAddresses,
    DescribeNatGateways.
    """
    if not tags.keys() >= set(IDENTITY):
        return []
    found = [one for region in dict.fromkeys(regions) for one in _in_region(client, tags, region, account)]
    # Distributions are told in each of them.
    return [*dict.fromkeys(found), *_zones(client("route53"), tags)]


def _in_region(client: Callable[..., Any], tags: Mapping[str, str], region: str, account: str) -> Iterator[Exposed]:
    for one in entries(partial(client, region=region), tags, region):
        if one.kind in PROTECTED_KINDS:
            yield Exposed(one.kind, one.name, one.arn)
    place = f"arn:aws:ec2:{region}:{account}:eip-allocation/"
    yield from _addresses(client("ec2", region=region), tags, place)


def _ours(found: Mapping[str, str], tags: Mapping[str, str]) -> bool:
    return all(found.get(name) == tags[name] for name in IDENTITY)


def _zones(client: Any, tags: Mapping[str, str]) -> Iterator[Exposed]:
    names = {
        zone["Id"].rpartition("/")[2]: zone["Name"].rstrip(".")
        for page in client.get_paginator("list_hosted_zones").paginate()
        for zone in page["HostedZones"]
        if not zone["Config"]["PrivateZone"]
    }
    ids = sorted(names)
    for start in range(0, len(ids), TAGGED_AT_ONCE):
        answer = client.list_tags_for_resources(
            ResourceType="hostedzone", ResourceIds=ids[start : start + TAGGED_AT_ONCE]
        )
        for told in answer["ResourceTagSets"]:
            if _ours(from_list(told["Tags"]), tags):
                zone = told["ResourceId"]
                yield Exposed(ZONE, names[zone], f"arn:aws:route53:::hostedzone/{zone}")


def _addresses(client: Any, tags: Mapping[str, str], place: str) -> Iterator[Exposed]:
    gateways = {
        address.get("AllocationId")
        for page in client.get_paginator("describe_nat_gateways").paginate()
        for gateway in page["NatGateways"]
        if gateway["State"] not in ("deleted", "deleting", "failed")
        for address in gateway["NatGatewayAddresses"]
    }
    for one in client.describe_addresses()["Addresses"]:
        if one["AllocationId"] not in gateways and _ours(from_list(one.get("Tags")), tags):
            yield Exposed(ADDRESS, one["PublicIp"], place + one["AllocationId"])
