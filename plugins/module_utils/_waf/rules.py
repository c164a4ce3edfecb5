# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules of a web ACL, built from ``platform_waf`` (``group_vars/all/waf.yml`` says what its keys mean).

What is cheap to judge comes first; AWS's groups come last, and after them what their exclusions leave of the rules they
exclude: an excluded rule only counts and labels, and our rule blocks by that label everywhere but at the places named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._waf.managed import label

Rule = dict[str, Any]

# Part as it is declared: the field it stands for.
PARTS: dict[str, dict[str, Any]] = {
    "path": {"uri_path": {}},
    "query": {"query_string": {}},
    "body": {"body": {"oversize_handling": "CONTINUE"}},
    "method": {"method": {}},
    "headers": {"headers": {"match_pattern": {"all": {}}, "match_scope": "VALUE", "oversize_handling": "CONTINUE"}},
    "cookies": {"cookies": {"match_pattern": {"all": {}}, "match_scope": "VALUE", "oversize_handling": "CONTINUE"}},
    **{name: {"single_header": {"name": name.replace("_", "-")}} for name in ("content_length", "host", "user_agent")},
}
NONE = ("NONE",)
TOO_MANY = 429


def rules(declared: Mapping[str, Any], hosts: Sequence[str], prefix: str) -> list[Rule]:
    """Complete rules in snake case, in the order of their priorities.

    :param hosts: hosts that are served; requests for any other are blocked.
    :param prefix: the platform's, with which the names of its address sets begin.
    """
    counting = {one["rule"] for one in declared["counting"]}
    return [
        {
            "name": name,
            "priority": priority,
            "visibility_config": visibility(name),
            **_act(rule, name in counting),
        }
        for priority, (name, rule) in enumerate(_all(declared, hosts, prefix))
    ]


def names(declared: Mapping[str, Any], hosts: Sequence[str], prefix: str) -> list[str]:
    return [name for name, _rule in _all(declared, hosts, prefix)]


def visibility(name: str) -> dict[str, Any]:
    return {"sampled_requests_enabled": True, "cloud_watch_metrics_enabled": True, "metric_name": name}


def _all(declared: Mapping[str, Any], hosts: Sequence[str], prefix: str) -> Iterator[tuple[str, Rule]]:
    for version in declared["blocked_addresses"]:
        yield f"addresses-{version}", {"statement": {"ip_set_reference_statement": {"arn": f"{prefix}-{version}"}}}
    if declared["blocked_countries"]:
        yield "countries", {"statement": {"geo_match_statement": {"country_codes": declared["blocked_countries"]}}}
    known = f"(?i)^({'|'.join(re.escape(host) for host in hosts)})(:443)?$"
    yield "hosts", {"statement": {"not_statement": {"statement": _regex("host", known)}}}
    methods = f"^({'|'.join(declared['methods'])})$"
    yield "methods", {"statement": {"not_statement": {"statement": _regex("method", methods)}}}
    yield "sizes", {"statement": _any([_larger(part, size) for part, size in declared["sizes"].items()])}
    for pattern in declared["patterns"]:
        parts = [_regex(part, pattern["regex"], pattern.get("decode", NONE)) for part in pattern["parts"]]
        yield pattern["name"], {"statement": _any(parts)}
    for rate in declared["rates"]:
        yield (
            rate["name"],
            {"statement": _rate(rate), "action": {"block": {"custom_response": {"response_code": TOO_MANY}}}},
        )
    for group in declared["managed_groups"]:
        yield group["name"], _group(group, [one for one in declared["exclusions"] if one["group"] == group["name"]])
    excluded = dict.fromkeys((one["group"], one["rule"]) for one in declared["exclusions"])
    for group, rule in excluded:
        places = [_place(one) for one in declared["exclusions"] if (one["group"], one["rule"]) == (group, rule)]
        labelled = {"label_match_statement": {"scope": "LABEL", "key": label(group, rule)}}
        yield f"{rule}-elsewhere", {"statement": _every([labelled, {"not_statement": {"statement": _any(places)}}])}


def _act(rule: Rule, counts: bool) -> Rule:
    if "managed_rule_group_statement" in rule["statement"]:
        return {**rule, "override_action": {"count" if counts else "none": {}}}
    return {**rule, "action": {"count": {}} if counts else rule.get("action", {"block": {}})}


def _group(group: Mapping[str, Any], exclusions: Sequence[Mapping[str, Any]]) -> Rule:
    overrides = [
        {"name": name, "action_to_use": {"count": {}}} for name in dict.fromkeys(one["rule"] for one in exclusions)
    ]
    return {
        "statement": {
            "managed_rule_group_statement": {
                "vendor_name": "AWS",
                "name": group["name"],
                **({"rule_action_overrides": overrides} if overrides else {}),
                **({"managed_rule_group_configs": group["configs"]} if "configs" in group else {}),
            }
        }
    }


def _rate(rate: Mapping[str, Any]) -> Rule:
    place = [] if rate.keys().isdisjoint({"hosts", "methods", "paths"}) else [_place(rate)]
    return {
        "rate_based_statement": {
            "limit": rate["limit"],
            "evaluation_window_sec": rate["window_seconds"],
            "aggregate_key_type": "IP",
            **({"scope_down_statement": place[0]} if place else {}),
        }
    }


def _place(told: Mapping[str, Any]) -> Rule:
    """Requests with one of the hosts, methods and beginnings of a path; what is not told may be any."""
    found = [
        _regex(part, f"(?i)^({'|'.join(re.escape(one) for one in told[key])}){end}")
        for key, part, end in (("hosts", "host", "(:443)?$"), ("methods", "method", "$"))
        if key in told
    ]
    if "paths" in told:
        found.append(_regex("path", f"^({'|'.join(re.escape(one) for one in told['paths'])})"))
    return _every(found)


def _larger(part: str, size: int) -> Rule:
    """Larger than so many bytes. A body is as large as its header says: WAF is shown the beginning only."""
    if part == "body":
        return _regex("content_length", _more_than(size))
    return {
        "size_constraint_statement": {
            "field_to_match": _strict(PARTS[part]),
            "comparison_operator": "GT",
            "size": size,
            "text_transformations": _transformations(NONE),
        }
    }


def _more_than(number: int) -> str:
    """A regular expression of the decimal numbers greater than a positive one."""
    digits = str(number)
    longer = f"[1-9][0-9]{{{len(digits)},}}"
    larger = [
        f"{digits[:at]}[{int(digit) + 1}-9][0-9]{{{len(digits) - at - 1}}}"
        for at, digit in enumerate(digits)
        if digit != "9"
    ]
    return f"^0*({'|'.join([longer, *larger])})$"


def _strict(field: Rule) -> Rule:
    """The field, where what is beyond WAF's own limit is too large, too."""
    return {
        name: {**options, "oversize_handling": "MATCH"} if "oversize_handling" in options else options
        for name, options in field.items()
    }


def _regex(part: str, pattern: str, decode: Sequence[str] = NONE) -> Rule:
    return {
        "regex_match_statement": {
            "regex_string": pattern,
            "field_to_match": PARTS[part],
            "text_transformations": _transformations(decode),
        }
    }


def _transformations(types: Sequence[str]) -> list[Rule]:
    return [{"priority": priority, "type": kind} for priority, kind in enumerate(types)]


def _any(statements: list[Rule]) -> Rule:
    return statements[0] if len(statements) == 1 else {"or_statement": {"statements": statements}}


def _every(statements: list[Rule]) -> Rule:
    return statements[0] if len(statements) == 1 else {"and_statement": {"statements": statements}}
