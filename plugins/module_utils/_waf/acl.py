# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a web ACL does with a request: its rules in the order of their priorities, up to the first that ends it.

https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-rule-actions.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._waf.managed import label
from ansible_collections.iworkz.platform.plugins.module_utils._waf.request import Request
from ansible_collections.iworkz.platform.plugins.module_utils._waf.statements import Surroundings, matches
from ansible_collections.iworkz.platform.plugins.module_utils._waf.transformations import Undecidable

MANAGED = "managed_rule_group_statement"


@dataclass
class Outcome:
    """``action`` is block, allow, captcha or challenge; ``rule`` what decided (empty: the default action).

    ``counted`` are rules that matched and only counted; ``undecided`` those that only AWS can judge, by what they are:
    where there are any before the end, AWS may have blocked by them what passed here.
    """

    action: str = "allow"
    rule: str = ""
    counted: list[str] = field(default_factory=list)
    undecided: dict[str, str] = field(default_factory=dict)


def evaluate(
    acl: Mapping[str, Any],
    request: Request,
    around: Surroundings,
    managed: Mapping[str, Collection[str]] | None = None,
) -> Outcome:
    """
    :param acl: a web ACL in snake case, as the module aws_wafv2 takes it.
    :param managed: rules of managed groups that are known to match this request, by group. With it given, even empty,
        managed groups match by these rules and by nothing else; without, they are undecided.
    """
    case = _Case(request, around, managed)
    for rule in sorted(acl["rules"], key=lambda one: one["priority"]):
        try:
            action = case.action(rule)
        except Undecidable as error:
            case.outcome.undecided[rule["name"]] = str(error)
            continue
        if action == "count":
            case.outcome.counted.append(rule["name"])
        elif action:
            case.outcome.action, case.outcome.rule = action, rule["name"]
            return case.outcome
    (case.outcome.action,) = acl["default_action"]
    return case.outcome


@dataclass
class _Case:
    """One request on its way through the rules."""

    request: Request
    around: Surroundings
    managed: Mapping[str, Collection[str]] | None
    outcome: Outcome = field(default_factory=Outcome)

    def action(self, rule: Mapping[str, Any]) -> str:
        """The action of a rule that matches, empty if it does not."""
        if MANAGED in rule["statement"]:
            return self._of_group(rule)
        if not matches(rule["statement"], self.request, self.around):
            return ""
        self.around.labels |= {self.around.own_namespace + one["name"] for one in rule.get("rule_labels") or []}
        (action,) = rule["action"]
        return str(action)

    def _of_group(self, rule: Mapping[str, Any]) -> str:
        told = rule["statement"][MANAGED]
        if self.managed is None:
            raise Undecidable(f"managed group {told['name']}")
        scope = told.get("scope_down_statement")
        if scope is not None and not matches(scope, self.request, self.around):
            return ""
        overrides = {one["name"]: next(iter(one["action_to_use"])) for one in told.get("rule_action_overrides") or []}
        action = ""
        for name in self.managed.get(told["name"], ()):
            self.around.labels.add(label(told["name"], name))
            found = overrides.get(name, "block")
            if found == "count":
                self.outcome.counted.append(f"{told['name']}/{name}")
            elif not action:
                action = found
        return "count" if action and "count" in (rule.get("override_action") or {}) else action
