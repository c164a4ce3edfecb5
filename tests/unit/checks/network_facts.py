"""A network as EC2 would describe it after the sample plan was applied: facts to be broken by tests."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_rules import canonical, permissions
from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_facts import Network
from tests.sample_network import PLAN, SERVICES, ZONES, declared

PREFIX = "iworkz-sandbox"
VPC = "vpc-1"
LOCAL = {"DestinationCidrBlock": PLAN["cidr"], "GatewayId": "local", "State": "active"}
INTERNET = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}


def healthy() -> Network:
    """Everything as declared; ids are names with the prefix of their kind."""
    return Network(
        vpcs=[{"VpcId": VPC}],
        subnets=[_subnet(subnet) for subnet in PLAN["subnets"]],
        route_tables=_route_tables(),
        nat_gateways=[
            {"NatGatewayId": f"nat-{zone}", "SubnetId": f"subnet-public-{zone}", "State": "available"} for zone in ZONES
        ],
        security_groups=_security_groups(),
        network_acls=_network_acls(),
        endpoints=[_endpoint(service) for service in SERVICES],
        flow_logs=[
            {
                "FlowLogId": "fl-1",
                "ResourceId": VPC,
                "TrafficType": "ALL",
                "FlowLogStatus": "ACTIVE",
                "DeliverLogsStatus": "SUCCESS",
            }
        ],
        interfaces=[{"SubnetId": "subnet-public-1a", "InterfaceType": "nat_gateway"}],
    )


def node(subnet: str) -> dict[str, Any]:
    """The network interface of an instance."""
    return {"SubnetId": f"subnet-{subnet}", "Attachment": {"InstanceId": "i-1"}}


def rule(**changes: Any) -> dict[str, Any]:
    """An IpPermission, by default SSH from the world."""
    flat = {"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ip": "0.0.0.0/0"} | changes
    (permission,) = permissions(canonical([{key: value for key, value in flat.items() if value is not None}]))
    return permission


def _named(name: str, **tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in {"Name": f"{PREFIX}-{name}", **tags}.items()]


def _subnet(subnet: dict[str, Any]) -> dict[str, Any]:
    return {
        "SubnetId": f"subnet-{subnet['name']}",
        "CidrBlock": subnet["cidr"],
        "VpcId": VPC,
        "AvailabilityZone": subnet["zone"],
        "Tags": _named(subnet["name"], Tier=subnet["tier"]),
    }


def _table(name: str, routes: list[dict[str, Any]], subnets: list[str]) -> dict[str, Any]:
    return {
        "RouteTableId": f"rtb-{name}",
        "VpcId": VPC,
        "Routes": [LOCAL, *routes],
        "Associations": [{"Main": False, "SubnetId": f"subnet-{subnet}"} for subnet in subnets],
    }


def _route_tables() -> list[dict[str, Any]]:
    def way_out(zone: str) -> dict[str, Any]:
        return {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": f"nat-{zone}", "State": "active"}

    return [
        {"RouteTableId": "rtb-main", "VpcId": VPC, "Routes": [LOCAL], "Associations": [{"Main": True}]},
        _table("public", [INTERNET], [f"public-{zone}" for zone in ZONES]),
        *(_table(f"private-{zone}", [way_out(zone)], [f"private-{zone}"]) for zone in ZONES),
        _table("data", [], [f"data-{zone}" for zone in ZONES]),
    ]


def _security_groups() -> list[dict[str, Any]]:
    def ids(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**one, "group_id": f"sg-{one['group_id']}"} if "group_id" in one else one for one in rules]

    groups = [
        {
            "GroupId": f"sg-{group['group_name']}",
            "GroupName": group["group_name"],
            "IpPermissions": permissions(canonical(ids(group["ingress"]))),
            "IpPermissionsEgress": permissions(canonical(ids(group["egress"]))),
        }
        for group in declared()["security_groups"]
    ]
    default = {"GroupId": "sg-default", "GroupName": "default", "IpPermissions": [], "IpPermissionsEgress": []}
    return [default, *groups]


def _network_acls() -> list[dict[str, Any]]:
    final = {"RuleNumber": 32767, "Egress": False, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}
    default = {"NetworkAclId": "acl-default", "IsDefault": True, "Associations": [], "Entries": [final]}
    return [default, *(_acl(tier, acl, final) for tier, acl in PLAN["network_acls"].items())]


def _acl(tier: str, acl: dict[str, Any], final: dict[str, Any]) -> dict[str, Any]:
    def entry(one: dict[str, Any], egress: bool) -> dict[str, Any]:
        ports = {"PortRange": {"From": one["from_port"], "To": one["to_port"]}} if "from_port" in one else {}
        return {
            "RuleNumber": one["rule_number"],
            "Egress": egress,
            "RuleAction": one["action"],
            "Protocol": {"all": "-1", "tcp": "6"}[one["protocol"]],
            "CidrBlock": one["cidr"],
            **ports,
        }

    return {
        "NetworkAclId": f"acl-{tier}",
        "IsDefault": False,
        "Associations": [{"SubnetId": f"subnet-{tier}-{zone}"} for zone in ZONES],
        "Entries": [*(entry(one, side == "egress") for side in ("ingress", "egress") for one in acl[side]), final],
        "Tags": _named(tier),
    }


def _endpoint(service: str) -> dict[str, Any]:
    endpoint = {"ServiceName": f"com.amazonaws.ap-northeast-1.{service}", "State": "available"}
    if service == "s3":
        tables = [f"rtb-private-{zone}" for zone in ZONES]
        return {**endpoint, "VpcEndpointType": "Gateway", "RouteTableIds": tables}
    subnets = [f"subnet-private-{zone}" for zone in ZONES]
    return {**endpoint, "VpcEndpointType": "Interface", "PrivateDnsEnabled": True, "SubnetIds": subnets}
