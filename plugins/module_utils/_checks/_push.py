# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may push images, read from trust, role and repository policies. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_document import listed

PUSH_ACTIONS = ("ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")
ASSUME = "sts:assumerolewithwebidentity"
# Operators by which a deny spares the principals it names.
SPARING = frozenset({"arnnotequals", "arnnotlike", "stringnotequals", "stringnotlike"})


def statements(policy: Mapping[str, Any], effect: str) -> Iterator[dict[str, Any]]:
    for statement in listed(policy["Statement"]):
        if statement["Effect"] == effect:
            yield statement


def covers_push(statement: Mapping[str, Any]) -> bool:
    """Whether the statement is about every action that a push takes."""
    patterns = [str(pattern).lower() for pattern in listed(statement.get("Action"))]
    return all(any(fnmatchcase(action.lower(), pattern) for pattern in patterns) for action in PUSH_ACTIONS)


def spared(policy: Mapping[str, Any]) -> set[str] | None:
    """ARNs that a repository policy lets push by denying everybody else; None where somebody else is not denied.

    Several such statements spare only whom all of them spare. A deny that depends on anything else doesn't count.
    """
    found: set[str] | None = None
    for statement in statements(policy, "Deny"):
        everybody = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        if not everybody or not covers_push(statement):
            continue
        names = _spared_by(statement.get("Condition", {}))
        if names is not None:
            found = names if found is None else found & names
    return found


def _spared_by(condition: Mapping[str, Mapping[str, Any]]) -> set[str] | None:
    if not condition:
        return set()
    terms = [
        (operator.lower(), key.lower(), value) for operator, keys in condition.items() for key, value in keys.items()
    ]
    if len(terms) != 1 or terms[0][0] not in SPARING or terms[0][1] != "aws:principalarn":
        return None
    return {str(name) for name in listed(terms[0][2])}


def trusts(trust: Mapping[str, Any], provider: str) -> bool:
    """Whether a trust policy lets in anybody whom the provider vouches for."""
    return any(provider in _federated(statement) for statement in statements(trust, "Allow"))


def subjects(trust: Mapping[str, Any], provider: str, issuer: str, audience: str) -> set[str] | None:
    """Who may assume the role: subjects by exact name; None where the trust lets in anybody not so named.

    :param issuer: the provider's address without ``https://``, the prefix of its condition keys.
    """
    found: set[str] = set()
    for statement in statements(trust, "Allow"):
        actions = [str(action).lower() for action in listed(statement.get("Action"))]
        conditions = statement.get("Condition", {})
        exact = {key: listed(value) for key, value in conditions.get("StringEquals", {}).items()}
        named = exact.get(f"{issuer}:sub")
        if (
            statement.get("Principal") not in ({"Federated": provider}, {"Federated": [provider]})
            or actions != [ASSUME]
            or exact.get(f"{issuer}:aud") != [audience]
            or not named
        ):
            return None
        found |= {str(name) for name in named}
    return found


def may_push(policies: Collection[Mapping[str, Any]], repository_arn: str) -> bool:
    """Whether one of a role's policies allows a push to the repository."""
    return any(
        covers_push(statement) and any(fnmatchcase(repository_arn, str(p)) for p in listed(statement.get("Resource")))
        for policy in policies
        for statement in statements(policy, "Allow")
    )


def _federated(statement: Mapping[str, Any]) -> list[Any]:
    principal = statement.get("Principal")
    return listed(principal.get("Federated")) if isinstance(principal, Mapping) else []
