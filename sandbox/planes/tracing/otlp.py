"""Spans as OTLP has them in JSON, and as segments of X-Ray.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding,
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

Object = dict[str, Any]

SERVER, CONSUMER = 2, 5
STATUS = ("UNSET", "OK", "ERROR")
NANOSECONDS = 1_000_000_000
TRACE, SPAN = re.compile(r"[0-9a-fA-F]{32}"), re.compile(r"[0-9a-fA-F]{16}")


@dataclass(frozen=True)
class Span:
    """Times are in seconds since 1970, `status` is of STATUS, `resource` what made it."""

    trace: str
    id: str
    parent: str
    name: str
    kind: int
    start: float
    end: float
    status: str
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]

    def having(self, attributes: Mapping[str, Any]) -> Self:
        """The same with other attributes."""
        return replace(self, attributes=attributes)


def spans(request: Object) -> list[Span]:
    """Those of an ExportTraceServiceRequest; ValueError for what is none."""
    try:
        return list(_spans(request))
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"no ExportTraceServiceRequest: {type(error).__name__}: {error}") from error


def _spans(request: Object) -> Iterator[Span]:
    for made in request["resourceSpans"]:
        resource = _attributes((made.get("resource") or {}).get("attributes") or ())
        for each in (span for scope in made["scopeSpans"] for span in scope["spans"]):
            if not TRACE.fullmatch(each["traceId"]) or not SPAN.fullmatch(each["spanId"]):
                raise ValueError(f"ids must be 32 and 16 hexadecimal digits: {each['traceId']}, {each['spanId']}")
            yield Span(
                each["traceId"].lower(),
                each["spanId"].lower(),
                each.get("parentSpanId", "").lower(),
                each["name"],
                int(each.get("kind", 0)),
                int(each["startTimeUnixNano"]) / NANOSECONDS,
                int(each["endTimeUnixNano"]) / NANOSECONDS,
                STATUS[int((each.get("status") or {}).get("code", 0))],
                _attributes(each.get("attributes") or ()),
                resource,
            )


def _attributes(pairs: Iterable[Object]) -> Object:
    """{key: value}; a value is `{"stringValue": ...}` or one of its like."""
    return {pair["key"]: next(iter(pair["value"].values()), None) for pair in pairs}


def segment(span: Span, indexed: Iterable[str]) -> Object:
    """A span's document. What serves a request is a segment, all else a subsegment of its parent.

    :param indexed: attributes that can be searched for.
    """
    served = span.kind in (SERVER, CONSUMER) or not span.parent
    every = {**{f"otel.resource.{key}": value for key, value in span.resource.items() if served}, **span.attributes}
    document: Object = {
        "trace_id": f"1-{span.trace[:8]}-{span.trace[8:]}",
        "id": span.id,
        "name": str(span.resource.get("service.name", span.name)) if served else span.name,
        "start_time": span.start,
        "end_time": span.end,
        "annotations": {re.sub(r"\W", "_", key): every[key] for key in indexed if key in every},
        "metadata": {"default": {"span": span.name, **every}},
    }
    if span.parent:
        document["parent_id"] = span.parent
    if not served:
        document["type"] = "subsegment"
    if span.status == "ERROR":
        document["fault"] = True
    return document
