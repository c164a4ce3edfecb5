# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The network plan of ``platform_network``, turned into the resources that ``aws_network`` takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Item = dict[str, Any]

ANYWHERE = "0.0.0.0/0"
ENDPOINT_GROUP = "endpoints"
INTERFACE, GATEWAY = "Interface", "Gateway"
UNSIGNED = frozenset({"email-smtp"})
"""Services that take no requests signed by IAM, whose callers a policy could tell apart."""
FLOW_LOG_FILES = {"file_format": "parquet", "hive_compatible_partitions": False, "per_hour_partition": True}


@dataclass(frozen=True)
class Place:
    """Where a network is built: the prefix of all its names, and the account and region."""

    name: str
    account_id: str
    region: str
    partition: str = "aws"

    def named(self, *parts: str) -> str:
        return "-".join((self.name, *parts))


def resources(plan: Mapping[str, Any], place: Place, flow_logs_destination: str) -> dict[str, list[Item]]:
    """Every resource of the plan by option of ``aws_network``, referring to each other by name.

    :param plan: ``cidr, nat_zones, subnets, security_groups, network_acls, endpoints, flow_logs``.
    :param flow_logs_destination: ARN of the bucket (and folder) to which flow logs are written.
    """
    tiers = {tier: [s for s in plan["subnets"] if s["tier"] == tier] for tier in ("public", "private", "data")}
    nat = {subnet["zone"]: subnet for subnet in tiers["public"] if subnet["zone"] in plan["nat_zones"]}
    return {
        "vpcs": [
            {"name": place.name, "cidr_block": plan["cidr"], "enable_dns_support": True, "enable_dns_hostnames": True}
        ],
        "default_security_groups": [{"vpc_id": place.name, "ingress": [], "egress": []}],
        "internet_gateways": [{"name": place.name, "vpc_id": place.name}],
        "subnets": [_subnet(subnet, place) for subnet in plan["subnets"]],
        "elastic_ips": [{"name": place.named("nat", label(s)), "domain": "vpc"} for s in nat.values()],
        "nat_gateways": [
            {
                "name": place.named(label(subnet)),
                "subnet_id": place.named(subnet["name"]),
                "allocation_id": place.named("nat", label(subnet)),
                "connectivity_type": "public",
            }
            for subnet in nat.values()
        ],
        "route_tables": _route_tables(tiers, nat, place),
        "network_acls": [_acl(tier, acl, tiers[tier], place) for tier, acl in plan["network_acls"].items()],
        "security_groups": [_group(key, group, place) for key, group in plan["security_groups"].items()],
        "endpoints": [_endpoint(endpoint, tiers["private"], place) for endpoint in plan["endpoints"]],
        "flow_logs": [
            {
                "name": place.name,
                "resource_ids": [place.name],
                "resource_type": "VPC",
                "traffic_type": plan["flow_logs"]["traffic"].upper(),
                "log_destination_type": "s3",
                "log_destination": flow_logs_destination,
                "max_aggregation_interval": plan["flow_logs"]["aggregation_seconds"],
                "destination_options": FLOW_LOG_FILES,
            }
        ],
    }


def label(subnet: Mapping[str, Any]) -> str:
    """A subnet's zone in short, as its own name says it: ``1a`` of ``public-1a``."""
    return str(subnet["name"]).removeprefix(f"{subnet['tier']}-")


def _subnet(subnet: Mapping[str, Any], place: Place) -> Item:
    return {
        "name": place.named(subnet["name"]),
        "vpc_id": place.name,
        "cidr_block": subnet["cidr"],
        "availability_zone": subnet["zone"],
        "map_public_ip_on_launch": False,
        "tags": {"Tier": subnet["tier"]},
    }


