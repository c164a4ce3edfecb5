"""The status of CustomResourceDefinitions, whose resources are served as soon as they are written."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def served(crd: Object, now: str) -> Object:
    """The status of a definition whose resources are served."""
    spec, before = crd["spec"], crd.get("status") or {}
    kept = {each["type"]: each for each in before.get("conditions", ())}
    conditions = [
        kept.get(kind)
        or {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now}
        for kind, reason, message in (
            ("NamesAccepted", "NoConflicts", "no conflicts found"),
            ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        )
    ]
    storage = next(each["name"] for each in spec["versions"] if each.get("storage"))
    stored = list(dict.fromkeys([*before.get("storedVersions", ()), storage]))
    return {"conditions": conditions, "acceptedNames": spec["names"], "storedVersions": stored}
