"""Changes: PENDING for a moment, then INSYNC. moto knows no change and calls all of them INSYNC."""

from __future__ import annotations

import copy
import secrets
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

GLOBAL = "global"
KIND = "route53.change"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
LENGTH = 20


def everywhere(call: Call) -> Call:
    """The call as one without a region, for transitions that are seen from all of them."""
    seen = copy.copy(call)
    seen.region = GLOBAL
    return seen


def begin(call: Call, comment: str | None = None) -> dict[str, Any]:
    """A new change, as it is told."""
    name = "C" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    change = {"SubmittedAt": datetime.now(UTC), **({"Comment": comment} if comment else {})}
    call.store("route53.changes", GLOBAL)[name] = change
    everywhere(call).begin(KIND, name, "PENDING")
    return _shown(call, name)


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html
@operation("route53", "GetChange")
def get(call: Call) -> dict[str, Any]:
    name = call.params["Id"].removeprefix("/change/")
    if name not in call.store("route53.changes", GLOBAL):
        raise AwsError("NoSuchChange", f"A change with id {name} does not exist.")
    return {"ChangeInfo": _shown(call, name)}


def _shown(call: Call, name: str) -> dict[str, Any]:
    change = call.store("route53.changes", GLOBAL)[name]
    return {"Id": f"/change/{name}", "Status": everywhere(call).state(KIND, name, "INSYNC"), **change}
