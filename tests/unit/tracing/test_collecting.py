"""What stands in for the collectors: which spans reach X-Ray, by which configuration, and as what."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.planes.tracing import otlp
from sandbox.planes.tracing.collector import COLLECTORS, Collectors, Server
from sandbox.planes.tracing.pipelines import Pipelines

SLOW = {"name": "slow", "type": "latency", "latency": {"threshold_ms": 250}}
ERRORS = {"name": "errors", "type": "status_code", "status_code": {"status_codes": ["ERROR"]}}


def rest(percent: float) -> dict[str, Any]:
    return {"name": "rest", "type": "probabilistic", "probabilistic": {"sampling_percentage": percent}}


def config(**parts: dict[str, Any]) -> dict[str, Any]:
    pipeline = {name: list(components) for name, components in parts.items()}
    return {**parts, "service": {"pipelines": {"traces": pipeline}}}


def collectors(*policies: dict[str, Any]) -> dict[str, Any]:
    """As the role apm declares them."""
    host = "gateway-collector-headless.tracing.svc.cluster.local"
    return {
        "tracing/agent": config(
            receivers={"otlp": {}},
            processors={
                "memory_limiter": {},
                "attributes/people": {"actions": [{"key": "user.email", "action": "delete"}]},
            },
            exporters={"loadbalancing": {"resolver": {"dns": {"hostname": host, "port": "4317"}}}},
        ),
        "tracing/gateway": config(
            receivers={"otlp": {}},
            processors={"tail_sampling": {"decision_wait": "10s", "policies": list(policies)}, "batch": {}},
            exporters={"awsxray": {"region": "ap-northeast-1", "indexed_attributes": ["http.route"]}},
        ),
    }


def request(trace: str = "4bf92f3577b34da6a3ce929d0e0e4736", ms: int = 5, code: int = 0, **more: Any) -> dict[str, Any]:
    attributes = {"user.email": "taro.yamada@example.jp", "http.route": "/v1/things"}
    span = {
        "traceId": trace,
        "spanId": "00f067aa0ba902b7",
        "name": "GET /v1/things",
        "kind": 2,
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": str(1700000000000000000 + ms * 1_000_000),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
        "status": {"code": code},
        **more,
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "billing"}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {}, "spans": [span]}]}]}


class World:
    """Collectors with X-Ray behind them, and a clock."""

    def __init__(self, *policies: dict[str, Any]) -> None:
        self.now = 0.0
        self.exported: list[otlp.Span] = []
        self.pipelines = Pipelines(lambda settings, spans: self.exported.extend(spans), lambda: self.now)
        self.pipelines.collectors = collectors(*policies)

    def send(self, *requests: dict[str, Any], after: float = 10.0) -> list[otlp.Span]:
        """What X-Ray has of them, some seconds later."""
        for one in requests:
            self.pipelines.receive("tracing/agent", otlp.spans(one))
        self.now += after
        self.pipelines.step()
        return self.exported


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        (request(code=2), True),
        (request(ms=250), True),
        (request(ms=249), False),
        (request(trace="4bf92f3577b34da6a3" + "0" * 14), True),  # chance
    ],
)
def test_what_is_kept(sent: dict[str, Any], arrives: bool) -> None:
    assert bool(World(ERRORS, SLOW, rest(5)).send(sent)) == arrives


def test_a_trace_is_decided_about_once_it_is_whole() -> None:
    world = World(ERRORS)
    assert world.send(request(), request(code=2, spanId="00f067aa0ba902b8"), after=9.9) == []
    assert {span.status for span in world.send(after=0.2)} == {"UNSET", "ERROR"}


def test_a_part_of_the_rest_is_kept() -> None:
    world = World(rest(5))
    sent = [request(trace=f"{number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128):032x}") for number in range(2000)]
    assert 60 <= len(world.send(*sent)) <= 140


def test_agents_drop_what_names_people() -> None:
    (span,) = World(ERRORS).send(request(code=2))
    assert span.attributes == {"http.route": "/v1/things"}


def test_spans_are_lost_without_a_gateway_or_an_exporter() -> None:
    world = World(ERRORS)
    gateway = world.pipelines.collectors["tracing/gateway"]
    gateway["exporters"] = {"debug": {}}
    gateway["service"]["pipelines"]["traces"]["exporters"] = ["debug"]
    assert world.send(request(code=2)) == []
    world.pipelines.collectors = {"tracing/agent": world.pipelines.collectors["tracing/agent"]}
    assert world.send(request(code=2)) == []


def test_a_segment_is_what_x_ray_takes() -> None:
    (span,) = otlp.spans(request(code=2))
    document = otlp.segment(span, ["http.route", "otel.resource.service.name", "missing"])
    assert document["trace_id"] == "1-4bf92f35-77b34da6a3ce929d0e0e4736"
    assert (document["name"], document["fault"], document["annotations"]) == (
        "billing",
        True,
        {"http_route": "/v1/things", "otel_resource_service_name": "billing"},
    )
    assert document["end_time"] - document["start_time"] == pytest.approx(0.005, abs=1e-6)
    (inner,) = otlp.spans(request(kind=3, parentSpanId="00f067aa0ba902b8"))
    assert otlp.segment(inner, [])["type"] == "subsegment"


@pytest.mark.parametrize(
    "wrong", [{}, [], {"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "x"}]}]}]}, request(trace="1-2-3")]
)
def test_what_is_no_request_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"ExportTraceServiceRequest|ids must be"):
        otlp.spans(wrong)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / COLLECTORS).write_text(json.dumps(collectors(ERRORS)))
    with Server(("127.0.0.1", 0), Collectors(tmp_path, "http://127.0.0.1:1")) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "kind", "body", "status"),
    [
        ("/tracing/agent/v1/traces", "application/json", request(), 200),
        ("/tracing/agent/v1/traces", "application/x-protobuf", request(), 415),
        ("/tracing/agent/v1/traces", "application/json", {"a": 1}, 400),
        ("/tracing/gone/v1/traces", "application/json", request(), 503),
        ("/tracing/agent/v1/metrics", "application/json", request(), 404),
    ],
)
def test_answers(server: Server, path: str, kind: str, body: Any, status: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    connection.request("POST", path, json.dumps(body), {"Content-Type": kind})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    assert answer.status == status, told
    assert told.get("sandbox") == ("stand-in collector" if status == 200 else None)
    connection.close()
