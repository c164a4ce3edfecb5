"""Requests, and the table of what is emulated of a server."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.planes import rest
from sandbox.planes.elastic.store import Store

Request = rest.Request[Store]
Handler = Callable[[Request], Any]


class Routes:
    def __init__(self) -> None:
        self._known: list[tuple[str, re.Pattern[str], Handler]] = []

    def on(self, method: str, path: str) -> Callable[[Handler], Handler]:
        """Make a function the handler of `GET /{index}/_search`; it returns the document."""
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

        def register(handler: Handler) -> Handler:
            self._known.append((method, pattern, handler))
            return handler

        return register

    def answer(self, request: Request) -> Any:
        for method, pattern, handler in self._known:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                request.args = match.groupdict()
                return handler(request)
        raise rest.NotEmulated(f"{request.method} {request.path}")
