from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.filter.waf_resources import waf_resources
from ansible_collections.iworkz.platform.plugins.module_utils._waf import regex
from ansible_collections.iworkz.platform.plugins.module_utils._waf.managed import label
from ansible_collections.iworkz.platform.plugins.module_utils._waf.review import overdue
from ansible_collections.iworkz.platform.plugins.module_utils._waf.rules import _more_than, rules
from tools.waf_table import declared

DECLARED, HOSTS = declared()
TODAY = "2026-11-22"


def resources(change: Callable[[dict[str, Any]], Any] = lambda _told: None, scope: str = "REGIONAL") -> dict[str, Any]:
    told = copy.deepcopy(DECLARED)
    change(told)
    return waf_resources(told, scope, "iworkz-sandbox", HOSTS, TODAY)


def test_names_priorities_and_metrics_are_unique_and_in_order() -> None:
    found = rules(DECLARED, HOSTS, "p")
    assert [one["priority"] for one in found] == list(range(len(found)))
    assert len({one["name"] for one in found}) == len(found)
    assert {one["name"] for one in found} == {one["visibility_config"]["metric_name"] for one in found}


def test_managed_groups_have_override_actions_and_all_others_actions() -> None:
    for one in rules(DECLARED, HOSTS, "p"):
        group = "managed_rule_group_statement" in one["statement"]
        assert ("override_action" in one, "action" in one) == (group, not group)


def test_new_rules_count_first() -> None:
    names = ["sql", "AWSManagedRulesSQLiRuleSet", "rate-all"]
    told = {**DECLARED, "counting": [{"rule": name, "reason": "new", "until": "2027-01-01"} for name in names]}
    found = {one["name"]: one for one in rules(told, HOSTS, "p")}
    assert found["sql"]["action"] == found["rate-all"]["action"] == {"count": {}}
    assert found["AWSManagedRulesSQLiRuleSet"]["override_action"] == {"count": {}}
    assert found["script"]["action"] == {"block": {}}


def test_only_the_regional_acl_associates() -> None:
    (regional,), (front,) = resources()["web_acls"], resources(scope="CLOUDFRONT")["web_acls"]
    assert (regional["associate_public"], front["associate_public"]) == (True, False)
    assert {one["scope"] for one in resources(scope="CLOUDFRONT")["ip_sets"]} == {"CLOUDFRONT"}


@pytest.mark.parametrize("number", [1, 9, 10, 99, 100, 8192, 26214400])
def test_more_than(number: int) -> None:
    pattern = re.compile(_more_than(number))
    for other in (0, 1, number - 1, number, number + 1, number * 3, number * 10, number * 10 + 7, 10**12):
        assert bool(pattern.search(f"00{other}")) == (other > number)
    assert regex.problem(_more_than(number)) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: told["patterns"][0].update(regex="(x"), "scanners: regular expression '\\(x': missing \\)"),
        (lambda told: told["patterns"][0].update(regex="a(?=b)"), "lookahead and lookbehind cannot be used"),
        (lambda told: told["exclusions"][0].update(until="2026-11-21"), "SizeRestrictions_BODY was excluded"),
        (
            lambda told: told["counting"].append({"rule": "sqll", "until": "2027-01-01"}),
            "there is no rule sqll; did you mean sql",
        ),
        (
            lambda told: told["exclusions"][0].update(group="AWSManagedRulesComonRuleSet"),
            "AWSManagedRulesComonRuleSet is none of managed_groups; did you mean AWSManagedRulesCommonRuleSet",
        ),
        (lambda told: told["rates"].append(dict(told["rates"][0])), "two rules are called rate-all"),
    ],
)
def test_bad_input(change: Callable[[dict[str, Any]], Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        resources(change)


def test_all_problems_are_told_at_once_and_no_host_is_one() -> None:
    with pytest.raises(AnsibleFilterError, match=r"no service has a public host.*was excluded"):
        waf_resources(DECLARED, "REGIONAL", "x", [], "2030-01-01")


def test_the_day_itself_is_in_time() -> None:
    assert overdue(DECLARED, date(2027, 5, 31)) == []
    assert len(overdue(DECLARED, date(2027, 6, 1))) == len(DECLARED["exclusions"])


@pytest.mark.parametrize(
    ("pattern", "refused"),
    [
        ("(?i)a+b?", None),
        (r"\(\?=x", None),
        (r"[*+]+x", None),
        (r"\\1", None),
        (r"(a)\1", "backreferences"),
        ("a++", "possessive"),
        ("(?>a)", "atomic"),
        ("(?<!a)b", "lookbehind"),
        ("(?P<n>a)", "named groups"),
        (r"\Kx", "\\\\K"),
        ("", "bytes"),
        ("[a", "unterminated character set"),
    ],
)
def test_regular_expressions(pattern: str, refused: str | None) -> None:
    found = regex.problem(pattern)
    assert found is None if refused is None else re.search(refused, found or "")


def test_labels() -> None:
    assert label("AWSManagedRulesCommonRuleSet", "SizeRestrictions_Cookie_HEADER") == (
        "awswaf:managed:aws:core-rule-set:SizeRestrictions_Cookie_Header"
    )
    assert label("AWSManagedRulesCommonRuleSet", "UserAgent_BadBots_HEADER").endswith(":BadBots_Header")
    assert label("AWSManagedRulesAnonymousIpList", "HostingProviderIPList").endswith(":HostingProviderIPList")
