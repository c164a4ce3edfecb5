"""PostgreSQL's exporter asks one server only in Debian's version: one process for each that monitors name.

On the cluster one exporter asks them all: https://github.com/prometheus-community/postgres_exporter#multi-target-support
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import yaml

from sandbox.planes.engines.observation.snapshot import Snapshot

IMAGE = "postgres-exporter"
PATH = "/probe"
CONFIGURATION = "postgres_exporter.yml"
QUERIES = {
    "pg_replication": {
        "query": """
            SELECT CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
                        ELSE GREATEST(0, EXTRACT(EPOCH FROM now() - pg_last_xact_replay_timestamp()))
                   END AS lag_seconds,
                   CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END AS is_replica
        """,
        "metrics": [
            {"lag_seconds": {"usage": "GAUGE", "description": "Replication lag behind the primary in seconds"}},
            {"is_replica": {"usage": "GAUGE", "description": "Indicates if the server is a replica"}},
        ],
    }
}
"""What newer exporters measure by themselves."""


class Target(NamedTuple):
    """`address`: host:port/database."""

    address: str
    module: str

    @property
    def slug(self) -> str:
        """Fit for the name of a program."""
        return re.sub(r"[^a-z0-9]+", "-", self.address.lower())


def targets(snapshot: Snapshot, namespace: str) -> list[Target]:
    """Those that the ServiceMonitors of the exporter's namespace have it ask."""
    found = []
    for monitor in snapshot.all("ServiceMonitor", namespace):
        for endpoint in monitor["spec"].get("endpoints") or ():
            known = of(endpoint)
            if known:
                found.append(known)
    return sorted(set(found))


def of(endpoint: Mapping[str, Any]) -> Target | None:
    """The server that an endpoint of a monitor is about; None for other ones."""
    given = endpoint.get("params") or {}
    if endpoint.get("path") != PATH or not given.get("target") or not given.get("auth_module"):
        return None
    return Target(given["target"][0], given["auth_module"][0])


def connection(target: Target, files: Mapping[Path, str]) -> str:
    """How the exporter signs in; KeyError when its configuration has no such module."""
    text = next((text for path, text in files.items() if path.name == CONFIGURATION), "")
    module = (yaml.safe_load(text) or {})["auth_modules"][target.module]
    known = module["userpass"]
    options = urlencode(module.get("options") or {})
    return f"postgresql://{quote(known['username'])}:{quote(known['password'], safe='')}@{target.address}?{options}"


def queries(directory: Path) -> Iterator[tuple[Path, str]]:
    yield directory / "queries.yaml", yaml.safe_dump(QUERIES)
