"""The proxy of Services: what Kubernetes answers, forwarded to what engines of the data planes registered."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.planes.backends import Backends
from tests.kube.access import Served, rule, served

POD = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "registry.example/web@sha256:" + "1" * 64}]},
}
PROXY = "/api/v1/namespaces/monitoring/services/{}/proxy/"


class Server(ThreadingHTTPServer):
    """Tells what it was asked; /missing answers 404."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = {"method": self.command, "path": self.path, "body": sent, "headers": headers}
        body = json.dumps(told).encode()
        self.send_response({"/missing": 404, "/moved": 302}.get(self.path, 200))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", "/else")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, *_arguments: object) -> None:
        """Tests ask for what was asked."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planes") / "backends.json"


@pytest.fixture(scope="module")
def cluster(backends: Path, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With the Service web (port http 80, and 81 that nothing answers for) over the Deployment web in `monitoring`."""
    Backends(backends).register("monitoring", "web", "http", server.url)
    with served(tmp_path_factory.mktemp("cluster"), backends=str(backends)) as running:
        node = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "one"}}
        capacity = {"cpu": "4", "memory": "8Gi", "pods": "20"}
        status = {
            "capacity": capacity,
            "allocatable": capacity,
            "conditions": [{"type": "Ready", "status": "True"}],
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
        }
        ports = [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "other", "port": 81, "targetPort": 8081}]
        workload = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": POD}
        things: list[tuple[str, dict[str, Any]]] = [
            ("/api/v1/nodes", {**node, "status": status}),
            ("/api/v1/namespaces", {"metadata": {"name": "monitoring"}}),
            (
                "/apis/apps/v1/namespaces/monitoring/deployments",
                {"metadata": {"name": "web"}, "spec": workload},
            ),
            (
                "/api/v1/namespaces/monitoring/services",
                {"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": ports}},
            ),
        ]
        for path, thing in things:
            code, answer = running.ask("POST", path, running.admin, thing)
            assert code == 201, answer
        code, answer = running.ask("PATCH", "/api/v1/nodes/one/status", running.admin, {"status": status}, **MERGE)
        assert code == 200, answer
        _await(lambda: _get(running, "web:http")[0] == 200)
        yield running


MERGE = {"Content_Type": "application/merge-patch+json"}


