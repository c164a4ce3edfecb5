"""The exact calls of changes whose order or interplay matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_acls import NetworkAcl
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_groups import (
    SecurityGroup,
    SecurityGroupRules,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_routes import RouteTable
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from tests.unit.aws.scripted import Answer, Scripted, context

HTTPS = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ip": "10.0.0.0/8", "description": ""}
SSH = {**HTTPS, "from_port": 22, "to_port": 22}
DNS = {**HTTPS, "ip_protocol": "udp", "from_port": 53, "to_port": 53}


def adapter(kind: type, answers: Mapping[str, Answer]) -> tuple[Scripted, Any]:
    clients, shared = context(answers)
    return clients, kind(shared)


def refusing(code: str, times: int, answer: dict[str, Any] | None = None) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Answers that many times with an error."""
    left = [times]

    def reply(_parameters: dict[str, Any]) -> dict[str, Any]:
        if left[0]:
            left[0] -= 1
            raise ClientError({"Error": {"Code": code, "Message": "m"}}, "Operation")
        return answer or {}

    return reply


def ports(parameters: dict[str, Any]) -> list[int]:
    return [permission["FromPort"] for permission in parameters["IpPermissions"]]


def test_rules_are_allowed_before_others_are_revoked_and_a_text_revokes_nothing() -> None:
    operations = ("Authorize", "UpdateSecurityGroupRuleDescriptions", "Revoke")
    names = [f"{one}SecurityGroupIngress" if one != operations[1] else f"{one}Ingress" for one in operations]
    clients, rules = adapter(SecurityGroupRules, {name: {} for name in names})
    current = {"_id": "sg-1", "ingress": [HTTPS, SSH], "egress": []}
    rules.update("g", {"ingress": [{**HTTPS, "description": "new"}, DNS], "egress": []}, current, ("ingress",))
    assert [(name, ports(parameters)) for name, parameters in clients.made] == list(
        zip(names, ([53], [443], [22]), strict=True)
    )


def test_a_side_that_is_as_declared_is_left_alone() -> None:
    clients, rules = adapter(SecurityGroupRules, {})
    rules.update("g", {"ingress": [HTTPS], "egress": [HTTPS]}, {"_id": "sg-1", "ingress": [HTTPS], "egress": []}, ())
    assert clients.made == []


def test_a_group_is_deleted_after_the_rules_that_name_it_even_if_they_go_meanwhile() -> None:
    naming = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]}]
    groups = [
        {"GroupId": f"sg-{number}", "GroupName": f"g{number}", "IpPermissions": naming, "IpPermissionsEgress": []}
        for number in (1, 2)
    ]
    clients, group = adapter(
        SecurityGroup,
        {
            "DescribeSecurityGroups": {"SecurityGroups": groups},
            "RevokeSecurityGroupIngress": refusing("InvalidGroup.NotFound", 1),
            "DeleteSecurityGroup": {},
        },
    )
    group.delete("g1", {"_id": "sg-1"})
    assert [(name, parameters.get("GroupId")) for name, parameters in clients.mutating()] == [
        ("RevokeSecurityGroupIngress", "sg-2"),
        ("DeleteSecurityGroup", "sg-1"),
    ]


ACLS = {
    "NetworkAcls": [
        {"NetworkAclId": "acl-0", "VpcId": "vpc-1", "IsDefault": True, "Associations": []},
        {
            "NetworkAclId": "acl-1",
            "VpcId": "vpc-1",
            "IsDefault": False,
            "Associations": [
                {"SubnetId": "subnet-1", "NetworkAclId": "acl-1", "NetworkAclAssociationId": "aclassoc-1"}
            ],
        },
    ]
}


