"""The repository of automated snapshots: a directory per snapshot, beside the state.

`snapshot.json` says what the snapshot is, `<index>/meta.json` what the index is, `<index>/<shard>.json` has the shard's
documents. Each file ends with a checksum of the rest, as blobs of OpenSearch do
(org.opensearch.repositories.blobstore.ChecksumBlobStoreFormat).
"""

from __future__ import annotations

import copy
import json
import shutil
import uuid
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.planes.search import shards
from sandbox.planes.search.state import Document, State, new_id, now_ms

HOUR = timedelta(hours=1)
KEPT = 336
"""https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html"""
INFO, META = "snapshot.json", "meta.json"
FOOTER = 8
TIME = "%Y-%m-%dt%H-%M-%S"


class Corrupt(Exception):
    """A file is not as it was written."""


def write(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(document).encode()
    path.write_bytes(content + f"{zlib.crc32(content):08x}".encode())


def read(path: Path) -> Any:
    try:
        blob = path.read_bytes()
    except FileNotFoundError as error:
        raise Corrupt(f"NoSuchFileException[{path.name}]") from error
    content, footer = blob[:-FOOTER], blob[-FOOTER:]
    actual = f"{zlib.crc32(content):08x}".encode()
    if footer != actual:
        raise Corrupt(
            "CorruptIndexException[checksum failed (hardware problem?) : "
            f"expected={footer.decode(errors='replace')} actual={actual.decode()} (resource={path.name})]"
        )
    return json.loads(content)


def directory(state: State) -> Path:
    return state.path.parent / "snapshots"


def names(state: State) -> list[str]:
    """Oldest first: a name begins with its time."""
    here = directory(state)
    return sorted(path.name for path in here.glob("[!.]*"))


def info(state: State, name: str) -> Document:
    """As it is listed. Raises Corrupt."""
    found: Document = read(directory(state) / name / INFO)
    return found


def take_due(state: State) -> None:
    """The service takes one every hour. Here it is taken when somebody looks, of a domain that has none of the last
    hour, or none with a document although it has some: nobody leaves a sandbox on for an hour."""
    known = names(state)
    recent = bool(known) and datetime.now(UTC) - _taken(known[-1]) < HOUR
    if not recent or (_is_empty(state, known[-1]) and any(index["documents"] for index in state.indices.values())):
        take(state)


def take(state: State) -> str:
    """Write a snapshot of every index; its name."""
    began = now_ms()
    time = datetime.fromtimestamp(began / 1000, UTC)
    name = f"{time:{TIME}}.{uuid.uuid4()}"
    here = directory(state) / f".{name}"
    for index_name, index in state.indices.items():
        meta = {key: value for key, value in index.items() if key != "documents"}
        write(here / index_name / META, {**meta, "checkpoint": state.sequence - 1})
        for shard in range(shards.number(index)):
            inside = {key: one for key, one in index["documents"].items() if shards.shard_of(index, key) == shard}
            write(here / index_name / f"{shard}.json", inside)
    total = sum(shards.number(index) for index in state.indices.values())
    ended = now_ms()
    write(
        here / INFO,
        {
            "snapshot": name,
            "uuid": new_id(),
            "version": state.version,
            "indices": list(state.indices),
            "data_streams": [],
            "include_global_state": True,
            "state": "SUCCESS",
            "start_time": _iso(began),
            "start_time_in_millis": began,
            "end_time": _iso(ended),
            "end_time_in_millis": ended,
            "duration_in_millis": ended - began,
            "failures": [],
            "shards": {"total": total, "failed": 0, "successful": total},
        },
    )
    here.rename(directory(state) / name)
    for old in names(state)[:-KEPT]:
        shutil.rmtree(directory(state) / old)
    return name


def index_of(state: State, snapshot: str, name: str) -> Document:
    """An index as a snapshot has it, without its documents. Raises Corrupt."""
    found: Document = read(directory(state) / snapshot / name / META)
    return copy.deepcopy(found)


def shard_of(state: State, snapshot: str, name: str, shard: int) -> Document:
    """The documents of one shard. Raises Corrupt."""
    found: Document = read(directory(state) / snapshot / name / f"{shard}.json")
    return found


def _taken(name: str) -> datetime:
    return datetime.strptime(name.partition(".")[0], TIME).replace(tzinfo=UTC)


def _is_empty(state: State, snapshot: str) -> bool:
    files = (path for path in (directory(state) / snapshot).glob("*/*.json") if path.name != META)
    return all(path.stat().st_size == len("{}") + FOOTER for path in files)


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
