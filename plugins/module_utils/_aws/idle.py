# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is paid for and used by nobody, as it can be told without metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

Client = Callable[[str, str], Any]


@dataclass(frozen=True)
class Idle:
    """``kind`` is a message of the catalogue's area ``idle``; ``detail`` its size or age, with the unit."""

    kind: str
    region: str
    name: str
    detail: str
    ours: bool

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def idle(
    client: Client, regions: Iterable[str], now: datetime, days: int, ours: Callable[[dict[str, str]], bool]
) -> list[Idle]:
    """Of the whole account, the platform's or not, in these regions; sorted.

    :param client: gives the client of a service in a region.
    :param days: how old snapshots, log groups and repositories are before they count.
    :param ours: whether tags are the platform's.
    """
    before = now - timedelta(days=days)
    found = []
    for region in regions:
        read = _Region(client, region, ours)
        found += [
            *read.volumes(),
            *read.addresses(),
            *read.gateways(),
            *read.stopped(before),
            *read.snapshots(before),
            *read.balancers(),
            *read.log_groups(before),
            *read.repositories(before),
        ]
    return sorted(found, key=lambda one: (one.kind, one.region, one.name))


class _Region:
    def __init__(self, client: Client, region: str, ours: Callable[[dict[str, str]], bool]) -> None:
        self._client, self._region, self._ours = client, region, ours

    def _pages(self, service: str, operation: str, result: str, **params: Any) -> Iterator[Any]:
        client = self._client(service, self._region)
        if not client.can_paginate(operation):
            yield from getattr(client, operation)(**params).get(result, [])
            return
        for page in client.get_paginator(operation).paginate(**params):
            yield from page.get(result, [])

    def _ec2(self, operation: str, result: str, **params: Any) -> Iterator[tuple[Any, bool]]:
        for one in self._pages("ec2", operation, result, **params):
            yield one, self._ours({tag["Key"]: tag["Value"] for tag in one.get("Tags", [])})

    def volumes(self) -> Iterator[Idle]:
        """Attached to nothing (ec2:DescribeVolumes)."""
        available = [{"Name": "status", "Values": ["available"]}]
        for one, ours in self._ec2("describe_volumes", "Volumes", Filters=available):
            yield Idle("idle.volume", self._region, one["VolumeId"], f"{one['Size']} GiB", ours)

    def addresses(self) -> Iterator[Idle]:
        """Of nothing (ec2:DescribeAddresses)."""
        for one, ours in self._ec2("describe_addresses", "Addresses"):
            if not one.get("AssociationId") and not one.get("NetworkInterfaceId"):
                yield Idle("idle.address", self._region, one["AllocationId"], one["PublicIp"], ours)

    def gateways(self) -> Iterator[Idle]:
        """NAT gateways that no route leads to (ec2:DescribeNatGateways, DescribeRouteTables)."""
        routed = {
            route.get("NatGatewayId")
            for table, _ours in self._ec2("describe_route_tables", "RouteTables")
            for route in table["Routes"]
        }
        for one, ours in self._ec2("describe_nat_gateways", "NatGateways"):
            if one["State"] == "available" and one["NatGatewayId"] not in routed:
                yield Idle("idle.nat_gateway", self._region, one["NatGatewayId"], one["VpcId"], ours)

    def stopped(self, before: datetime) -> Iterator[Idle]:
        """Stopped instances, whose volumes are paid for (ec2:DescribeInstances)."""
        wanted = [{"Name": "instance-state-name", "Values": ["stopped"]}]
        for reservation in self._pages("ec2", "describe_instances", "Reservations", Filters=wanted):
            for one in reservation["Instances"]:
                ours = self._ours({tag["Key"]: tag["Value"] for tag in one.get("Tags", [])})
                if one["LaunchTime"] < before:
                    yield Idle("idle.instance", self._region, one["InstanceId"], one["InstanceType"], ours)

    def snapshots(self, before: datetime) -> Iterator[Idle]:
        """Old ones that are no backup and behind no image (ec2:DescribeSnapshots, DescribeImages)."""
        images = {
            mapping.get("Ebs", {}).get("SnapshotId")
            for image, _ours in self._ec2("describe_images", "Images", Owners=["self"])
            for mapping in image.get("BlockDeviceMappings", [])
        }
        for one, ours in self._ec2("describe_snapshots", "Snapshots", OwnerIds=["self"]):
            backup = any(tag["Key"].startswith("aws:backup:") for tag in one.get("Tags", []))
            if one["StartTime"] < before and not backup and one["SnapshotId"] not in images:
                detail = f"{one['VolumeSize']} GiB, {one['StartTime']:%Y-%m-%d}"
                yield Idle("idle.snapshot", self._region, one["SnapshotId"], detail, ours)

    def balancers(self) -> Iterator[Idle]:
        """Load balancers without a target (elbv2:DescribeLoadBalancers, DescribeTargetGroups, DescribeTargetHealth,
        DescribeTags)."""
        client = self._client("elbv2", self._region)
        balancers = list(self._pages("elbv2", "describe_load_balancers", "LoadBalancers"))
        if not balancers:
            return
        used = {
            arn
            for group in self._pages("elbv2", "describe_target_groups", "TargetGroups")
            if client.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
            for arn in group.get("LoadBalancerArns", [])
        }
        for one in balancers:
            if one["LoadBalancerArn"] not in used:
                (told,) = client.describe_tags(ResourceArns=[one["LoadBalancerArn"]])["TagDescriptions"]
                ours = self._ours({tag["Key"]: tag["Value"] for tag in told["Tags"]})
                yield Idle("idle.load_balancer", self._region, one["LoadBalancerName"], one["Type"], ours)

    def log_groups(self, before: datetime) -> Iterator[Idle]:
        """Into which nothing was ever written (logs:DescribeLogGroups, ListTagsForResource)."""
        client = self._client("logs", self._region)
        for one in self._pages("logs", "describe_log_groups", "logGroups"):
            if not one.get("storedBytes") and one["creationTime"] < before.timestamp() * 1000:
                tags = client.list_tags_for_resource(resourceArn=one["arn"].removesuffix(":*"))["tags"]
                yield Idle("idle.log_group", self._region, one["logGroupName"], "0 B", self._ours(tags))

    def repositories(self, before: datetime) -> Iterator[Idle]:
        """Without an image (ecr:DescribeRepositories, ListImages, ListTagsForResource)."""
        client = self._client("ecr", self._region)
        for one in self._pages("ecr", "describe_repositories", "repositories"):
            name = one["repositoryName"]
            if one["createdAt"] < before and not client.list_images(repositoryName=name, maxResults=1)["imageIds"]:
                told = client.list_tags_for_resource(resourceArn=one["repositoryArn"])["tags"]
                ours = self._ours({tag["Key"]: tag["Value"] for tag in told})
                yield Idle("idle.repository", self._region, name, f"{one['createdAt']:%Y-%m-%d}", ours)
