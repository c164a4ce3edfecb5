"""Requests and the table of what is emulated; each module of handlers adds its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.planes import rest
from sandbox.planes.search.errors import NotEmulated, illegal
from sandbox.planes.search.state import State

COMMON = frozenset({"pretty", "human", "error_trace"})
WAITING = frozenset({"cluster_manager_timeout", "master_timeout", "timeout"})
"""Parameters of what changes the cluster; nothing here takes long."""


Request = rest.Request[State]
Handler = Callable[[Request], Any]
"""Returns the document, or (status, document)."""


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    params: frozenset[str]
    handler: Handler


_routes: list[Route] = []


def route(methods: str, path: str, params: frozenset[str] = frozenset()) -> Callable[[Handler], Handler]:
    """Make a function the handler of `GET|POST` on `/{index}/_search`, with the parameters it knows."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

    def register(handler: Handler) -> Handler:
        _routes.extend(Route(method, pattern, params | COMMON, handler) for method in methods.split("|"))
        return handler

    return register


def answer(request: Request) -> Any:
    """The handler's answer; NotEmulated when there is none. Names that begin with `_` are not indices."""
    found = None
    for candidate in _routes:
        match = candidate.pattern.fullmatch(request.path)
        if not match or candidate.method != request.method:
            continue
        if any(
            name in ("index", "target") and value.startswith("_") and value != "_all"
            for name, value in match.groupdict().items()
        ):
            continue
        found = candidate
        request.args = match.groupdict()
        break
    if found is None:
        raise NotEmulated(f"{request.method} {request.path}")
    if "filter_path" in request.query:
        raise NotEmulated("the parameter filter_path")
    unknown = sorted(request.query.keys() - found.params)
    if unknown:
        names = ", ".join(f"[{name}]" for name in unknown)
        plural = "s" if len(unknown) > 1 else ""
        raise illegal(f"request [{request.path}] contains unrecognized parameter{plural}: {names}")
    return found.handler(request)
