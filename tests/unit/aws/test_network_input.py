"""Mistakes in what is declared are named before the first call."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import Options, ensure, levelled
from tests.sample_network import declared
from tests.unit.aws.scripted import context

Plan = dict[str, list[dict[str, Any]]]
# Any call would fail, since none is scripted. One client for all tests: loading EC2's model takes a while.
CLIENTS, CONTEXT = context({})


def errors(plan: Plan) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        ensure([adapter(CONTEXT) for adapter in ADAPTERS], plan, Options(check_mode=True))
    return caught.value.errors


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda p: p["vpcs"][0].pop("name"), "vpcs[0]: has no name"),
        (lambda p: p["vpcs"].append(p["vpcs"][0]), "vpcs[1] (iworkz-sandbox): declared twice"),
        (lambda p: p["vpcs"][0].update(cidr_blok="x"), "unknown key cidr_blok; did you mean cidr_block?"),
        (lambda p: p["vpcs"][0].update(cidr_block="10.96.1.0/16"), "10.96.1.0/16 has host bits set"),
        (lambda p: p["subnets"][0].update(cidr_block="10.96.0.0/33"), "does not appear to be an IPv4 or IPv6 network"),
        (lambda p: p["subnets"][0].update(vpc_id=1), "Invalid type for parameter VpcId"),
        (lambda p: p["route_tables"][0]["routes"][0].update(gateway="g"), "routes[0]: unknown key gateway"),
        (
            lambda p: p["route_tables"][0]["routes"][0].update(nat_gateway_id="g"),
            "routes[0]: one target is needed",
        ),
        (
            lambda p: p["route_tables"][0]["routes"][0].pop("destination_cidr_block"),
            "routes[0]: one destination is needed",
        ),
        (
            lambda p: p["route_tables"][0]["routes"][0].update(destination_cidr_block="10.0.0.1/8"),
            "routes[0]: 10.0.0.1/8 has host bits set",
        ),
        (lambda p: p["network_acls"][0]["entries"][0].update(rule_number=32767), "rule_number must be from 1 to 32766"),
        (lambda p: p["network_acls"][0]["entries"][0].update(rule_action="permit"), "must be allow or deny, is permit"),
        (lambda p: p["network_acls"][0]["entries"][0].update(protocol="tcp"), "port_range with from and to is needed"),
        (
            lambda p: p["network_acls"][0]["entries"][0].pop("cidr_block"),
            "one of cidr_block, ipv6_cidr_block is needed",
        ),
        (lambda p: p["network_acls"][0]["entries"][1].update(rule_number=100), "rule_number 100 is declared twice"),
        (lambda p: p["network_acls"][0]["entries"][1].pop("egress"), 'Missing required parameter in input: "Egress"'),
        (lambda p: p["security_groups"][0].update(group_name="default"), "default is AWS's own group"),
        (lambda p: p["security_groups"][0].pop("description"), 'Missing required parameter in input: "Description"'),
        (lambda p: p["security_groups"][0]["ingress"][0].update(group_id="g"), "ingress[0]: one of cidr_ip"),
        (
            lambda p: p["security_groups"][0]["ingress"].append(dict(p["security_groups"][0]["ingress"][0])),
            "ingress[2]: the same rule is declared twice",
        ),
        (lambda p: p["default_security_groups"][0].update(name="d"), "unknown key name; allowed are"),
        (lambda p: p["default_security_groups"][0].update(ingress=[{}]), "ingress[0]: ip_protocol is missing"),
        (lambda p: p["endpoints"][0].update(service="s3"), "unknown key service; did you mean service_name?"),
        (lambda p: p["flow_logs"][0].update(resource_ids=["a", "b"]), "resource_ids must hold one VPC, subnet"),
    ],
)
def test_mistakes(change: Callable[[Plan], Any], error: str) -> None:
    plan = copy.deepcopy(declared())
    change(plan)
    assert error in "\n".join(errors(plan))
    assert CLIENTS.made == []


def test_whatever_is_referred_to_comes_first() -> None:
    order = [adapter.kind for adapter in levelled([adapter(CONTEXT) for adapter in ADAPTERS])]
    for adapter in ADAPTERS:
        for needed in {kind for kind in adapter.references.values() if kind in order} - {adapter.kind}:
            assert order.index(needed) < order.index(adapter.kind), (adapter.kind, needed)
