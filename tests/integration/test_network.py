from __future__ import annotations

import copy
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Platform, World, load_checks, run
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError
from tests.integration.conftest import REGION, Account
from tests.sample_network import BUCKET, DECLARED, declared

ITEMS = ("1.2.1.3", "2.1.3.1", "2.1.3.2")
TAGS = {"Platform": "iworkz", "Environment": "sandbox", "Component": "network"}


class Hand:
    """A person with the AWS CLI."""

    def __init__(self, account: Account) -> None:
        self.ec2 = account.client("ec2")

    def named(self, operation: str, member: str, name: str) -> dict[str, Any]:
        """The one resource with this name that is not on its way out."""
        items = getattr(self.ec2, operation)()[member]
        return next(
            item
            for item in items
            if {"Key": "Name", "Value": f"iworkz-sandbox{name}"} in item.get("Tags", [])
            and item.get("State") not in ("deleted", "deleting")
        )

    def subnet(self, name: str) -> str:
        return str(self.named("describe_subnets", "Subnets", name)["SubnetId"])

    def table(self, name: str) -> dict[str, Any]:
        return self.named("describe_route_tables", "RouteTables", name)

    def group(self, name: str) -> str:
        return str(self.named("describe_security_groups", "SecurityGroups", name)["GroupId"])

    def acl(self, name: str) -> dict[str, Any]:
        return self.named("describe_network_acls", "NetworkAcls", name)

    def endpoint(self, name: str) -> dict[str, Any]:
        return self.named("describe_vpc_endpoints", "VpcEndpoints", name)

    def nat(self, name: str) -> dict[str, Any]:
        return self.named("describe_nat_gateways", "NatGateways", name)

    def vpc(self) -> str:
        return str(self.named("describe_vpcs", "Vpcs", "")["VpcId"])


def world_enters_nodes(hand: Hand) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    hand.ec2.authorize_security_group_ingress(GroupId=hand.group("-nodes"), IpPermissions=[rule])


def balancer_loses_its_way(hand: Hand) -> None:
    group = hand.ec2.describe_security_groups(GroupIds=[hand.group("-alb")])["SecurityGroups"][0]
    hand.ec2.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])


def rule_renamed(hand: Hand) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    ends = [{"CidrIp": "10.96.0.0/16", "Description": "mine"}]
    hand.ec2.update_security_group_rule_descriptions_ingress(
        GroupId=hand.group("-endpoints"), IpPermissions=[{**rule, "IpRanges": ends}]
    )


def default_group_opened(hand: Hand) -> None:
    filters = [{"Name": "vpc-id", "Values": [hand.vpc()]}, {"Name": "group-name", "Values": ["default"]}]
    group = hand.ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]
    rule = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    hand.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[rule])


def data_tier_leads_out(hand: Hand) -> None:
    gateway = hand.named("describe_internet_gateways", "InternetGateways", "")["InternetGatewayId"]
    hand.ec2.create_route(
        RouteTableId=hand.table("-data")["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
    )


def other_zones_gateway(hand: Hand) -> None:
    hand.ec2.replace_route(
        RouteTableId=hand.table("-private-1a")["RouteTableId"],
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=hand.nat("-1c")["NatGatewayId"],
    )


def way_out_lost(hand: Hand) -> None:
    table = hand.table("-private-1d")["RouteTableId"]
    hand.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")


def tables_swapped(hand: Hand) -> None:
    for table, other in (("-data", "-private-1c"), ("-private-1c", "-data")):
        subnet = hand.subnet("-data-1c" if table == "-data" else "-private-1c")
        association = next(
            a["RouteTableAssociationId"]
            for t in hand.ec2.describe_route_tables()["RouteTables"]
            for a in t["Associations"]
            if a.get("SubnetId") == subnet
        )
        hand.ec2.replace_route_table_association(
            AssociationId=association, RouteTableId=hand.table(other)["RouteTableId"]
        )


def table_let_go(hand: Hand) -> None:
    association = hand.table("-private-1a")["Associations"][0]["RouteTableAssociationId"]
    hand.ec2.disassociate_route_table(AssociationId=association)


def entry_added_and_changed(hand: Hand) -> None:
    acl = hand.acl("-data")["NetworkAclId"]
    entry = {"NetworkAclId": acl, "Egress": False, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    hand.ec2.create_network_acl_entry(RuleNumber=50, **entry)
    hand.ec2.replace_network_acl_entry(RuleNumber=100, **entry)


def acls_swapped(hand: Hand) -> None:
    for mine, other in (("-data", "-public"), ("-public", "-data")):
        subnet = hand.subnet(f"{mine}-1d")
        association = next(
            a["NetworkAclAssociationId"]
            for acl in hand.ec2.describe_network_acls()["NetworkAcls"]
            for a in acl["Associations"]
            if a["SubnetId"] == subnet
        )
        hand.ec2.replace_network_acl_association(
            AssociationId=association, NetworkAclId=hand.acl(other)["NetworkAclId"]
        )


def gateway_endpoint_unrouted(hand: Hand) -> None:
    endpoint = hand.endpoint("-s3")
    hand.ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint["VpcEndpointId"], RemoveRouteTableIds=endpoint["RouteTableIds"][:1]
    )


def endpoint_shrunk(hand: Hand) -> None:
    endpoint = hand.endpoint("-kms")
    hand.ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint["VpcEndpointId"],
        RemoveSubnetIds=endpoint["SubnetIds"][:1],
        AddSecurityGroupIds=[hand.group("-alb")],
        PrivateDnsEnabled=False,
    )
    deadline = time.monotonic() + 10
    while hand.endpoint("-kms")["State"] != "available":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def endpoint_opened(hand: Hand) -> None:
    policy = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}'
    hand.ec2.modify_vpc_endpoint(VpcEndpointId=hand.endpoint("-sts")["VpcEndpointId"], PolicyDocument=policy)


