"""The engines by kind; their modules are imported when the daemon starts."""

from __future__ import annotations

import importlib

from sandbox.planes.engine import Engine
from sandbox.planes.host import Host

ENGINES = {
    "rabbitmq": "RabbitMQ",
    "postgres": "Postgres",
    "postgres_snapshot": "Snapshot",
    "pgbouncer": "PgBouncer",
    "redis": "Redis",
    "search": "Search",
    "kubernetes": "Kubernetes",
    "edge": "Edge",
    "observation": "Observation",
    "elastic": "Elastic",
    "tracing": "Tracing",
}
"""{kind and module: class}; they start in this order."""


def load(host: Host) -> dict[str, Engine]:
    """{kind: engine}."""
    found = {}
    for kind, name in ENGINES.items():
        module = importlib.import_module(f"{__name__}.{kind}")
        found[kind] = getattr(module, name)(host)
    return found
