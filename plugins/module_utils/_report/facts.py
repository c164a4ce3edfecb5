# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Arrange required and observed values as tables a person can read. Pure.

A node is one of
{"kind": "scalar", "text"},
{"kind": "list", "nodes"},
{"kind": "map", "plain": [[key, node]], "nested": [[key, node]]}, where nested are those that are tables themselves,
{"kind": "grid", "columns": [key], "rows": [[name, [node]]]}, for mappings that share their keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Wider grids read worse than one map after another.
MAX_COLUMNS = 7

Node = dict[str, Any]


def arrange(value: Any) -> Node:
    """Return the node of a JSON value."""
    if isinstance(value, Mapping):
        return _grid(value) or _map(value)
    if isinstance(value, list):
        named = {str(number): each for number, each in enumerate(value, 1)}
        return _grid(named) or {"kind": "list", "nodes": [arrange(each) for each in value]}
    return {"kind": "scalar", "text": _text(value)}


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _map(value: Mapping[str, Any]) -> Node:
    nodes = {str(key): arrange(each) for key, each in value.items()}
    return {
        "kind": "map",
        "plain": [[key, node] for key, node in nodes.items() if _plain(node)],
        "nested": [[key, node] for key, node in nodes.items() if not _plain(node)],
    }


def _plain(node: Node) -> bool:
    return node["kind"] == "scalar" or (node["kind"] == "list" and all(map(_plain, node["nodes"])))


def _grid(value: Mapping[str, Any]) -> Node | None:
    """A grid, if there are two or more flat mappings to show side by side."""
    if len(value) < 2 or not all(map(_flat, value.values())):
        return None
    columns = list(dict.fromkeys(key for each in value.values() for key in each))
    if len(columns) > MAX_COLUMNS:
        return None
    rows = [[str(name), [arrange(each.get(column)) for column in columns]] for name, each in value.items()]
    return {"kind": "grid", "columns": columns, "rows": rows}


def _flat(value: Any) -> bool:
    """Whether a value is a mapping with something in it, and no tables."""
    return isinstance(value, Mapping) and bool(value) and not _map(value)["nested"]
