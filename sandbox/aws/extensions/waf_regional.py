"""WAF Classic: can be read, as scanners do, and holds nothing. AWS lets nobody make anything new in it.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-migrating-caveats.html
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation


# https://docs.aws.amazon.com/waf/latest/APIReference/API_wafRegional_ListWebACLs.html
@operation("waf-regional", "ListWebACLs")
def web_acls(call: Call) -> dict[str, Any]:
    return {"WebACLs": []}


# https://docs.aws.amazon.com/waf/latest/APIReference/API_wafRegional_ListRules.html
@operation("waf-regional", "ListRules")
def rules(call: Call) -> dict[str, Any]:
    return {"Rules": []}


# https://docs.aws.amazon.com/waf/latest/APIReference/API_wafRegional_ListRuleGroups.html
@operation("waf-regional", "ListRuleGroups")
def rule_groups(call: Call) -> dict[str, Any]:
    return {"RuleGroups": []}
