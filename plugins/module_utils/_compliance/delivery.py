# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a source delivers: files as they came, by the table they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table

SUFFIXES = {".csv": "csv", ".csv.gz": "csv", ".csv.zst": "csv", ".parquet": "parquet"}


class SourceError(ValueError):
    """A source cannot be read, or must not be; the text names it and what to do."""


@dataclass(frozen=True)
class Delivered:
    """The files of one table, all of one format.

    :param rows: how many rows the source says it has sent, None when it doesn't say.
    """

    paths: tuple[Path, ...]
    rows: int | None = None

    @property
    def format(self) -> str:
        """``csv`` or ``parquet``. Raises SourceError when the files are of several."""
        formats = sorted({SUFFIXES[suffix_of(path.name) or ""] for path in self.paths})
        if len(formats) > 1:
            raise SourceError(f"{self.paths[0].parent}: a table comes as {' or '.join(formats)}, not as both")
        return formats[0]


@dataclass(frozen=True)
class Delivery:
    """The tables delivered, and for the manifest where and when they were taken."""

    taken_from: dict[str, Any]
    tables: dict[str, Delivered]


class Source(Protocol):
    """Where data comes from."""

    def deliver(self, tables: Mapping[str, Table], directory: Path) -> Delivery:
        """Bring the tables here. Files that are not here yet go into the directory. Raises SourceError."""


def suffix_of(name: str) -> str | None:
    """The suffix by which a file is data, None when it isn't."""
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)


def table_of(name: PurePosixPath) -> str | None:
    """The table a file is for: ``workers.csv``, or any file of data in a folder ``workers``; None for other files.

    :param name: its path below the place of delivery.
    """
    suffix = suffix_of(name.name)
    if suffix is None or name.name.startswith((".", "_")):
        return None
    return name.parts[0] if len(name.parts) > 1 else name.name.removesuffix(suffix)


def by_table(files: Iterable[tuple[PurePosixPath, Path]]) -> dict[str, Delivered]:
    """The deliveries of files, given by their path below the place of delivery and where they are now."""
    found: dict[str, list[Path]] = {}
    for name, path in files:
        table = table_of(name)
        if table is not None:
            found.setdefault(table, []).append(path)
    return {table: Delivered(tuple(sorted(paths))) for table, paths in sorted(found.items())}
