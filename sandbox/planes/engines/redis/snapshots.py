"""Snapshots: the RDB file of a server, kept in a directory of its own, and servers that begin with one.

A snapshot is a plane without servers, `<region>/snapshot/<name>`, so that it outlives the group it was taken of.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import redis

from sandbox.planes.host import Host

FILE = "dump.rdb"
SAVE_SECONDS = 60


def take(host: Host, server: redis.Redis, source: Path, target: Path) -> None:
    """Let a server write its data to `source`/dump.rdb and keep a copy in `target`.

    https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
    """
    before = _persistence(server)["rdb_saves"]
    server.execute_command("BGSAVE", "SCHEDULE")

    def written() -> bool:
        now = _persistence(server)
        if now["rdb_last_bgsave_status"] != "ok":
            raise RuntimeError("the server could not write its snapshot; its log tells why")
        # It counts those that have begun.
        return bool(now["rdb_saves"] > before and not now["rdb_bgsave_in_progress"])

    host.wait(written, SAVE_SECONDS, "the snapshot is written")
    shutil.copyfile(source / FILE, target / FILE)
    host.account.give(target / FILE)


def plant(host: Host, snapshot: Path, directory: Path) -> None:
    """Let the server of an empty directory begin with a snapshot. RuntimeError for a damaged one, which Redis would not
    load.

    With an append-only file Redis does not read dump.rdb; the base of that file may be in the same format, though.
    """
    host.run("redis-check-rdb", snapshot / FILE)
    account = host.account
    append_only = account.directory(directory / "appendonlydir")
    base = append_only / "appendonly.aof.1.base.rdb"
    manifest = append_only / "appendonly.aof.manifest"
    shutil.copyfile(snapshot / FILE, base)
    manifest.write_text(f"file {base.name} seq 1 type b\n", encoding="ascii")
    account.give(base)
    account.give(manifest)


def _persistence(server: redis.Redis) -> dict[str, Any]:
    info: Any = server.info("persistence")
    return dict(info)
