# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Item 2.1.3.3: a web ACL before every public entry point, that blocks what it must and logs without credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._waf_facts import (
    LABEL,
    MANAGED,
    RATE,
    Acl,
    protection,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._waf.managed import NAMESPACES, label
from ansible_collections.iworkz.platform.plugins.module_utils._waf.review import overdue

DEFAULT_WINDOW = 300


@check("2.1.3.3")
def entry_points_behind_web_acls(world: World, required: dict[str, Any]) -> Finding:
    """Every public load balancer, API and distribution of the platform, and what the ACL before it does."""
    found = world.once(protection)
    if not found:
        return Finding({"entry_points": {}}, (Breach("waf.no_entry_point", {}),))
    breaches = [
        Breach("waf.unprotected" if entry.regional or entry.kind == "distribution" else "waf.unprotectable", params)
        for entry, acl in found.values()
        if acl is None and (params := {"kind": entry.kind, "name": entry.name})
    ]
    acls = {acl.told["ARN"]: acl for _entry, acl in found.values() if acl is not None}
    for acl in acls.values():
        breaches += _acl_breaches(acl, required)
    breaches += [
        Breach("waf.review_overdue", {"rule": rule, "until": until})
        for rule, until in overdue(world.platform.declared["waf"], world.now.date())
    ]
    observed = {
        "entry_points": {entry.name: acl.name if acl else None for entry, acl in found.values()},
        "web_acls": {acl.name: _told(acl) for acl in acls.values()},
    }
    return Finding(observed, tuple(breaches))


def _told(acl: Acl) -> dict[str, Any]:
    return {
        "capacity": acl.told["Capacity"],
        "rules": {rule["Name"]: _action(rule) for rule in acl.told["Rules"]},
        "logs_to": (acl.logging or {}).get("LogDestinationConfigs", []),
        "redacted": sorted(acl.redacted),
    }


def _action(rule: Mapping[str, Any]) -> str:
    """What a rule does when it matches; a group's rules do what they are made for unless they only count."""
    (action,) = rule.get("Action") or rule["OverrideAction"]
    return str({"None": "as its rules say"}.get(action, action.lower()))


def _acl_breaches(acl: Acl, required: Mapping[str, Any]) -> Iterator[Breach]:
    groups = {told["Name"]: (rule, told) for rule, told in acl.rules(MANAGED)}
    for name in required["managed_groups"]:
        if name not in groups:
            yield Breach("waf.group_missing", {"acl": acl.name, "group": name})
            continue
        rule, told = groups[name]
        if "Count" in rule["OverrideAction"]:
            yield Breach("waf.group_counts", {"acl": acl.name, "group": name})
        if "ScopeDownStatement" in told:
            yield Breach("waf.group_scoped", {"acl": acl.name, "group": name})
        for one in _not_blocking(acl, rule, told):
            yield Breach("waf.rule_counts", {"acl": acl.name, "group": name, "rule": one})
    yield from _rate_breaches(acl, required)
    if acl.logging is None:
        yield Breach("waf.no_logging", {"acl": acl.name})
    elif not acl.redacted >= set(required["redacted_headers"]):
        names = ", ".join(sorted(set(required["redacted_headers"]) - acl.redacted))
        yield Breach("waf.not_redacted", {"acl": acl.name, "headers": names})


def _not_blocking(acl: Acl, group: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    """Rules of a group that only count, and by whose label no later rule blocks."""
    later = {
        key
        for rule in acl.told["Rules"]
        if rule["Priority"] > group["Priority"] and "Block" in (rule.get("Action") or {})
        for key in _labels(rule["Statement"])
    }
    overridden = [one["Name"] for one in told.get("RuleActionOverrides", []) if "Block" not in one["ActionToUse"]]
    for name in [*overridden, *(one["Name"] for one in told.get("ExcludedRules", []))]:
        if told["Name"] not in NAMESPACES or label(told["Name"], name) not in later:
            yield name


def _labels(statement: Mapping[str, Any]) -> Iterator[str]:
    """Labels that a statement asks for, alone or besides others."""
    if LABEL in statement:
        yield statement[LABEL]["Key"]
    for one in statement.get("AndStatement", {}).get("Statements", []):
        yield from _labels(one)


def _rate_breaches(acl: Acl, required: Mapping[str, Any]) -> Iterator[Breach]:
    """The loosest limit that holds for all requests of an address, in requests in five minutes."""
    limits = [
        told["Limit"] * DEFAULT_WINDOW / told.get("EvaluationWindowSec", DEFAULT_WINDOW)
        for rule, told in acl.rules(RATE)
        if "Block" in rule["Action"] and "ScopeDownStatement" not in told and told["AggregateKeyType"] == "IP"
    ]
    if not limits:
        yield Breach("waf.no_rate_limit", {"acl": acl.name})
    elif min(limits) > required["requests_per_five_minutes"]:
        params = {"acl": acl.name, "limit": round(min(limits)), "wanted": required["requests_per_five_minutes"]}
        yield Breach("waf.rate_too_high", params)