def _await(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(600):
        if condition():
            return
        pause.wait(0.1)
    raise AssertionError("it did not happen within a minute")


def _get(cluster: Served, service: str, path: str = "", token: str | None = None, **headers: str) -> tuple[int, Any]:
    return cluster.ask("GET", PROXY.format(service) + path, token or cluster.admin, **headers)


@pytest.mark.parametrize("service", ["web:http", "web:80", "http:web:http", "http%3Aweb%3A80"])
def test_a_request_reaches_what_answers_for_the_service(cluster: Served, service: str) -> None:
    code, told = _get(cluster, service, "api/v1/label/a%2Fb?match%5B%5D=up&match%5B%5D=x%26y", X_Scope="one")
    assert (code, told["method"]) == (200, "GET")
    assert told["path"] == "/api/v1/label/a%2Fb?match%5B%5D=up&match%5B%5D=x%26y"
    assert told["headers"]["x-scope"] == "one"
    assert "authorization" not in told["headers"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_bodies_of_any_kind_are_passed(cluster: Served, method: str) -> None:
    wire = _connection(cluster)
    body = b'{"index": {}}\n{"no": "JSON"}\n'
    kind = {"Authorization": f"Bearer {cluster.admin}", "Content-Type": "application/x-ndjson"}
    wire.request(method, f"{PROXY.format('web:http')}_bulk", body, kind)
    told = json.loads(wire.getresponse().read())
    wire.close()
    assert (told["method"], told["body"], told["headers"]["content-type"]) == (
        *(method, body.decode()),
        "application/x-ndjson",
    )


def test_what_it_answers_comes_back_as_it_is(cluster: Served) -> None:
    assert _get(cluster, "web:http", "missing")[0] == 404
    wire = _connection(cluster)
    admin = {"Authorization": f"Bearer {cluster.admin}"}
    wire.request("HEAD", PROXY.format("web:http"), headers=admin)
    answer = wire.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
    wire.request("GET", f"{PROXY.format('web:http')}moved", headers=admin)
    answer = wire.getresponse()
    assert (answer.status, answer.headers["Location"], answer.read()[:1]) == (302, "/else", b"{")
    wire.request("GET", PROXY.format("web:http").rstrip("/"), headers=admin)
    answer = wire.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, PROXY.format("web:http"))
    wire.close()


@pytest.mark.parametrize(
    ("service", "code", "message"),
    [
        ("none:http", 404, 'services "none" not found'),
        ("web:82", 503, 'no service port 82 found for service "web"'),
        ("web", 503, 'no endpoints available for service "web"'),
        ("web:tls", 503, 'no endpoints available for service "web:tls"'),
        ("ftp:web:http", 400, 'invalid service request "ftp:web:http"'),
        ("web:other", 503, "connect: connection refused"),
    ],
)
def test_refusals_are_those_of_kubernetes(cluster: Served, service: str, code: int, message: str) -> None:
    status, told = _get(cluster, service)
    assert (status, told["kind"], told["code"]) == (code, "Status", code)
    assert message in told["message"]


def test_a_backend_that_is_gone_shows_as_such(cluster: Served, backends: Path) -> None:
    known = Backends(backends)
    known.register("monitoring", "web", 81, "http://127.0.0.1:9/prefix/")
    code, told = _get(cluster, "web:other")
    assert (code, told["reason"]) == (503, "ServiceUnavailable")
    assert told["message"].startswith("error trying to reach service: ")
    known.unregister("monitoring", "web", 81)
    known.unregister("monitoring", "none")
    assert list(known.known()["monitoring/web"]) == ["http"]


def test_a_service_scaled_to_zero_answers_no_more(cluster: Served) -> None:
    path = "/apis/apps/v1/namespaces/monitoring/deployments/web"
    for replicas, code in ((0, 503), (1, 200)):
        changed = cluster.ask("PATCH", path, cluster.admin, {"spec": {"replicas": replicas}}, **MERGE)
        assert changed[0] == 200
        _await(lambda code=code: _get(cluster, "web:http")[0] == code)  # type: ignore[misc]


def test_access_goes_by_the_subresource_and_the_method(cluster: Served) -> None:
    role = {"metadata": {"name": "look"}, "rules": [rule("core", "services/proxy", "get", "web:http")]}
    bound = {
        "metadata": {"name": "look"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "look"},
        "subjects": [{"kind": "ServiceAccount", "name": "looker", "namespace": "monitoring"}],
    }
    rights = "/apis/rbac.authorization.k8s.io/v1/namespaces/monitoring"
    for place, thing in (
        ("/api/v1/namespaces/monitoring/serviceaccounts", {"metadata": {"name": "looker"}}),
        (f"{rights}/roles", role),
        (f"{rights}/rolebindings", bound),
    ):
        assert cluster.ask("POST", place, cluster.admin, thing)[0] == 201
    token = cluster.kubectl("create", "token", "looker", "-n", "monitoring").stdout.strip()
    assert _get(cluster, "web:http", token=token)[0] == 200
    assert _get(cluster, "web:80", token=token)[0] == 403
    code, told = cluster.ask("POST", PROXY.format("web:http"), token, {})
    assert code == 403
    assert 'cannot create resource "services/proxy"' in told["message"]


def test_discovery_lists_it(cluster: Served) -> None:
    found = cluster.ask("GET", "/api/v1", cluster.admin)[1]["resources"]
    (proxy,) = [one for one in found if one["name"] == "services/proxy"]
    assert (proxy["kind"], proxy["verbs"]) == ("ServiceProxyOptions", ["create", "delete", "get", "patch", "update"])


def test_kubectl_reads_through_it(cluster: Served) -> None:
    done = cluster.kubectl("get", "--raw", f"{PROXY.format('web:http')}-/healthy")
    assert (done.returncode, json.loads(done.stdout)["path"]) == (0, "/-/healthy"), done.stderr


def _connection(cluster: Served) -> http.client.HTTPSConnection:
    url = urlsplit(cluster.url)
    assert url.hostname
    context = ssl.create_default_context(cafile=str(cluster.authority))
    return http.client.HTTPSConnection(url.hostname, url.port, timeout=20, context=context)
