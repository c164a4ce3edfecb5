"""A small network plan in the form of ``platform_network``: three tiers, three zones, few rules."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.plugin_utils.network_plan import Place, resources

ZONES = ("1a", "1c", "1d")
TIERS = ("public", "private", "data")
SERVICES = ("s3", "ecr.api", "ecr.dkr", "kms", "logs", "secretsmanager", "sts")
PLACE = Place("iworkz-sandbox", "123456789012", "ap-northeast-1")
BUCKET = "iworkz-sandbox-logs-123456789012"
DESTINATION = f"arn:aws:s3:::{BUCKET}/flow-logs/"

PLAN: dict[str, Any] = {
    "cidr": "10.96.0.0/16",
    "nat_zones": [f"ap-northeast-{zone}" for zone in ZONES],
    "subnets": [
        {"name": f"{tier}-{zone}", "tier": tier, "zone": f"ap-northeast-{zone}", "cidr": f"10.96.{10 * t + z}.0/24"}
        for t, tier in enumerate(TIERS)
        for z, zone in enumerate(ZONES)
    ],
    "security_groups": {
        "alb": {
            "description": "Load balancer",
            "ingress": [
                {"description": "HTTPS", "protocol": "tcp", "from_port": 443, "to_port": 443, "cidr": "0.0.0.0/0"},
                {"description": "HTTP", "protocol": "tcp", "from_port": 80, "to_port": 80, "cidr": "0.0.0.0/0"},
            ],
            "egress": [{"protocol": "tcp", "from_port": 8000, "to_port": 8099, "group": "nodes"}],
        },
        "nodes": {
            "description": "Nodes",
            "ingress": [
                {"description": "In", "protocol": "tcp", "from_port": 8000, "to_port": 8099, "group": "alb"},
                {"description": "Own", "protocol": "all", "group": "nodes"},
            ],
            "egress": [
                {"description": "Own", "protocol": "all", "group": "nodes"},
                {"description": "Out", "protocol": "tcp", "from_port": 443, "to_port": 443, "cidr": "0.0.0.0/0"},
            ],
        },
        "endpoints": {
            "description": "Endpoints",
            "ingress": [
                {"description": "VPC", "protocol": "tcp", "from_port": 443, "to_port": 443, "cidr": "10.96.0.0/16"}
            ],
            "egress": [],
        },
    },
    "network_acls": {
        tier: {
            "ingress": [
                {"rule_number": 100, "action": "allow", "protocol": "all", "cidr": "10.96.0.0/16"},
                {
                    "rule_number": 110,
                    "action": "allow",
                    "protocol": "tcp",
                    "from_port": 1024,
                    "to_port": 65535,
                    "cidr": "0.0.0.0/0",
                },
            ],
            "egress": [{"rule_number": 100, "action": "allow", "protocol": "all", "cidr": "0.0.0.0/0"}],
        }
        for tier in TIERS
    },
    "endpoints": [{"service": name, "type": "gateway" if name == "s3" else "interface"} for name in SERVICES],
    "flow_logs": {"traffic": "all", "aggregation_seconds": 60, "retention_days": 365},
}


def declared() -> dict[str, list[dict[str, Any]]]:
    """The plan as ``aws_network`` takes it."""
    return resources(PLAN, PLACE, DESTINATION)


# What checks are told is declared. Paths need places for the groups: tests/unit/checks/test_reachability.py has them.
DECLARED = {"network": PLAN, "reachability": {"placed": {}, "paths": []}}
