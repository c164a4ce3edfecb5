"""A small stand-in for AWX's API v2, on 127.0.0.1: enough for awx.awx 24.6.1 to make, find, change and remove objects.

It runs no job. ``calls`` records what was asked of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.awx import rules
from tests.awx.kinds import ASSOCIATED, KINDS
from tests.awx.store import Missing, Object, Store

TOKEN = "made-up-for-tests"
PAGE = 25
Answer = tuple[int, Any]


class Awx:
    """``path`` is that of the API: behind the gateway of Ansible Automation Platform it is /api/controller/."""

    def __init__(self, path: str = "/api/") -> None:
        self._api = f"{path}v2"
        self.store = Store(self._api)
        self.calls: list[tuple[str, str]] = []
        self.url = ""

    @property
    def changes(self) -> list[tuple[str, str]]:
        """The calls that were more than reading."""
        return [(method, path) for method, path in self.calls if method != "GET"]

    def named(self, kind: str, name: str) -> Object:
        """The one object of a name."""
        (found,) = [one for _kind, one in self.store.all(kind) if one.get("name") == name]
        return found

    def answer(self, method: str, target: str, body: Any) -> Answer:
        """Status and body."""
        split = urlsplit(target)
        self.calls.append((method, split.path))
        try:
            return self._route(method, split.path, dict(parse_qsl(split.query)), body)
        except Missing:
            return 404, {"detail": "Not found."}
        except rules.Refused as refused:
            return 400, refused.args[0]

    def _route(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        match = re.fullmatch(rf"{self._api}/(\w+)/(?:(\d+)/(?:(\w+)/)?)?", path)
        if match is None:
            raise Missing
        kind, number, name = match[1], int(match[2] or 0), match[3]
        if name == "survey_spec":
            return self._survey(method, kind, number, body)
        if name == "create_approval_template":
            made = self.store.create("workflow_approval_templates", body)
            self.store.update(kind, number, {"unified_job_template": made["id"]})
            return 201, made
        if name:
            return self._associated(method, path, kind, number, name, body, query)
        if number:
            return self._one(method, kind, number, body)
        if method == "POST":
            return 201, self.store.create(kind, body)
        found = [each for each in self.store.all(kind) if self._matches(*each, query)]
        return 200, self._page(path, [self.store.shown(each, one["id"]) for each, one in found], query)

    def _one(self, method: str, kind: str, number: int, body: Any) -> Answer:
        if method == "PATCH":
            return 200, self.store.update(kind, number, body)
        if method == "DELETE":
            self.store.delete(kind, number)
            return 204, None
        return 200, self.store.shown(kind, number)

    def _survey(self, method: str, kind: str, number: int, body: Any) -> Answer:
        self.store.get(kind, number)
        if method == "GET":
            return 200, self.store.surveys.get(number, {})
        if method == "POST":
            rules.survey(body)
        self.store.surveys[number] = body if method == "POST" else {}
        return 200, {}

    def _associated(
        self, method: str, path: str, kind: str, number: int, name: str, body: Any, query: dict[str, str]
    ) -> Answer:
        if (kind, name) == ("teams", "roles"):
            return 200, self._page(path, self.store.held(number), query)
        numbers = self.store.associated(kind, number, name)
        other = ASSOCIATED[name]
        if method == "GET":
            return 200, self._page(path, [self.store.shown(other, each) for each in numbers], query)
        self.store.get(other, body["id"])
        if body.get("disassociate"):
            numbers.remove(body["id"])
        elif body["id"] not in numbers:
            numbers.append(body["id"])
        return 204, None

    def _page(self, path: str, found: list[Object], query: dict[str, str]) -> Object:
        page = int(query.get("page", 1))
        further = {**query, "page": str(page + 1)}
        following = f"{path}?{urlencode(further)}" if len(found) > page * PAGE else None
        return {"count": len(found), "next": following, "results": found[(page - 1) * PAGE : page * PAGE]}

    def _matches(self, kind: str, one: Object, query: Mapping[str, str]) -> bool:
        either = {name.removeprefix("or__"): value for name, value in query.items() if name.startswith("or__")}
        every = {
            name: value
            for name, value in query.items()
            if not name.startswith("or__") and name not in ("page", "page_size")
        }
        return all(self._holds(kind, one, *each) for each in every.items()) and (
            not either or any(self._holds(kind, one, *each) for each in either.items())
        )

    def _holds(self, kind: str, one: Object, name: str, value: str) -> bool:
        first, _separator, rest = name.partition("__")
        if rest == "startswith":
            return str(one[first]).startswith(value)
        if not rest:
            return str(one.get(first)) == value
        if first in ASSOCIATED:
            numbers = self.store.associated(kind, one["id"], first)
            return any(
                self._holds(ASSOCIATED[first], self.store.get(ASSOCIATED[first], each), rest, value) for each in numbers
            )
        reference = one.get(first)
        target = KINDS[kind].references.get(first)
        return bool(target and reference) and self._holds(*self._found(str(target), reference), rest, value)

    def _found(self, kind: str, number: Any) -> tuple[str, Object]:
        return next((each, one) for each, one in self.store.all(kind) if one["id"] == number)


@contextmanager
def serving(awx: Awx) -> Iterator[Awx]:
    """Serve on a free port of 127.0.0.1; ``awx.url`` tells which."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One packet for head and body: the second would wait for the first one's acknowledgement.
        wbufsize = -1

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or "null") if length else None
            if self.headers.get("Authorization") == f"Bearer {TOKEN}":
                status, answer = awx.answer(self.command, self.path, body)
            else:
                status, answer = 401, {"detail": "Authentication credentials were not provided."}
            data = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _handle

        def log_message(self, format: str, *args: Any) -> None:
            """The calls are recorded already."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    awx.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield awx
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
