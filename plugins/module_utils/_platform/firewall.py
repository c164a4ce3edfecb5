# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The firewall matrices: rules that can exist, name what exists, and open nothing but the load balancer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._platform.network import parse_cidr
from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem, hint, listed, shown

WORLD = "0.0.0.0/0"
PUBLIC_GROUP = "alb"
PUBLIC_PORTS = (80, 443)
DIRECTIONS = ("ingress", "egress")

Rule = Mapping[str, Any]


def check_security_groups(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge ``platform_security_groups``; the world may reach 80 and 443 of the load balancer only (1.2.1.3)."""
    groups = values["platform_security_groups"]
    for name, group in groups.items():
        for direction in DIRECTIONS:
            for at, rule in enumerate(group[direction]):
                path = f"platform_security_groups.{name}.{direction}[{at}]"
                yield from _check_rule(path, rule)
                if "group" in rule and rule["group"] not in groups:
                    params = {"name": rule["group"], "hint": hint(rule["group"], groups), "known": listed(groups)}
                    yield Problem("platform.unknown_reference", f"{path}.group", params)
                if direction == "ingress" and _open_to_world(name, rule):
                    yield Problem("platform.open_to_world", path, {"group": name})


def check_network_acls(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge ``platform_network_acls``; the data tier allows nothing to or from the world (2.1.3.1)."""
    for tier, acl in values["platform_network_acls"].items():
        for direction in DIRECTIONS:
            rules = acl[direction]
            path = f"platform_network_acls.{tier}.{direction}"
            for number, count in Counter(rule["rule_number"] for rule in rules).items():
                if count > 1:
                    yield Problem("platform.duplicate", path, {"value": number})
            for at, rule in enumerate(rules):
                yield from _check_rule(f"{path}[{at}]", rule)
                if tier == "data" and rule["action"] == "allow" and rule["cidr"] == WORLD:
                    yield Problem("platform.data_tier_open", f"{path}[{at}]")


def check_gateway_ports(values: Mapping[str, Any]) -> Iterator[Problem]:
    """The load balancer's group may reach the nodes on the ports of the mesh's gateway."""
    ranges = [
        range(rule["from_port"], rule["to_port"] + 1)
        for rule in values["platform_security_groups"]["nodes"]["ingress"]
        if rule.get("group") == PUBLIC_GROUP and {"from_port", "to_port"} <= set(rule)
    ]
    for key, port in values["platform_gateway"].items():
        if not any(port in ports for ports in ranges):
            yield Problem("platform.port_closed", f"platform_gateway.{key}", {"port": port})


def _open_to_world(group: str, rule: Rule) -> bool:
    if rule.get("cidr") != WORLD:
        return False
    ports = (rule.get("from_port"), rule.get("to_port"))
    return group != PUBLIC_GROUP or ports[0] != ports[1] or ports[0] not in PUBLIC_PORTS


def _check_rule(path: str, rule: Rule) -> Iterator[Problem]:
    ports = [rule[key] for key in ("from_port", "to_port") if key in rule]
    if len(ports) != (0 if rule["protocol"] == "all" else 2):
        yield Problem("platform.rule_ports", path, {"protocol": rule["protocol"]})
    elif ports and ports[0] > ports[1]:
        params = {"low": ports[0], "high": ports[1], "low_key": "from_port", "high_key": "to_port"}
        yield Problem("platform.reversed", path, params)
    if "cidr" in rule:
        network = parse_cidr(rule["cidr"])
        if isinstance(network, str):
            yield Problem("platform.not_a_cidr", f"{path}.cidr", {"value": shown(rule["cidr"]), "reason": network})
