# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Policy documents of IAM: what they allow without bounds, and how long they may be. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

# Characters, white space left out: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MANAGED_SIZE = 6144
TRUST_SIZE = 2048
ROLE_INLINE_SIZE = 10240
GROUP_INLINE_SIZE = 5120
"""Of all inline policies of a role or group together."""


def listed(value: Any) -> list[Any]:
    """Elements of a policy are one value or a list of them."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def allowed(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The statements that allow something."""
    return (one for one in listed(document.get("Statement")) if one.get("Effect") == "Allow")


def unbounded(document: Mapping[str, Any]) -> list[str]:
    """Actions with a wildcard that a document allows on all resources; ``NotAction`` counts as all the others."""
    found = []
    for statement in allowed(document):
        if "NotResource" not in statement and "*" not in listed(statement.get("Resource")):
            continue
        found += [str(action) for action in listed(statement.get("Action")) if "*" in str(action)]
        found += [f"all but {', '.join(map(str, listed(statement['NotAction'])))}"] if "NotAction" in statement else []
    return found


def almighty(document: Mapping[str, Any]) -> bool:
    """Whether it allows all that there is, all of a service, or all but something, on all resources."""
    return any(action == "*" or action.endswith(":*") or " " in action for action in unbounded(document))


def size(*documents: Any) -> int:
    """Characters that count against the quotas."""
    return sum(len(json.dumps(document, separators=(",", ":"))) for document in documents)


def errors_in(name: str, document: Any, limit: int | None = None) -> list[str]:
    """What is wrong with a document that a parameter holds: told before anything is changed."""
    if not isinstance(document, dict):
        return [f"{name} must be a policy document"]
    errors = [
        f"{name} allows {action} on all resources: name the actions, or the resources" for action in unbounded(document)
    ]
    if limit is not None and size(document) > limit:
        errors.append(f"{name} is {size(document)} characters long, and IAM takes {limit}: split it")
    return errors


def inline_errors(item: Mapping[str, Any], limit: int) -> list[str]:
    """The same of all ``inline_policies`` (documents by name) of a role or group."""
    inline = item.get("inline_policies") or {}
    errors = [error for name, document in inline.items() for error in errors_in(f"inline_policies.{name}", document)]
    if size(*inline.values()) > limit:
        errors.append(f"inline_policies are {size(*inline.values())} characters long, and IAM takes {limit}")
    return errors
