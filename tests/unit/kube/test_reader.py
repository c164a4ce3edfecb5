"""Reads of what runs in the cluster, through the API server's proxy."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.connection import Cluster
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError, Reader

QUERY = "/api/v1/namespaces/monitoring/services/prometheus:http-web/proxy/api/v1/query"


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: tuple[int, bytes] = (200, b"{}")
        self.asked: list[tuple[str, str]] = []
        self.sent: list[tuple[str, bytes]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.sent.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.do_GET()

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Tests ask for what was asked."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


def ask(server: Server, **query: Any) -> Any:
    cluster = Cluster("c", "arn", "1.34", f"http://127.0.0.1:{server.server_port}", "", "https://issuer")
    return Reader(cluster, lambda: "token").proxied(
        "monitoring", "prometheus", "http-web", "/api/v1/query", query or None
    )


def test_the_path_is_that_of_the_services_proxy(server: Server) -> None:
    server.answer = (200, json.dumps({"status": "success"}).encode())
    assert ask(server) == {"status": "success"}
    ask(server, match=["up", "a b"], time="1")
    assert server.asked == [(QUERY, "Bearer token"), (f"{QUERY}?match=up&match=a+b&time=1", "Bearer token")]


def test_a_body_is_posted(server: Server) -> None:
    cluster = Cluster("c", "arn", "1.34", f"http://127.0.0.1:{server.server_port}", "", "https://issuer")
    Reader(cluster, lambda: "token").proxied("tracing", "http:agent", 4318, "/v1/traces", body={"a": 1})
    assert server.sent == [("/api/v1/namespaces/tracing/services/http:agent:4318/proxy/v1/traces", b'{"a": 1}')]


@pytest.mark.parametrize(
    ("status", "body", "times", "message"),
    [
        (503, {"kind": "Status", "message": "no endpoints available"}, 2, "503: no endpoints available"),
        (400, {"status": "error", "errorType": "bad_data", "error": "parse error"}, 1, "400: parse error"),
        (404, b"<h1>404</h1>", 1, "404: <h1>404</h1>"),
        (200, b"<h1>Grafana</h1>", 1, "no JSON"),
    ],
)
def test_what_is_no_answer_is_an_error_that_says_why(
    server: Server, status: int, body: Any, times: int, message: str
) -> None:
    server.answer = (status, body if isinstance(body, bytes) else json.dumps(body).encode())
    with pytest.raises(KubernetesError, match=message) as told:
        ask(server)
    assert (told.value.code, len(server.asked)) == (status, times)
