# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a Flux object says of itself: whether it is ready, and if it isn't, why, and whether waiting may help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Object = Mapping[str, Any]


def condition(item: Object, kind: str) -> Mapping[str, Any] | None:
    """The condition of that type, None where the object has none."""
    found: list[Mapping[str, Any]] = item.get("status", {}).get("conditions") or []
    return next((one for one in found if one["type"] == kind), None)


def is_true(item: Object, kind: str) -> bool:
    found = condition(item, kind)
    return found is not None and found["status"] == "True"


def is_ready(item: Object) -> bool:
    """Whether the object as it is declared now is ready: an older generation's word does not count."""
    return is_true(item, "Ready") and item["status"].get("observedGeneration") == item["metadata"].get("generation")


def has_given_up(item: Object) -> bool:
    """Whether its controller does no more until somebody changes something: suspended, or stalled as it is now."""
    if item.get("spec", {}).get("suspend"):
        return True
    stalled = condition(item, "Stalled")
    if stalled is None or stalled["status"] != "True":
        return False
    return bool(item["status"].get("observedGeneration") == item["metadata"].get("generation"))


def explanation(item: Object) -> str:
    """What the controller says about an object that is not ready, in one line."""
    if item.get("spec", {}).get("suspend"):
        return "it is suspended"
    ready = condition(item, "Ready")
    if ready is None:
        return "no controller has looked at it yet: are the controllers of Flux running?"
    if is_true(item, "Ready"):
        return "the controller has not come to its last change yet"
    return " ".join(f"{ready.get('reason', '')}: {ready.get('message', '')}".split())


def unready(items: Iterable[Object]) -> list[dict[str, Any]]:
    """The objects that are not ready as ``name``, ``stalled`` and ``text`` (name, explanation), by name."""
    return [
        {"name": name, "stalled": has_given_up(item), "text": f"{name}: {explanation(item)}"}
        for name, item in sorted((item["metadata"]["name"], item) for item in items if not is_ready(item))
    ]
