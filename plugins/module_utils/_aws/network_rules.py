# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of security groups: one flat rule per source or destination, in one canonical form. Pure.

A rule is ``{ip_protocol, from_port, to_port, description}`` and exactly one of ``cidr_ip``, ``cidr_ipv6``,
``prefix_list_id``, ``group_id``: the members of IpPermission in snake case, without its nesting.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_resource import cidr_errors
from ansible_collections.iworkz.platform.plugins.module_utils._aws.shapes import did_you_mean

Rule = dict[str, Any]

# The end of a rule: its list and member in IpPermission.
PEERS = {
    "cidr_ip": ("IpRanges", "CidrIp"),
    "cidr_ipv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefix_list_id": ("PrefixListIds", "PrefixListId"),
    "group_id": ("UserIdGroupPairs", "GroupId"),
}
PROTOCOLS = {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
WITH_PORTS = ("tcp", "udp", "icmp", "icmpv6")
KEYS = ("ip_protocol", "from_port", "to_port", *PEERS, "description")


def canonical(rules: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """The rules as AWS returns them, sorted: protocols by name, ports as integers and only where they mean anything."""
    return sorted((_canonical(rule) for rule in rules), key=lambda rule: json.dumps(rule, sort_keys=True))


def flat(permissions: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """The canonical rules of IpPermissions or IpPermissionsEgress of DescribeSecurityGroups."""
    return canonical(
        {
            "ip_protocol": permission["IpProtocol"],
            "from_port": permission.get("FromPort"),
            "to_port": permission.get("ToPort"),
            key: end[member],
            "description": end.get("Description", ""),
        }
        for permission in permissions
        for key, (ends, member) in PEERS.items()
        for end in permission.get(ends) or ()
    )


def permissions(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """One IpPermission per rule."""
    return [_permission(rule) for rule in rules]


def identity(rule: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """What makes a rule the same rule: everything but its description."""
    return tuple(sorted((key, value) for key, value in rule.items() if key != "description"))


def errors(rule: Any) -> list[str]:
    """What is wrong with one declared rule."""
    if not isinstance(rule, Mapping):
        return [f"{rule!r} is not a rule"]
    unknown = [f"unknown key {key}{did_you_mean(str(key), KEYS)}" for key in rule if key not in KEYS]
    if unknown:
        return unknown
    if "ip_protocol" not in rule:
        return ["ip_protocol is missing"]
    found = []
    peers = [key for key in PEERS if key in rule]
    if len(peers) != 1:
        found.append(f"one of {', '.join(PEERS)} is needed, given are {', '.join(peers) or 'none'}")
    for key in ("cidr_ip", "cidr_ipv6"):
        if key in rule:
            found += cidr_errors(rule[key])
    return found + _port_errors(rule)


def _canonical(rule: Mapping[str, Any]) -> Rule:
    protocol = str(rule["ip_protocol"]).lower()
    protocol = PROTOCOLS.get(protocol, protocol)
    result: Rule = {"ip_protocol": protocol, "description": str(rule.get("description") or "")}
    if protocol in WITH_PORTS:
        result |= {"from_port": int(rule["from_port"]), "to_port": int(rule["to_port"])}
    return result | {key: rule[key] for key in PEERS if key in rule}


def _permission(rule: Rule) -> dict[str, Any]:
    (key,) = (key for key in PEERS if key in rule)
    ends, member = PEERS[key]
    end = {member: rule[key]}
    if rule.get("description"):
        end["Description"] = rule["description"]
    permission: dict[str, Any] = {"IpProtocol": rule["ip_protocol"], ends: [end]}
    if "from_port" in rule:
        permission |= {"FromPort": rule["from_port"], "ToPort": rule["to_port"]}
    return permission


def _port_errors(rule: Mapping[str, Any]) -> list[str]:
    protocol = str(rule["ip_protocol"]).lower()
    if PROTOCOLS.get(protocol, protocol) not in WITH_PORTS:
        return []
    first, last = rule.get("from_port"), rule.get("to_port")
    if not _is_port(first) or not _is_port(last):
        return [f"from_port and to_port must be integers from -1 to 65535, given are {first} and {last}"]
    return [] if last == -1 or rule["from_port"] <= rule["to_port"] else [f"from_port {first} is above to_port {last}"]


def _is_port(value: Any) -> bool:
    """-1 stands for any type or code of ICMP."""
    return isinstance(value, int) and not isinstance(value, bool) and -1 <= value <= 65535
