"""Trust policies of roles, as far as they are about tokens of identity providers.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from sandbox.aws.call import UnsupportedError
from sandbox.aws.documents import as_list

ACTION = "sts:AssumeRoleWithWebIdentity"
Context = Mapping[str, list[str]]
"""{condition key in lower case: its values}."""

Match = Callable[[str, str], bool]
"""(value of the request, value of the policy)."""
MATCHES: dict[str, Match] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": lambda value, wanted: fnmatchcase(value, wanted.replace("[", "[[]")),
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
}


def allows(policy: dict[str, Any], provider: str, context: Context) -> bool:
    """Whether a trust policy lets tokens of a provider (its ARN) assume the role: an Allow matches, and no Deny."""
    effects = {
        statement.get("Effect")
        for statement in as_list(policy.get("Statement"))
        if _is_about(statement, provider) and _holds(statement.get("Condition", {}), context)
    }
    return "Allow" in effects and "Deny" not in effects


def _is_about(statement: dict[str, Any], provider: str) -> bool:
    principal = statement.get("Principal")
    federated = as_list(principal.get("Federated")) if isinstance(principal, dict) else as_list(principal)
    actions = as_list(statement.get("Action"))
    return any(fnmatchcase(ACTION.lower(), action.lower()) for action in actions) and (
        provider in federated or "*" in federated
    )


def _holds(conditions: dict[str, dict[str, Any]], context: Context) -> bool:
    return all(
        compares(operator, context.get(key.lower(), []), [str(one) for one in as_list(wanted)])
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def compares(operator: str, values: list[str], wanted: list[str]) -> bool:
    """Whether the values of a key of the request meet a condition of a policy."""
    quantifier, _, name = operator.rpartition(":")
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if name == "Null":
        return (not values) == (wanted[0].lower() == "true")
    positive = NEGATED.get(name, name)
    if positive not in MATCHES or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        raise UnsupportedError(f"the condition operator {operator} in a trust policy")
    if not values:
        return optional or quantifier == "ForAllValues" or (name in NEGATED and not quantifier)
    return _quantified(quantifier, name in NEGATED, (_matches_any(MATCHES[positive], one, wanted) for one in values))


def _matches_any(match: Match, value: str, wanted: list[str]) -> bool:
    return any(match(value, one) for one in wanted)


def _quantified(quantifier: str, negated: bool, matched: Iterable[bool]) -> bool:
    """Without a quantifier a value is single; of several audiences of a token one is enough."""
    results = [one != negated for one in matched]
    return all(results) if quantifier == "ForAllValues" or (negated and not quantifier) else any(results)
