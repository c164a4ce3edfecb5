from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.idle import idle
from tests.integration.conftest import REGION, TAGS

TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
ZONE = f"{REGION}a"


@pytest.fixture
def found(account):
    """What is idle ``days`` from now, as (kind, name or None for what AWS names, ours)."""

    def look(days=0):
        later = datetime.now(UTC) + timedelta(days=days)
        seen = idle(account.client, [REGION], later, 30, lambda tags: TAGS.items() <= tags.items())
        return [(one.kind, one.name, one.ours) for one in seen]

    return look


def test_an_empty_account_has_nothing_idle(found):
    assert found() == []


def test_volumes_addresses_and_instances(account, found, network):
    ec2 = account.client("ec2")
    ours = [{"ResourceType": "volume", "Tags": TAG_LIST}]
    volume = ec2.create_volume(AvailabilityZone=ZONE, Size=8, TagSpecifications=ours)["VolumeId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    subnet = next(iter(network["subnets"].values()))
    image = ec2.describe_images()["Images"][0]["ImageId"]
    run = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType="t3.micro")
    instance = run["Instances"][0]["InstanceId"]
    assert found(31) == [("idle.address", address, False), ("idle.volume", volume, True)]
    ec2.stop_instances(InstanceIds=[instance])
    assert ("idle.instance", instance, False) in found(31)
    assert ("idle.instance", instance, False) not in found()


def test_gateways_without_a_route(account, found, network):
    ec2 = account.client("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network["vpc"])
    subnet, address = next(iter(network["subnets"].values())), ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat], WaiterConfig={"Delay": 0.1})
    assert found() == [("idle.nat_gateway", nat, False)]
    table = ec2.create_route_table(VpcId=network["vpc"])["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    assert found() == []


def test_old_snapshots_that_are_no_backup(account, found):
    ec2 = account.client("ec2")
    volume = ec2.create_volume(AvailabilityZone=ZONE, Size=8)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    told = [{"ResourceType": "snapshot", "Tags": [{"Key": "aws:backup:source-resource", "Value": volume}]}]
    backup = ec2.create_snapshot(VolumeId=volume, TagSpecifications=told)["SnapshotId"]
    old = [name for kind, name, _ours in found(31) if kind == "idle.snapshot"]
    assert snapshot in old
    assert backup not in old
    assert "idle.snapshot" not in {kind for kind, _name, _ours in found()}


def test_load_balancers_without_a_target(account, found, network):
    elbv2, subnets = account.client("elbv2"), list(network["subnets"].values())
    balancer = elbv2.create_load_balancer(Name="front", Subnets=subnets, Tags=TAG_LIST)["LoadBalancers"][0]
    assert found() == [("idle.load_balancer", "front", True)]
    group = elbv2.create_target_group(Name="pods", Protocol="HTTP", Port=80, VpcId=network["vpc"], TargetType="ip")
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    elbv2.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=forward)
    elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.1"}])
    assert found() == []


def test_groups_and_repositories_that_hold_nothing(account, found):
    account.client("logs").create_log_group(logGroupName="/iworkz/x", tags=TAGS)
    account.client("ecr").create_repository(repositoryName="iworkz/x", tags=TAG_LIST)
    assert found() == []
    assert found(31) == [("idle.log_group", "/iworkz/x", True), ("idle.repository", "iworkz/x", True)]
