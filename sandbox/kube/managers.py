"""metadata.managedFields: one entry per manager, operation, version and subresource."""

from __future__ import annotations

from typing import Any

from sandbox.kube.errors import apply_conflict
from sandbox.kube.fields import Fields, compare, contested, managed_by, merge, minus, paths, prune, union
from sandbox.kube.schema import Node

Object = dict[str, Any]
Entries = list[Object]


def applied_over(
    node: Node, old: Object | None, applied: Object, manager: str, api_version: str, part: str, force: bool, now: str
) -> tuple[Object, Entries]:
    """(the object as it is to be, its entries) after server-side apply over `old`, None when there is none.

    Fields that the manager applied before and doesn't any more go, unless someone else manages them. ApiError 409
    lists the fields that others manage and that would change, unless forced.
    """
    mine = managed_by(node, applied)
    live = old or {}
    entries: Entries = live.get("metadata", {}).get("managedFields", [])
    own = next((each for each in entries if _is(each, manager, "Apply", part)), None)
    others: Entries = []
    conflicts: dict[str, list[str]] = {}
    kept: Fields | None = mine
    for each in entries:
        if each is own:
            continue
        theirs: Fields | None = each["fieldsV1"]
        taken = None if mine is None or theirs is None else contested(node, mine, theirs, live, applied)
        if taken is not None:
            conflicts[_told(each)] = list(paths(taken))
            theirs = minus(theirs, taken)
        if theirs is not None:
            others.append(each if theirs is each["fieldsV1"] else {**each, "fieldsV1": theirs})
            kept = union(kept, theirs)
    if conflicts and not force:
        raise apply_conflict(conflicts)
    merged = merge(node, live, applied) if old else applied
    gone = minus(own["fieldsV1"], mine) if own and own["fieldsV1"] != mine else None
    if gone is not None:
        merged = prune(node, merged, gone, kept or {})
    if mine is None:
        return merged, others
    unchanged = own is not None and own["fieldsV1"] == mine and own["apiVersion"] == api_version
    entry = own if unchanged and own else _entry(manager, "Apply", api_version, part, mine, now)
    index = next((i for i, each in enumerate(entries) if each is own), len(others))
    others.insert(index, entry)
    return merged, others


def tracked(
    node: Node, entries: Entries, old: Object, new: Object, manager: str, api_version: str, part: str, now: str
) -> Entries:
    """The entries after any other write: what it changed is the writer's, and nobody else's."""
    changed, removed = compare(node, _managed(old), _managed(new))
    if changed is None and removed is None:
        return entries
    touched = union(changed, removed)
    result: Entries = []
    mine: Fields | None = None
    for each in entries:
        if _is(each, manager, "Update", part) and each["apiVersion"] == api_version:
            mine = minus(each["fieldsV1"], removed)
        elif (rest := minus(each["fieldsV1"], touched)) is not None:
            result.append(each if rest == each["fieldsV1"] else {**each, "fieldsV1": rest})
    mine = union(mine, changed)
    if mine is not None:
        result.append(_entry(manager or "unknown", "Update", api_version, part, mine, now))
    return result


def _managed(obj: Object) -> Object:
    metadata = {key: value for key, value in obj.get("metadata", {}).items() if key in _METADATA}
    kept = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind", "metadata")}
    return {**kept, "metadata": metadata} if metadata else kept


_METADATA = ("labels", "annotations", "finalizers", "ownerReferences")


def _is(entry: Object, manager: str, operation: str, part: str) -> bool:
    return (
        entry["manager"] == (manager or "unknown")
        and entry["operation"] == operation
        and entry.get("subresource", "") == part
    )


def _entry(manager: str, operation: str, api_version: str, part: str, fields: Fields, now: str) -> Object:
    entry = {
        "manager": manager,
        "operation": operation,
        "apiVersion": api_version,
        "time": now,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    return {**entry, "subresource": part} if part else entry


def _told(entry: Object) -> str:
    part = f' with subresource "{entry["subresource"]}"' if entry.get("subresource") else ""
    return f'"{entry["manager"]}"{part} using {entry["apiVersion"]}'
