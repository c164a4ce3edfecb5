# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a result of check mode announces: which resources would change, under which keys; never values. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

DEPTH = 3
MAX_KEYS = 12
MAX_TEXT = 160
# How `_aws/service.py` marks the difference of a resource that cannot be changed in place.
REPLACED = " (destroyed and created anew)"
LISTS = ("created", "updated", "deleted")
# What servers write into an object by themselves.
SERVERS_OWN = frozenset(
    f"metadata.{name}" for name in ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")
)

Result = Mapping[str, Any]


class Change(NamedTuple):
    """``kind`` is created, updated, replaced or deleted; C(resource) is empty where a result does not tell it."""

    kind: str
    resource: str
    keys: tuple[str, ...] = ()


UNTOLD = Change("updated", "")


def announced(result: Result) -> list[Change]:
    """The changes of a task's result that is changed, item by item of a loop; at least one.

    Nothing is taken from a result that no_log hides.
    """
    if "censored" in result:
        return [UNTOLD]
    loop = [each for each in _listed(result.get("results")) if isinstance(each, Mapping)]
    if loop:
        each_changed = [each for each in loop if each.get("changed")]
        return [_of_item(change, each) for each in each_changed for change in announced(each)] or [UNTOLD]
    return list(_of_lists(result)) or list(_of_objects(result)) or list(_of_differences(result)) or [UNTOLD]


def clipped(text: Any) -> str:
    """One line of a length that a record can hold many of."""
    line = " ".join(str(text).split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"


def _of_item(change: Change, item: Result) -> Change:
    """Loops go over regions and the like, in which resources have the same names."""
    label = item.get("_ansible_item_label", item.get("item"))
    return change._replace(resource=clipped(f"{change.resource} [{label}]")) if isinstance(label, str) else change


def _of_lists(result: Result) -> Iterator[Change]:
    """Our own modules list the labels of what they would change."""
    differences = {str(each.get("before_header", "")): each for each in _differences(result)}
    for kind in LISTS:
        for label in _listed(result.get(kind)):
            if label in differences and kind == "updated":
                yield Change(kind, clipped(label), _keys(differences[label]))
            elif f"{label}{REPLACED}" in differences:
                yield Change("replaced", clipped(label), _keys(differences[f"{label}{REPLACED}"]))
            else:
                yield Change(kind, clipped(label))


def _of_objects(result: Result) -> Iterator[Change]:
    """kubernetes.core.k8s answers with an object, or with a list of such answers."""
    answer = result.get("result")
    if not isinstance(answer, Mapping):
        return
    if isinstance(answer.get("results"), list):
        for each in answer["results"]:
            if isinstance(each, Mapping) and each.get("changed"):
                yield from _of_objects(each)
        return
    metadata = answer.get("metadata")
    if isinstance(metadata, Mapping) and answer.get("kind"):
        place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
        difference = next(iter(_differences(result)), {})
        missing = result.get("method") == "create" or (difference and not difference.get("before"))
        kind = "deleted" if result.get("method") == "delete" else "created" if missing else "updated"
        keys = _keys(difference) if kind == "updated" else ()
        yield Change(kind, clipped(f"{answer['kind']} {place}{metadata.get('name', '')}"), keys)


def _of_differences(result: Result) -> Iterator[Change]:
    """Other modules name at most what their differences are of."""
    for each in _differences(result):
        if name := each.get("before_header") or each.get("after_header"):
            yield Change("updated", clipped(name), _keys(each))


def _differences(result: Result) -> list[Result]:
    found = result.get("diff")
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, Mapping)]


def _keys(difference: Result) -> tuple[str, ...]:
    found = [path for path in paths(difference.get("before"), difference.get("after")) if path not in SERVERS_OWN]
    told = tuple(clipped(path) for path in found[:MAX_KEYS])
    return (*told, "…") if len(found) > MAX_KEYS else told


def paths(before: Any, after: Any, depth: int = DEPTH) -> list[str]:
    """The dotted keys under which two mappings differ, C(depth) deep; none for anything else."""
    if before == after or not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return []
    found: list[str] = []
    for key in sorted({*before, *after}, key=str):
        if before.get(key) != after.get(key):
            deeper = paths(before.get(key), after.get(key), depth - 1) if depth > 1 else []
            found += [f"{key}.{path}" for path in deeper] or [str(key)]
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
