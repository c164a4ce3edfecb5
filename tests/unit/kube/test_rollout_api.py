"""Calls of a rollout against a server that misbehaves as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.connection import Cluster
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import Api

FINE = {"metadata": {"resourceVersion": "5"}, "items": [{"n": 1}]}
DROP = -1


class Script(ThreadingHTTPServer):
    """Answers requests one after another with (status, body or lines, headers); DROP hangs up."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, Any, dict[str, str]]] = []
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []

    def say(self, status: int, body: Any = None, **headers: str) -> None:
        self.answers.append((status, body, headers))


class Handler(BaseHTTPRequestHandler):
    server: Script

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.seen.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
        status, body, headers = self.server.answers.pop(0)
        if status == DROP:
            self.connection.close()
            return
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_PATCH = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


@pytest.fixture
def server() -> Iterator[Script]:
    script = Script()
    thread = threading.Thread(target=script.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield script
    script.shutdown()
    script.server_close()


class Caller:
    """An Api with tokens that are counted and pauses that are noted, not slept."""

    def __init__(self, server: Script, patience: float = 60) -> None:
        self.now, self.pauses, self.tokens = 0.0, [], 1  # type: float, list[float], int
        endpoint = f"http://127.0.0.1:{server.server_port}"
        cluster = Cluster("c", "arn", "1.34", endpoint, "", "https://issuer")
        self.api = Api(cluster, self.token, patience, lambda: self.now, self.sleep)

    def token(self, refused: bool) -> str:
        self.tokens += refused
        return f"token-{self.tokens}"

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def status(code: int, reason: str = "", message: str = "") -> dict[str, Any]:
    return {"kind": "Status", "code": code, "reason": reason, "message": message}


@pytest.mark.parametrize("code", [408, 409, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(server: Script, code: int) -> None:
    server.say(code, status(code))
    server.say(code, b"<html>a proxy</html>")
    server.say(200, FINE)
    caller = Caller(server)
    assert caller.api.list("/x") == ([{"n": 1}], "5")
    assert caller.pauses == [0.2, 0.4]


def test_the_server_says_when_to_come_back(server: Script) -> None:
    server.say(429, status(429), Retry_After="7")
    server.say(429, status(429), Retry_After="Sun, 22 Nov 2026 00:00:00 GMT")
    server.say(200, FINE)
    caller = Caller(server)
    caller.api.list("/x")
    assert caller.pauses == [7.0, 0.4]


def test_a_connection_that_breaks_is_made_anew(server: Script) -> None:
    server.say(DROP)
    server.say(200, FINE)
    assert Caller(server).api.list("/x")[1] == "5"


def test_patience_ends(server: Script) -> None:
    for _number in range(12):
        server.say(503, status(503, "ServiceUnavailable", "starting"))
    caller = Caller(server, patience=20)
    with pytest.raises(KubernetesError, match="starting") as raised:
        caller.api.list("/x")
    assert raised.value.code == 503
    assert caller.now <= 20


def test_nobody_listening() -> None:
    script = Script()
    script.server_close()
    with pytest.raises(KubernetesError, match="cannot be reached"):
        Caller(script, patience=1).api.list("/x")


def test_an_expired_token_is_signed_again_once(server: Script) -> None:
    server.say(401, status(401, "Unauthorized"))
    server.say(200, FINE)
    caller = Caller(server)
    caller.api.list("/x")
    assert [seen[2]["Authorization"] for seen in server.seen] == ["Bearer token-1", "Bearer token-2"]
    server.say(401, status(401))
    server.say(401, status(401, "Unauthorized", "who are you"))
    with pytest.raises(KubernetesError, match="who are you"):
        caller.api.list("/x")


@pytest.mark.parametrize("code", [400, 403, 404, 422])
def test_what_stays_wrong_is_told_at_once(server: Script, code: int) -> None:
    server.say(code, status(code, "Wrong", "because"))
    caller = Caller(server)
    with pytest.raises(KubernetesError, match="because") as raised:
        caller.api.list("/x")
    assert (raised.value.code, raised.value.reason, caller.pauses) == (code, "Wrong", [])


def test_pages_and_a_continuation_that_ran_out(server: Script) -> None:
    first = {"metadata": {"resourceVersion": "5", "continue": "next"}, "items": [{"n": 1}]}
    server.say(200, first)
    server.say(410, status(410, "Expired"))
    server.say(200, first)
    server.say(200, {"metadata": {"resourceVersion": "6"}, "items": [{"n": 2}]})
    assert Caller(server).api.list("/x") == ([{"n": 1}, {"n": 2}], "6")
    assert "continue=next" in server.seen[3][1]


def test_get_of_nothing(server: Script) -> None:
    server.say(404, status(404))
    server.say(200, {"n": 1})
    api = Caller(server).api
    assert (api.get("/x"), api.get("/x")) == (None, {"n": 1})


def test_apply_takes_over_and_outlives_a_conflict(server: Script) -> None:
    server.say(409, status(409, "Conflict"))
    server.say(200, {"n": 1})
    assert Caller(server).api.apply("/x", {"kind": "K"}, "me") == {"n": 1}
    method, path, headers, body = server.seen[1]
    assert (method, path) == ("PATCH", "/x?fieldManager=me&force=true")
    assert headers["Content-Type"] == "application/apply-patch+yaml"
    assert json.loads(body) == {"kind": "K"}


def lines(*events: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def test_watch(server: Script) -> None:
    event = {"type": "ADDED", "object": {"metadata": {"resourceVersion": "6"}}}
    server.say(200, lines(event, event))
    assert list(Caller(server).api.watch("/x", "5")) == [event, event]
    assert "watch=true&allowWatchBookmarks=true&resourceVersion=5" in server.seen[0][1]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((410, status(410)), 410),
        ((200, lines({"type": "ERROR", "object": status(410, "Expired", "too old")})), 410),
        ((403, status(403)), 403),
        ((DROP, None), 0),
        ((200, b'{"type": "ADDED", "obj\n'), 0),
    ],
)
def test_a_watch_that_ends_badly(server: Script, answer: tuple[int, Any], code: int) -> None:
    server.say(*answer)
    with pytest.raises(KubernetesError) as raised:
        list(Caller(server).api.watch("/x", "5"))
    assert raised.value.code == code


def test_a_watch_with_an_expired_token_has_a_new_one_the_next_time(server: Script) -> None:
    server.say(401, status(401))
    server.say(200, b"")
    caller = Caller(server)
    with pytest.raises(KubernetesError):
        list(caller.api.watch("/x", "5"))
    list(caller.api.watch("/x", "5"))
    assert server.seen[1][2]["Authorization"] == "Bearer token-2"