def flow_log_removed(hand: Hand) -> None:
    hand.ec2.delete_flow_logs(FlowLogIds=[hand.ec2.describe_flow_logs()["FlowLogs"][0]["FlowLogId"]])


def names_switched_off(hand: Hand) -> None:
    hand.ec2.modify_vpc_attribute(VpcId=hand.vpc(), EnableDnsHostnames={"Value": False})


def public_addresses_given_out(hand: Hand) -> None:
    hand.ec2.modify_subnet_attribute(SubnetId=hand.subnet("-data-1a"), MapPublicIpOnLaunch={"Value": True})


def tag_changed(hand: Hand) -> None:
    hand.ec2.create_tags(Resources=[hand.subnet("-data-1a")], Tags=[{"Key": "Tier", "Value": "public"}])
    hand.ec2.delete_tags(Resources=[hand.vpc()], Tags=[{"Key": "Component"}])


def nat_gateway_removed(hand: Hand) -> None:
    gateway = hand.nat("-1a")["NatGatewayId"]
    hand.ec2.delete_nat_gateway(NatGatewayId=gateway)
    waiter = hand.ec2.get_waiter("nat_gateway_deleted")
    waiter.wait(NatGatewayIds=[gateway], WaiterConfig={"Delay": 1, "MaxAttempts": 10})


DRIFTS: list[tuple[Callable[[Hand], None], tuple[str, ...], dict[str, set[str]]]] = [
    (
        world_enters_nodes,
        ("security_group_rules iworkz-sandbox-nodes",),
        {"1.2.1.3": {"network.open_to_the_world"}, "2.1.3.2": {"network.rule_undeclared"}},
    ),
    (balancer_loses_its_way, ("security_group_rules iworkz-sandbox-alb",), {"2.1.3.2": {"network.rule_missing"}}),
    (rule_renamed, ("security_group_rules iworkz-sandbox-endpoints",), {}),
    (default_group_opened, ("default_security_group iworkz-sandbox",), {"2.1.3.2": {"network.default_group_open"}}),
    (
        data_tier_leads_out,
        ("route_table iworkz-sandbox-data",),
        {"2.1.3.1": {"network.tier_missing", "network.tier_mismatch"}},
    ),
    (
        other_zones_gateway,
        ("route_table iworkz-sandbox-private-1a",),
        {"2.1.3.1": {"network.nat_in_other_zone"}},
    ),
    (
        way_out_lost,
        ("route_table iworkz-sandbox-private-1d",),
        {
            "1.2.1.3": {"network.private_zones"},
            "2.1.3.1": {"network.tier_missing", "network.tier_mismatch"},
        },
    ),
    (
        tables_swapped,
        ("route_table iworkz-sandbox-data", "route_table iworkz-sandbox-private-1c"),
        {"2.1.3.1": {"network.tier_mismatch"}},
    ),
    (
        table_let_go,
        ("route_table iworkz-sandbox-private-1a",),
        {"1.2.1.3": {"network.private_zones"}, "2.1.3.1": {"network.tier_missing", "network.tier_mismatch"}},
    ),
    (
        entry_added_and_changed,
        ("network_acl iworkz-sandbox-data",),
        {"2.1.3.2": {"network.entry_undeclared", "network.entry_missing"}},
    ),
    (
        acls_swapped,
        ("network_acl iworkz-sandbox-data", "network_acl iworkz-sandbox-public"),
        {"2.1.3.2": {"network.subnet_unguarded"}},
    ),
    (gateway_endpoint_unrouted, ("endpoint iworkz-sandbox-s3",), {"2.1.3.1": {"network.endpoint_unrouted"}}),
    (
        endpoint_shrunk,
        ("endpoint iworkz-sandbox-kms",),
        {"2.1.3.1": {"network.endpoint_unnamed", "network.endpoint_zone"}},
    ),
    (endpoint_opened, ("endpoint iworkz-sandbox-sts",), {}),
    (flow_log_removed, ("flow_log iworkz-sandbox",), {"2.1.3.1": {"network.no_flow_log"}}),
    (names_switched_off, ("vpc iworkz-sandbox",), {}),
    (public_addresses_given_out, ("subnet iworkz-sandbox-data-1a",), {}),
    (tag_changed, ("subnet iworkz-sandbox-data-1a", "vpc iworkz-sandbox"), {"2.1.3.1": {"network.tier_mismatch"}}),
    (
        nat_gateway_removed,
        ("nat_gateway iworkz-sandbox-1a", "route_table iworkz-sandbox-private-1a"),
        {"1.2.1.3": {"network.zone_without_nat"}, "2.1.3.1": {"network.dead_nat"}},
    ),
]


