# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A trace that is sent as pods send theirs, and read back where people look at it: agent, gateway and X-Ray on its way.

OTLP/HTTP in JSON, https://opentelemetry.io/docs/specs/otlp/#otlphttp, through the API server's proxy.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.selection import place

PATH = "/v1/traces"
PORT = 4318
SERVER, ERROR = 2, 2
"""Span.SpanKind and Status.StatusCode of OTLP."""
PERSONAL = ("user.email", "taro.yamada@example.jp")
"""An attribute that names people, and its value, which is nobody's."""
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Receiver:
    """Where pods are told to send their traces: a Service's port."""

    namespace: str
    service: str
    port: int

    def __str__(self) -> str:
        return f"{self.namespace}/{self.service}:{self.port}"


def receiver(instrumentations: list[dict[str, Any]]) -> Receiver | None:
    """That of the first Instrumentation which names one."""
    for one in instrumentations:
        url = urlsplit((one["spec"].get("exporter") or {}).get("endpoint") or "")
        if url.hostname:
            names = url.hostname.split(".")
            return Receiver(names[1] if len(names) > 1 else place(one)[0], names[0], url.port or PORT)
    return None


def run(world: World, to: Receiver, seconds: float) -> tuple[dict[str, Any], list[Breach]]:
    """Send a trace that says it is a test, and read it back (xray:BatchGetTraces): what was seen, and what is wrong.

    It is one of a failed request, which the gateway keeps whatever its luck.

    :param seconds: give up reading after so long.
    :raises KubernetesError: when the API server cannot be reached, or does not let this caller through to Services.
    """
    trace, now = f"{int(world.now.timestamp()):08x}{secrets.token_hex(12)}", time.time_ns()
    observed: dict[str, Any] = {"trace": trace, "sent_to": str(to), "read": False}
    try:
        answer = world.kubernetes.proxied(
            to.namespace, f"http:{to.service}", to.port, PATH, body=_request(world.platform.prefix, trace, now)
        )
    except KubernetesError as error:
        if error.code in (0, 401, 403):
            raise
        return observed, [Breach("apm.trace_refused", {"to": str(to), "error": str(error)})]
    if told := answer.get("sandbox"):
        observed["collectors"] = told
    partial = answer.get("partialSuccess") or {}
    if int(partial.get("rejectedSpans", 0)):
        return observed, [Breach("apm.trace_refused", {"to": str(to), "error": partial.get("errorMessage", "?")})]
    client, began, documents = world.client("xray"), time.monotonic(), list[str]()
    # X-Ray's own form of the id: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
    known = f"1-{trace[:8]}-{trace[8:]}"
    while not (documents := _documents(client, known)) and time.monotonic() - began < seconds:
        time.sleep(POLL_SECONDS)
    observed |= {"read": bool(documents), "seconds": round(time.monotonic() - began, 2)}
    if not documents:
        return observed, [Breach("apm.trace_lost", {"to": str(to), "seconds": seconds})]
    attribute, value = PERSONAL
    if any(value in each for each in documents):
        return observed, [Breach("apm.trace_names_people", {"attribute": attribute})]
    return observed, []


def _request(prefix: str, trace: str, now: int) -> dict[str, Any]:
    """An ExportTraceServiceRequest; ``now`` is in nanoseconds since 1970."""
    attribute, value = PERSONAL
    span = {
        "traceId": trace,
        "spanId": secrets.token_hex(8),
        "name": "verification",
        "kind": SERVER,
        "startTimeUnixNano": str(now - 1_000_000),
        "endTimeUnixNano": str(now),
        "attributes": [_attribute(attribute, value), {"key": "test", "value": {"boolValue": True}}],
        "status": {"code": ERROR, "message": "a test: nothing failed"},
    }
    resource = {"attributes": [_attribute("service.name", f"{prefix}-verification")]}
    scope = {"name": "iworkz.platform"}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": [span]}]}]}


def _attribute(key: str, value: str) -> Mapping[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def _documents(client: Any, trace: str) -> list[str]:
    """Segments of a trace, each as JSON; none while X-Ray has none."""
    found = client.batch_get_traces(TraceIds=[trace])["Traces"]
    return [segment["Document"] for one in found if one["Id"] == trace for segment in one.get("Segments", ())]
