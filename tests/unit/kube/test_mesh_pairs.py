"""All 19 x 19 pairs of the declared services, judged by the policies that are made of their dependencies."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import principal
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_pairs import TOKENS, Caller, pairs, table
from tests.unit.kube import mesh_declared as declared

GATEWAY = Caller("gateway", (principal("istio-ingress", "istio-ingressgateway"),))


def test_every_declared_call_works_with_a_token_and_every_other_is_refused() -> None:
    services = declared.services()
    wanted = {(one["name"], called) for one in services for called in one["dependencies"]["services"]}
    calls = list(pairs(parties := declared.parties(declared.objects()), parties))
    assert len(calls) == 19 * 19 * len(TOKENS)
    assert {(call.caller, call.target) for call in calls if call.works} == wanted
    assert {(call.caller, call.target) for call in calls if call.openings} == wanted
    assert {call.token for call in calls if call.openings} == {"valid"}


def test_the_table_of_all_pairs() -> None:
    parties = declared.parties(declared.objects())
    lines = table(list(pairs([*parties, Caller("plaintext", ("",))], parties))).splitlines()
    assert len(lines) == 2 + 19 + 1
    assert lines[3] == f"| 2 identity |{' . |' * 11} o |{' . |' * 7}"
    assert lines[-1] == f"| 20 plaintext |{' . |' * 19}"
    assert sum(line.count(" o |") for line in lines) == 52
    assert not any("!" in line or "?" in line for line in lines)


def test_the_gateway_reaches_public_services_only_and_without_a_token_only_what_is_declared() -> None:
    public = {one["name"] for one in declared.services() if one["exposure"] == "public"}
    calls = list(pairs([GATEWAY], declared.parties(declared.objects())))
    assert {call.target for call in calls if call.token == "valid" and call.works} == public
    (spared,) = [call for call in calls if call.token != "valid" and call.openings]
    assert (spared.target, spared.token) == ("identity", "none")
    assert [one.operation["paths"] for one in spared.openings] == [["/.well-known/*", "/sign-in"]]
    assert table(calls).endswith("| 1 gateway | o | * |" + " . |" * 8 + " o |" + " . |" * 4 + " o | o | . | . |")


@pytest.mark.parametrize(
    ("kind", "name", "spec", "caller", "target", "sign"),
    [
        # Each line is something a person might do to a policy, and what becomes of one pair.
        ("AuthorizationPolicy", "billing", {"rules": [{}]}, "search", "billing", "!"),
        ("AuthorizationPolicy", "billing", {"rules": []}, "api-gateway", "billing", "."),
        ("AuthorizationPolicy", "billing", {"action": "AUDIT"}, "search", "billing", "."),
        ("RequestAuthentication", "billing", {"jwtRules": []}, "api-gateway", "billing", "."),
        ("RequestAuthentication", "billing", {"selector": {"matchLabels": {"x": "y"}}}, "api-gateway", "billing", "."),
    ],
)
def test_a_changed_policy_shows(
    kind: str, name: str, spec: dict[str, Any], caller: str, target: str, sign: str
) -> None:
    found = declared.objects()
    declared.named(found, kind, name)["spec"].update(spec)
    parties = declared.parties(found)
    one = [party for party in parties if party.name == target]
    who = [party for party in parties if party.name == caller]
    assert table(list(pairs(who, one))).endswith(f"| {sign} |")


def test_without_policies_everything_is_open() -> None:
    parties = declared.parties([])
    assert table(list(pairs(parties[:1], parties[1:2]))).endswith("| ! |")


def test_a_call_that_needs_more_than_a_token_is_told_apart() -> None:
    found = declared.objects()
    rules = declared.named(found, "AuthorizationPolicy", "billing")["spec"]["rules"]
    rules[0]["when"] = [{"key": "request.headers[x-secret]", "values": ["known"]}]
    parties = declared.parties(found)
    assert table(list(pairs(parties[:1], [one for one in parties if one.name == "billing"]))).endswith("| ? |")
