"""What tests of EKS build clusters of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

ZONES = ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")
ACCOUNT = "123456789012"


def trust(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass
class Eks:
    """A VPC with a subnet in each of three zones, the roles of clusters and nodes, and the client."""

    sandbox: Any
    cluster_role: str
    node_role: str
    vpc: str
    subnets: list[str]

    @property
    def api(self) -> Any:
        return self.sandbox.client("eks")

    def role(self, name: str, service: str) -> str:
        iam = self.sandbox.client("iam")
        return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"]["Arn"])

    def create(self, name: str = "main", **changes: Any) -> dict[str, Any]:
        network = {"subnetIds": self.subnets, **changes.pop("resourcesVpcConfig", {})}
        params = {
            "version": "1.34",
            "roleArn": self.cluster_role,
            "accessConfig": {"authenticationMode": "API"},
            **changes,
        }
        return dict(self.api.create_cluster(name=name, resourcesVpcConfig=network, **params)["cluster"])

    def describe(self, name: str = "main") -> dict[str, Any]:
        return dict(self.api.describe_cluster(name=name)["cluster"])

    def create_nodegroup(self, name: str = "general", cluster: str = "main", **changes: Any) -> dict[str, Any]:
        params = {
            "nodeRole": self.node_role,
            "subnets": self.subnets,
            "instanceTypes": ["m6i.large"],
            "scalingConfig": {"minSize": 3, "maxSize": 6, "desiredSize": 3},
            **changes,
        }
        answer = self.api.create_nodegroup(clusterName=cluster, nodegroupName=name, **params)
        return dict(answer["nodegroup"])

    def nodegroup(self, name: str = "general", cluster: str = "main") -> dict[str, Any]:
        return dict(self.api.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"])


def make(sandbox: Any, prefix: str = "eks") -> Eks:
    """The surroundings of clusters, with roles of names that begin with a prefix."""
    ec2 = sandbox.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.96.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.96.{32 * number}.0/19", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(ZONES)
    ]
    made = Eks(sandbox, "", "", vpc, subnets)
    made.cluster_role = made.role(f"{prefix}-cluster", "eks.amazonaws.com")
    made.node_role = made.role(f"{prefix}-node", "ec2.amazonaws.com")
    return made
