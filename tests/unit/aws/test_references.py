from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.references import EC2_KINDS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

OPERATIONS = {
    "ec2:" + "".join(word.title() for word in operation.split("_")): (result, identifier)
    for operation, result, identifier in EC2_KINDS.values()
}
ACCOUNT = {"sts:GetCallerIdentity": {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/unit"}}
ALIASES = {
    "kms:ListAliases": {
        "Aliases": [
            {"AliasName": "alias/iworkz-data", "TargetKeyId": "1234"},
            {"AliasName": "alias/aws/unused"},
        ]
    }
}


def named(name: str, identifier: str, key: str, **more: str) -> dict:
    return {key: identifier, "Tags": [{"Key": "Owner", "Value": "x"}, {"Key": "Name", "Value": name}], **more}


SUBNETS = {
    "ec2:DescribeSubnets": {
        "Subnets": [
            named("data-1a", "subnet-0000000a", "SubnetId"),
            named("data-1c", "subnet-0000000c", "SubnetId"),
            {"SubnetId": "subnet-0000000d"},
        ]
    }
}


@pytest.mark.parametrize("kind", sorted(EC2_KINDS))
def test_every_kind_of_the_network_is_found_by_its_name_tag(scripted, kind):
    _operation, result, key = EC2_KINDS[kind]
    name = next(name for name, known in OPERATIONS.items() if known == (result, key))
    context = scripted({name: {result: [named("mine", f"{kind}-id", key), {key: "nameless"}]}})
    assert context.references.known(kind) == {"mine": f"{kind}-id"}
    assert context.clients.named(name) == [{}]


@pytest.mark.parametrize(
    ("kind", "given", "resolved"),
    [
        (
            "kms_key",
            "arn:aws:kms:us-east-1:123456789012:alias/iworkz-data",
            "arn:aws:kms:us-east-1:123456789012:key/1234",
        ),
        ("subnet", "data-1a", "subnet-0000000a"),
        ("subnet", ["data-1c", "data-1a"], ["subnet-0000000c", "subnet-0000000a"]),
        ("subnet", ["subnet-12345678", "data-1a"], ["subnet-12345678", "subnet-0000000a"]),
        ("kms_key", "alias/iworkz-data", "arn:aws:kms:ap-northeast-1:123456789012:key/1234"),
        ("kms_key", "arn:aws:kms:eu-west-1:1:key/9", "arn:aws:kms:eu-west-1:1:key/9"),
        ("sns_topic", "alerts", "arn:aws:sns:ap-northeast-1:123456789012:alerts"),
        ("iam_role", "monitor", "arn:aws:iam::123456789012:role/monitor"),
        ("iam_policy", "monitor", "arn:aws:iam::123456789012:policy/monitor"),
        ("log_group", "/a/b", "arn:aws:logs:ap-northeast-1:123456789012:log-group:/a/b"),
        ("sns_topic", ["arn:aws:sns:eu-west-1:1:t"], ["arn:aws:sns:eu-west-1:1:t"]),
        ("subnet", 7, 7),
        ("subnet", None, None),
    ],
)
def test_names_become_identifiers_and_identifiers_stay(scripted, kind, given, resolved):
    context = scripted({**ACCOUNT, **ALIASES, **SUBNETS})
    assert context.references.resolve(kind, given, strict=True) == resolved


@pytest.mark.parametrize(
    "identifier",
    ["subnet-12345678", "subnet-0123456789abcdef0", "sg-12345678", "vpce-12345678", "arn:aws:kms:x:1:key/2"],
)
def test_an_identifier_costs_no_call(scripted, identifier):
    context = scripted()
    assert context.references.resolve("subnet", identifier, strict=True) == identifier
    assert context.clients.made == []


@pytest.mark.parametrize("name", ["sg-search", "subnet-1a", "vpc-production"])
def test_a_name_that_looks_like_an_identifier_is_still_a_name(scripted, name):
    context = scripted({"ec2:DescribeSubnets": {"Subnets": [named(name, "subnet-0000000b", "SubnetId")]}})
    assert context.references.resolve("subnet", name, strict=True) == "subnet-0000000b"


def test_a_missing_name_is_refused_or_kept(scripted):
    context = scripted(SUBNETS)
    assert context.references.resolve("subnet", ["data-1d"], strict=False) == ["data-1d"]
    with pytest.raises(ReconcileError, match="subnet data-1d does not exist in ap-northeast-1: apply it first"):
        context.references.resolve("subnet", ["data-1a", "data-1d"], strict=True)


def test_a_deleted_nat_gateway_does_not_shadow_its_successor(scripted):
    gateways = [
        named("nat-1a", "nat-00000002", "NatGatewayId", State="available"),
        named("nat-1a", "nat-00000001", "NatGatewayId", State="deleted"),
        named("nat-1c", "nat-00000003", "NatGatewayId", State="deleting"),
    ]
    context = scripted({"ec2:DescribeNatGateways": {"NatGateways": gateways}})
    assert context.references.known("nat_gateway") == {"nat-1a": "nat-00000002"}


def test_each_kind_is_read_once_until_forgotten(scripted):
    context = scripted(SUBNETS)
    for _ in range(3):
        context.references.resolve("subnet", ["data-1a", "data-1c"], strict=True)
    assert len(context.clients.made) == 1
    context.references.forget()
    context.references.resolve("subnet", "data-1a", strict=True)
    assert len(context.clients.made) == 2


def test_the_way_back(scripted):
    context = scripted(SUBNETS)
    assert context.references.name("subnet", "subnet-0000000c") == "data-1c"
    assert context.references.name("subnet", "subnet-0000000d") == "subnet-0000000d"
