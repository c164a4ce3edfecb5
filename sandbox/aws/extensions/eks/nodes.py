"""The nodes of node groups: how many, in which zones, of which names and sizes."""

from __future__ import annotations

import ipaddress
import random
import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions.eks import servers, versions
from sandbox.aws.extensions.eks.models import Cluster, Item, invalid


def check_types(call: Call, types: list[str], ami: str) -> None:
    """Instance types exist and are of the architecture of the AMI."""
    wanted = "arm64" if "ARM_64" in ami else "x86_64"
    for name in types:
        found = _type(call, name)
        if ami != "CUSTOM" and wanted not in found["ProcessorInfo"]["SupportedArchitectures"]:
            raise invalid(f"[{name}] is not a valid instance type for requested amiType {ami}")


def resize(call: Call, cluster: Cluster, group: Item) -> None:
    """Give a group the nodes that its desired size asks for, spread over the zones of its subnets."""
    nodes, wanted = list(group["nodes"]), group["scalingConfig"]["desiredSize"]
    while len(nodes) > wanted:
        zones = Counter(node["zone"] for node in nodes)
        # As Auto Scaling does: from the zone with the most, the oldest first.
        nodes.remove(next(node for node in nodes if zones[node["zone"]] == max(zones.values())))
    if len(nodes) < wanted:
        taken = {node["address"] for other in cluster.nodegroups.values() for node in other["nodes"]}
        subnets = [call.backend("ec2").get_subnet(name) for name in group["subnets"]]
        kind = _type(call, group["types"][0])
        while len(nodes) < wanted:
            zones = Counter(node["zone"] for node in nodes)
            subnet = min(subnets, key=lambda one: zones[one.availability_zone])
            nodes.append(_node(call, group, kind, subnet.availability_zone, _free_address(subnet, taken)))
    group["nodes"] = nodes


def replace(call: Call, cluster: Cluster, group: Item) -> None:
    """Give a group new nodes for its old ones."""
    group["nodes"] = []
    resize(call, cluster, group)


def relabel(group: Item, labels: dict[str, str], taints: list[Item]) -> None:
    """Give all nodes of a group these labels and taints."""
    for node in group["nodes"]:
        node |= {"labels": dict(labels), "taints": list(taints)}


def publish(call: Call, cluster: Cluster) -> Callable[[], bool] | None:
    """Tell the cluster's API server of the nodes; what tells whether they are there."""
    return servers.want(call, cluster, nodes={name: group["nodes"] for name, group in cluster.nodegroups.items()})


def _node(call: Call, group: Item, kind: Item, zone: str, address: str) -> Item:
    interfaces = kind["NetworkInfo"]
    domain = "ec2.internal" if call.region == "us-east-1" else f"{call.region}.compute.internal"
    return {
        "name": f"ip-{address.replace('.', '-')}.{domain}",
        "address": address,
        "zone": zone,
        "group": group["nodegroupName"],
        "instance_id": f"i-{secrets.token_hex(9)[:17]}",
        "instance_type": kind["InstanceType"],
        "capacity_type": group["capacityType"],
        "architecture": "arm64" if "arm64" in kind["ProcessorInfo"]["SupportedArchitectures"] else "amd64",
        "version": versions.VERSIONS[group["version"]].patch,
        "cpu": kind["VCpuInfo"]["DefaultVCpus"],
        "memory_mib": kind["MemoryInfo"]["SizeInMiB"],
        # https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html#determine-max-pods
        "pods": min(interfaces["MaximumNetworkInterfaces"] * (interfaces["Ipv4AddressesPerInterface"] - 1) + 2, 110),
        "labels": dict(group["labels"]),
        "taints": list(group["taints"]),
    }


def _free_address(subnet: Any, taken: set[str]) -> str:
    """One that no node has, which is then taken; AWS keeps the first four of a subnet and the last."""
    network = ipaddress.IPv4Network(subnet.cidr_block)
    free = range(4, network.num_addresses - 1)
    start = random.randrange(len(free))
    for offset in range(len(free)):
        found = str(network[free[(start + offset) % len(free)]])
        if found not in taken:
            taken.add(found)
            return found
    raise invalid(f"Subnet {subnet.id} has no free IP addresses for more nodes")


def _type(call: Call, name: str) -> Item:
    try:
        (found,) = call.ask("ec2", "DescribeInstanceTypes", InstanceTypes=[name])["InstanceTypes"]
    except (AwsError, ValueError) as error:
        raise invalid(f"The following supplied instance types do not exist: [{name}]") from error
    return dict(found)
