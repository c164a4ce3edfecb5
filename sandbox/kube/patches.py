"""The three patches of RFC 6902, RFC 7386 and Kubernetes' own strategic merge."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.kube.errors import ApiError, bad_request
from sandbox.kube.schema import Node


def merge_patch(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def json_patch(document: Any, operations: Any) -> Any:
    """ApiError 422 when an operation can't be done, 400 when it is none."""
    document = copy.deepcopy(document)
    if not isinstance(operations, list):
        raise bad_request("a JSON patch is a list of operations")
    for operation in operations:
        try:
            document = _operate(document, operation)
        except (LookupError, ValueError, TypeError) as error:
            message = f"the server rejected our request due to an error in our request: {operation!r}: {error}"
            raise ApiError(422, "Invalid", message) from error
    return document


def _operate(document: Any, operation: dict[str, Any]) -> Any:
    kind, path = operation["op"], _pointer(operation["path"])
    if kind == "test":
        if _at(document, path) != operation["value"]:
            raise ValueError("testing value failed")
        return document
    if kind in ("move", "copy"):
        source = _pointer(operation["from"])
        value = copy.deepcopy(_at(document, source))
        if kind == "move":
            document = _remove(document, source)
        return _add(document, path, value)
    if kind == "remove":
        return _remove(document, path)
    if kind == "replace":
        _at(document, path)
        return _add(_remove(document, path), path, operation["value"])
    if kind == "add":
        return _add(document, path, operation["value"])
    raise ValueError(f"unknown operation {kind}")


def _pointer(text: str) -> list[str]:
    if text and not text.startswith("/"):
        raise ValueError(f"not a JSON pointer: {text}")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _at(document: Any, path: list[str]) -> Any:
    for part in path:
        document = document[_index(part)] if isinstance(document, list) else document[part]
    return document


def _index(part: str) -> int:
    if not part.isdigit():
        raise ValueError(f"not an index: {part}")
    return int(part)


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent, last = _at(document, path[:-1]), path[-1]
    if isinstance(parent, list):
        index = len(parent) if last == "-" else _index(last)
        if index > len(parent):
            raise IndexError(f"index {index} out of range")
        parent.insert(index, value)
    else:
        parent[last] = value
    return document


def _remove(document: Any, path: list[str]) -> Any:
    if not path:
        return None
    parent, last = _at(document, path[:-1]), path[-1]
    del parent[_index(last) if isinstance(parent, list) else last]
    return document


def strategic_merge(node: Node, target: Any, patch: Any) -> Any:
    """A patch whose lists merge by the key that the schema names, with its $patch, $deleteFromPrimitiveList,
    $setElementOrder and $retainKeys directives."""
    if not isinstance(patch, dict):
        return patch
    directive = patch.get("$patch")
    if directive == "delete":
        return {}
    if directive == "replace" or not isinstance(target, dict):
        target = {}
    elif directive not in (None, "merge"):
        raise bad_request(f"invalid strategic merge patch: unknown $patch {directive!r}")
    result = dict(target)
    if "$retainKeys" in patch:
        result = {key: value for key, value in result.items() if key in patch["$retainKeys"]}
    for key, value in patch.items():
        if key.startswith("$"):
            name = key.partition("/")[2]
            if key.startswith("$deleteFromPrimitiveList/"):
                result[name] = [each for each in result.get(name, ()) if each not in value]
            elif key.startswith("$setElementOrder/") and name not in patch and name in result:
                result[name] = _ordered(node.child(name), result[name], value)
            continue
        child = node.child(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, list) and "merge" in child.strategy:
            merged = _merge_list(child, result.get(key) or [], value)
            result[key] = _ordered(child, merged, patch.get(f"$setElementOrder/{key}"))
        elif isinstance(value, dict):
            merged = strategic_merge(child, result.get(key), value)
            if value.get("$patch") == "delete":
                result.pop(key, None)
            else:
                result[key] = merged
        else:
            result[key] = value
    return result


def _merge_list(node: Node, target: list[Any], patch: list[Any]) -> list[Any]:
    key = node.merge_key
    if not key:
        return target + [each for each in patch if each not in target]
    if any(isinstance(each, dict) and each.get("$patch") == "replace" for each in patch):
        return [each for each in patch if "$patch" not in each]
    result = list(target)
    for item in patch:
        if not isinstance(item, dict) or key not in item:
            raise bad_request(f"map: {item} does not contain declared merge key: {key}")
        index = next((index for index, each in enumerate(result) if each.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            result = [each for each in result if each.get(key) != item[key]]
        elif index is None:
            result.append(strategic_merge(node.items, {}, item))
        else:
            result[index] = strategic_merge(node.items, result[index], item)
    return result


def _ordered(node: Node, items: list[Any], order: list[Any] | None) -> list[Any]:
    """As $setElementOrder wants it; items that it doesn't name come last."""
    if not order:
        return items
    key = node.merge_key
    wanted = [each.get(key) if key and isinstance(each, dict) else each for each in order]
    ranks = {value: index for index, value in reversed(list(enumerate(wanted)))}
    return sorted(items, key=lambda item: ranks.get(item.get(key) if key else item, len(ranks)))
