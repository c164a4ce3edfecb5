# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a source to a snapshot: data read as the pack's types, held against itself, and written down once.

All of it happens in DuckDB, in bounded memory: what does not fit goes to disk, in a directory that is gone afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import conversions, doubles, timesheets
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.delivery import Delivery, Source
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.header import IntakeError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.quality import Quality
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import QUALITY, Snapshot, writing
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.staging import stage, stage_nothing

with suppress(ImportError):  # evaluate.require() says so
    import duckdb

MEMORY_MIB = 1024
THREADS = 2

Note = dict[str, Any]


def take(
    source: Source,
    tables: Mapping[str, Table],
    path: Path,
    *,
    memory_mib: int = MEMORY_MIB,
    threads: int = THREADS,
) -> Snapshot:
    """Take a snapshot of a source into a directory that does not exist yet.

    :param tables: those of the pack; of others a note is made, and the data is left alone.
    :param memory_mib: for DuckDB; scratch files go beside ``path``, about twice as large as the data delivered.

    Raises SourceError, IntakeError with every value that cannot be read (ten a table), and SnapshotError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as directory, writing(path) as writer:
        scratch = Path(directory)
        delivery = source.deliver(tables, scratch / "delivered")
        settings: dict[str, Any] = {
            "memory_limit": f"{memory_mib}MiB",
            "threads": threads,
            "temp_directory": str(scratch / "spill"),
        }
        with duckdb.connect(str(scratch / "stage.duckdb"), config=settings) as connection:
            # Sorted by key in the end; until then order is nobody's business, and keeping it costs memory.
            connection.execute("SET preserve_insertion_order = false")
            conversions.install(connection)
            quality = Quality(connection)
            notes = _stage(connection, tables, delivery)
            notes += _check(connection, tables, quality, delivery)
            for name, table in tables.items():
                writer.add(connection, table, f'"{name}"', delivered=name in delivery.tables)
            findings = quality.write(writer.directory / QUALITY)
            writer.finish(delivery.taken_from, notes, findings)
    return Snapshot(path)


def _stage(connection: Any, tables: Mapping[str, Table], delivery: Delivery) -> list[Note]:
    """Make a table of each; raise IntakeError with the problems of all."""
    problems, notes = [], []
    for name, table in tables.items():
        if name not in delivery.tables:
            stage_nothing(connection, table)
            notes.append({"note": "table_not_delivered", "table": name})
            continue
        try:
            missing = stage(connection, table, delivery.tables[name])
        except IntakeError as error:
            problems.append(str(error))
        else:
            notes += [{"note": "column_not_delivered", "table": name, "column": column} for column in missing]
    if problems:
        raise IntakeError("\n".join(problems))
    return notes + [{"note": "unknown_table", "table": name} for name in delivery.tables if name not in tables]


def _check(connection: Any, tables: Mapping[str, Table], quality: Quality, delivery: Delivery) -> list[Note]:
    """Hold the data against itself: doubles first, since whatever counts must not count them."""
    notes: list[Note] = []
    for name, table in tables.items():
        if name not in delivery.tables:
            quality.add("table_not_delivered", f"VALUES (NULL, {{'table': '{name}'}}, NULL, {{}}, ['{name}'])")
        _check_keys(connection, table, quality)
    if timesheets.TIMESHEETS in tables:
        moved = timesheets.day_of_start(connection)
        notes.append({"note": "day_of_start", "table": timesheets.TIMESHEETS, "rows": moved})
        timesheets.check_order(connection, quality)
        timesheets.check_overlaps(connection, tables[timesheets.TIMESHEETS], quality)
        if timesheets.CLOSINGS in tables:
            timesheets.check_closings(connection, tables, quality)
            reopened = timesheets.reopen(connection, quality)
            notes.append({"note": "months_not_complete", "table": timesheets.CLOSINGS, "rows": reopened})
    for table in tables.values():
        _check_references(connection, table, tables, quality)
    return [note for note in notes if note["rows"]]


def _check_keys(connection: Any, table: Table, quality: Quality) -> None:
    if not doubles.find_doubles(connection, table):
        return
    doubles.refuse_contradictions(connection, table)
    employer = 'min(t."employer_id")' if "employer_id" in table.columns else "NULL"
    key = ", ".join(f'min(t."{name}")::VARCHAR' for name in table.key)
    quality.add(
        "duplicate_key",
        f"SELECT {employer}, {{'table': '{table.name}', 'row': concat_ws(' ', {key})}}, NULL, "
        f"{{'rows': count(*), 'differing': {doubles.differing(table)}}}, {doubles.differing(table)} "
        f'FROM "{table.name}" t JOIN doubles d ON t.rowid = d.number GROUP BY d.which',
    )
    if table.name == timesheets.TIMESHEETS:
        timesheets.doubled(quality)
    doubles.merge(connection, table)


def _check_references(connection: Any, table: Table, tables: Mapping[str, Table], quality: Quality) -> None:
    """Rows that name a row which isn't there: rules that join the two never see them."""
    for name, column in table.columns.items():
        if column.references is None:
            continue
        target = tables[column.references]
        (identity,) = (each for each in target.key if each == name) if name in target.key else target.key[:1]
        employer = "employer_id" if "employer_id" in table.columns else "NULL"
        quality.add(
            "reference",
            f"SELECT {employer}, {{'table': '{table.name}', 'column': '{name}', 'value': \"{name}\"}}, NULL, "
            f"{{'rows': count(*), 'references': '{target.name}'}}, ['{target.name}'] FROM \"{table.name}\" "
            f'WHERE "{name}" IS NOT NULL AND "{name}" NOT IN (SELECT "{identity}" FROM "{target.name}") GROUP BY ALL',
        )
