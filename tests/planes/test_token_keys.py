"""Item 2.1.2.4: the issuer's keys as the real edge serves them, and with one thing wrong at a time."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _mesh_facts, _token_keys
from ansible_collections.iworkz.platform.plugins.module_utils._jwt import keys
from sandbox.planes.engines.edge.configuration import KEPT, KEYS, PORTS
from sandbox.planes.engines.edge.policy import Site
from tests.planes.edge import Edge, running
from tests.planes.test_edge import balancer
from tests.unit.checks import token_world
from tests.unit.checks.mesh_cluster import cluster
from tests.unit.kube.mesh_declared import OPTIONS

ADDRESS = "127.18.53.7"
HOST = urlsplit(OPTIONS["jwks_uri"]).hostname or ""
GOOD = token_world.jwk()
FOREIGN = dict(keys.throwaway("foreign").jwk)


@dataclass
class Issuer:
    """What stands behind the edge."""

    answer: tuple[int, str, bytes]
    asked: list[str]

    def publishes(self, *published: dict[str, Any], status: int = 200, kind: str = "application/json") -> None:
        self.answer = (status, kind, json.dumps({"keys": published}).encode())


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            status, kind, body = found.answer
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    found = Issuer((200, "application/json", b""), [])
    with ThreadingHTTPServer((ADDRESS, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.asked.append(f"http://{ADDRESS}:{server.server_address[1]}/keys")
        yield found
        server.shutdown()


@pytest.fixture(scope="module")
def edge(issuer: Issuer) -> Iterator[Edge]:
    sites = (Site(HOST, {}, True, issues=True), Site("www.iworkz.jp", {}, True))
    with running(ADDRESS, balancer(sites=sites), keys_url=issuer.asked.pop()) as found:
        yield found


def world(edge: Edge) -> token_world.TokenWorld:
    made = token_world.world(cluster())
    del made.given[_token_keys.served]
    entry = {"address": edge.address, "http_port": PORTS["plain"], "https_port": PORTS["secure"]}
    made.platform = replace(made.platform, reach={"ca_bundle": str(edge.ca), "entry": entry})
    return made


def breaches(edge: Edge) -> list[tuple[Any, ...]]:
    asking = world(edge)
    judged = _token_keys.judge(asking, asking.once(_mesh_facts.guards), 2400)
    return [(one.id, *one.params.values()) for one in judged]


@pytest.mark.parametrize(
    ("published", "found"),
    [
        ([GOOD], []),
        ([], [("iam.jwks_missing", token_world.KID)]),
        ([GOOD, FOREIGN], [("iam.jwks_unknown", "foreign")]),
        ([{**FOREIGN, "kid": token_world.KID}], [("iam.jwks_differs", token_world.KID, "n")]),
        ([{**GOOD, "d": "AQAB"}], [("iam.jwks_private", token_world.KID, "d")]),
    ],
)
def test_what_the_issuer_publishes(edge: Edge, issuer: Issuer, published: Any, found: Any) -> None:
    issuer.publishes(*published)
    assert breaches(edge) == found


def test_what_is_not_served_as_it_should_be(edge: Edge, issuer: Issuer) -> None:
    issuer.publishes(GOOD, kind="text/plain")
    assert breaches(edge) == [("iam.jwks_type", OPTIONS["jwks_uri"], "text/plain")]
    issuer.publishes(status=500)
    assert breaches(edge) == [("iam.jwks_not_served", OPTIONS["jwks_uri"], 500)]


def test_the_edge_asks_for_its_own_region_and_for_nothing_else(edge: Edge, issuer: Issuer) -> None:
    issuer.publishes(GOOD)
    issuer.asked.clear()
    answer = edge.ask(HOST, target=f"{KEYS}?region=us-east-1&x=1")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, KEPT)
    assert issuer.asked == ["/keys?region=ap-northeast-1"]
    edge.ask("www.iworkz.jp", target=KEYS)
    assert len(issuer.asked) == 1


def test_nobody_there_is_an_error_that_makes_the_item_unknown(edge: Edge) -> None:
    asking = world(replace(edge, address="127.18.53.8"))
    with pytest.raises(OSError, match="refused"):
        _token_keys.served(asking)


def test_an_authority_that_is_not_trusted_is_an_error_too(edge: Edge) -> None:
    asking = world(edge)
    asking.platform = replace(asking.platform, reach={**asking.platform.reach, "ca_bundle": ""})
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        _token_keys.served(asking)
