from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.plugin_utils.network_plan import Place, policy, resources
from tests.sample_network import DESTINATION, PLACE, PLAN, ZONES, declared


def by_name(option: str) -> dict[str, dict[str, Any]]:
    return {item.get("name", item.get("group_name")): item for item in declared()[option]}


def test_each_private_subnet_leaves_through_its_own_zone_and_data_nowhere() -> None:
    tables = by_name("route_tables")
    for zone in ZONES:
        table = tables[f"iworkz-sandbox-private-{zone}"]
        assert table["routes"] == [{"destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": f"iworkz-sandbox-{zone}"}]
        assert table["subnet_ids"] == [f"iworkz-sandbox-private-{zone}"]
        assert by_name("nat_gateways")[f"iworkz-sandbox-{zone}"]["subnet_id"] == f"iworkz-sandbox-public-{zone}"
    assert tables["iworkz-sandbox-data"]["routes"] == []
    assert tables["iworkz-sandbox-public"]["routes"][0]["gateway_id"] == "iworkz-sandbox"
    served = [subnet for table in tables.values() for subnet in table["subnet_ids"]]
    assert sorted(served) == sorted(by_name("subnets"))


def test_a_zone_without_nat_gets_no_way_out() -> None:
    plan = copy.deepcopy(PLAN)
    plan["nat_zones"] = ["ap-northeast-1a"]
    made = resources(plan, PLACE, DESTINATION)
    assert [gateway["name"] for gateway in made["nat_gateways"]] == ["iworkz-sandbox-1a"]
    routes = {table["name"]: table["routes"] for table in made["route_tables"]}
    assert routes["iworkz-sandbox-private-1c"] == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            {"protocol": "tcp", "from_port": 1, "to_port": 2, "cidr": "10.0.0.0/8", "description": "d"},
            {"ip_protocol": "tcp", "from_port": 1, "to_port": 2, "cidr_ip": "10.0.0.0/8", "description": "d"},
        ),
        ({"protocol": "all", "cidr": "::/0"}, {"ip_protocol": "all", "cidr_ipv6": "::/0", "description": ""}),
        ({"protocol": "all", "group": "alb"}, {"ip_protocol": "all", "group_id": "n-alb", "description": ""}),
        (
            {"protocol": "tcp", "from_port": 443, "to_port": 443, "prefix_list": "pl"},
            {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "prefix_list_id": "pl", "description": ""},
        ),
    ],
)
def test_rules(rule: dict[str, Any], expected: dict[str, Any]) -> None:
    plan = {**PLAN, "security_groups": {"g": {"description": "d", "ingress": [rule], "egress": []}}}
    (group,) = resources(plan, Place("n", "1", "r"), DESTINATION)["security_groups"]
    assert group == {"group_name": "n-g", "description": "d", "vpc_id": "n", "ingress": [expected], "egress": []}


def test_entries_of_both_sides() -> None:
    entries = by_name("network_acls")["iworkz-sandbox-data"]["entries"]
    assert [(entry["egress"], entry["rule_number"]) for entry in entries] == [(False, 100), (False, 110), (True, 100)]
    assert entries[1]["port_range"] == {"from": 1024, "to": 65535}
    assert "port_range" not in entries[0]


def test_endpoints_stand_in_private_subnets_or_route_from_them() -> None:
    private = [f"iworkz-sandbox-private-{zone}" for zone in ZONES]
    endpoints = by_name("endpoints")
    assert endpoints["iworkz-sandbox-s3"]["route_table_ids"] == private
    interface = endpoints["iworkz-sandbox-ecr-api"]
    assert interface["service_name"] == "com.amazonaws.ap-northeast-1.ecr.api"
    assert interface["subnet_ids"] == private
    assert interface["security_group_ids"] == ["iworkz-sandbox-endpoints"]
    assert interface["private_dns_enabled"] is True


@pytest.mark.parametrize(("service", "sids"), [("kms", []), ("s3", ["ImageLayers"]), ("sts", ["WebIdentities"])])
def test_endpoints_serve_our_own_callers(service: str, sids: list[str]) -> None:
    ours, *others = policy(service, PLACE)["Statement"]
    assert ours["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}
    assert [statement["Sid"] for statement in others] == sids
    for statement in others:
        assert statement["Action"] != "*"
        assert statement["Resource"] != "*"


def test_the_endpoint_for_mail_has_no_policy_to_tell_callers_apart() -> None:
    plan = {**PLAN, "endpoints": [{"service": "email-smtp", "type": "interface"}]}
    (mail,) = resources(plan, PLACE, DESTINATION)["endpoints"]
    assert mail["service_name"] == "com.amazonaws.ap-northeast-1.email-smtp"
    assert (mail["private_dns_enabled"], "policy_document" in mail) == (True, False)


def test_flow_logs_record_all_traffic() -> None:
    (log,) = declared()["flow_logs"]
    assert (log["traffic_type"], log["resource_ids"], log["log_destination"]) == (
        "ALL",
        ["iworkz-sandbox"],
        DESTINATION,
    )