@pytest.fixture
def empty(account: Account) -> Account:
    account.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return account


def breaches(account: Account) -> dict[str, set[str]]:
    """Ids of the messages by item, of items that do not pass for another reason than that there is no cluster here;
    unknown is never accepted."""
    tags = {"Platform": "iworkz", "Environment": "sandbox"}
    place = ("iworkz", "sandbox", account.account_id, REGION, "ap-northeast-3")
    world = World(Platform(*place, tags, DECLARED), Clients(account.connection), datetime.now(UTC))
    judged = run(ITEMS, world, load_requirements(), checks=load_checks())
    assert [one for one in judged if one.verdict not in ("pass", "fail")] == []
    found = {one.item: {breach.id for breach in one.breaches} - {"eks.no_cluster"} for one in judged}
    return {item: ids for item, ids in found.items() if ids}


def without(option: str, *names: str) -> dict[str, list[dict[str, Any]]]:
    found = declared()
    found[option] = [item for item in found[option] if item.get("name", item.get("group_name")) not in names]
    return found


def test_the_network_converges_is_judged_and_every_drift_is_found_and_mended(empty: Account) -> None:
    assert breaches(empty) == {item: {"network.no_vpc"} for item in ITEMS}
    empty.converges(ADAPTERS, **declared(), tags=TAGS)
    assert breaches(empty) == {}
    hand = Hand(empty)
    for drift, labels, expected in DRIFTS:
        drift(hand)
        assert breaches(empty) == expected, drift.__name__
        empty.mends(ADAPTERS, *labels, **declared(), tags=TAGS)
        assert breaches(empty) == {}, drift.__name__


def test_a_run_without_changes_reads_every_kind_once(empty: Account) -> None:
    empty.run(ADAPTERS, **declared(), tags=TAGS)
    again = empty.run(ADAPTERS, **declared(), tags=TAGS)
    calls = again["api_calls"]
    assert calls.pop("ec2:DescribeVpcAttribute") == 2
    assert set(calls.values()) == {1}
    assert len(calls) == 10


def test_everything_goes_when_purged_and_nothing_that_is_not_ours(empty: Account) -> None:
    ec2 = empty.client("ec2")
    foreign = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}
    empty.run(ADAPTERS, **declared(), tags=TAGS)
    nothing: dict[str, list[dict[str, Any]]] = {option: [] for option in declared()}
    gone = empty.run(ADAPTERS, **nothing, tags=TAGS, purge=True)
    assert gone["failed_resources"] == {}
    assert {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]} == foreign
    assert ec2.describe_addresses()["Addresses"] == []
    assert ec2.describe_flow_logs()["FlowLogs"] == []
    assert not empty.run(ADAPTERS, **nothing, tags=TAGS, purge=True)["changed"]


