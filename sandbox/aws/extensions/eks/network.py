"""What a cluster is given of the network: subnets, security groups, addresses of services, reach of its endpoint."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions.eks.models import Item, invalid

SERVICE_CIDRS = ("10.100.0.0/16", "172.20.0.0/16")
PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
ANYWHERE = "0.0.0.0/0"


def subnets(call: Call, identifiers: Iterable[str], vpc: str | None = None) -> list[Item]:
    """The subnets, as DescribeSubnets tells them, in the order given; all of one VPC."""
    wanted = list(identifiers)
    if not wanted:
        raise invalid("Subnets can't be empty")
    found = {}
    for identifier in wanted:
        try:
            (found[identifier],) = call.ask("ec2", "DescribeSubnets", SubnetIds=[identifier])["Subnets"]
        except AwsError as error:
            raise invalid(f"The subnet ID '{identifier}' does not exist") from error
    if len({subnet["VpcId"] for subnet in found.values()} | ({vpc} if vpc else set())) > 1:
        raise invalid("Subnets specified must belong to the same VPC as the cluster")
    return [found[identifier] for identifier in wanted]


def check_spread(found: list[Item]) -> None:
    """https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html#network-requirements-subnets"""
    if len({subnet["AvailabilityZone"] for subnet in found}) < 2:
        raise invalid("Subnets specified must be in at least two different AZs")


def check_security_groups(call: Call, groups: list[str], vpc: str) -> None:
    if len(groups) > 5:
        raise invalid("You can specify up to five security groups")
    for group in groups:
        try:
            (found,) = call.ask("ec2", "DescribeSecurityGroups", GroupIds=[group])["SecurityGroups"]
        except AwsError as error:
            raise invalid(f"The security group '{group}' does not exist") from error
        if found["VpcId"] != vpc:
            raise invalid(f"Security group {group} does not belong to the VPC {vpc} of the subnets")


def check_access(access: Item) -> None:
    """`endpointPublicAccess`, `endpointPrivateAccess` and `publicAccessCidrs` of a resourcesVpcConfig."""
    if not (access["endpointPublicAccess"] or access["endpointPrivateAccess"]):
        raise invalid("Private and public endpoint access cannot be false")
    wrong = [cidr for cidr in access["publicAccessCidrs"] if not _is_public_cidr(cidr)]
    if wrong:
        raise invalid(f"The following CIDRs are invalid in publicAccessCidrs: [{', '.join(wrong)}]")


def service_cidr(call: Call, vpc: str, wanted: str | None) -> str:
    """The addresses of services: those asked for, else of EKS's two those that are far from the VPC's.

    https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html
    """
    (described,) = call.ask("ec2", "DescribeVpcs", VpcIds=[vpc])["Vpcs"]
    blocks = [described["CidrBlock"], *(one["CidrBlock"] for one in described.get("CidrBlockAssociationSet", []))]
    taken = [ipaddress.IPv4Network(block) for block in blocks]
    if wanted is None:
        return SERVICE_CIDRS[any(map(PRIVATE[0].overlaps, taken))]
    try:
        network = ipaddress.IPv4Network(wanted)
    except ValueError as error:
        raise invalid(f"{wanted} is not a valid CIDR block") from error
    if not any(map(network.subnet_of, PRIVATE)):
        raise invalid("serviceIpv4Cidr must be within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    if not 12 <= network.prefixlen <= 24:
        raise invalid("serviceIpv4Cidr must be between /24 and /12")
    if any(map(network.overlaps, taken)):
        raise invalid(f"serviceIpv4Cidr {wanted} overlaps with the VPC's CIDR blocks")
    return wanted


def create_security_group(call: Call, cluster: str, vpc: str) -> str:
    """The cluster security group, which lets the control plane and managed nodes reach each other; its id.

    https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
    """
    name = f"eks-cluster-sg-{cluster}-{secrets.randbelow(10**9):09}"
    backend = call.backend("ec2")
    tags = {"Name": name, f"kubernetes.io/cluster/{cluster}": "owned", "aws:eks:cluster-name": cluster}
    group: str = backend.create_security_group(
        name,
        "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as "
        "any managed workloads.",
        vpc,
        tags=tags,
    ).id
    itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    call.ask("ec2", "AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[itself])
    return group


def delete_security_group(backend: Any, group: str) -> None:
    """Remove it from moto's EC2, unless something else refers to it, in which case EKS leaves it, too."""
    from moto.core.exceptions import ServiceException

    try:
        backend.delete_security_group(None, group)
    except ServiceException as error:
        print(f"{group} of a deleted cluster stays: {error}", flush=True)


def _is_public_cidr(cidr: str) -> bool:
    try:
        network = ipaddress.IPv4Network(cidr)
    except ValueError:
        return False
    return not any(map(network.subnet_of, PRIVATE))
