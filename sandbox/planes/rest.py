"""Requests and errors of the emulated REST APIs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar


class Kept(Protocol):
    """What an emulated server holds."""

    def save(self) -> None: ...


State = TypeVar("State", bound=Kept)


class ApiError(Exception):
    """An answer that is an error: HTTP status and document."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__(json.dumps(document))
        self.status = status
        self.document = document


class SearchError(ApiError):
    """An error in the form that Elasticsearch and OpenSearch share: `{"error": {"root_cause": [..], "type", "reason",
    ..}, "status"}`."""

    def __init__(self, status: int, kind: str, reason: str, **members: Any) -> None:
        cause = {"type": kind, "reason": reason, **members}
        super().__init__(status, {"error": {"root_cause": [cause], **cause}, "status": status})


class NotEmulated(Exception):
    """What the server does and its emulation does not."""


@dataclass
class Request(Generic[State]):
    method: str
    path: str
    query: dict[str, str]
    content: bytes
    state: State
    args: dict[str, str] = field(default_factory=dict)
    """Parts of the path by name."""

    @property
    def body(self) -> Any:
        """The JSON of the request, None without."""
        if not self.content.strip():
            return None
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise SearchError(400, "parse_exception", f"Failed to parse content: {error}") from error

    def flag(self, name: str) -> bool:
        return self.query.get(name, "false") in ("", "true")
