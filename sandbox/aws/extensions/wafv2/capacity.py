"""What rules cost, and what WAF refuses in them.

Web ACL capacity units: https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements-match.html and the
pages of each statement.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions.wafv2.managed import group

MOST = 5000
BYTE_MATCH = {"EXACTLY": 2, "STARTS_WITH": 2, "ENDS_WITH": 2, "CONTAINS": 10, "CONTAINS_WORD": 10}
PER_TRANSFORMATION = 10
ALL_ARGUMENTS = 10
RATE_BASED, PER_CUSTOM_KEY = 2, 30
ANY_POSITION = 4
FLAT = {"GeoMatchStatement": 1, "AsnMatchStatement": 1, "LabelMatchStatement": 1}
BASE = {"SizeConstraintStatement": 1, "RegexMatchStatement": 3, "RegexPatternSetReferenceStatement": 25}
REFUSED = re.compile(r"\(\?<?[=!]|(?<!\\)(?:\\\\)*\\[1-9]|\(\?>|\(\?P?[<'](?![=!])|[*+?}]\+")
CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")


def capacity(call: Call, rules: list[dict[str, Any]]) -> int:
    """
    :raises AwsError: WAFInvalidParameterException and WAFNonexistentItemException, as WAF checks rules before it takes
        them; WAFLimitsExceededException where they cost more than a web ACL may.
    """
    for key in ("Name", "Priority"):
        values = [rule[key] for rule in rules]
        if len({*values}) < len(values):
            raise invalid(key.upper(), f"two rules have the same {key.lower()}")
    total = sum(_cost(call, rule["Statement"]) for rule in rules)
    if total > MOST:
        message = (
            f"AWS WAF couldn't perform the operation because you exceeded your resource limit: {total} > {MOST} WCUs."
        )
        raise AwsError("WAFLimitsExceededException", message)
    return total


def invalid(field: str, reason: str) -> AwsError:
    message = f"Error reason: {reason}, field: {field}, parameter: "
    return AwsError("WAFInvalidParameterException", message, Field=field, Reason=reason)


def _cost(call: Call, statement: dict[str, Any]) -> int:
    if len(statement) != 1:
        raise invalid("STATEMENT", "You must specify exactly one statement")
    ((kind, told),) = statement.items()
    if kind in FLAT:
        return FLAT[kind]
    match kind:
        case "AndStatement" | "OrStatement":
            if len(told["Statements"]) < 2:
                raise invalid(kind.upper(), "You must specify at least two statements")
            return sum(_cost(call, one) for one in told["Statements"])
        case "NotStatement":
            return _cost(call, told["Statement"])
        case "ManagedRuleGroupStatement":
            return group(told)[0] + _scope(call, told)
        case "RateBasedStatement":
            return RATE_BASED + PER_CUSTOM_KEY * len(told.get("CustomKeys", [])) + _scope(call, told)
        case "IPSetReferenceStatement":
            _require(call, told["ARN"], "ip_sets")
            return 1 + (ANY_POSITION if told.get("IPSetForwardedIPConfig", {}).get("Position") == "ANY" else 0)
        case "RuleGroupReferenceStatement":
            return int(_require(call, told["ARN"], "rule_groups").capacity)
    return _matching(call, kind, told)


def _scope(call: Call, told: dict[str, Any]) -> int:
    return _cost(call, told["ScopeDownStatement"]) if "ScopeDownStatement" in told else 0


def _matching(call: Call, kind: str, told: dict[str, Any]) -> int:
    """A statement that looks at a component of the request."""
    if kind == "RegexMatchStatement":
        check_regex(told["RegexString"])
    if kind == "RegexPatternSetReferenceStatement":
        _require(call, told["ARN"], "regex_pattern_sets")
    if kind == "ByteMatchStatement":
        base = BYTE_MATCH[told["PositionalConstraint"]]
    elif kind == "SqliMatchStatement":
        base = 30 if told.get("SensitivityLevel") == "HIGH" else 20
    else:
        base = {**BASE, "XssMatchStatement": 40}[kind]
    field = told["FieldToMatch"]
    if "JsonBody" in field:
        base *= 2
    priorities = [one["Priority"] for one in told["TextTransformations"]]
    if not priorities or len({*priorities}) < len(priorities):
        raise invalid("TEXT_TRANSFORMATION", "There must be one, and their priorities must differ")
    real = sum(one["Type"] != "NONE" for one in told["TextTransformations"])
    return base + (ALL_ARGUMENTS if "AllQueryArguments" in field else 0) + PER_TRANSFORMATION * real


def check_regex(pattern: str) -> None:
    """https://docs.aws.amazon.com/waf/latest/developerguide/waf-regex-pattern-support.html."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise invalid("REGEX_STRING", f"The regular expression is not valid: {error}") from None
    if REFUSED.search(CLASS.sub("x", pattern)):
        raise invalid("REGEX_STRING", "The regular expression has a construct that AWS WAF does not support")


def _require(call: Call, arn: str, kind: str) -> Any:
    region = "global" if ":global/" in arn else call.region
    found = getattr(call.backend(region=region), kind).get(arn)
    if found is None:
        message = f"AWS WAF couldn't perform the operation because your resource doesn't exist: {arn}"
        raise AwsError("WAFNonexistentItemException", message)
    return found
