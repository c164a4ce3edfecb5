"""What an instance is made from: nothing, another instance, a snapshot, or an instance's past."""

from __future__ import annotations

from typing import Any

from sandbox.planes.engine import Plane
from sandbox.planes.engines.postgres import backups, joining, replication, seeds
from sandbox.planes.engines.postgres.server import Server
from sandbox.planes.host import Host


def begin(host: Host, plane: Plane, spec: dict[str, Any]) -> None:
    """Make and start the first server. spec: as of Postgres.create()."""
    server = replication.primary(host, plane)
    if spec.get("source"):
        _replicate(host, plane)
    elif spec.get("snapshot"):
        seeds.restore(server, backups.snapshot_directory(host, spec["snapshot"]))
        server.start()
        _set_master(server, spec)
    elif spec.get("base"):
        seeds.restore(server, backups.newest(host, spec["base"]))
        server.start()
        _set_master(server, spec)
    elif spec.get("past"):
        seeds.restore_to(server, *backups.past(host, **spec["past"]), spec["past"]["time"])
        server.start(seeds.COPY_SECONDS)
        server.configure()
        _set_master(server, spec)
    else:
        seeds.empty(server)
        server.start()
        seeds.users(server, spec["master"], spec.get("database"))


def _replicate(host: Host, plane: Plane) -> None:
    source = replication.source_of(host, plane)
    if source is None:
        raise RuntimeError(f"there is no postgres {plane.data['source']} to replicate")
    endpoint = source.endpoints[replication.ENDPOINT]
    replication.lead(host, plane, endpoint["address"], endpoint["port"])
    joining.copy_from_source(host, plane)


def _set_master(server: Server, spec: dict[str, Any]) -> None:
    if spec.get("master"):
        with server.connect() as connection:
            seeds.set_password(connection, spec["master"]["username"], spec["master"]["password"])
