"""The sandbox's load balancer controller makes what a web ACL and Shield protect."""

from __future__ import annotations

import time

from sandbox.kube.controllers.balancers import AGAIN_SECONDS, PENDING_SECONDS, Balancers

ACL = {
    "Scope": "REGIONAL",
    "DefaultAction": {"Allow": {}},
    "VisibilityConfig": {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "x"},
}


def settled(balancers, spec):
    """What ensure says once its question is answered."""
    deadline = time.monotonic() + 20
    while (pause := balancers.ensure(spec)) == PENDING_SECONDS:
        assert time.monotonic() < deadline
        time.sleep(PENDING_SECONDS)
    return pause


def test_one_load_balancer_behind_its_acl_once_that_is_there(account, network):
    spec = {
        "loadBalancerName": "iworkz-sandbox",
        "scheme": "internet-facing",
        "subnets": {"tags": {"Name": sorted(network["subnets"])}},
        "tags": [{"key": "Platform", "value": "iworkz"}],
        "wafv2AclName": "iworkz-sandbox",
        "loadBalancerAttributes": [{"key": "routing.http.drop_invalid_header_fields.enabled", "value": "true"}],
    }
    balancers = Balancers(account.connection["endpoint_url"], account.region)
    assert settled(balancers, spec) == AGAIN_SECONDS
    (made,) = account.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert (made["Scheme"], len(made["AvailabilityZones"])) == ("internet-facing", 3)
    acl = account.client("wafv2").create_web_acl(Name="iworkz-sandbox", **ACL)["Summary"]["ARN"]
    assert settled(balancers, spec) is None
    assert settled(balancers, spec) is None
    behind = account.client("wafv2").get_web_acl_for_resource(ResourceArn=made["LoadBalancerArn"])
    assert behind["WebACL"]["ARN"] == acl
    assert len(account.client("elbv2").describe_load_balancers()["LoadBalancers"]) == 1
    has = account.client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=made["LoadBalancerArn"])
    assert {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"} in has["Attributes"]


def test_without_subnets_it_is_tried_again(account):
    balancers = Balancers(account.connection["endpoint_url"], account.region)
    assert settled(balancers, {"loadBalancerName": "x", "subnets": {"tags": {"Name": ["none"]}}}) == AGAIN_SECONDS