@pytest.fixture
def small(account: Account) -> dict[str, list[dict[str, Any]]]:
    """Only a VPC and a subnet, applied."""
    plan = declared()
    wanted = {"vpcs": plan["vpcs"], "subnets": plan["subnets"][:1]}
    account.run(ADAPTERS, **wanted)
    return wanted


def test_a_replacement_is_refused_before_anything_changes(account: Account, small: dict[str, Any]) -> None:
    other = copy.deepcopy(small)
    other["subnets"][0]["cidr_block"] = "10.96.200.0/24"
    other["vpcs"][0]["enable_dns_hostnames"] = False
    before = account.mutations()
    with pytest.raises(InvalidInput, match=r"subnet iworkz-sandbox-public-1a: cidr_block cannot be changed in place"):
        account.run(ADAPTERS, **other)
    assert account.mutations() == before
    replaced = account.run(ADAPTERS, **other, allow_replace=True)
    assert replaced["failed_resources"] == {}
    assert not account.run(ADAPTERS, **other)["changed"]


def test_two_resources_of_one_name_are_refused(account: Account, small: dict[str, Any]) -> None:
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "iworkz-sandbox"}]}]
    account.client("ec2").create_vpc(CidrBlock="10.97.0.0/16", TagSpecifications=tags)
    with pytest.raises(ReconcileError, match=r"vpc iworkz-sandbox: vpc-\w+ and vpc-\w+ both have this name"):
        account.run(ADAPTERS, **small)


def test_a_nat_gateway_that_fails_is_named_and_the_next_run_makes_another(account: Account) -> None:
    wanted = {option: declared()[option] for option in ("vpcs", "subnets", "elastic_ips", "nat_gateways")}
    failed = account.run(ADAPTERS, **wanted)["failed_resources"]
    assert set(failed) == {f"nat_gateway iworkz-sandbox-{zone}" for zone in ("1a", "1c", "1d")}
    assert "no Internet gateway attached" in failed["nat_gateway iworkz-sandbox-1a"]
    mended = account.run(ADAPTERS, **wanted, internet_gateways=declared()["internet_gateways"])
    assert mended["failed_resources"] == {}
    assert len([label for label in mended["created"] if label.startswith("nat_gateway")]) == 3


def test_a_flow_log_that_cannot_be_delivered_fails_with_its_reason(account: Account) -> None:
    wanted = {option: declared()[option] for option in ("vpcs", "flow_logs")}
    answer = account.run(ADAPTERS, **wanted)
    assert answer["failed"]
    assert "does not exist" in answer["failed_resources"]["flow_log iworkz-sandbox"]


def test_an_undeclared_acl_gives_its_subnets_back_to_the_default_one(empty: Account) -> None:
    empty.run(ADAPTERS, **declared(), tags=TAGS)
    removed = empty.run(ADAPTERS, **without("network_acls", "iworkz-sandbox-data"), tags=TAGS, purge=True)
    assert removed["deleted"] == ["network_acl iworkz-sandbox-data"]
    assert removed["failed_resources"] == {}
    assert breaches(empty) == {"2.1.3.2": {"network.acl_missing", "network.subnet_unguarded"}}


def unknown(operation: str, code: str, times: int) -> dict[str, Any]:
    return {"service": "ec2", "operation": operation, "code": code, "status": 400, "times": times}


def test_what_ec2_does_not_know_yet_is_tried_again(account: Account) -> None:
    wanted = {option: declared()[option] for option in ("vpcs", "internet_gateways", "subnets", "network_acls")}
    account.application.faults.configure(
        [
            unknown("ModifyVpcAttribute", "InvalidVpcID.NotFound", 1),
            unknown("AttachInternetGateway", "InvalidInternetGatewayID.NotFound", 2),
            unknown("CreateNetworkAclEntry", "InvalidNetworkAclID.NotFound", 1),
        ]
    )
    applied = account.run(ADAPTERS, **wanted)
    assert applied["failed_resources"] == {}
    assert applied["api_calls"]["ec2:AttachInternetGateway"] == 3
    assert not account.run(ADAPTERS, **wanted)["changed"]


def test_what_never_was_made_is_not_waited_for(account: Account, small: dict[str, Any]) -> None:
    small["vpcs"][0]["enable_dns_hostnames"] = False
    account.application.faults.configure([unknown("ModifyVpcAttribute", "InvalidVpcID.NotFound", 9)])
    failed = account.run(ADAPTERS, **small)
    assert "InvalidVpcID.NotFound" in failed["failed_resources"]["vpc iworkz-sandbox"]
    assert failed["api_calls"]["ec2:ModifyVpcAttribute"] == 1