def _route_tables(tiers: Mapping[str, list[Item]], nat: Mapping[str, Item], place: Place) -> list[Item]:
    """One table for the public tier, one per private subnet (each with its own zone's way out), one for the data tier,
    which has no way out at all."""

    def table(name: str, route: Item | None, subnets: Iterable[Item]) -> Item:
        return {
            "name": place.named(name),
            "vpc_id": place.name,
            "routes": [{"destination_cidr_block": ANYWHERE, **route}] if route else [],
            "subnet_ids": [place.named(subnet["name"]) for subnet in subnets],
        }

    def way_out(subnet: Item) -> Item | None:
        gateway = nat.get(subnet["zone"])
        return {"nat_gateway_id": place.named(label(gateway))} if gateway else None

    return [
        table("public", {"gateway_id": place.name}, tiers["public"]),
        *(table(subnet["name"], way_out(subnet), [subnet]) for subnet in tiers["private"]),
        table("data", None, tiers["data"]),
    ]


def _acl(tier: str, acl: Mapping[str, Any], subnets: Iterable[Item], place: Place) -> Item:
    entries = [_entry(rule, side == "egress") for side in ("ingress", "egress") for rule in acl[side]]
    return {
        "name": place.named(tier),
        "vpc_id": place.name,
        "entries": entries,
        "subnet_ids": [place.named(subnet["name"]) for subnet in subnets],
    }


def _entry(rule: Mapping[str, Any], egress: bool) -> Item:
    entry = {
        "rule_number": rule["rule_number"],
        "egress": egress,
        "protocol": rule["protocol"],
        "rule_action": rule["action"],
        "ipv6_cidr_block" if ":" in rule["cidr"] else "cidr_block": rule["cidr"],
    }
    ports = {"port_range": {"from": rule["from_port"], "to": rule["to_port"]}} if "from_port" in rule else {}
    return entry | ports


def _group(key: str, group: Mapping[str, Any], place: Place) -> Item:
    return {
        "group_name": place.named(key),
        "description": group["description"],
        "vpc_id": place.name,
        "ingress": [_rule(rule, place) for rule in group["ingress"]],
        "egress": [_rule(rule, place) for rule in group["egress"]],
    }


def _rule(rule: Mapping[str, Any], place: Place) -> Item:
    result = {"ip_protocol": rule["protocol"], "description": rule.get("description", "")}
    result |= {key: rule[key] for key in ("from_port", "to_port") if key in rule}
    if "group" in rule:
        return result | {"group_id": place.named(rule["group"])}
    if "prefix_list" in rule:
        return result | {"prefix_list_id": rule["prefix_list"]}
    return result | {"cidr_ipv6" if ":" in rule["cidr"] else "cidr_ip": rule["cidr"]}


def _endpoint(endpoint: Mapping[str, Any], private: Iterable[Item], place: Place) -> Item:
    service = endpoint["service"]
    item: Item = {
        "name": place.named(service.replace(".", "-")),
        "vpc_id": place.name,
        "service_name": f"com.amazonaws.{place.region}.{service}",
    }
    if service not in UNSIGNED:
        item["policy_document"] = policy(service, place)
    subnets = [place.named(subnet["name"]) for subnet in private]
    if endpoint["type"] == "gateway":
        # The table of a private subnet has the subnet's name.
        return item | {"vpc_endpoint_type": GATEWAY, "route_table_ids": subnets}
    return item | {
        "vpc_endpoint_type": INTERFACE,
        "subnet_ids": subnets,
        "security_group_ids": [place.named(ENDPOINT_GROUP)],
        "private_dns_enabled": True,
    }


def policy(service: str, place: Place) -> Item:
    """An endpoint serves callers of our own account only, so that it can't carry data to another.

    Two kinds of call have no caller of ours: image layers come from AWS's own bucket, and a pod presents a web
    identity to assume its role.
    """
    ours = {"StringEquals": {"aws:PrincipalAccount": place.account_id}}
    statements = [{**_allow("OurCallers", "*", "*"), "Condition": ours}]
    if service == "s3":
        layers = f"arn:{place.partition}:s3:::prod-{place.region}-starport-layer-bucket/*"
        statements.append(_allow("ImageLayers", "s3:GetObject", layers))
    if service == "sts":
        roles = f"arn:{place.partition}:iam::{place.account_id}:role/*"
        statements.append(_allow("WebIdentities", "sts:AssumeRoleWithWebIdentity", roles))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, action: str, resource: str) -> Item:
    return {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
