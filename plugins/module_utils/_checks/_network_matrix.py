# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security groups and network ACLs against the declared matrix: both sides as sets of texts that can be compared.

Descriptions are left out: they let nothing through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_rules import canonical, flat
from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_facts import (
    Item,
    Network,
    name_of,
    tag_of,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach

DEFAULT_GROUP = "default"
# EKS makes a group of this tag for every cluster, and its rules again when they are removed. Only AWS can set the tag.
EKS_TAG = "aws:eks:cluster-name"
SIDES = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}
PROTOCOL_NUMBERS = {"all": "-1", "tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58"}
PROTOCOL_NAMES = {number: name for name, number in PROTOCOL_NUMBERS.items()}
FINAL_DENY = 32767


def declared_rules(rules: Iterable[Mapping[str, Any]], prefix: str) -> set[str]:
    """The declared rules of one side of a group, as texts; groups get their full names."""
    flattened = [
        {
            "ip_protocol": rule["protocol"],
            "from_port": rule.get("from_port"),
            "to_port": rule.get("to_port"),
            "group_id": _peer(rule, prefix),
        }
        for rule in rules
    ]
    return {text(rule) for rule in canonical(flattened)}


def running_rules(group: Item, side: str, names: Mapping[str, str]) -> set[str]:
    """The rules of one side of a group of DescribeSecurityGroups, as texts; other ends by name if they have one.

    :param names: names of groups and prefix lists by id.
    """
    return {text(rule, names) for rule in flat(group[SIDES[side]])}


def text(rule: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """One canonical rule: ``tcp 443 10.0.0.0/16``, ``tcp 8000-8099 iworkz-production-nodes``, ``all 0.0.0.0/0``."""
    peer = next(rule[key] for key in ("cidr_ip", "cidr_ipv6", "prefix_list_id", "group_id") if key in rule)
    protocol = "all" if rule["ip_protocol"] == "-1" else rule["ip_protocol"]
    return " ".join(filter(None, (protocol, _range(rule), (names or {}).get(peer, peer))))


def declared_entries(acl: Item) -> set[str]:
    """The declared entries of an ACL, as texts."""
    return {
        _entry(side, rule["rule_number"], rule["action"], rule["protocol"], rule["cidr"], _range(rule))
        for side in SIDES
        for rule in acl[side]
    }


def running_entries(acl: Item) -> set[str]:
    """The entries of an ACL of DescribeNetworkAcls, without AWS's own last one, as texts."""
    return {
        _entry(
            "egress" if entry["Egress"] else "ingress",
            entry["RuleNumber"],
            entry["RuleAction"],
            PROTOCOL_NAMES.get(entry["Protocol"], entry["Protocol"]),
            entry.get("CidrBlock") or entry["Ipv6CidrBlock"],
            _ports(entry["PortRange"]["From"], entry["PortRange"]["To"]) if "PortRange" in entry else "",
        )
        for entry in acl["Entries"]
        if entry["RuleNumber"] < FINAL_DENY
    }


def judge_groups(
    network: Network, declared: Mapping[str, Item], prefix: str, prefix_lists: Mapping[str, str]
) -> Iterator[Breach]:
    """
    :param prefix_lists: names of prefix lists by id.
    """
    ours = [group for group in network.security_groups if tag_of(group, EKS_TAG) is None]
    running = {group["GroupName"]: group for group in ours if group["GroupName"] != DEFAULT_GROUP}
    names = {**prefix_lists, **{group["GroupId"]: group["GroupName"] for group in network.security_groups}}
    wanted = {f"{prefix}-{key}": group for key, group in declared.items()}
    for group in sorted(running.keys() - wanted.keys()):
        yield Breach("network.group_undeclared", {"group": group})
    for group, rules in wanted.items():
        if group not in running:
            yield Breach("network.group_missing", {"group": group})
            continue
        for side in SIDES:
            want = declared_rules(rules[side], prefix)
            have = running_rules(running[group], side, names)
            for rule in sorted(have - want):
                yield Breach("network.rule_undeclared", {"group": group, "side": side, "rule": rule})
            for rule in sorted(want - have):
                yield Breach("network.rule_missing", {"group": group, "side": side, "rule": rule})


def judge_eks_groups(network: Network) -> Iterator[Breach]:
    """The groups that EKS makes for its clusters let in their own members and nobody else."""
    for group in network.security_groups:
        if tag_of(group, EKS_TAG) is not None:
            names = {group["GroupId"]: group["GroupName"]}
            for rule in sorted(
                text(one, names) for one in flat(group["IpPermissions"]) if one.get("group_id") not in names
            ):
                yield Breach("network.rule_undeclared", {"group": group["GroupName"], "side": "ingress", "rule": rule})


def judge_default_groups(network: Network) -> Iterator[Breach]:
    for group in network.security_groups:
        rules = [rule for side in SIDES.values() for rule in flat(group[side])]
        if group["GroupName"] == DEFAULT_GROUP and rules:
            yield Breach("network.default_group_open", {"group": group["GroupId"], "rules": len(rules)})


def judge_acls(network: Network, declared: Item, prefix: str) -> Iterator[Breach]:
    by_name = {name_of(acl): acl for acl in network.network_acls if not acl["IsDefault"]}
    guards = {one["SubnetId"]: acl for acl in network.network_acls for one in acl["Associations"]}
    for tier, rules in declared["network_acls"].items():
        acl = by_name.get(f"{prefix}-{tier}")
        if acl is None:
            yield Breach("network.acl_missing", {"acl": f"{prefix}-{tier}"})
            continue
        want, have = declared_entries(rules), running_entries(acl)
        for entry in sorted(have - want):
            yield Breach("network.entry_undeclared", {"acl": f"{prefix}-{tier}", "entry": entry})
        for entry in sorted(want - have):
            yield Breach("network.entry_missing", {"acl": f"{prefix}-{tier}", "entry": entry})
    tiers = {f"{prefix}-{subnet['name']}": subnet["tier"] for subnet in declared["subnets"]}
    for subnet in network.subnets:
        name = name_of(subnet) or subnet["SubnetId"]
        if name not in tiers:
            yield Breach("network.subnet_undeclared", {"subnet": name})
        elif name_of(guards[subnet["SubnetId"]]) != f"{prefix}-{tiers[name]}":
            yield Breach("network.subnet_unguarded", {"subnet": name, "acl": f"{prefix}-{tiers[name]}"})


def _peer(rule: Mapping[str, Any], prefix: str) -> str:
    return f"{prefix}-{rule['group']}" if "group" in rule else str(rule.get("cidr") or rule["prefix_list"])


def _range(rule: Mapping[str, Any]) -> str:
    return _ports(rule.get("from_port"), rule.get("to_port"))


def _ports(first: int | None, last: int | None) -> str:
    if first is None:
        return ""
    return str(first) if first == last else f"{first}-{last}"


def _entry(side: str, number: int, action: str, protocol: str, cidr: str, ports: str) -> str:
    return " ".join(filter(None, (side, str(number), action, protocol, ports, cidr)))
