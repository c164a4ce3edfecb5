# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An embedded DuckDB that judges a snapshot: it spills to disk, and reaches nothing but the snapshot's files."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.compiler import Compiler
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.dialects import generate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.findings import Findings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.lines import Lines
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.query import outputs, relations
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import VERDICTS, Rule
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import DDL
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot

with suppress(ImportError):  # evaluate.require() says so
    import duckdb
    import pyarrow

BATCH = 5000


@dataclass
class Judged:
    """What became of one rule; problem says why it could not be judged."""

    counts: dict[str, int] = field(default_factory=dict)
    problem: str = ""
    seconds: float = 0.0


class Engine:
    """A DuckDB with the tables of a snapshot and a pack; derived relations are made when a rule first needs them."""

    def __init__(
        self, pack: Pack, snapshot: Snapshot, compiler: Compiler, spill: str, memory_mib: int, threads: int
    ) -> None:
        self.pack = pack
        self.snapshot = snapshot
        self.compiler = compiler
        self.seconds: dict[str, float] = {}
        self._made: dict[str, str] = {}
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": f"{memory_mib}MiB",
                "threads": threads,
                "temp_directory": spill,
                "preserve_insertion_order": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            },
        )

    def __enter__(self) -> Engine:
        for reference in self.pack.tables.values():
            self._load(
                reference.table.name, {n: DDL[c.type] for n, c in reference.table.columns.items()}, reference.rows
            )
        files = [str(self.snapshot.parquet(name)) for name in self.snapshot.tables]
        self._connection.execute("SET allowed_paths = ?", [files])
        for name in sorted(set(self.pack.schema) & set(self.snapshot.tables)):
            self._attach(name)
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._connection.close()

    def judge(self, rule: Rule, origin: Mapping[str, str], lines: Lines) -> Judged:
        """Judge the cases of a rule in one pass, and write the findings."""
        started = time.monotonic()
        judged = Judged(dict.fromkeys(VERDICTS, 0))
        first = lines.mark()
        try:
            if rule.select is None:
                raise AssertionError
            for name in self.compiler.needed(rule.select):
                self._make(name)
            self._check_there(relations(rule.select))
            findings = Findings(rule, self.compiler.parameters[rule.id], origin)
            for batch in self._cases(rule):
                for row, cases in batch:
                    judged.counts[row["verdict"]] += cases
                lines.put(partial(findings.lines, batch))
        except (duckdb.Error, PackError) as error:
            lines.take_back(first)
            judged = Judged(dict.fromkeys(VERDICTS, 0), problem=str(error))
        judged.seconds = time.monotonic() - started
        return judged

    def _cases(self, rule: Rule) -> Iterator[list[tuple[dict[str, Any], int]]]:
        """Batches of rows that aren't ok, sorted, and how often they are there; all that are ok come as one."""
        tree = self.compiler.rule(rule, inline=False)
        names = outputs(tree)
        first = ["employer_id", *sorted(rule.key)]
        columns = [*first, *(name for name in names if name not in first)]
        kept = ", ".join(f"CASE WHEN verdict <> 'ok' THEN \"{name}\" END" for name in columns if name != "verdict")
        columns = [*(name for name in columns if name != "verdict"), "verdict"]
        places = ", ".join(str(number) for number in range(1, len(columns) + 1))
        sql = f"SELECT {kept}, verdict, COUNT(*) FROM ({generate(tree, 'duckdb')}) GROUP BY {places} ORDER BY {places}"
        cursor = self._connection.execute(sql)
        while batch := cursor.fetchmany(BATCH):
            yield [(dict(zip(columns, row, strict=False)), row[-1]) for row in batch]

    def _make(self, name: str) -> None:
        """Make a derived relation, whose own are made; one that failed fails again for every rule that needs it."""
        if name not in self._made:
            started = time.monotonic()
            try:
                self._check_there(relations(self.pack.derived[name].select))
                sql = generate(self.compiler.relation(name), "duckdb")
                self._connection.execute(f'CREATE TEMP TABLE "{name}" AS {sql}')
                self._made[name] = ""
            except (duckdb.Error, PackError) as error:
                self._made[name] = str(error)
            self.seconds[name] = time.monotonic() - started
        if self._made[name]:
            raise PackError(f"{name}: {self._made[name]}")

    def _check_there(self, names: set[str]) -> None:
        absent = [
            name
            for name in sorted(names & set(self.pack.schema))
            if not self.snapshot.tables.get(name, {}).get("delivered", name in self.snapshot.tables)
        ]
        if absent:
            raise PackError(f"the snapshot has no {', '.join(absent)}")

    def _attach(self, name: str) -> None:
        """Make a view of a table of the snapshot; a column that came with a newer pack is unknown where it may be."""
        there = self.snapshot.tables[name]["columns"]
        columns = [
            f'CAST("{each}" AS {DDL[column.type]}) AS "{each}"'
            if each in there
            else f'CAST(NULL AS {DDL[column.type]}) AS "{each}"'
            for each, column in self.pack.schema[name].columns.items()
            if each in there or column.null
        ]
        file = str(self.snapshot.parquet(name)).replace("'", "''")
        self._connection.execute(f"CREATE VIEW \"{name}\" AS SELECT {', '.join(columns)} FROM read_parquet('{file}')")

    def _load(self, name: str, columns: Mapping[str, str], rows: list[tuple[Any, ...]]) -> None:
        arrays = pyarrow.table({each: [row[number] for row in rows] for number, each in enumerate(columns)})
        self._connection.register("given", arrays)
        cast = ", ".join(f'CAST("{each}" AS {kind}) AS "{each}"' for each, kind in columns.items())
        self._connection.execute(f'CREATE TABLE "{name}" AS SELECT {cast} FROM given')
        self._connection.unregister("given")
