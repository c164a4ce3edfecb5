"""What the model knows of a cluster: the file that the engine `observation` keeps, read again when it is another."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = "cluster.json"


@dataclass(frozen=True)
class Service:
    """`calls`: the services it calls, by name. `pods`: those that are ready."""

    name: str
    namespace: str
    pods: tuple[str, ...]
    calls: tuple[str, ...] = ()
    public: bool = False
    """Whether the gateway leads to it."""


@dataclass(frozen=True)
class Container:
    """`cpu` in cores and `memory` in bytes, as requested; `limit` of the memory, 0 without one."""

    namespace: str
    pod: str
    name: str
    image: str
    cpu: float
    memory: float
    limit: float


@dataclass(frozen=True)
class Cluster:
    services: dict[str, Service] = field(default_factory=dict)
    gateway: Service | None = None
    nodes: dict[str, tuple[Container, ...]] = field(default_factory=dict)
    """The containers that run on a node."""
    claims: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    """{node: volumes in use there: {"namespace", "persistentvolumeclaim", "bytes"}}."""
    proxies: int = 0
    """Sidecars and gateways that the mesh's control plane knows."""
    state: str = ""
    """The page of kube-state-metrics."""


def parse(document: dict[str, Any]) -> Cluster:
    services = [Service(**{**each, **_tuples(each)}) for each in document["services"]]
    gateway = document["gateway"]
    return Cluster(
        {each.name: each for each in services},
        Service(**{**gateway, **_tuples(gateway)}) if gateway else None,
        {node: tuple(Container(**each) for each in containers) for node, containers in document["nodes"].items()},
        {node: tuple(claims) for node, claims in document["claims"].items()},
        document["proxies"],
        document["state"],
    )


def _tuples(each: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(each[key]) for key in ("pods", "calls")}


class Followed:
    """A JSON file that others replace; `get` reads it again only then."""

    def __init__(self, path: Path, missing: Any) -> None:
        self._path, self._seen, self._content = path, (0, 0), missing

    def get(self) -> tuple[Any, bool]:
        """(content, whether it is another one than the last time)."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return self._content, False
        seen = (stat.st_mtime_ns, stat.st_ino)
        if seen == self._seen:
            return self._content, False
        self._seen, self._content = seen, json.loads(self._path.read_text(encoding="utf-8"))
        return self._content, True
