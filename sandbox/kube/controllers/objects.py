"""Small readings of objects, and the ways controllers write into them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]

FAULT = "sandbox.iworkz.jp/fault"
"""Of a pod template: image-pull, crash-loop, unready, or slow (ready after READY_AFTER seconds)."""
READY_AFTER = "sandbox.iworkz.jp/ready-after"

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def labels(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def notes(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("annotations") or {}


def namespace(obj: Object) -> str:
    return obj["metadata"].get("namespace", "")


def name(obj: Object) -> str:
    return obj["metadata"]["name"]


def leaving(obj: Object) -> bool:
    """Whether it is being deleted."""
    return "deletionTimestamp" in obj["metadata"]


def controller(obj: Object) -> Object | None:
    """The owner reference of the controller."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return reference
    return None


def reference(owner: Object) -> Object:
    """The owner reference of what a controller makes for `owner`."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": name(owner),
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def digest(*parts: Any) -> str:
    """A short stable name of some JSON, in the letters Kubernetes uses for such."""
    number = int.from_bytes(hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()[:8])
    return "".join(_ALPHABET[number // 27**power % 27] for power in range(10))


def stamp(now: float) -> str:
    return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(timestamp: str) -> float:
    """Unix time of what the API shows."""
    return datetime.fromisoformat(timestamp).timestamp()


def condition(obj: Object, kind: str) -> Object:
    """A condition of an object's status, {} when it has none such."""
    for found in (obj.get("status") or {}).get("conditions") or ():
        if found["type"] == kind:
            return found
    return {}


def holds(obj: Object, kind: str) -> bool:
    return condition(obj, kind).get("status") == "True"


def ready(pod: Object) -> bool:
    return holds(pod, "Ready")


def finished(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def with_condition(
    found: list[Object] | None,
    now: float,
    kind: str,
    status: bool | str,
    reason: str = "",
    message: str = "",
    **other: Any,
) -> list[Object]:
    """The conditions with one set; its lastTransitionTime changes with its status only."""
    value = status if isinstance(status, str) else str(status)
    before = next((each for each in found or () if each["type"] == kind), {})
    since = before.get("lastTransitionTime") if before.get("status") == value else None
    one = {"type": kind, "status": value, "lastTransitionTime": since or stamp(now), **other}
    if reason:
        one.update(reason=reason, message=message)
    kept = [one if each["type"] == kind else each for each in found or ()]
    return kept if before else [*kept, one]
