"""Deliveries of CSV, and what became of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import intake
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table, read_table
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.sources import Directory
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import read_yaml
from tests.conftest import ROOT

SCHEMA = ROOT / "rulepacks" / "jp_employment" / "schema"
NAMES = ("employers", "establishments", "workers", "timesheets", "timesheet_closings", "leave_taken", "absences")
TABLES: dict[str, Table] = {name: read_table(read_yaml(SCHEMA / f"{name}.yml"), name) for name in NAMES}
# What every delivery has that doesn't say otherwise: a worker of five days a week, and nothing else.
BASE = {
    "employers": "employer_id,industry\nE1,information\n",
    "establishments": "establishment_id,employer_id\nS1,E1\n",
    "workers": "worker_id,employer_id,hired_on,weekly_days\nW1,E1,2020-04-01,5\n",
    "timesheets": "timesheet_id,employer_id,worker_id,work_date\n",
    "timesheet_closings": "employer_id,worker_id,month\n",
    "leave_taken": "leave_id,employer_id,worker_id,taken_on\n",
    "absences": "absence_id,employer_id,worker_id,starts_on,ends_on\n",
}


def deliver(directory: Path, **tables: str) -> Directory:
    """Write the tables, each given as CSV, over those of the base."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in {**BASE, **tables}.items():
        (directory / f"{name}.csv").write_text(text, encoding="utf-8")
    return Directory(directory)


def take(tmp_path: Path, **tables: str) -> Snapshot:
    """The snapshot of a delivery."""
    return intake.take(deliver(tmp_path / "delivered", **tables), TABLES, tmp_path / "snapshot", threads=1)


def rows(snapshot: Snapshot, table: str, columns: str) -> list[tuple[Any, ...]]:
    """The columns of a table, in the order of the file."""
    return duckdb.sql(f"SELECT {columns} FROM '{snapshot.parquet(table)}'").fetchall()


def findings(snapshot: Snapshot, rule: str | None = None) -> list[dict[str, Any]]:
    """The findings about the data, of one rule or of all."""
    found = [json.loads(line) for line in snapshot.quality.read_text(encoding="utf-8").splitlines()]
    return [each for each in found if rule in (None, each["rule"])]
