from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import shield
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding, World, load_checks, run
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from tests.unit.checks.fake_account import Answers, Client, broken, world
from tests.unit.checks.waf_facts import LOAD_BALANCER, TAG_LIST
from tests.unit.checks.waf_facts import account as public_account

ITEM = "2.1.3.4"
REQUIRED = load_requirements().resolve(ITEM).required
BALANCER = {"kind": "application load balancer", "name": "iworkz-sandbox"}
MAINTENANCE = LOAD_BALANCER.replace("ap-northeast-1", "ap-northeast-3").replace("iworkz-sandbox", "iworkz-maintenance")
ZONE = "arn:aws:route53:::hostedzone/Z1"


def guarded(**changes: Any) -> dict[str, Any]:
    """The load balancer's protection, which responds to attacks."""
    response = {"Status": "ENABLED", "Action": {"Count": {}}}
    return {"ResourceArn": LOAD_BALANCER, "ApplicationLayerAutomaticResponseConfiguration": response, **changes}


def account() -> Answers:
    """A load balancer with a health check, a zone, contacts, and a response team that may act."""
    return {
        **public_account(),
        "route53": {
            "list_hosted_zones": {
                "HostedZones": [
                    {"Id": "/hostedzone/Z1", "Name": "iworkz.jp.", "Config": {"PrivateZone": False}},
                    {"Id": "/hostedzone/Z2", "Name": "internal.", "Config": {"PrivateZone": True}},
                ]
            },
            "list_tags_for_resources": lambda ResourceType, ResourceIds: {
                "ResourceTagSets": [{"ResourceId": one, "Tags": TAG_LIST} for one in ResourceIds]
            },
            "list_health_checks": {"HealthChecks": [{"Id": "h1", "HealthCheckConfig": {"Type": "HTTPS"}}]},
        },
        "ec2": {"describe_nat_gateways": {"NatGateways": []}, "describe_addresses": {"Addresses": []}},
        "shield": {
            "get_subscription_state": {"SubscriptionState": "ACTIVE"},
            "describe_subscription": {"Subscription": {"AutoRenew": "ENABLED", "ProactiveEngagementStatus": "PENDING"}},
            "list_protections": {"Protections": [guarded(HealthCheckIds=["h1"]), {"ResourceArn": ZONE}]},
            "list_protection_groups": {"ProtectionGroups": [{"ProtectionGroupId": "all", "Pattern": "ALL"}]},
            "describe_emergency_contact_settings": {
                "EmergencyContactList": [{"EmailAddress": "a@b.jp", "PhoneNumber": "+8131"}]
            },
            "describe_drt_access": {"RoleArn": "arn:role", "LogBucketList": ["logs"]},
        },
    }


def judged(answers: Answers, advanced: bool = True) -> Finding:
    return shield.protected_from_denial_of_service(world(answers, {"shield": {"advanced": advanced}}), REQUIRED)


def breaches(answers: Answers) -> list[tuple[str, dict[str, Any]]]:
    return [(breach.id, breach.params) for breach in broken(judged(answers))]


def with_answer(operation: str, answer: dict[str, Any]) -> Answers:
    answers = account()
    answers["shield"][operation] = answer
    return answers


def test_protected_by_health_with_a_team_that_may_act() -> None:
    assert breaches(account()) == []
    observed = judged(account()).observed
    assert observed["protected"] == {"iworkz-sandbox": "COUNT", "iworkz.jp": "DISABLED"}
    assert "+8131" not in str(observed)


def test_standard_is_no_pass() -> None:
    answers = with_answer("get_subscription_state", {"SubscriptionState": "INACTIVE"})
    names = {"names": "iworkz-sandbox, iworkz.jp"}
    assert breaches(answers) == [("shield.not_subscribed", names)]
    finding = judged(answers, advanced=False)
    assert finding.not_applicable is not None
    assert (finding.not_applicable.id, finding.not_applicable.params) == ("shield.standard_only", names)
    broken(Finding({}, (finding.not_applicable,)))


