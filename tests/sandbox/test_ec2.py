"""EC2's network as AWS answers: what takes a moment, what conflicts, what is in use and can't be deleted."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.sandbox.support import code_of

BUCKET = "flow-logs-of-ec2-tests"
REGION = "ap-northeast-1"


def eventually(state: Callable[[], Any], expected: Any) -> None:
    deadline = time.monotonic() + 5
    while state() != expected:
        assert time.monotonic() < deadline, state()
        time.sleep(0.05)


@pytest.fixture
def net(local, clock) -> SimpleNamespace:
    """A VPC with DNS names, a subnet, an attached internet gateway and a security group."""
    ec2 = local.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    group = ec2.create_security_group(VpcId=vpc, GroupName="g", Description="d")["GroupId"]
    return SimpleNamespace(ec2=ec2, local=local, vpc=vpc, subnet=subnet, gateway=gateway, group=group)


def nat(net: SimpleNamespace) -> tuple[str, str]:
    """(gateway, address)."""
    address = net.ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = net.ec2.create_nat_gateway(SubnetId=net.subnet, AllocationId=address)["NatGateway"]
    assert made["State"] == "pending"
    return made["NatGatewayId"], address


def nat_state(net: SimpleNamespace, gateway: str) -> str:
    return str(net.ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"][0]["State"])


def endpoint(net: SimpleNamespace, service: str = "kms", **parameters: Any) -> dict[str, Any]:
    kind = {"VpcEndpointType": "Interface", "SubnetIds": [net.subnet], "SecurityGroupIds": [net.group]}
    made = net.ec2.create_vpc_endpoint(
        VpcId=net.vpc, ServiceName=f"com.amazonaws.{REGION}.{service}", **{**kind, **parameters}
    )["VpcEndpoint"]
    return dict(made)


def described(net: SimpleNamespace, identifier: str) -> dict[str, Any]:
    return dict(net.ec2.describe_vpc_endpoints(VpcEndpointIds=[identifier])["VpcEndpoints"][0])


def test_a_nat_gateway_takes_a_moment_and_holds_its_address_until_it_is_gone(net) -> None:
    gateway, address = nat(net)
    assert net.ec2.describe_nat_gateways(Filter=[{"Name": "state", "Values": ["available"]}])["NatGateways"] == []
    eventually(lambda: nat_state(net, gateway), "available")
    assert code_of(lambda: net.ec2.release_address(AllocationId=address)) == "InvalidIPAddress.InUse"
    net.ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert nat_state(net, gateway) == "deleting"
    assert code_of(lambda: net.ec2.delete_subnet(SubnetId=net.subnet)) == "DependencyViolation"
    eventually(lambda: nat_state(net, gateway), "deleted")
    net.ec2.release_address(AllocationId=address)
    net.ec2.delete_subnet(SubnetId=net.subnet)


def test_a_nat_gateway_without_an_internet_gateway_fails_and_gives_its_address_back(net) -> None:
    net.ec2.detach_internet_gateway(InternetGatewayId=net.gateway, VpcId=net.vpc)
    gateway, address = nat(net)
    eventually(lambda: nat_state(net, gateway), "failed")
    failed = net.ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"][0]
    assert failed["FailureCode"] == "Gateway.NotAttached"
    net.ec2.release_address(AllocationId=address)


def test_nat_gateways_are_filtered_by_tag(net) -> None:
    gateway, _address = nat(net)
    net.ec2.create_tags(Resources=[gateway], Tags=[{"Key": "Name", "Value": "mine"}])
    for name, value, expected in (
        ("tag:Name", "mine", [gateway]),
        ("tag:Name", "other", []),
        ("tag-key", "Name", [gateway]),
    ):
        found = net.ec2.describe_nat_gateways(Filter=[{"Name": name, "Values": [value]}])["NatGateways"]
        assert [one["NatGatewayId"] for one in found] == expected


def test_mistakes_with_nat_gateways(net) -> None:
    assert code_of(lambda: net.ec2.create_nat_gateway(SubnetId=net.subnet)) == "MissingParameter"
    assert code_of(lambda: net.ec2.delete_nat_gateway(NatGatewayId="nat-00000000000000000")) == "NatGatewayNotFound"


def test_an_interface_endpoint_takes_a_moment_to_come_and_to_go(net) -> None:
    made = endpoint(net)
    assert made["State"] == "pending"
    eventually(lambda: described(net, made["VpcEndpointId"])["State"], "available")
    net.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    assert described(net, made["VpcEndpointId"])["State"] == "deleting"
    eventually(lambda: net.ec2.describe_vpc_endpoints()["VpcEndpoints"], [])
    (error,) = net.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"]
    assert error["Error"]["Code"] == "InvalidVpcEndpoint.NotFound"


def test_an_interface_endpoint_changes_in_all_that_is_asked_for(net) -> None:
    other = net.ec2.create_subnet(VpcId=net.vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    made = endpoint(net)["VpcEndpointId"]
    net.ec2.modify_vpc_endpoint(
        VpcEndpointId=made, PrivateDnsEnabled=False, AddSubnetIds=[other], RemoveSubnetIds=[net.subnet]
    )
    changed = described(net, made)
    assert (changed["PrivateDnsEnabled"], changed["SubnetIds"]) == (False, [other])
    interfaces = net.ec2.describe_network_interfaces(NetworkInterfaceIds=changed["NetworkInterfaceIds"])
    assert [one["SubnetId"] for one in interfaces["NetworkInterfaces"]] == [other]


def test_endpoints_that_conflict_are_refused(net) -> None:
    endpoint(net)
    assert code_of(lambda: endpoint(net)) == "InvalidParameter"
    unknown = {"SecurityGroupIds": ["sg-00000000000000000"]}
    assert code_of(lambda: endpoint(net, "sts", **unknown)) == "InvalidSecurityGroupID.NotFound"
    net.ec2.modify_vpc_attribute(VpcId=net.vpc, EnableDnsHostnames={"Value": False})
    assert code_of(lambda: endpoint(net, "sts")) == "InvalidParameter"
    assert (
        code_of(lambda: net.ec2.modify_vpc_endpoint(VpcEndpointId="vpce-00000000000000000"))
        == "InvalidVpcEndpointId.NotFound"
    )


def test_a_gateway_endpoint_is_a_route_in_each_of_its_tables(net) -> None:
    tables = [net.ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"] for _ in range(2)]

    def routed() -> list[str]:
        found = net.ec2.describe_route_tables(RouteTableIds=tables)["RouteTables"]
        return [t["RouteTableId"] for t in found if any("DestinationPrefixListId" in r for r in t["Routes"])]

    gateway = {"VpcEndpointType": "Gateway", "SubnetIds": [], "SecurityGroupIds": []}
    made = endpoint(net, "s3", **gateway, RouteTableIds=tables[:1])["VpcEndpointId"]
    assert routed() == tables[:1]
    assert code_of(lambda: endpoint(net, "s3", **gateway, RouteTableIds=tables[:1])) == "RouteAlreadyExists"
    net.ec2.modify_vpc_endpoint(VpcEndpointId=made, AddRouteTableIds=tables[1:], RemoveRouteTableIds=tables[:1])
    assert routed() == tables[1:]
    assert described(net, made)["RouteTableIds"] == tables[1:]
    assert (
        code_of(lambda: net.ec2.modify_vpc_endpoint(VpcEndpointId=made, AddRouteTableIds=tables[1:]))
        == "RouteAlreadyExists"
    )


def test_flow_logs_go_to_a_folder_with_options(net) -> None:
    net.local.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    wanted = {
        "ResourceIds": [net.vpc],
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogDestinationType": "s3",
        "LogDestination": f"arn:aws:s3:::{BUCKET}/flow-logs/",
        "DestinationOptions": {"FileFormat": "parquet", "PerHourPartition": True, "HiveCompatiblePartitions": False},
    }
    net.ec2.create_flow_logs(**wanted)
    (log,) = net.ec2.describe_flow_logs()["FlowLogs"]
    assert {name: log[name] for name in ("LogDestination", "DestinationOptions")} == {
        name: wanted[name] for name in ("LogDestination", "DestinationOptions")
    }
    assert code_of(lambda: net.ec2.create_flow_logs(**wanted)) == "FlowLogAlreadyExists"
    net.ec2.create_flow_logs(**{**wanted, "LogDestination": f"arn:aws:s3:::{BUCKET}/others/"})
    (error,) = net.ec2.create_flow_logs(**{**wanted, "LogDestination": "arn:aws:s3:::no-such-bucket/"})["Unsuccessful"]
    assert error["Error"]["Code"] == "400"


@pytest.mark.parametrize("use", ["gateway", "group", "acl", "endpoint", "nat"])
def test_a_vpc_in_use_is_not_deleted(net, use: str) -> None:
    net.ec2.delete_subnet(SubnetId=net.subnet)
    net.ec2.detach_internet_gateway(InternetGatewayId=net.gateway, VpcId=net.vpc)
    net.ec2.delete_security_group(GroupId=net.group)
    if use == "gateway":
        net.ec2.attach_internet_gateway(InternetGatewayId=net.gateway, VpcId=net.vpc)
    elif use == "group":
        net.ec2.create_security_group(VpcId=net.vpc, GroupName="g", Description="d")
    elif use == "acl":
        net.ec2.create_network_acl(VpcId=net.vpc)
    elif use == "endpoint":
        endpoint(net, "s3", VpcEndpointType="Gateway", SubnetIds=[], SecurityGroupIds=[])
    else:
        net.subnet = net.ec2.create_subnet(VpcId=net.vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
        net.ec2.attach_internet_gateway(InternetGatewayId=net.gateway, VpcId=net.vpc)
        nat(net)
    assert code_of(lambda: net.ec2.delete_vpc(VpcId=net.vpc)) == "DependencyViolation"


def test_an_empty_vpc_is_deleted_with_what_came_with_it(net) -> None:
    net.ec2.delete_subnet(SubnetId=net.subnet)
    net.ec2.detach_internet_gateway(InternetGatewayId=net.gateway, VpcId=net.vpc)
    net.ec2.delete_security_group(GroupId=net.group)
    net.ec2.delete_vpc(VpcId=net.vpc)
    mine = [{"Name": "vpc-id", "Values": [net.vpc]}]
    assert net.ec2.describe_network_acls(Filters=mine)["NetworkAcls"] == []
    assert net.ec2.describe_route_tables(Filters=mine)["RouteTables"] == []


def test_a_security_group_in_use_is_not_deleted(net) -> None:
    other = net.ec2.create_security_group(VpcId=net.vpc, GroupName="h", Description="d")["GroupId"]
    rule = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": net.group}]}]
    net.ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=rule)
    net.ec2.authorize_security_group_ingress(GroupId=net.group, IpPermissions=rule)
    assert code_of(lambda: net.ec2.delete_security_group(GroupId=net.group)) == "DependencyViolation"
    net.ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=rule)
    made = endpoint(net)["VpcEndpointId"]
    assert code_of(lambda: net.ec2.delete_security_group(GroupId=net.group)) == "DependencyViolation"
    net.ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    net.ec2.delete_security_group(GroupId=net.group)
    filters = [{"Name": "vpc-id", "Values": [net.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    default = net.ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]
    assert code_of(lambda: net.ec2.delete_security_group(GroupId=default)) == "CannotDelete"


def test_an_internet_gateway_with_mapped_addresses_stays_attached(net) -> None:
    nat(net)
    detach = {"InternetGatewayId": net.gateway, "VpcId": net.vpc}
    assert code_of(lambda: net.ec2.detach_internet_gateway(**detach)) == "DependencyViolation"


def test_a_deleted_subnet_leaves_its_associations(net) -> None:
    table = net.ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"]
    net.ec2.associate_route_table(SubnetId=net.subnet, RouteTableId=table)
    net.ec2.delete_subnet(SubnetId=net.subnet)
    assert net.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Associations"] == []
    mine = [{"Name": "vpc-id", "Values": [net.vpc]}]
    assert [acl["Associations"] for acl in net.ec2.describe_network_acls(Filters=mine)["NetworkAcls"]] == [[]]


def test_second_and_unknown_associations_are_refused(net) -> None:
    tables = [net.ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"] for _ in range(2)]
    net.ec2.associate_route_table(SubnetId=net.subnet, RouteTableId=tables[0])
    net.ec2.associate_route_table(SubnetId=net.subnet, RouteTableId=tables[0])
    second = {"SubnetId": net.subnet, "RouteTableId": tables[1]}
    assert code_of(lambda: net.ec2.associate_route_table(**second)) == "Resource.AlreadyAssociated"
    acl = net.ec2.create_network_acl(VpcId=net.vpc)["NetworkAcl"]["NetworkAclId"]
    unknown = {"AssociationId": "aclassoc-00000000", "NetworkAclId": acl}
    assert code_of(lambda: net.ec2.replace_network_acl_association(**unknown)) == "InvalidAssociationID.NotFound"


@pytest.mark.parametrize(
    ("ends", "member"), [("IpRanges", "CidrIp"), ("UserIdGroupPairs", "GroupId"), ("PrefixListIds", "PrefixListId")]
)
def test_descriptions_of_rules_are_kept_changed_and_removed(net, ends: str, member: str) -> None:
    peer = {
        "CidrIp": "10.9.0.0/16",
        "GroupId": net.group,
        "PrefixListId": net.ec2.describe_managed_prefix_lists()["PrefixLists"][0]["PrefixListId"],
    }[member]

    def rule(**description: str) -> dict[str, Any]:
        permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, ends: [{member: peer, **description}]}
        return {"GroupId": net.group, "IpPermissions": [permission]}

    def described() -> list[Any]:
        (group,) = net.ec2.describe_security_groups(GroupIds=[net.group])["SecurityGroups"]
        return [end.get("Description") for permission in group["IpPermissions"] for end in permission[ends]]

    net.ec2.authorize_security_group_ingress(**rule(Description="one"))
    assert described() == ["one"]
    again = rule(Description="another")
    assert code_of(lambda: net.ec2.authorize_security_group_ingress(**again)) == "InvalidPermission.Duplicate"
    net.ec2.update_security_group_rule_descriptions_ingress(**again)
    assert described() == ["another"]
    net.ec2.update_security_group_rule_descriptions_ingress(**rule())
    assert described() == [None]
    net.ec2.update_security_group_rule_descriptions_ingress(**again)
    net.ec2.revoke_security_group_ingress(**rule())
    assert described() == []
    assert (
        code_of(lambda: net.ec2.update_security_group_rule_descriptions_ingress(**again))
        == "InvalidPermission.NotFound"
    )


@pytest.mark.parametrize("own", [[], [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "node"}]}]])
def test_a_launch_templates_own_tags_are_no_part_of_its_data(net, own) -> None:
    data = {"EbsOptimized": True, **({"TagSpecifications": own} if own else {})}
    tags = [{"Key": "Platform", "Value": "iworkz"}]
    made = net.ec2.create_launch_template(
        LaunchTemplateName="node",
        LaunchTemplateData=data,
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
    )["LaunchTemplate"]
    (version,) = net.ec2.describe_launch_template_versions(LaunchTemplateId=made["LaunchTemplateId"])[
        "LaunchTemplateVersions"
    ]
    assert version["LaunchTemplateData"] == data
    (template,) = net.ec2.describe_launch_templates()["LaunchTemplates"]
    assert template["Tags"] == tags
