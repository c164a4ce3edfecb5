from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import network as checks
from ansible_collections.iworkz.platform.plugins.module_utils._checks._eks_facts import node_groups
from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_facts import (
    Network,
    read_network,
    read_prefix_lists,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding, Platform
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import clusters
from ansible_collections.iworkz.platform.plugins.module_utils._messages import render
from tests.sample_network import DECLARED, ZONES
from tests.unit.checks.facts import Facts
from tests.unit.checks.network_facts import INTERNET, healthy, node, rule

CHECKS = {
    "1.2.1.3": checks.sheltered_cluster,
    "2.1.3.1": checks.separated_tiers,
    "2.1.3.2": checks.declared_rules_only,
}
PLATFORM = Platform("iworkz", "sandbox", "123456789012", "ap-northeast-1", "ap-northeast-3", {}, DECLARED)
Change = Callable[[Network], None]


PRIVATE = [f"subnet-private-{zone}" for zone in ZONES]


def cluster(**changes: Any) -> dict[str, Any]:
    return {
        "name": "iworkz-sandbox",
        "resourcesVpcConfig": {"subnetIds": PRIVATE, "securityGroupIds": ["sg-iworkz-sandbox-nodes"], **changes},
    }


def world(network: Network) -> Facts:
    facts = Facts(
        {
            read_network: network,
            read_prefix_lists: {"pl-1": "com.amazonaws.ap-northeast-1.s3"},
            clusters: [cluster()],
            node_groups: [{"nodegroupName": "general", "subnets": PRIVATE}],
        }
    )
    facts.platform = PLATFORM
    return facts


def judged(item: str, network: Network) -> Finding:
    finding = CHECKS[item](world(network), load_requirements().resolve(item).required)
    for breach in finding.breaches:
        assert render(breach, "en") != render(breach, "ja")
    return finding


def ids(item: str, *changes: Change) -> set[str]:
    network = healthy()
    for change in changes:
        change(network)
    return {breach.id for breach in judged(item, network).breaches}


def group(network: Network, name: str) -> dict[str, Any]:
    return next(one for one in network.security_groups if one["GroupName"] == name)


def table(network: Network, name: str) -> dict[str, Any]:
    return next(one for one in network.route_tables if one["RouteTableId"] == f"rtb-{name}")


def endpoint(network: Network, service: str) -> dict[str, Any]:
    return next(one for one in network.endpoints if one["ServiceName"].endswith(f".{service}"))


def acl(network: Network, tier: str) -> dict[str, Any]:
    return next(one for one in network.network_acls if one["NetworkAclId"] == f"acl-{tier}")


def admits(name: str, **changes: Any) -> Change:
    return lambda n: group(n, f"iworkz-sandbox-{name}")["IpPermissions"].append(rule(**changes))


def routes(name: str, *found: dict[str, Any]) -> Change:
    return lambda n: table(n, name).update(Routes=list(found))


def sets(find: Callable[[Network], dict[str, Any]], **values: Any) -> Change:
    return lambda n: find(n).update(values)


def nat(destination: str, gateway: str) -> dict[str, Any]:
    return {"DestinationCidrBlock": destination, "NatGatewayId": gateway, "State": "active"}


@pytest.mark.parametrize("item", CHECKS)
def test_a_healthy_network_passes(item: str) -> None:
    assert judged(item, healthy()).breaches == ()


@pytest.mark.parametrize("item", CHECKS)
def test_no_vpc_is_a_failure(item: str) -> None:
    finding = judged(item, Network([], [], [], [], [], [], [], [], []))
    assert {breach.id for breach in finding.breaches} == {"network.no_vpc"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (admits("nodes"), {"network.open_to_the_world"}),
        (admits("alb"), {"network.open_to_the_world"}),
        (admits("alb", from_port=80, to_port=443), {"network.open_to_the_world"}),
        (admits("alb", ip_protocol="all", from_port=None, to_port=None), {"network.open_to_the_world"}),
        (admits("alb", ip_protocol="udp", from_port=443, to_port=443), {"network.open_to_the_world"}),
        (admits("nodes", from_port=443, to_port=443), {"network.open_to_the_world"}),
        (admits("nodes", cidr_ip=None, cidr_ipv6="::/0"), {"network.open_to_the_world"}),
        (admits("nodes", cidr_ip=None, cidr_ipv6="2000::/3"), {"network.open_to_the_world"}),
        (admits("nodes", cidr_ip="0.0.0.0/1"), {"network.open_to_the_world"}),
        (admits("nodes", cidr_ip="128.0.0.0/1"), {"network.open_to_the_world"}),
        (admits("nodes", cidr_ip="10.0.0.0/8"), set()),
        (admits("nodes", cidr_ip="203.0.113.0/24"), set()),
        (admits("nodes", cidr_ip=None, cidr_ipv6="fc00::/7"), set()),
        (admits("alb", from_port=443, to_port=443, cidr_ip=None, cidr_ipv6="::/0"), set()),
        (lambda n: n.nat_gateways.pop(), {"network.zone_without_nat"}),
        (sets(lambda n: n.nat_gateways[0], State="failed"), {"network.zone_without_nat"}),
        (sets(lambda n: n.nat_gateways[0], SubnetId="subnet-private-1a"), {"network.zone_without_nat"}),
        (sets(lambda n: n.nat_gateways[0], SubnetId="subnet-public-1c"), {"network.zone_without_nat"}),
        (routes("private-1a"), {"network.private_zones", "eks.cluster_outside", "eks.group_outside"}),
        (lambda n: n.interfaces.append(node("private-1a")), set()),
        (lambda n: n.interfaces.append(node("public-1a")), {"network.node_outside"}),
        (lambda n: n.interfaces.append(node("data-1a")), {"network.node_outside"}),
    ],
)
def test_the_cluster_is_sheltered(change: Change, expected: set[str]) -> None:
    assert ids("1.2.1.3", change) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({clusters: []}, {"eks.no_cluster"}),
        ({clusters: [cluster(subnetIds=[*PRIVATE[1:], "subnet-public-1a"])]}, {"eks.cluster_outside"}),
        ({clusters: [cluster(subnetIds=[*PRIVATE, "subnet-of-another-vpc"])]}, {"eks.cluster_outside"}),
        ({clusters: [cluster(securityGroupIds=[])]}, {"eks.no_own_group"}),
        ({node_groups: [{"nodegroupName": "general", "subnets": ["subnet-data-1a"]}]}, {"eks.group_outside"}),
    ],
)
def test_the_cluster_and_its_groups_stand_in_private_subnets(facts: dict[Any, Any], expected: set[str]) -> None:
    judging = world(healthy())
    judging.facts |= facts
    finding = checks.sheltered_cluster(judging, load_requirements().resolve("1.2.1.3").required)
    assert {breach.id for breach in finding.breaches} == expected
    assert all(render(breach, "en") != render(breach, "ja") for breach in finding.breaches)


