# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Load balancers that public hosts lead to, and what answers in the recovery region while the platform is ill."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.elbv2_common import tags_of
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _certificates
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World

Item = dict[str, Any]


def balancers(world: World, region: str) -> dict[str, Item]:
    """The platform's public load balancers of a region by their address."""
    return world.once(_balancers)[region]


def breaches(world: World, host: str, balancer: Item) -> Iterator[Breach]:
    """Why a browser that asks the recovery region for a host would get no answer that it takes."""
    params = {"host": host, "balancer": balancer["LoadBalancerName"]}
    answer = world.once(_answers).get(balancer["LoadBalancerArn"])
    if answer is None or balancer["State"]["Code"] != "active":
        yield Breach("dr.standby_silent", params)
        return
    region = world.platform.recovery_region
    known = world.once(_certificates.certificates).get(region, [])
    issued = [one for one in known if one["Status"] == "ISSUED" and one["CertificateArn"] in answer["offered"]]
    if not any(_certificates.covers(one, host) for one in issued):
        yield Breach("dr.standby_uncertified", params)
    if not answer["guarded"]:
        yield Breach("dr.standby_unguarded", params)


def _balancers(world: World) -> dict[str, dict[str, Item]]:
    """By region (elasticloadbalancing:DescribeLoadBalancers, DescribeTags)."""
    return {region: _of(world, region) for region in (world.platform.region, world.platform.recovery_region)}


def _of(world: World, region: str) -> dict[str, Item]:
    client = world.client("elbv2", region)
    found = {
        one["LoadBalancerArn"]: one
        for page in client.get_paginator("describe_load_balancers").paginate()
        for one in page["LoadBalancers"]
        if one["Scheme"] == "internet-facing"
    }
    ours = [arn for arn, tags in tags_of(client, sorted(found)).items() if world.platform.owns(tags)]
    return {found[arn]["DNSName"].lower(): found[arn] for arn in ours}


def _answers(world: World) -> dict[str, Item]:
    """By ARN of those of the recovery region that take HTTPS: ``offered``, their certificates, and whether they are
    ``guarded`` by a web ACL (elasticloadbalancing:DescribeListeners, DescribeListenerCertificates;
    wafv2:GetWebACLForResource).
    """
    region = world.platform.recovery_region
    client, firewall = world.client("elbv2", region), world.client("wafv2", region)
    found: dict[str, Item] = {}
    for balancer in balancers(world, region).values():
        arn = balancer["LoadBalancerArn"]
        listeners = client.describe_listeners(LoadBalancerArn=arn)["Listeners"]
        for listener in (one for one in listeners if (one["Protocol"], one["Port"]) == ("HTTPS", 443)):
            pages = client.get_paginator("describe_listener_certificates").paginate(ListenerArn=listener["ListenerArn"])
            found[arn] = {
                "offered": {one["CertificateArn"] for page in pages for one in page["Certificates"]},
                "guarded": "WebACL" in firewall.get_web_acl_for_resource(ResourceArn=arn),
            }
    return found