def test_subscribed_is_judged_whatever_is_declared() -> None:
    assert judged(with_answer("describe_drt_access", {}), advanced=False).breaches


def test_what_is_public_in_the_recovery_region_is_protected_too() -> None:
    class Regions:
        """Two load balancers, one in each region."""

        def client(self, service: str, region: str | None = None) -> Any:
            answers = account()
            if service == "elbv2" and region == "ap-northeast-3":
                (balancer,) = answers["elbv2"]["describe_load_balancers"]["LoadBalancers"]
                balancer |= {"LoadBalancerArn": MAINTENANCE, "LoadBalancerName": "iworkz-sandbox-maintenance"}
            return Client(answers[service])

    asked = world(account(), {"shield": {"advanced": True}})
    asked = World(asked.platform, Regions(), asked.now)
    (breach,) = broken(shield.protected_from_denial_of_service(asked, REQUIRED))
    assert (breach.id, breach.params) == ("shield.unprotected", {**BALANCER, "name": "iworkz-sandbox-maintenance"})


def protections(*found: dict[str, Any]) -> Answers:
    return with_answer("list_protections", {"Protections": list(found)})


def groups(**group: Any) -> Answers:
    return with_answer("list_protection_groups", {"ProtectionGroups": [{"ProtectionGroupId": "some", **group}]})


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (protections({"ResourceArn": ZONE}), ("shield.unprotected", BALANCER)),
        (protections({"ResourceArn": ZONE}, guarded()), ("shield.no_health_check", BALANCER)),
        (
            protections({"ResourceArn": ZONE}, guarded(HealthCheckIds=["gone"])),
            ("shield.no_health_check", BALANCER),
        ),
        (
            with_answer("describe_emergency_contact_settings", {"EmergencyContactList": [{"EmailAddress": "a@b.jp"}]}),
            ("shield.no_contact", {"contacts": 1}),
        ),
        (
            with_answer(
                "describe_subscription",
                {"Subscription": {"AutoRenew": "ENABLED", "ProactiveEngagementStatus": "DISABLED"}},
            ),
            ("shield.not_proactive", {}),
        ),
        (with_answer("describe_drt_access", {}), ("shield.no_access", {})),
        (with_answer("describe_drt_access", {"RoleArn": "arn:role"}), ("shield.no_logs", {})),
        (
            protections({"ResourceArn": ZONE}, {"ResourceArn": LOAD_BALANCER, "HealthCheckIds": ["h1"]}),
            ("shield.no_response", BALANCER),
        ),
        (groups(Pattern="BY_RESOURCE_TYPE", ResourceType="ROUTE_53_HOSTED_ZONE"), ("shield.ungrouped", BALANCER)),
        (groups(Pattern="ARBITRARY", Members=[ZONE]), ("shield.ungrouped", BALANCER)),
    ],
)
def test_drift(answers: Answers, expected: tuple[str, dict[str, Any]]) -> None:
    assert breaches(answers) == [expected]


@pytest.mark.parametrize("found", [[], [{"ProtectionGroupId": "none", "Pattern": "ARBITRARY", "Members": []}]])
def test_without_a_group_that_holds_it_each_resource_is_named(found: list[dict[str, Any]]) -> None:
    answers = with_answer("list_protection_groups", {"ProtectionGroups": found})
    assert [name for name, _params in breaches(answers)] == ["shield.ungrouped", "shield.ungrouped"]


def test_nothing_public_is_no_pass() -> None:
    answers = account()
    answers["elbv2"]["describe_load_balancers"] = {"LoadBalancers": []}
    answers["route53"]["list_hosted_zones"] = {"HostedZones": []}
    assert breaches(answers) == [("shield.nothing_public", {})]


def test_unreadable_is_unknown() -> None:
    answers = account()
    del answers["shield"]["describe_drt_access"]
    (judgement,) = run(
        [ITEM], world(answers, {"shield": {"advanced": True}}), load_requirements(), checks=load_checks()
    )
    assert judgement.verdict == "unknown"
