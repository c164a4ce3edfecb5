from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import network_acls
from ansible_collections.iworkz.platform.plugins.module_utils._aws import network_rules as rules

HTTPS = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443}
DESCRIBED = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


@pytest.mark.parametrize(
    ("declared", "described"),
    [
        ({**HTTPS, "cidr_ip": "10.0.0.0/16"}, {**DESCRIBED, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}),
        (
            {**HTTPS, "cidr_ip": "10.0.0.0/16", "description": "in"},
            {**DESCRIBED, "IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": "in"}]},
        ),
        ({**HTTPS, "cidr_ipv6": "::/0"}, {**DESCRIBED, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}),
        ({**HTTPS, "group_id": "sg-1"}, {**DESCRIBED, "UserIdGroupPairs": [{"GroupId": "sg-1", "UserId": "1"}]}),
        ({**HTTPS, "prefix_list_id": "pl-1"}, {**DESCRIBED, "PrefixListIds": [{"PrefixListId": "pl-1"}]}),
        ({"ip_protocol": "all", "group_id": "sg-1"}, {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]}),
        (
            {"ip_protocol": -1, "cidr_ip": "0.0.0.0/0", "from_port": 0, "to_port": 0},
            {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        ),
        (
            {"ip_protocol": "6", "from_port": "80", "to_port": "80", "cidr_ip": "0.0.0.0/0"},
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        ),
        (
            {"ip_protocol": "icmp", "from_port": 8, "to_port": -1, "cidr_ip": "10.0.0.0/8"},
            {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
        ),
        (
            {"ip_protocol": "50", "cidr_ip": "10.0.0.0/8"},
            {"IpProtocol": "50", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
        ),
    ],
)
def test_what_is_declared_equals_what_is_described(declared: dict[str, Any], described: dict[str, Any]) -> None:
    assert rules.canonical([declared]) == rules.flat([described])


@pytest.mark.parametrize(
    "other",
    [
        {**HTTPS, "cidr_ip": "10.0.0.0/15"},
        {**HTTPS, "cidr_ip": "10.0.0.0/16", "from_port": 442},
        {**HTTPS, "cidr_ip": "10.0.0.0/16", "to_port": 444},
        {**HTTPS, "cidr_ip": "10.0.0.0/16", "ip_protocol": "udp"},
        {**HTTPS, "cidr_ip": "10.0.0.0/16", "description": "another"},
        {**HTTPS, "cidr_ipv6": "::/0"},
        {**HTTPS, "group_id": "sg-1"},
        {"ip_protocol": "all", "cidr_ip": "10.0.0.0/16"},
    ],
)
def test_what_differs_in_anything_is_not_equal(other: dict[str, Any]) -> None:
    assert rules.canonical([other]) != rules.canonical([{**HTTPS, "cidr_ip": "10.0.0.0/16"}])


def test_order_and_grouping_mean_nothing() -> None:
    first, second = {**HTTPS, "cidr_ip": "10.0.0.0/16"}, {**HTTPS, "cidr_ip": "10.1.0.0/16"}
    grouped = {**DESCRIBED, "IpRanges": [{"CidrIp": "10.1.0.0/16"}, {"CidrIp": "10.0.0.0/16"}]}
    assert rules.canonical([first, second]) == rules.canonical([second, first]) == rules.flat([grouped])


def test_a_description_is_no_part_of_what_a_rule_is() -> None:
    plain, described = rules.canonical([{**HTTPS, "group_id": "a"}, {**HTTPS, "group_id": "a", "description": "d"}])
    assert plain != described
    assert rules.identity(plain) == rules.identity(described)


@pytest.mark.parametrize(
    "rule",
    [
        {**HTTPS, "cidr_ip": "10.0.0.0/16", "description": "in"},
        {**HTTPS, "cidr_ipv6": "fd00::/8"},
        {"ip_protocol": "-1", "group_id": "sg-1"},
        {"ip_protocol": "icmp", "from_port": -1, "to_port": -1, "prefix_list_id": "pl-1"},
    ],
)
def test_permissions_describe_the_rule_they_were_made_of(rule: dict[str, Any]) -> None:
    made = rules.canonical([rule])
    assert rules.flat(rules.permissions(made)) == made


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ("tcp", "'tcp' is not a rule"),
        ({**HTTPS, "cidr": "10.0.0.0/8"}, "unknown key cidr; did you mean cidr_ip?"),
        ({"cidr_ip": "10.0.0.0/8"}, "ip_protocol is missing"),
        (HTTPS, "one of cidr_ip, cidr_ipv6, prefix_list_id, group_id is needed, given are none"),
        ({**HTTPS, "cidr_ip": "10.0.0.0/8", "group_id": "g"}, "is needed, given are cidr_ip, group_id"),
        ({**HTTPS, "cidr_ip": "10.0.0.1/8"}, "10.0.0.1/8 has host bits set"),
        ({**HTTPS, "cidr_ip": "10.0.0.0/33"}, "does not appear to be an IPv4 or IPv6 network"),
        ({"ip_protocol": "tcp", "cidr_ip": "10.0.0.0/8"}, "must be integers from -1 to 65535, given are None and None"),
        ({**HTTPS, "to_port": 65536, "cidr_ip": "10.0.0.0/8"}, "must be integers from -1 to 65535"),
        ({**HTTPS, "from_port": True, "cidr_ip": "10.0.0.0/8"}, "must be integers from -1 to 65535"),
        ({**HTTPS, "from_port": 444, "cidr_ip": "10.0.0.0/8"}, "from_port 444 is above to_port 443"),
    ],
)
def test_errors(rule: Any, error: str) -> None:
    assert error in "; ".join(rules.errors(rule))


@pytest.mark.parametrize(
    "rule",
    [
        {**HTTPS, "cidr_ip": "10.0.0.0/8"},
        {"ip_protocol": "all", "group_id": "nodes"},
        {"ip_protocol": "icmp", "from_port": 8, "to_port": -1, "cidr_ip": "10.0.0.0/8"},
        {"ip_protocol": "tcp", "from_port": 0, "to_port": 65535, "prefix_list_id": "com.amazonaws.region.s3"},
    ],
)
def test_no_error(rule: Any) -> None:
    assert rules.errors(rule) == []


ENTRY = {"rule_number": 100, "egress": False, "rule_action": "allow", "cidr_block": "10.0.0.0/8"}


@pytest.mark.parametrize(
    ("declared", "described"),
    [
        ({**ENTRY, "protocol": "all"}, {**ENTRY, "protocol": "-1"}),
        (
            {**ENTRY, "protocol": "tcp", "port_range": {"from": 1, "to": 2}},
            {**ENTRY, "protocol": "6", "port_range": {"from": 1, "to": 2}},
        ),
        ({**ENTRY, "protocol": "all", "port_range": {"from": 1, "to": 2}}, {**ENTRY, "protocol": "-1"}),
    ],
)
def test_entries_in_one_form(declared: dict[str, Any], described: dict[str, Any]) -> None:
    assert network_acls.canonical([declared]) == network_acls.canonical([described]) == [described]


def test_entries_in_the_order_of_evaluation() -> None:
    numbers = [(True, 100), (False, 200), (False, 100)]
    entries = [{**ENTRY, "protocol": "-1", "egress": egress, "rule_number": number} for egress, number in numbers]
    ordered = [(entry["egress"], entry["rule_number"]) for entry in network_acls.canonical(entries)]
    assert ordered == [(False, 100), (False, 200), (True, 100)]
