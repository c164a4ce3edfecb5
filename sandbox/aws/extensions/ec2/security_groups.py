"""Rules of security groups: their descriptions are kept, changed and removed, and make no two rules of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

# List of ends in IpPermission: its member that names the end.
ENDS = {"IpRanges": "CidrIp", "Ipv6Ranges": "CidrIpv6", "UserIdGroupPairs": "GroupId", "PrefixListIds": "PrefixListId"}
PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "all": "-1"}
PREFIX_LISTS = "ec2.prefix_list_descriptions"

Item = dict[str, Any]


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
@operation("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize(call: Call) -> Item:
    for permission, member, end in _ends(call.params.get("IpPermissions", [])):
        if _find(_rules(call), permission, member, end):
            message = f'the specified rule "peer: {end[member]}" already exists'
            raise AwsError("InvalidPermission.Duplicate", message)
    answer = call.moto()
    _describe_prefix_lists(call)
    return answer


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
@operation("ec2", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress")
def revoke(call: Call) -> Item:
    # moto would take a group under another description for another group.
    for permission, member, end in _ends(call.params.get("IpPermissions", [])):
        rule = _find(_rules(call), permission, member, end)
        if rule and member == "GroupId":
            end.pop("Description", None)
            end |= {key: value for key, value in rule.source_group.items() if key == "Description"}
    return call.moto(call.params)


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html
@operation("ec2", "UpdateSecurityGroupRuleDescriptionsIngress", "UpdateSecurityGroupRuleDescriptionsEgress")
def update_descriptions(call: Call) -> Item:
    rules = _rules(call)
    for permission, member, end in _ends(call.params.get("IpPermissions", [])):
        rule = _find(rules, permission, member, end)
        if rule is None:
            raise AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
        kept = rule.source_group if member == "GroupId" else rule.ip_range
        kept.pop("Description", None)
        if member != "PrefixListId" and end.get("Description"):
            kept["Description"] = end["Description"]
    _describe_prefix_lists(call)
    return {"Return": True}


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html
@operation("ec2", "DescribeSecurityGroups")
def describe(call: Call) -> Item:
    answer = call.moto()
    texts = call.store(PREFIX_LISTS)
    for found in answer["SecurityGroups"] if texts else ():
        group = call.backend().get_security_group_from_id(found["GroupId"])
        for side, rules in (("IpPermissions", group.ingress_rules), ("IpPermissionsEgress", group.egress_rules)):
            for permission, member, end in _ends(found[side]):
                rule = _find(rules, permission, member, end)
                if rule and rule.id in texts:
                    end["Description"] = texts[rule.id]
    return answer


def _describe_prefix_lists(call: Call) -> None:
    """moto's rules have no place for the description of a prefix list."""
    rules, texts = _rules(call), call.store(PREFIX_LISTS)
    for permission, member, end in _ends(call.params.get("IpPermissions", [])):
        rule = _find(rules, permission, member, end)
        if rule and member == "PrefixListId":
            texts.pop(rule.id, None)
            if end.get("Description"):
                texts[rule.id] = end["Description"]


def _rules(call: Call) -> list[Any]:
    """The side of the group that the call is about."""
    name = call.params.get("GroupId") or call.params.get("GroupName")
    group = call.backend().get_security_group_by_name_or_id(name)
    if group is None:
        raise AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
    rules: list[Any] = group.egress_rules if call.operation.endswith("Egress") else group.ingress_rules
    return rules


def _ends(permissions: list[Item]) -> Iterator[tuple[Item, str, Item]]:
    for permission in permissions:
        for ends, member in ENDS.items():
            for end in permission.get(ends, []):
                if member in end:
                    yield permission, member, end


def _find(rules: list[Any], permission: Item, member: str, end: Item) -> Any:
    """moto's rule with this protocol, these ports and this end; None where there is none."""
    protocol = permission["IpProtocol"].lower()
    wanted = PROTOCOLS.get(protocol, protocol)
    for rule in rules:
        named = {
            "CidrIp": rule.ip_range.get("CidrIp"),
            "CidrIpv6": rule.ip_range.get("CidrIpv6"),
            "GroupId": rule.source_group.get("GroupId"),
            "PrefixListId": rule.prefix_list_id,
        }
        ports = (permission.get("FromPort"), permission.get("ToPort"))
        same_ports = wanted == "-1" or (rule.from_port, rule.to_port) == ports
        if rule.ip_protocol == wanted and same_ports and named[member] == end[member]:
            return rule
    return None