def test_what_was_judged_is_observed() -> None:
    network = healthy()
    network.interfaces.append(node("private-1a"))
    observed = judged("1.2.1.3", network).observed
    assert observed["clusters"] == ["iworkz-sandbox"]
    assert observed["node_groups"] == {"general": [f"iworkz-sandbox-private-{zone}" for zone in ZONES]}
    assert observed["nodes"] == 1


def eks_group(*rules: dict[str, Any]) -> Change:
    """The group that EKS makes for a cluster, with its own rule and these."""
    group = {
        "GroupId": "sg-eks",
        "GroupName": "eks-cluster-sg-iworkz-sandbox-1",
        "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-eks"}]}, *rules],
        "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        "Tags": [{"Key": "aws:eks:cluster-name", "Value": "iworkz-sandbox"}],
    }
    return lambda n: n.security_groups.append(group)


@pytest.mark.parametrize(
    ("change", "expected"),
    [(eks_group(), set()), (eks_group(rule(cidr_ip="10.96.0.0/16")), {"network.rule_undeclared"})],
)
def test_the_group_that_eks_makes_lets_in_its_members_only(change: Change, expected: set[str]) -> None:
    assert ids("2.1.3.2", change) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (routes("data", INTERNET), {"network.tier_missing", "network.tier_mismatch"}),
        (
            routes("data", {**INTERNET, "DestinationCidrBlock": "0.0.0.0/1"}),
            {"network.tier_missing", "network.tier_mismatch"},
        ),
        (
            routes("data", nat("0.0.0.0/1", "nat-1a")),
            {"network.tier_missing", "network.tier_mismatch", "network.no_way_out", "network.endpoint_unrouted"},
        ),
        (
            routes("data", {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}),
            {"network.tier_missing", "network.tier_mismatch", "network.endpoint_unrouted"},
        ),
        (
            routes("data", {"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"}),
            {"network.tier_missing", "network.tier_mismatch", "network.strange_way_out"},
        ),
        (routes("data", {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}), set()),
        (lambda n: table(n, "data").update(Associations=[]), set()),
        (routes("private-1a", nat("0.0.0.0/0", "nat-1c")), {"network.nat_in_other_zone"}),
        (routes("private-1a", nat("0.0.0.0/0", "nat-gone")), {"network.dead_nat"}),
        (routes("private-1a", nat("192.0.2.0/24", "nat-1a")), {"network.no_way_out"}),
        (sets(lambda n: n.nat_gateways[0], State="pending"), {"network.dead_nat"}),
        (routes("public"), {"network.tier_missing", "network.tier_mismatch"}),
        (
            sets(lambda n: n.subnets[0], AvailabilityZone="ap-northeast-1c"),
            {"network.tier_missing", "network.nat_in_other_zone"},
        ),
        (lambda n: n.flow_logs.clear(), {"network.no_flow_log"}),
        (sets(lambda n: n.flow_logs[0], ResourceId="vpc-2"), {"network.no_flow_log"}),
        (sets(lambda n: n.flow_logs[0], TrafficType="REJECT"), {"network.flow_log_partial"}),
        (sets(lambda n: n.flow_logs[0], DeliverLogsStatus="FAILED"), {"network.flow_log_partial"}),
        (sets(lambda n: n.flow_logs[0], FlowLogStatus="INACTIVE"), {"network.flow_log_partial"}),
        (lambda n: n.flow_logs[0].pop("DeliverLogsStatus"), set()),
        (lambda n: n.endpoints.remove(endpoint(n, "kms")), {"network.endpoint_missing"}),
        (sets(lambda n: endpoint(n, "kms"), State="pending"), {"network.endpoint_unavailable"}),
        (lambda n: n.endpoints.append({**endpoint(n, "kms"), "State": "failed"}), set()),
        (sets(lambda n: endpoint(n, "kms"), PrivateDnsEnabled=False), {"network.endpoint_unnamed"}),
        (sets(lambda n: endpoint(n, "kms"), SubnetIds=["subnet-private-1a"]), {"network.endpoint_zone"}),
        (sets(lambda n: endpoint(n, "s3"), RouteTableIds=[]), {"network.endpoint_unrouted"}),
    ],
)
def test_the_tiers_are_separated(change: Change, expected: set[str]) -> None:
    assert ids("2.1.3.1", change) == expected


