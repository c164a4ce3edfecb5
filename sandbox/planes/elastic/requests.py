"""Requests, and the table of what is emulated of a server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.planes.elastic.store import ApiError, Store, refused


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    content: bytes
    store: Store
    args: dict[str, str] = field(default_factory=dict)
    """Parts of the path by name."""

    @property
    def body(self) -> Any:
        """The JSON of the request, None without."""
        try:
            return json.loads(self.content) if self.content.strip() else None
        except ValueError as error:
            raise refused("parse_exception", f"Failed to parse content: {error}") from error


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
        reason = f"This is the sandbox's emulation, which lacks {request.method} {request.path}"
        raise ApiError(501, {"error": {"type": "not_emulated_exception", "reason": reason}, "message": reason})
