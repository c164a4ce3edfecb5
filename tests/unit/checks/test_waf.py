from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import waf
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import load_checks, run
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from tests.unit.checks.fake_account import Answers, broken, world
from tests.unit.checks.waf_facts import DECLARED, account, acl, logging

ITEM = "2.1.3.3"
REQUIRED = load_requirements().resolve(ITEM).required


def breaches(answers: Answers, declared: dict[str, Any] = DECLARED) -> list[tuple[str, dict[str, Any]]]:
    finding = waf.entry_points_behind_web_acls(world(answers, {"waf": declared}), REQUIRED)
    return [(breach.id, breach.params) for breach in broken(finding)]


def test_what_is_declared_passes() -> None:
    assert breaches(account()) == []


def test_observed_names_entry_points_and_actions() -> None:
    finding = waf.entry_points_behind_web_acls(world(account(), {"waf": DECLARED}), REQUIRED)
    assert finding.observed["entry_points"] == {"iworkz-sandbox": "iworkz-sandbox"}
    told = finding.observed["web_acls"]["iworkz-sandbox"]
    assert told["rules"]["scanners"] == "block"
    assert told["rules"]["AWSManagedRulesSQLiRuleSet"] == "as its rules say"
    assert told["redacted"] == ["authorization", "cookie"]


def test_nothing_public_is_no_pass() -> None:
    answers = account()
    answers["elbv2"]["describe_load_balancers"]["LoadBalancers"][0]["Scheme"] = "internal"
    assert breaches(answers) == [("waf.no_entry_point", {})]


def test_others_entry_points_are_not_ours() -> None:
    answers = account()
    answers["elbv2"]["describe_tags"] = {"TagDescriptions": [{"ResourceArn": "x", "Tags": []}]}
    assert breaches(answers) == [("waf.no_entry_point", {})]


def test_a_load_balancer_without_an_acl() -> None:
    answers = account()
    answers["wafv2"]["get_web_acl_for_resource"] = {}
    assert breaches(answers) == [
        ("waf.unprotected", {"kind": "application load balancer", "name": "iworkz-sandbox"})
    ]  # fmt: skip


def test_a_kind_that_no_acl_can_stand_before() -> None:
    answers = account()
    answers["elbv2"]["describe_load_balancers"]["LoadBalancers"][0]["Type"] = "network"
    assert breaches(answers) == [("waf.unprotectable", {"kind": "network load balancer", "name": "iworkz-sandbox"})]


def test_a_distribution_names_its_acl() -> None:
    answers = account()
    item = {"ARN": "arn:cf", "DomainName": "d1.cloudfront.net", "Enabled": True, "WebACLId": ""}
    answers["cloudfront"]["list_distributions"]["DistributionList"] = {"Items": [item]}
    assert breaches(answers) == [("waf.unprotected", {"kind": "distribution", "name": "d1.cloudfront.net"})]
    front = acl("iworkz-sandbox-cloudfront", "global")
    item["WebACLId"] = front["ARN"]
    answers["wafv2"]["get_web_acl"] = {"WebACL": front}
    logs = [logging(acl()), logging(front)]
    answers["wafv2"]["list_logging_configurations"] = {"LoggingConfigurations": logs}
    assert breaches(answers) == []


def test_an_http_api_and_an_api_stage() -> None:
    tags = {"Platform": "iworkz", "Environment": "sandbox"}
    answers = account()
    api = {"ProtocolType": "HTTP", "Name": "hooks", "ApiEndpoint": "https://x", "Tags": tags}
    answers["apigatewayv2"]["get_apis"]["Items"] = [api]
    assert breaches(answers) == [("waf.unprotectable", {"kind": "HTTP API", "name": "hooks"})]


def rule(name: str, told: dict[str, Any]) -> dict[str, Any]:
    (found,) = [one for one in told["Rules"] if one["Name"] == name]
    return found


def without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda told: told["Rules"].remove(rule(name, told))


def group(told: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = rule("AWSManagedRulesCommonRuleSet", told)["Statement"]["ManagedRuleGroupStatement"]
    return found


COMMON = {"acl": "iworkz-sandbox", "group": "AWSManagedRulesCommonRuleSet"}
DRIFT: list[tuple[Callable[[dict[str, Any]], Any], str, dict[str, Any]]] = [
    (without("AWSManagedRulesCommonRuleSet"), "waf.group_missing", COMMON),
    (
        lambda told: rule("AWSManagedRulesCommonRuleSet", told).update(OverrideAction={"Count": {}}),
        "waf.group_counts",
        COMMON,
    ),
    (
        lambda told: group(told).update(ScopeDownStatement={"GeoMatchStatement": {"CountryCodes": ["JP"]}}),
        "waf.group_scoped",
        COMMON,
    ),
    (
        lambda told: group(told)["RuleActionOverrides"].append(
            {"Name": "GenericLFI_BODY", "ActionToUse": {"Count": {}}}
        ),
        "waf.rule_counts",
        {**COMMON, "rule": "GenericLFI_BODY"},
    ),
    (
        without("SizeRestrictions_BODY-elsewhere"),
        "waf.rule_counts",
        {**COMMON, "rule": "SizeRestrictions_BODY"},
    ),
    (
        lambda told: rule("CrossSiteScripting_BODY-elsewhere", told).update(Action={"Count": {}}),
        "waf.rule_counts",
        {**COMMON, "rule": "CrossSiteScripting_BODY"},
    ),
    (without("rate-all"), "waf.no_rate_limit", {"acl": "iworkz-sandbox"}),
    (lambda told: rule("rate-all", told).update(Action={"Count": {}}), "waf.no_rate_limit", {"acl": "iworkz-sandbox"}),
    (
        lambda told: rule("rate-all", told)["Statement"]["RateBasedStatement"].update(EvaluationWindowSec=60),
        "waf.rate_too_high",
        {"acl": "iworkz-sandbox", "limit": 15000, "wanted": 5000},
    ),
]


@pytest.mark.parametrize(("change", "identifier", "params"), DRIFT)
def test_drift(change: Callable[[dict[str, Any]], Any], identifier: str, params: dict[str, Any]) -> None:
    told = acl()
    change(told)
    assert breaches(account(told)) == [(identifier, params)]


def test_no_logging_and_logging_of_credentials() -> None:
    answers = account()
    answers["wafv2"]["list_logging_configurations"] = {"LoggingConfigurations": [logging(acl(), "cookie")]}
    assert breaches(answers) == [("waf.not_redacted", {"acl": "iworkz-sandbox", "headers": "authorization"})]
    answers["wafv2"]["list_logging_configurations"] = {"LoggingConfigurations": []}
    assert breaches(answers) == [("waf.no_logging", {"acl": "iworkz-sandbox"})]


def test_an_exclusion_that_nobody_reviewed() -> None:
    late = {**DECLARED, "counting": [{"rule": "sql", "reason": "new", "until": "2026-11-20"}]}
    assert breaches(account(), late) == [("waf.review_overdue", {"rule": "sql", "until": "2026-11-20"})]


def test_unreadable_is_unknown() -> None:
    answers = account()
    del answers["wafv2"]["get_web_acl_for_resource"]
    (judgement,) = run([ITEM], world(answers, {"waf": DECLARED}), load_requirements(), checks=load_checks())
    assert judgement.verdict == "unknown"
