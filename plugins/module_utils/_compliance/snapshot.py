# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A snapshot: the data that rules judge, in a directory that never changes.

``manifest.json``: ``{schema, id, taken_from: {...}, files: {name: sha256}, notes: [...], quality: {rows, sha256, file},
tables: {name: {rows, columns: {name: type}, delivered, sha256, file}}}``. One ``<table>.parquet`` per table of the
pack, sorted by key, and ``quality.jsonl``, what is wrong with the data.

The sha256 of a table is that of its content, and the id that of everything but ``taken_from`` and ``files``: the same
data has the same id, whenever it was taken and whatever wrote the files. Those of the files tell of damage that the
content doesn't show, such as statistics by which rows would be skipped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.content import table_hash
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256

with suppress(ImportError):  # evaluate.require() says so
    import pyarrow

SCHEMA = 1
MANIFEST = "manifest.json"
QUALITY = "quality.jsonl"


class SnapshotError(ValueError):
    """A snapshot is not what its manifest says, or has none; the text names the file."""


class Snapshot:
    """A snapshot on this machine, verified against its manifest when it is opened.

    Raises SnapshotError naming the file, the table and what differs.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        manifest = _read_manifest(path / MANIFEST)
        self.id: str = manifest["id"]
        self.taken_from: dict[str, Any] = manifest["taken_from"]
        self.tables: dict[str, dict[str, Any]] = manifest["tables"]
        self.notes: list[dict[str, Any]] = manifest["notes"]
        for name, expected in self.tables.items():
            _verify(f"table {name}", self.parquet(name), expected, manifest["files"])
        if _file_hash(self.quality) != manifest["quality"]["sha256"]:
            raise SnapshotError(f"{self.quality}: the findings are not what the manifest says: the hash differs")

    @property
    def quality(self) -> Path:
        """What is wrong with the data, as findings, one JSON object a line."""
        return self.path / QUALITY

    def findings(self) -> Iterator[dict[str, Any]]:
        """What ``quality`` holds, one after the other."""
        with self.quality.open("rb") as file:
            yield from map(json.loads, file)

    def parquet(self, table: str) -> Path:
        """The file of a table. Raises SnapshotError when there is no such table."""
        if table not in self.tables:
            raise SnapshotError(f"{self.path}: there is no table {table}; there are {', '.join(sorted(self.tables))}")
        return self.path / str(self.tables[table]["file"])


class Writer:
    """Fills the directory of a snapshot; see ``writing``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._tables: dict[str, dict[str, Any]] = {}

    def add(self, connection: Any, table: Table, relation: str, delivered: bool = True) -> int:
        """Write the rows of a relation of DuckDB with the columns of the table, sorted by key; return their number.

        :param delivered: False when the source had no such table, which is not the same as having no rows.
        """
        path = self.directory / f"{table.name}.parquet"
        columns = ", ".join(f'"{name}"' for name in table.columns)
        order = ", ".join(f'"{name}"' for name in table.key)
        connection.execute(
            f"COPY (SELECT {columns} FROM {relation} ORDER BY {order}) TO '{_quoted(path)}' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
        rows, _types, digest = table_hash(path)
        self._tables[table.name] = {
            "rows": rows,
            "columns": {name: column.type for name, column in table.columns.items()},
            "delivered": delivered,
            "sha256": digest,
            "file": path.name,
        }
        return rows

    def finish(self, taken_from: Mapping[str, Any], notes: Sequence[Mapping[str, Any]], findings: int) -> None:
        """Write the manifest; ``quality.jsonl`` is there, with so many findings."""
        content = {
            "schema": SCHEMA,
            "tables": self._tables,
            "notes": list(notes),
            "quality": {"rows": findings, "sha256": _file_hash(self.directory / QUALITY), "file": QUALITY},
        }
        manifest = {
            **content,
            "id": sha256(canonical(content)),
            "taken_from": dict(taken_from),
            "files": {table["file"]: _file_hash(self.directory / table["file"]) for table in self._tables.values()},
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True)
        (self.directory / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Write a snapshot beside ``path`` and move it there when all of it is on disk; nothing is left of one that fails.

    Raises SnapshotError when something is there already: snapshots never change.
    """
    if path.exists():
        raise SnapshotError(f"{path}: is there already, and snapshots never change")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield Writer(partial)
        for file in partial.iterdir():
            _sync(file)
        _sync(partial)
        partial.rename(path)
        _sync(path.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _verify(what: str, path: Path, expected: Mapping[str, Any], files: Mapping[str, str]) -> None:
    try:
        rows, types, digest = table_hash(path)
    except FileNotFoundError as error:
        raise SnapshotError(f"{path}: the file of {what} is missing") from error
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise SnapshotError(f"{path}: the file of {what} is corrupt: {error}") from error
    if rows != expected["rows"]:
        raise SnapshotError(f"{path}: {what} has {rows} rows, the manifest says {expected['rows']}")
    if types.keys() != expected["columns"].keys():
        raise SnapshotError(f"{path}: {what} has other columns than the manifest says: {', '.join(types)}")
    if digest != expected["sha256"]:
        raise SnapshotError(f"{path}: the content of {what} is not what the manifest says: the hash differs")
    if _file_hash(path) != files.get(path.name):
        raise SnapshotError(f"{path}: the file of {what} is not what the manifest says: the hash differs")


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(_read(path))
        content = {name: manifest[name] for name in ("schema", "tables", "notes", "quality")}
        known = sha256(canonical(content)) == manifest["id"] and {"taken_from", "files"} <= manifest.keys()
    except (ValueError, KeyError, TypeError) as error:
        raise SnapshotError(f"{path}: is no manifest of a snapshot: {error!r}") from error
    if not known:
        raise SnapshotError(f"{path}: was changed: its id is not that of its content")
    if manifest["schema"] != SCHEMA:
        raise SnapshotError(f"{path}: has schema {manifest['schema']}, this program reads {SCHEMA}")
    return manifest


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SnapshotError(f"{path}: cannot be read: {error.strerror}") from error


def _file_hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SnapshotError(f"{path}: cannot be read: {error.strerror}") from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
