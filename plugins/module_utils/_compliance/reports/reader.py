# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The records of a snapshot as reports read them: queries of the pack, with one period after another."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.dialects import generate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.engine import Engine
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Functions, Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.query import parse, relations
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.deadlines import NotInForceError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Report
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot

with suppress(ImportError):  # evaluate.require() says so
    import duckdb
    from sqlglot import exp

Row = dict[str, Any]


class Reader(Engine):
    """An engine whose queries may each have a period of their own.

    :param as_of: the day of the evaluation; no figure of a report may depend on it.
    :param overrides: of parameters, stricter ones only.
    """

    def __init__(
        self,
        pack: Pack,
        snapshot: Snapshot,
        as_of: date,
        spill: Path,
        overrides: Mapping[str, Any] | None = None,
        *,
        memory_mib: int = 1024,
        threads: int = 2,
    ) -> None:
        compiler = pack.compiler(Situation(as_of), dict(overrides or {}))
        super().__init__(pack, snapshot, compiler, str(spill), memory_mib, threads)

    def __enter__(self) -> Reader:
        super().__enter__()
        return self

    def read(self, report: Report, where: str, period: tuple[date, date]) -> list[Row]:
        """The rows of one of a report's queries, sorted by its columns from left to right.

        :param where: ``who``, ``filed`` or ``<section>.query``.

        Raises PackError naming it.
        """
        return self.rows(
            report.queries[where], report.functions(self.compiler, self._in(period)), f"{report.id}: {where}"
        )

    def rows(self, select: exp.Select, functions: Functions, where: str) -> list[Row]:
        """As ``read``, of any query."""
        tree = functions.replace(select.copy())
        try:
            for name in self.compiler.needed(select):
                self._make(name)
            self._check_there(relations(select))
            cursor = self._connection.execute(f"SELECT * FROM ({generate(tree, 'duckdb')}) ORDER BY ALL NULLS LAST")
        except (duckdb.Error, PackError) as error:
            raise PackError(f"{where}: {error}") from error
        names = [each[0] for each in cursor.description]
        return [dict(zip(names, each, strict=True)) for each in cursor.fetchall()]

    def table(self, name: str) -> list[Row]:
        """The rows of a table, sorted; none when the snapshot has no such table."""
        if not self.snapshot.tables.get(name, {}).get("delivered", name in self.snapshot.tables):
            return []
        columns = ", ".join(self.pack.schema[name].columns)
        situation = self.compiler.situation
        return self.rows(parse(f"SELECT {columns} FROM {name}"), Functions({}, None, situation), name)

    def figure(self, report: Report, name: str, day: date) -> int:
        """The figure of the law of a name on a day. Raises NotInForceError when none is in force."""
        parameter = report.functions(self.compiler, self.compiler.situation).parameter(name)
        found = [each.value for each in parameter.versions if each.covers(day)]
        if not found:
            raise NotInForceError(f"{report.id}: {name}: no figure is in force on {day}")
        return int(found[0])

    def _in(self, period: tuple[date, date]) -> Situation:
        return replace(self.compiler.situation, period=period)

    def working_days(self) -> dict[date, date]:
        """The first working day on or after each day of the pack's table calendar; none without one."""
        calendar = self.pack.tables.get("calendar")
        if calendar is None:
            return {}
        day, first = (list(calendar.table.columns).index(name) for name in ("day", "next_business_day"))
        return {row[day]: row[first] for row in calendar.rows}
