"""Spans on their way through collectors, by the configuration that these declare.

https://github.com/open-telemetry/opentelemetry-collector-contrib, processor/attributesprocessor,
processor/tailsamplingprocessor, exporter/loadbalancingexporter
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.planes.tracing.otlp import Span

Object = dict[str, Any]
Export = Callable[[Object, list[Span]], None]
"""Is given an exporter's configuration and spans."""

WITHOUT_EFFECT = ("memory_limiter", "batch", "k8sattributes")
"""Processors that change nothing here: there is no pod to know attributes of."""
BITS = 56
"""Of a trace's id, which say whether it is among those that are kept by chance."""


@dataclass
class Waiting:
    """A trace that is decided about at ``due`` (monotonic): by which collector, in which pipeline, before what."""

    collector: str
    policies: list[Object]
    rest: list[str]
    exporters: list[str]
    due: float
    spans: list[Span] = field(default_factory=list)


class Pipelines:
    """Of all collectors of a cluster; not for several threads at once."""

    def __init__(self, export: Export, clock: Callable[[], float] = time.monotonic) -> None:
        self.collectors: Mapping[str, Object] = {}
        """Configurations of those that are ready, by `<namespace>/<name>`."""
        self._export = export
        self._clock = clock
        self._waiting: dict[tuple[str, str, str], Waiting] = {}

    def receive(self, collector: str, spans: list[Span]) -> None:
        """What comes to a collector's receiver; KeyError when it is not ready."""
        for called, pipeline in self.collectors[collector]["service"]["pipelines"].items():
            if called.partition("/")[0] == "traces":
                self._process(collector, called, list(pipeline.get("processors") or ()), pipeline["exporters"], spans)

    def step(self) -> None:
        """Decide about the traces whose time has come."""
        for key, one in list(self._waiting.items()):
            if self._clock() >= one.due:
                del self._waiting[key]
                if one.collector in self.collectors and kept(one.policies, one.spans):
                    self._process(one.collector, key[1], one.rest, one.exporters, one.spans)

    def _process(
        self, collector: str, pipeline: str, processors: list[str], exporters: list[str], spans: list[Span]
    ) -> None:
        config = self.collectors[collector]
        for position, processor in enumerate(processors):
            kind, settings = processor.partition("/")[0], config["processors"][processor] or {}
            if kind == "tail_sampling":
                self._wait(collector, pipeline, settings, processors[position + 1 :], exporters, spans)
                return
            if kind == "attributes":
                spans = [_without(span, settings["actions"]) for span in spans]
            elif kind not in WITHOUT_EFFECT:
                print(f"{collector}: the processor {processor} does nothing here", flush=True)
        for exporter in exporters:
            self._hand_on(collector, exporter, config["exporters"][exporter] or {}, spans)

    def _wait(
        self,
        collector: str,
        pipeline: str,
        settings: Object,
        rest: list[str],
        exporters: list[str],
        spans: list[Span],
    ) -> None:
        due = self._clock() + float(str(settings.get("decision_wait", "30s")).removesuffix("s"))
        for span in spans:
            fresh = Waiting(collector, settings["policies"], rest, exporters, due)
            self._waiting.setdefault((collector, pipeline, span.trace), fresh).spans.append(span)

    def _hand_on(self, collector: str, exporter: str, settings: Object, spans: list[Span]) -> None:
        kind = exporter.partition("/")[0]
        if kind == "awsxray":
            self._export(settings, spans)
        elif kind == "loadbalancing":
            following = _behind(settings["resolver"]["dns"]["hostname"])
            if following in self.collectors:
                self.receive(following, spans)
            else:
                print(f"{collector}: {len(spans)} spans lost, {following} is not ready", flush=True)
        else:
            print(f"{collector}: {len(spans)} spans lost, the exporter {exporter} leads nowhere here", flush=True)


def kept(policies: list[Object], spans: list[Span]) -> bool:
    """Whether a trace is sampled: by any of the policies."""
    return any(_samples(policy, spans) for policy in policies)


def _samples(policy: Object, spans: list[Span]) -> bool:
    kind = policy["type"]
    if kind == "status_code":
        return any(span.status in policy[kind]["status_codes"] for span in spans)
    if kind == "latency":
        seconds = max(span.end for span in spans) - min(span.start for span in spans)
        return seconds * 1000 >= float(policy[kind]["threshold_ms"])
    if kind == "probabilistic":
        share = int(spans[0].trace[-BITS // 4 :], 16) / (1 << BITS)
        return share * 100 < float(policy[kind]["sampling_percentage"])
    if kind == "always_sample":
        return True
    print(f"the policy {policy['name']} ({kind}) samples nothing here", flush=True)
    return False


def _without(span: Span, actions: list[Object]) -> Span:
    gone = {action["key"] for action in actions if action["action"] == "delete"}
    return span.having({key: value for key, value in span.attributes.items() if key not in gone})


def _behind(host: str) -> str:
    """The collector `<namespace>/<name>` behind the name of its Service."""
    service, namespace = host.split(".")[:2]
    return f"{namespace}/{service.removesuffix('-headless').removesuffix('-collector')}"
