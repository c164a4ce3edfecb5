# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What PostgreSQL's own catalogue says of a database's tables: columns, keys, and which rows refer to which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import Table

_COLUMNS = """
SELECT n.nspname || '.' || c.relname AS name, c.relkind::text AS kind, a.attname AS column_name,
       format_type(a.atttypid, NULL) AS type, NOT a.attnotnull AS nullable, a.attgenerated <> '' AS generated,
       EXISTS (SELECT FROM pg_index i
               WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY(i.indkey)) AS distinguishes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = ANY(%s)
ORDER BY c.oid, a.attnum
"""
_REFERENCES = """
SELECT cn.nspname || '.' || c.relname AS child, ca.attname AS column_name,
       pn.nspname || '.' || p.relname AS parent, pa.attname AS key
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
CROSS JOIN unnest(k.conkey, k.confkey) AS pair(ours, theirs)
JOIN pg_attribute ca ON ca.attrelid = c.oid AND ca.attnum = pair.ours
JOIN pg_attribute pa ON pa.attrelid = p.oid AND pa.attnum = pair.theirs
WHERE k.contype = 'f' AND cn.nspname = ANY(%s)
"""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    nullable: bool
    generated: bool
    distinguishes: bool
    """Whether a unique index has it."""


@dataclass(frozen=True)
class Reference:
    """A foreign key, one column of it: ``child.column`` holds a ``key`` of ``parent``."""

    child: str
    column: str
    parent: str
    key: str


@dataclass(frozen=True)
class Catalogue:
    columns: Mapping[str, Mapping[str, Column]]
    """By table and name; base tables and views."""
    references: Sequence[Reference]
    views: frozenset[str]

    def children_first(self, tables: Mapping[str, Table]) -> list[Table]:
        """The tables in an order in which no row is left behind that refers to one which is gone."""
        order: TopologicalSorter[str] = TopologicalSorter({name: set() for name in tables})
        for table in tables.values():
            if table.parent is not None:
                order.add(table.parent.table, table.name)
        for reference in self.references:
            if {reference.child, reference.parent} <= tables.keys() and reference.child != reference.parent:
                order.add(reference.parent, reference.child)
        return [tables[name] for name in order.static_order() if name not in self.views]


def read(connection: Any, tables: Mapping[str, Table]) -> Catalogue:
    """The catalogue of the schemas of these tables. Raises LookupError for a declared table that does not exist."""
    schemas = sorted({table.schema for table in tables.values()})
    columns: dict[str, dict[str, Column]] = {}
    views = set()
    for row in connection.execute(_COLUMNS, (schemas,)).fetchall():
        found = Column(row["column_name"], row["type"], row["nullable"], row["generated"], row["distinguishes"])
        columns.setdefault(row["name"], {})[found.name] = found
        if row["kind"] in "vm":
            views.add(row["name"])
    missing = sorted(tables.keys() - columns.keys())
    if missing:
        raise LookupError(f"the inventory names tables that do not exist: {', '.join(missing)}")
    rows = connection.execute(_REFERENCES, (schemas,)).fetchall()
    references = [Reference(row["child"], row["column_name"], row["parent"], row["key"]) for row in rows]
    return Catalogue(columns, references, frozenset(views))
