"""Bad input, one change each, and what the reader is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import Requirements
from ansible_collections.iworkz.platform.plugins.module_utils._platform.validate import check_platform, remarks

GROUPS = ["platform", "production"]
DELETE = object()

Values = dict[str, Any]


def change(values: Values, path: tuple[Any, ...], new: Any) -> None:
    """Set, or with DELETE remove, the value at a path of keys and indexes."""
    *outer, last = path
    place: Any = values
    for part in outer:
        place = place[part]
    if new is DELETE:
        del place[last]
    else:
        place[last] = new


def service(at: int, *path: Any) -> tuple[Any, ...]:
    return ("platform_services", at, *path)


SUBNETS = ("platform_network", "subnets")
POSTGRES = ("platform_stores", "postgres")
REDIS = ("platform_stores", "redis")
NODES = ("platform_security_groups", "nodes", "ingress")
HEADERS = ("platform_security_headers",)
DATA_ACL = ("platform_network_acls", "data", "ingress")

# (path, new value, path told, fragment told)
SCHEMA = [
    (("platform_targets",), DELETE, "platform_targets", "is missing"),
    (service(3, "port"), DELETE, "platform_services[3].port", "is missing"),
    (("platform_tls", "issuers"), ["example.org"], "platform_tls.issuers", "amazon.com among them"),
    (
        ("platform_tls", "wildcards"),
        ["a.*.iworkz.jp"],
        "platform_tls.wildcards[0]",
        "a name such as *.assets.iworkz.jp",
    ),
    ((*HEADERS, "load_balancer", "Server"), "x", "platform_security_headers.load_balancer", "Server"),
    ((*HEADERS, "gateway", "X-A"), "a\nb", "platform_security_headers.gateway.X-A", "one line in ASCII"),
    (service(3, "port"), "8003", "platform_services[3].port", '"8003" is text; allowed: a whole number'),
    (service(3, "port"), True, "platform_services[3].port", "true is true or false; allowed: a whole number"),
    (service(3, "port"), 80, "platform_services[3].port", "80 is too small; allowed: at least 1024"),
    (service(3, "port"), 70000, "platform_services[3].port", "70000 is too large; allowed: at most 65535"),
    (service(0, "replica"), {}, "platform_services[0]", "unknown key replica (did you mean replicas?); allowed: name"),
    (service(0, "replicas", "mim"), 2, "platform_services[0].replicas", "unknown key mim (did you mean min?)"),
    (service(0, "replicas", "min"), 1, "platform_services[0].replicas.min", "allowed: at least 2"),
    (service(0, "exposure"), "pubic", "platform_services[0].exposure", '"pubic" is not allowed (did you mean public?)'),
    (service(0, "data_classes"), [], "platform_services[0].data_classes", "allowed: a length of at least 1"),
    (service(0, "data_classes"), ["personal"] * 2, "platform_services[0].data_classes", '"personal" is there twice'),
    (
        service(0, "resources", "requests", "cpu"),
        "fast",
        "resources.requests.cpu",
        "a Kubernetes CPU quantity in quotes",
    ),
    (service(0, "name"), "API gateway", "platform_services[0].name", "lower-case letters, digits and hyphens"),
    (("platform_environment",), "prod", "platform_environment", "allowed: sandbox, staging, production"),
    (("platform_account_id",), 111122223333, "platform_account_id", "is a whole number; allowed: text"),
    (("platform_account_id",), "1234", "platform_account_id", "12 digits, in quotes"),
    (("platform_cidr_prefix",), "11.0", "platform_cidr_prefix", "first two octets of a private network"),
    (("platform_prefix",), "a" * 30, "platform_prefix", "is too long; allowed: a length of at most 21"),
    (("platform_aws", "regio"), "x", "platform_aws", "unknown key regio (did you mean region?)"),
    (("platform_aws", "secret_key"), 5, "platform_aws.secret_key", "******** is a whole number"),
    (("platform_stores", "mq", "deployment_mode"), "CLUSTER", "platform_stores.mq.deployment_mode", "CLUSTER_MULTI_AZ"),
    ((*POSTGRES, "engine_version"), 17, "platform_stores.postgres.engine_version", '17 is not allowed; allowed: "15"'),
    ((*POSTGRES, "backup_window"), "17-18", "platform_stores.postgres.backup_window", "hh:mm-hh:mm, in quotes"),
    ((*POSTGRES, "replicas"), None, "platform_stores.postgres.replicas", "null is nothing; allowed: a whole number"),
    (
        ("platform_stores", "search", "instances"),
        4,
        "platform_stores.search.instances",
        "a multiple of the three zones",
    ),
    (("platform_targets", "availability_percent"), 100, "platform_targets.availability_percent", "allowed: below 100"),
    ((*NODES, 0, "cidr"), "10.0.0.0/8", "platform_security_groups.nodes.ingress[0]", "exactly one of cidr and group"),
    (("platform_operators", "alerts", 0), "ops", "platform_operators.alerts[0]", '"ops" is not valid; allowed: a mail'),
    (("checklist_requirements",), {"rds": {}}, "checklist_requirements", "an item id in quotes"),
]

MEANING = [
    # network
    (("platform_network", "cidr"), "10.16.0.1/16", "platform_network.cidr", "has host bits set"),
    (("platform_network", "cidr"), "10.0.0.0/8", "platform_network.cidr", "allowed: /16 to /28"),
    ((*SUBNETS, 0, "cidr"), "10.99.0.0/22", "platform_network.subnets[0].cidr", "outside platform_network.cidr"),
    ((*SUBNETS, 0, "cidr"), "nonsense", "platform_network.subnets[0].cidr", '"nonsense" is no IPv4 network'),
    (
        (*SUBNETS, 1, "cidr"),
        "10.16.128.0/22",
        "platform_network.subnets[0].cidr",
        "overlaps platform_network.subnets[1]",
    ),
    ((*SUBNETS, 0, "cidr"), "10.16.160.0/22", "platform_network.subnets[0].cidr", "outside platform_tier_cidrs.public"),
    ((*SUBNETS, 0, "zone"), "ap-northeast-1c", "platform_network.subnets", "public needs exactly one subnet in zone"),
    ((*SUBNETS, 0, "zone"), "ap-northeast-1b", "platform_network.subnets", "a subnet is in zone ap-northeast-1b"),
    ((*SUBNETS, 1, "name"), "public-1a", "platform_network.subnets", '"public-1a" is there twice'),
    (
        ("platform_recovery_network", "cidr"),
        "10.16.0.0/16",
        "platform_network.cidr",
        "overlaps platform_recovery_network",
    ),
    (("platform_availability_zones", 2), DELETE, "platform_availability_zones", "2 zone(s); allowed: 3"),
    (("platform_availability_zones", 0), "eu-west-1a", "platform_availability_zones[0]", "is not in platform_region"),
    (("platform_network", "nat_zones"), ["ap-northeast-1a"], "platform_network.nat_zones", "checklist 1.2.1.3"),
    (("platform_recovery_region",), "ap-northeast-1", "platform_recovery_region", "is also platform_region"),
    (
        ("platform_tier_cidrs", "data"),
        "10.16.128.0/20",
        "platform_tier_cidrs.public",
        "overlaps platform_tier_cidrs.data",
    ),
    # firewall
    (
        (*NODES, 0, "group"),
        "lab",
        "platform_security_groups.nodes.ingress[0].group",
        "does not exist (did you mean alb?)",
    ),
    (
        (*NODES, 0, "from_port"),
        8444,
        "platform_security_groups.nodes.ingress[0]",
        "from_port 8444 is above to_port 8443",
    ),
    ((*NODES, 0, "to_port"), DELETE, "platform_security_groups.nodes.ingress[0]", "both of them"),
    ((*NODES, 2, "from_port"), 1, "platform_security_groups.nodes.ingress[2]", "not with all"),
    (("platform_gateway", "port"), 8005, "platform_gateway.port", "may not reach port 8005 of the mesh's gateway"),
    (
        NODES,
        [{"description": "x", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"}],
        "platform_security_groups.nodes.ingress[0]",
        "opens nodes to the world",
    ),
    (
        ("platform_security_groups", "alb", "ingress", 0, "from_port"),
        80,
        "platform_security_groups.alb.ingress[0]",
        "opens alb to the world",
    ),
    ((*DATA_ACL, 0, "cidr"), "0.0.0.0/0", "platform_network_acls.data.ingress[0]", "checklist 2.1.3.1"),
    ((*DATA_ACL, 0, "cidr"), "all", "platform_network_acls.data.ingress[0].cidr", '"all" is no IPv4 network'),
    ((*DATA_ACL, 0, "rule_number"), 110, "platform_network_acls.data.ingress", "110 is there twice"),
    # services
    (service(1, "name"), "api-gateway", "platform_services[1].name", "is used by api-gateway, api-gateway"),
    (service(1, "port"), 8000, "platform_services[1].port", "8000 is used by api-gateway, identity"),
    (service(1, "host"), "api.iworkz.jp", "platform_services[0].host", "one service each"),
    (service(0, "host"), DELETE, "platform_services[0]", "api-gateway is public but has no host"),
    (service(2, "host"), "x.iworkz.jp", "platform_services[2].host", "candidate-profile is internal but has the host"),
    (service(0, "host"), "api.iworkz.com", "platform_services[0].host", "is in none of the public zones (iworkz.jp)"),
    (("platform_tls", "wildcards"), ["*.example.org"], "platform_tls.wildcards[0]", "in none of the public zones"),
    ((*HEADERS, "services", "billing"), {"X-A": "1"}, "platform_security_headers.services.billing", "billing"),
    (
        (*HEADERS, "gateway", "X-Frame-Options"),
        "DENY",
        "platform_security_headers.gateway.X-Frame-Options",
        "X-Frame-Options is set by the load balancer",
    ),
    (service(0, "replicas", "max"), 2, "platform_services[0].replicas", "min 3 is above max 2"),
    (service(0, "resources", "limits", "cpu"), "0.2", "platform_services[0].resources", "requests.cpu 500m is above"),
    (
        service(0, "resources", "requests", "memory"),
        "2Gi",
        "platform_services[0].resources",
        "requests.memory 2Gi is above",
    ),
    (service(0, "team"), "platfrom", "platform_services[0].team", "platfrom does not exist (did you mean platform?)"),
    (service(0, "dependencies", "stores"), ["reddis"], "dependencies.stores[0]", "reddis does not exist (did you mean"),
    (service(0, "dependencies", "services"), ["serach"], "dependencies.services[0]", "(did you mean search?)"),
    (
        service(0, "resources"),
        {"requests": {"cpu": "16", "memory": "1Gi"}, "limits": {"cpu": "16", "memory": "1Gi"}},
        "platform_services[0].resources.requests",
        "cpu 16, memory 1Gi fits on no node (m7g.4xlarge",
    ),
    # what is kept of whom: what no service may reach is objects only, and no service can have its owner's name
    (
        ("platform_data_inventory", "data_protection", "keys"),
        [],
        "platform_data_inventory",
        "unknown key keys; allowed",
    ),
    (("platform_data_inventory", "Billing"), {"keys": []}, "platform_data_inventory", "name, or data_protection"),
    (service(0, "name"), "data_protection", "platform_services[0].name", "lower-case letters, digits and hyphens"),
    # the cluster
    (("platform_node_groups", 0, "max_size"), 6, "platform_node_groups[0]", "min_size 6 is not below max_size 6"),
    (
        ("platform_node_groups", 1, "name"),
        "general",
        "platform_node_groups[1].name",
        '"general" is used more than once',
    ),
    (("platform_cluster", "version"), "34", "platform_cluster.version", "a minor version in quotes"),
    # stores
    ((*POSTGRES, "max_storage_gb"), 2100, "platform_stores.postgres.max_storage_gb", "allowed: at least 2200"),
    ((*POSTGRES, "backup_retention_days"), 7, "platform_stores.postgres.backup_retention_days", "allowed: at least 14"),
    (
        (*POSTGRES, "maintenance_window"),
        "sat:17:30-sat:18:30",
        "postgres.maintenance_window",
        "overlaps platform_stores",
    ),
    (
        (*POSTGRES, "maintenance_window"),
        "sat:18:30-sat:18:45",
        "postgres.maintenance_window",
        "15 minutes; allowed: at",
    ),
    ((*POSTGRES, "backup_window"), "02:00-03:00", "platform_stores.postgres.backup_window", "00:00-06:00 Asia/Tokyo"),
    ((*REDIS, "snapshot_window"), "17:00-17:30", "platform_stores.redis.snapshot_window", "allowed: at least 60"),
    ((*REDIS, "snapshot_window"), "19:00-20:00", "platform_stores.redis.maintenance_window", "checklist 1.1.1.5"),
    (("platform_stores", "mq", "maintenance_window", "time"), "03:00", "mq.maintenance_window", "mon:03:00 (UTC)"),
    (("platform_stores", "search", "off_peak_start"), "05:00", "platform_stores.search.off_peak_start", "05:00 (UTC)"),
    (("platform_quiet_hours", "timezone"), "Asia/Tokio", "platform_quiet_hours.timezone", "no time zone"),
    # environment
    (("platform_environment",), "staging", "platform_environment", "staging is not a group of this host"),
    (("platform_tags", "Environment"), "prod", "platform_tags.Environment", "allowed: production"),
    (("platform_aws", "endpoint_url"), "http://localhost:4566", "platform_aws.endpoint_url", "is this machine"),
    # checklist
    (("checklist_requirements",), {"1.1.1.1": {"retention": 35}}, "checklist_requirements", "unknown key retention"),
    (
        ("checklist_requirements",),
        {"1.1.1.1": {"backup_retention_days": 36}},
        "platform_stores.postgres.backup_retention_days",
        "allowed: at least 36",
    ),
]


@pytest.mark.parametrize(("path", "new", "told_path", "fragment"), SCHEMA + MEANING)
def test_refused(
    path: tuple[Any, ...], new: Any, told_path: str, fragment: str, values: Values, requirements: Requirements
) -> None:
    change(values, path, new)
    problems = check_platform(values, GROUPS, requirements)
    told = [f"{problem.path}: {problem.text('en')}" for problem in problems]
    assert any(told_path in line and fragment in line for line in told), told
    for problem in problems:
        assert problem.text("ja") != problem.text("en") or problem.id == "platform.requirement"
        assert problem.text("en", "remedy")
        assert problem.text("ja", "remedy")


def test_all_problems_at_once(values: Values, requirements: Requirements) -> None:
    change(values, service(0, "port"), "8000")
    change(values, (*POSTGRES, "backup_retention_days"), 7)
    change(values, ("platform_network", "cidr"), "10.99.0.0/16")
    broken = {problem.variable for problem in check_platform(values, GROUPS, requirements)}
    assert broken == {"platform_services", "platform_stores", "platform_network"}


def test_a_cycle_is_allowed_but_reported(values: Values, requirements: Requirements) -> None:
    assert remarks(values) == []
    change(values, service(5, "dependencies", "services"), ["matching"])
    assert check_platform(values, GROUPS, requirements) == []
    (remark,) = remarks(values)
    assert remark.text("en").startswith("services wait for one another: ")


def test_malformed_variable_is_judged_by_its_form_only(values: Values, requirements: Requirements) -> None:
    change(values, ("platform_services",), {"api-gateway": {}})
    (problem,) = check_platform(values, GROUPS, requirements)
    assert problem.text("en").endswith("is a dictionary; allowed: a list")


@pytest.mark.parametrize("url", [DELETE, "https://rds.ap-northeast-1.amazonaws.com"])
def test_sandbox_needs_an_endpoint_on_this_machine(
    url: Any, declared: Callable[[str], Values], requirements: Requirements
) -> None:
    values = declared("sandbox")
    change(values, ("platform_aws", "endpoint_url"), url)
    (problem,) = check_platform(values, ["platform", "sandbox"], requirements)
    assert problem.id == "platform.endpoint_not_local"