def test_two_zones_are_too_few() -> None:
    network = healthy()
    network.subnets[:] = [one for one in network.subnets if not one["SubnetId"].endswith("1d")]
    for one in network.endpoints:
        one["SubnetIds"] = ["subnet-private-1a", "subnet-private-1c"]
    assert {breach.id for breach in judged("2.1.3.1", network).breaches} == {"network.too_few_zones"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (admits("nodes", cidr_ip="10.96.0.5/32"), {"network.rule_undeclared"}),
        (lambda n: group(n, "iworkz-sandbox-nodes").update(IpPermissions=[]), {"network.rule_missing"}),
        (lambda n: group(n, "iworkz-sandbox-alb").update(IpPermissionsEgress=[]), {"network.rule_missing"}),
        (
            sets(lambda n: group(n, "iworkz-sandbox-endpoints"), IpPermissions=[rule(from_port=443, to_port=444)]),
            {"network.rule_missing", "network.rule_undeclared"},
        ),
        (admits("endpoints", cidr_ip=None, prefix_list_id="pl-1"), {"network.rule_undeclared"}),
        (lambda n: n.security_groups.pop(), {"network.group_missing"}),
        (
            lambda n: n.security_groups.append({**group(n, "default"), "GroupName": "mine", "GroupId": "sg-mine"}),
            {"network.group_undeclared"},
        ),
        (sets(lambda n: group(n, "default"), IpPermissions=[rule()]), {"network.default_group_open"}),
        (sets(lambda n: group(n, "default"), IpPermissionsEgress=[rule()]), {"network.default_group_open"}),
        (lambda n: acl(n, "data")["Entries"].pop(0), {"network.entry_missing"}),
        (
            lambda n: acl(n, "data")["Entries"].append({**acl(n, "data")["Entries"][0], "RuleNumber": 90}),
            {"network.entry_undeclared"},
        ),
        (
            lambda n: acl(n, "data")["Entries"][0].update(RuleAction="deny"),
            {"network.entry_undeclared", "network.entry_missing"},
        ),
        (
            lambda n: acl(n, "data")["Entries"][1]["PortRange"].update(From=1),
            {"network.entry_undeclared", "network.entry_missing"},
        ),
        (
            lambda n: acl(n, "default")["Associations"].append(acl(n, "data")["Associations"].pop()),
            {"network.subnet_unguarded"},
        ),
        (
            lambda n: acl(n, "public")["Associations"].append(acl(n, "data")["Associations"].pop()),
            {"network.subnet_unguarded"},
        ),
        (sets(lambda n: acl(n, "data"), Tags=[]), {"network.acl_missing", "network.subnet_unguarded"}),
        (sets(lambda n: n.subnets[0], Tags=[]), {"network.subnet_undeclared"}),
    ],
)
def test_only_declared_rules(change: Change, expected: set[str]) -> None:
    assert ids("2.1.3.2", change) == expected


def test_a_description_changes_no_verdict() -> None:
    network = healthy()
    network.security_groups[1]["IpPermissions"][0]["IpRanges"][0]["Description"] = "another"
    assert judged("2.1.3.2", network).breaches == ()
