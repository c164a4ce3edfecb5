"""Who really answers for what is in the cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from sandbox.planes.engines.observation import postgres
from sandbox.planes.engines.observation.exporters import image, workload
from sandbox.planes.engines.observation.scraping import Way
from sandbox.planes.engines.observation.snapshot import Object, Snapshot, containers, is_ready, labels, name, space

PAGES = {
    "grafana": "/grafana",
    "kube-state-metrics": "/state",
    "pilot": "/mesh",
    "prometheus-operator": "/plain",
}
"""Emulated ones, by the last part of the image's name."""
CLUSTER_NAME = re.compile(r"\b([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?\b")
POOLER = 6432


@dataclass(frozen=True)
class Ways:
    """`pages`: where the model's pages are. `nobody`: where nothing listens. `servers`: by image, what runs once."""

    snapshot: Snapshot
    pages: str
    nobody: str
    pooler: str
    entry: str
    """The edge: address and port."""
    served: frozenset[tuple[str, str]]
    """The pods that have pages of their own."""
    servers: Mapping[str, Way] = field(default_factory=dict)
    exporters: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """{(namespace, workload, target): address and port}."""

    def to(self, thing: Object, endpoint: Object) -> Way:
        if thing["kind"] == "Node":
            return Way(self.pages, f"/nodes/{name(thing)}")
        if not is_ready(thing):
            return Way(self.nobody)
        key = space(thing), name(thing)
        if key in self.served:
            return Way(self.pages, f"/pods/{'/'.join(key)}")
        target = postgres.of(endpoint)
        exporter = self.exporters.get((space(thing), workload(thing), target.slug if target else ""))
        if exporter:
            return Way(exporter, whole="/metrics" if target else "")
        for container in containers(thing):
            if image(container) in self.servers:
                return self.servers[image(container)]
            if image(container) in PAGES:
                return Way(self.pages, PAGES[image(container)])
        return Way(self.nobody)

    def to_service(self, host: str) -> Way:
        """Of `name.namespace[.svc...][:port]`, also as a URL."""
        named = (urlsplit(host if "//" in host else f"//{host}").hostname or "").split(".")
        for each in self.snapshot.all("EndpointSlice", named[1] if len(named) > 1 else ""):
            if labels(each).get("kubernetes.io/service-name") != named[0]:
                continue
            for endpoint in each.get("endpoints") or ():
                pod = self.snapshot.referred(endpoint.get("targetRef") or {})
                if pod and is_ready(pod):
                    return self.to(pod, {})
        return Way(self.nobody)

    def to_public(self, url: str) -> str | None:
        """The same of a public URL at the edge; None for one that is an address."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.hostname.replace(".", "").isdigit():
            return None
        return urlunsplit(parts._replace(netloc=self.entry))

    def local(self, text: str) -> str:
        """A text in which the pooler's Service, or the pooler of the same pod, is where that of the sandbox is."""

        def replaced(match: re.Match[str]) -> str:
            service = self.snapshot.get("Service", match[2], match[1])
            ports = {each["port"] for each in service["spec"].get("ports") or ()} if service else set()
            return self.pooler if POOLER in ports else match[0]

        return CLUSTER_NAME.sub(replaced, text).replace(f"127.0.0.1:{POOLER}", f"{self.pooler}:{POOLER}")
