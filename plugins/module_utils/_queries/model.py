# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read of a server: sizes in bytes, times of statements in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Limits:
    """From which size and frequency on something is worth a word. Ages are in days, sizes in MiB."""

    top: int = 10
    statements: int = 200
    least_calls: int = 10
    slow_ms: float = 50.0
    share_percent: float = 5.0
    table_mb: float = 8.0
    rows: int = 10000
    index_mb: float = 1.0
    statistics_days: float = 7.0
    bloat_percent: float = 40.0
    bloat_mb: float = 64.0
    gain_percent: float = 50.0

    @property
    def table_bytes(self) -> float:
        return self.table_mb * 2**20

    @property
    def index_bytes(self) -> float:
        return self.index_mb * 2**20


@dataclass(frozen=True)
class Statement:
    """A normalised statement of one user. ``text`` may hold values and is never shown as it is."""

    id: str
    user: str
    text: str = field(repr=False)
    calls: int = 0
    total_ms: float = 0.0
    mean_ms: float = 0.0
    rows: int = 0
    hit_percent: float | None = None
    search_path: str = ""


@dataclass(frozen=True)
class Table:
    oid: int
    schema: str
    name: str
    owner: str
    rows: float
    bytes: int
    columns: dict[str, float]
    """Of each column, how many different values are expected; 0 where nothing is known."""
    seq_scans: int = 0
    seq_rows: int = 0
    idx_scans: int = 0
    writes: int = 0
    analyzed: bool = True

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Index:
    """``keys`` are its key columns, in order, each with operator class, collation and direction; ``columns`` their
    names, empty where one is an expression. ``fixed`` may not go: it is unique, or of a constraint, or a replica
    identity."""

    oid: int
    table: int
    schema: str
    name: str
    method: str
    keys: tuple[tuple[Any, ...], ...]
    columns: tuple[str, ...]
    included: tuple[str, ...]
    predicate: str
    fixed: bool
    valid: bool
    building: bool
    bytes: int
    scans: int

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class ForeignKey:
    name: str
    table: int
    columns: tuple[str, ...]
    parent: str
    parent_deletes: int


@dataclass(frozen=True)
class Bloat:
    """An estimate from the planner's statistics, or what pgstattuple has measured."""

    name: str
    kind: str
    bytes: int
    wasted: int
    measured: bool = False

    @property
    def percent(self) -> float:
        return round(100 * self.wasted / self.bytes, 1) if self.bytes else 0.0


@dataclass(frozen=True)
class Facts:
    """One database of one server. ``extensions`` are the schemas of those that are installed, by name."""

    database: str
    extensions: dict[str, str]
    statements: tuple[Statement, ...]
    evicted: int
    tables: dict[int, Table]
    indexes: tuple[Index, ...]
    foreign_keys: tuple[ForeignKey, ...]
    bloat: tuple[Bloat, ...]
    statistics_days: float
    """Since when scans are counted, at least."""


@dataclass(frozen=True)
class Finding:
    """A message of the catalogue (``queries.unused_index``) and its values, as a Breach has them."""

    id: str
    params: dict[str, Any]