def acl_update(replies: Any, have: list[str], want: list[str], identifier: str = "acl-2") -> list[Any]:
    answers = {"DescribeNetworkAcls": ACLS, "ReplaceNetworkAclAssociation": replies}
    clients, acl = adapter(NetworkAcl, answers)
    acl.update("n", {"subnet_ids": want}, {"_id": identifier, "subnet_ids": have}, ("subnet_ids",))
    return [parameters["NetworkAclId"] for _name, parameters in clients.mutating()]


def test_an_association_that_was_replaced_meanwhile_is_looked_for_again() -> None:
    replies = refusing("InvalidAssociationID.NotFound", 1)
    assert acl_update(replies, [], ["subnet-1"]) == ["acl-2", "acl-2"]


def test_a_subnet_that_leaves_goes_to_the_default_acl_unless_another_has_taken_it() -> None:
    assert acl_update({}, ["subnet-1"], [], "acl-1") == ["acl-0"]
    assert acl_update({}, ["subnet-1"], [], "acl-2") == []


def test_the_search_for_an_association_ends() -> None:
    with pytest.raises(ReconcileError, match="keeps being changed by somebody else"):
        acl_update(refusing("InvalidAssociationID.NotFound", 99), [], ["subnet-1"])
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        acl_update(refusing("UnauthorizedOperation", 1), [], ["subnet-1"])


TABLES = {
    "RouteTables": [
        {
            "RouteTableId": "rtb-1",
            "Associations": [{"SubnetId": "subnet-1", "RouteTableAssociationId": "rtbassoc-1"}, {"Main": True}],
        }
    ]
}


@pytest.mark.parametrize(
    ("refused", "calls"),
    [(0, ["ReplaceRouteTableAssociation"]), (1, ["ReplaceRouteTableAssociation", "AssociateRouteTable"])],
)
def test_a_subnet_is_moved_in_one_step_or_taken_if_it_was_let_go(refused: int, calls: list[str]) -> None:
    answers = {
        "DescribeRouteTables": TABLES,
        "ReplaceRouteTableAssociation": refusing("InvalidAssociationID.NotFound", refused),
        "AssociateRouteTable": {},
    }
    clients, table = adapter(RouteTable, answers)
    table.update("t", {"subnet_ids": ["subnet-1"]}, {"_id": "rtb-2", "subnet_ids": []}, ("subnet_ids",))
    assert [name for name, _parameters in clients.mutating()] == calls


@pytest.mark.parametrize(("identifier", "calls"), [("rtb-1", 1), ("rtb-2", 0)])
def test_only_its_own_table_lets_a_subnet_go(identifier: str, calls: int) -> None:
    answers = {
        "DescribeRouteTables": TABLES,
        "DisassociateRouteTable": refusing("InvalidAssociationID.NotFound", 1),
    }
    clients, table = adapter(RouteTable, answers)
    table.update("t", {"subnet_ids": []}, {"_id": identifier, "subnet_ids": ["subnet-1"]}, ("subnet_ids",))
    assert len(clients.mutating()) == calls


def test_routes_are_created_replaced_and_deleted() -> None:
    clients, table = adapter(RouteTable, {name: {} for name in ("CreateRoute", "ReplaceRoute", "DeleteRoute")})

    def route(cidr: str, gateway: str) -> dict[str, str]:
        return {"destination_cidr_block": cidr, "gateway_id": gateway}

    have = [route("0.0.0.0/0", "igw-1"), route("192.0.2.0/24", "igw-1"), route("198.51.100.0/24", "igw-1")]
    want = [route("0.0.0.0/0", "igw-1"), route("192.0.2.0/24", "igw-2"), route("203.0.113.0/24", "igw-1")]
    table.update("t", {"routes": want}, {"_id": "rtb-1", "routes": have, "subnet_ids": []}, ("routes",))
    assert [(name, parameters["DestinationCidrBlock"]) for name, parameters in clients.made] == [
        ("ReplaceRoute", "192.0.2.0/24"),
        ("CreateRoute", "203.0.113.0/24"),
        ("DeleteRoute", "198.51.100.0/24"),
    ]
