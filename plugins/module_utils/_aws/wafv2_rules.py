# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of web ACLs: what is wrong with them, the sets they name, whether they are as declared, what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import ARN_LENGTH
from ansible_collections.iworkz.platform.plugins.module_utils._aws.shapes import did_you_mean
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._waf.regex import problem

Rules = list[dict[str, Any]]

BY_SET = "ip_set_reference_statement"
MANAGED = "managed_rule_group_statement"
# Costs what a reference to an address set costs: stands for one that is not there yet.
STAND_IN = {"geo_match_statement": {"country_codes": ["JP"]}}


def as_text(value: Any) -> Any:
    """An answer in which strings to search for, which the API has as bytes, are text again."""
    if isinstance(value, Mapping):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def pruned(value: Any) -> Any:
    """Without what is None or an empty list: the API tells such keys or leaves them out as it likes."""
    if isinstance(value, Mapping):
        kept = {key: pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None and item != []}
    return [pruned(item) for item in value] if isinstance(value, list) else value


def same(current: Any, desired: Any) -> bool:
    """Whether two lists of rules are one: every key counts, also one that only the account has. Shield's own do not."""
    own = [rule for rule in current if not is_shields(rule)]
    return bool(_ordered(own) == _ordered(desired))


def is_shields(rule: Mapping[str, Any]) -> bool:
    """Whether Shield Advanced has put a rule there, by which it responds to attacks; a change must keep it.
    https://docs.aws.amazon.com/waf/latest/developerguide/ddos-automatic-app-layer-response-rg.html
    """
    return str(rule.get("name", "")).startswith("ShieldMitigationRuleGroup_")


def _ordered(rules: Rules) -> Any:
    return sorted(pruned(rules), key=lambda rule: rule["priority"])


def statements(rules: Rules) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every statement at every depth: name of its rule, kind, and what it says."""
    for rule in rules:
        yield from ((rule.get("name", ""), kind, told) for kind, told in _within(rule.get("statement") or {}))


def _within(statement: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, told in statement.items():
        yield kind, told
        inner = [*(told.get("statements") or []), told.get("statement"), told.get("scope_down_statement")]
        for one in inner:
            if one:
                yield from _within(one)


def errors_in(rules: Rules) -> list[str]:
    """Regular expressions that WAF refuses, names and priorities that are there twice."""
    errors = [
        f"rule {name}: regular expression {told['regex_string']!r}: {found}"
        for name, kind, told in statements(rules)
        if kind == "regex_match_statement" and (found := problem(told.get("regex_string", "")))
    ]
    for key in ("name", "priority"):
        values: list[Any] = [rule.get(key) for rule in rules]
        errors += [f"two rules have the {key} {value}" for value in sorted({v for v in values if values.count(v) > 1})]
    return errors


def resolved(rules: Rules, sets: Mapping[str, str], strict: bool) -> Rules:
    """The rules with ARNs of address sets for their names.

    :raises ReconcileError: for a name that is not there, where ``strict``.
    """

    def arn(name: str) -> str:
        if strict and name not in sets:
            raise ReconcileError(f"ip_set {name} does not exist in this scope: declare it in ip_sets")
        return sets.get(name, name)

    found: Rules = _renamed(rules, arn)
    return found


def padded(rules: Rules) -> Rules:
    """The rules as botocore can validate them: a name may be shorter than the ARN that will stand in its place."""
    found: Rules = _renamed(rules, lambda name: name.ljust(ARN_LENGTH))
    return found


def _renamed(value: Any, arn: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, arn) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: _renamed(item, arn) for key, item in value.items()}
    name = (made.get(BY_SET) or {}).get("arn", "arn:")
    if not name.startswith("arn:"):
        made[BY_SET] = {**made[BY_SET], "arn": arn(name)}
    return made


def check(client: Any, scope: str, rules: Rules, at_most: int) -> None:
    """Ask AWS what the rules cost, and whether managed groups have the rules that are overridden (reads only).

    :raises InvalidInput: where they cost more than ``at_most``, or name a rule that is not there.
    """
    errors = []
    for name, kind, told in statements(rules):
        if kind == MANAGED:
            overridden = [one["name"] for one in told.get("rule_action_overrides") or []]
            errors += [f"rule {name}: {error}" for error in _unknown(client, scope, told, overridden)]
    shape = shapes.input_shape(client, "CheckCapacity").members["Rules"]
    capacity = client.check_capacity(Scope=scope, Rules=shapes.to_api(shape, _priced(rules)))["Capacity"]
    if capacity > at_most:
        errors.append(f"the rules need {capacity} capacity units, {at_most} are allowed (maximum_capacity)")
    if errors:
        raise InvalidInput(errors)


def _unknown(client: Any, scope: str, told: Mapping[str, Any], overridden: list[str]) -> list[str]:
    if not overridden:
        return []
    answer = client.describe_managed_rule_group(VendorName=told["vendor_name"], Name=told["name"], Scope=scope)
    known = [one["Name"] for one in answer["Rules"]]
    return [f"{told['name']} has no rule {one}{did_you_mean(one, known)}" for one in overridden if one not in known]


def _priced(value: Any) -> Any:
    """The rules with a stand-in for every address set that is yet to be made."""
    if isinstance(value, list):
        return [_priced(item) for item in value]
    if isinstance(value, dict):
        if BY_SET in value and not value[BY_SET]["arn"].startswith("arn:"):
            return STAND_IN
        return {key: _priced(item) for key, item in value.items()}
    return value
