"""Snapshots, and the backups from which an instance can be restored as it was at a time."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.planes.engine import Plane
from sandbox.planes.engines.postgres import replication, seeds
from sandbox.planes.engines.postgres.configuration import REPLICA_USER
from sandbox.planes.host import Host

SNAPSHOTS = "postgres_snapshot"


def passwords_of(host: Host, spec: dict[str, Any]) -> dict[str, str] | None:
    """Those of the service's own users in what an instance is made from; None for a new one."""
    if spec.get("snapshot"):
        return dict(_plane(host, SNAPSHOTS, spec["snapshot"]).data["passwords"])
    source = spec.get("source") or spec.get("base") or (spec.get("past") or {}).get("source")
    return dict(_plane(host, "postgres", source).data["passwords"]) if source else None


def snapshot_directory(host: Host, key: str) -> Path:
    return host.directory(_plane(host, SNAPSHOTS, key)) / "data"


def take_snapshot(host: Host, plane: Plane, source: str) -> None:
    """A base backup of an instance, in the directory of the snapshot's plane."""
    instance = _plane(host, "postgres", source)
    plane.data = {"passwords": instance.data["passwords"], "taken": datetime.now(UTC).isoformat()}
    server = replication.primary(host, instance)
    password = instance.data["passwords"][REPLICA_USER]
    seeds.copy(host, host.directory(plane) / "data", server.address, server.port, password)


def copy_snapshot(host: Host, plane: Plane, source: str) -> None:
    """Another snapshot's content, in the directory of the copy's plane."""
    original = _plane(host, SNAPSHOTS, source)
    plane.data = dict(original.data)
    seeds.duplicate(host, snapshot_directory(host, source), host.directory(plane) / "data")


def begin(host: Host, plane: Plane) -> None:
    """Archive WAL from now on, and take a base backup."""
    directory = host.directory(plane)
    plane.data["archive"] = str(host.account.directory(directory / "wal"))
    replication.configure(host, plane)
    server = replication.primary(host, plane)
    server.reload()
    taken = datetime.now(UTC).isoformat()
    base = host.account.directory(directory / "backups") / taken
    seeds.copy(host, base, server.address, server.port, plane.data["passwords"][REPLICA_USER])


def end(host: Host, plane: Plane) -> None:
    """Keep no backups any more, and remove those there are."""
    plane.data["archive"] = None
    for name in ("wal", "backups"):
        shutil.rmtree(host.directory(plane) / name, ignore_errors=True)


def newest(host: Host, source: str) -> Path:
    """The last base backup of an instance."""
    taken = list((host.directory(_plane(host, "postgres", source)) / "backups").iterdir())
    if not taken:
        raise RuntimeError(f"{source} has no backup")
    return max(taken, key=lambda path: path.name)


def past(host: Host, source: str, time: str) -> tuple[Path, Path]:
    """(base backup, WAL archive) that lead an instance to a time. The WAL that is still being written is archived."""
    instance = _plane(host, "postgres", source)
    directory = host.directory(instance)
    wanted = datetime.fromisoformat(time)
    taken = [path for path in (directory / "backups").iterdir() if datetime.fromisoformat(path.name) <= wanted]
    if not taken:
        raise RuntimeError(f"{source} has no backup from before {time}")
    _ship(host, instance)
    return max(taken, key=lambda path: path.name), directory / "wal"


def _ship(host: Host, instance: Plane) -> None:
    with replication.primary(host, instance).connect() as connection:
        # Recovery stops at the first transaction after the time it is to reach, and fails when there is none.
        connection.execute("SELECT pg_current_xact_id()")
        row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    host.wait((Path(instance.data["archive"]) / f"{row[0]}.gz").exists, 30, f"archiving of {row[0]}")


def _plane(host: Host, kind: str, key: str) -> Plane:
    for plane in host.planes(kind):
        if plane.key == key:
            return plane
    raise RuntimeError(f"there is no {kind} {key}")
