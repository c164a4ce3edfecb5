# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The metrics that a query names, taken from its syntax tree. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

PARTS = ("expr", "lhs", "rhs", "param", "vector_selector")
VALUES = re.compile(r"label_values\((.+),\s*\w+\)")


def metrics(expression: str) -> set[str]:
    """Names of all metrics in a query. Raises ValueError for what is no PromQL, and for a selector without a name."""
    # Not at the top: ansible-test imports module_utils without the controller's packages.
    from promql_parser import parse  # pylint: disable=import-outside-toplevel

    found = set(_names(parse(expression)))
    if None in found:
        raise ValueError(f"{expression}: a selector names no metric")
    return {name for name in found if name}


def values_of(query: str) -> str:
    """The PromQL that a variable takes its values from: of ``label_values(up, job)`` it is ``up``; anything else stays
    as it is."""
    match = VALUES.fullmatch(query.strip())
    return match[1] if match else query


def _names(node: Any) -> Iterator[str | None]:
    """Of a node of the tree and all below it; None for a selector without a name."""
    from promql_parser import MatchOp  # pylint: disable=import-outside-toplevel

    if type(node).__name__ == "VectorSelector":
        named = [each.value for each in node.matchers.matchers if each.name == "__name__" and each.op == MatchOp.Equal]
        yield node.name or next(iter(named), None)
    for part in PARTS:
        below = getattr(node, part, None)
        if below is not None:
            yield from _names(below)
    for argument in getattr(node, "args", ()) or ():
        yield from _names(argument)
