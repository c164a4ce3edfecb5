"""Whatever network is declared: applied, it is unchanged; declared otherwise, it becomes that and nothing is left."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network import ADAPTERS
from tests.integration.conftest import Account

VPC, GATEWAY = "net", "net"
SUBNETS = [f"net-{index}" for index in range(4)]
CIDRS = ("0.0.0.0/0", "10.0.0.0/8", "10.96.0.0/16")
PORTS = ((443, 443), (0, 65535), (8000, 8099))

Item = dict[str, Any]
Network = dict[str, list[Item]]


@st.composite
def rules(draw: st.DrawFn, groups: list[str]) -> list[Item]:
    """Rules of which no two are the same but for their description."""
    ends = st.sampled_from([("cidr_ip", cidr) for cidr in CIDRS] + [("group_id", group) for group in groups])
    what = st.tuples(st.sampled_from(["tcp", "udp", "all"]), st.sampled_from(PORTS), ends)
    chosen = draw(st.lists(what, max_size=4, unique_by=lambda one: (one[0], one[0] != "all" and one[1], one[2])))
    return [
        {
            "ip_protocol": protocol,
            **({} if protocol == "all" else {"from_port": ports[0], "to_port": ports[1]}),
            end[0]: end[1],
            "description": draw(st.sampled_from(["", "one", "another"])),
        }
        for protocol, ports, end in chosen
    ]


def entries() -> st.SearchStrategy[list[Item]]:
    entry = st.fixed_dictionaries(
        {
            "rule_number": st.sampled_from([100, 110, 32766]),
            "egress": st.booleans(),
            "protocol": st.sampled_from(["tcp", "17"]),
            "rule_action": st.sampled_from(["allow", "deny"]),
            "cidr_block": st.sampled_from(CIDRS),
            "port_range": st.sampled_from([{"from": first, "to": last} for first, last in PORTS]),
        }
    )
    return st.lists(entry, max_size=4, unique_by=lambda one: (one["rule_number"], one["egress"]))


def routes() -> st.SearchStrategy[list[Item]]:
    chosen = st.lists(st.sampled_from(["0.0.0.0/0", "192.0.2.0/24"]), unique=True)
    return chosen.map(lambda cidrs: [{"destination_cidr_block": cidr, "gateway_id": GATEWAY} for cidr in cidrs])


@st.composite
def networks(draw: st.DrawFn) -> Network:
    def some(names: list[str]) -> list[str]:
        return draw(st.lists(st.sampled_from(names), unique=True))

    def shared(subnets: list[str], owners: list[str]) -> dict[str, list[str]]:
        """Each subnet with one owner, or with none."""
        owned = {subnet: draw(st.sampled_from([*owners, None])) for subnet in subnets}
        return {owner: [subnet for subnet in subnets if owned[subnet] == owner] for owner in owners}

    subnets, groups, tables, acls = some(SUBNETS), some(["a", "b", "c"]), some(["t", "u"]), some(["m", "n"])
    served, guarded = shared(subnets, tables), shared(subnets, acls)
    inside = {"vpc_id": VPC}
    return {
        "vpcs": [{"name": VPC, "cidr_block": "10.96.0.0/16", "enable_dns_hostnames": draw(st.booleans())}],
        "default_security_groups": [{**inside, "ingress": draw(rules([])), "egress": draw(rules([]))}],
        "internet_gateways": [{**inside, "name": GATEWAY}],
        "subnets": [{**inside, "name": s, "cidr_block": f"10.96.{SUBNETS.index(s)}.0/24"} for s in subnets],
        "route_tables": [{**inside, "name": t, "routes": draw(routes()), "subnet_ids": served[t]} for t in tables],
        "network_acls": [{**inside, "name": n, "entries": draw(entries()), "subnet_ids": guarded[n]} for n in acls],
        "security_groups": [
            {
                **inside,
                "group_name": group,
                "description": "d",
                "ingress": draw(rules(groups)),
                "egress": draw(rules(groups)),
            }
            for group in groups
        ],
    }


# Nothing is shrunk: an example takes a second or two, and its declaration is in the failure.
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(first=networks(), second=networks())
def test_any_network_becomes_any_other(account: Account, first: Network, second: Network) -> None:
    account.application.reset()
    for wanted in (first, second):
        applied = account.run(ADAPTERS, **wanted, purge=True)
        assert applied["failed_resources"] == {}, str(applied["failed_resources"])
        before = account.mutations()
        again = account.run(ADAPTERS, **wanted, purge=True)
        assert not again["changed"], again["diff"]
        assert account.mutations() == before
        declared = {item.get("name", item.get("group_name")) for items in wanted.values() for item in items} - {None}
        assert {label.split()[1] for label in again["unchanged"]} == declared
