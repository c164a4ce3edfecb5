# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much of tables and B-tree indexes is air: an estimate from the planner's statistics, which pgstattuple, where it
is installed, replaces by what it measures."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, LiteralString

from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import Bloat, Limits
from ansible_collections.iworkz.platform.plugins.module_utils._queries.session import rows

with suppress(ImportError):  # postgres.connect() says so
    import psycopg
    from psycopg import sql

MEASURED_BYTES = 2**30
"""Larger ones are not measured: it reads them whole, or what of them is not all visible."""

# Pages that the rows would fill, were they written anew: of 8192 bytes less the header, rows of a header of 24 and a
# line pointer of 4, columns of their mean width, aligned to 8; an entry of an index has a header of 8 and a line
# pointer of 4, and leaves are filled to nine tenths. Tables without statistics, and of columns that the reader may not
# see, are left out; long values beside the table are not counted.
_ESTIMATE = """
WITH widths AS (
  SELECT s.schemaname, s.tablename, count(*) AS columns, bool_or(s.null_frac > 0) AS nulls,
         sum((1 - s.null_frac) * s.avg_width) AS width
  FROM pg_stats s
  WHERE NOT s.inherited AND s.schemaname !~ '^pg_' AND s.schemaname <> 'information_schema' GROUP BY 1, 2
), fill AS (
  SELECT c.oid, coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions)
                           WHERE option_name = 'fillfactor'),
                         CASE c.relkind WHEN 'i' THEN 90 ELSE 100 END) / 100.0 AS factor
  FROM pg_class c
), tables AS (
  SELECT c.oid, n.nspname || '.' || c.relname AS name, 'table' AS kind, c.relpages,
         ceil(c.reltuples / greatest(1, floor((8192 - 24) * f.factor
              / (4 + 8 * ceil((24 + CASE WHEN w.nulls THEN ceil(w.columns / 8.0) ELSE 0 END
                               + w.width) / 8.0))))) AS wanted
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN fill f ON f.oid = c.oid
  JOIN widths w ON w.schemaname = n.nspname AND w.tablename = c.relname
  WHERE c.relkind IN ('r', 'm') AND c.reltuples > 0
    AND w.columns = (SELECT count(*) FROM pg_attribute a
                      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
), indexes AS (
  SELECT x.oid, n.nspname || '.' || x.relname AS name, 'index' AS kind, x.relpages,
         1 + ceil(x.reltuples / greatest(1, floor((8192 - 40) * f.factor
                  / (4 + 8 * ceil((8 + k.width) / 8.0))))) AS wanted
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam AND m.amname = 'btree'
  JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN fill f ON f.oid = x.oid
  CROSS JOIN LATERAL (
    SELECT sum((1 - s.null_frac) * s.avg_width) AS width, count(s.attname) AS seen
    FROM pg_attribute a LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
                                            AND s.attname = a.attname AND NOT s.inherited
    WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
  ) k
  WHERE x.reltuples > 0 AND i.indisvalid AND i.indexprs IS NULL AND k.seen = i.indnatts
)
SELECT oid::bigint AS oid, name::text AS name, kind, relpages::bigint * 8192 AS bytes,
       greatest(0, relpages - wanted)::bigint * 8192 AS wasted
FROM (SELECT * FROM tables UNION ALL SELECT * FROM indexes) every
WHERE relpages > 0
"""

_MEASURE: dict[str, tuple[str, LiteralString]] = {
    "table": (
        "pgstattuple_approx",
        "SELECT approx_free_space + dead_tuple_len AS wasted, table_len AS bytes FROM {}(%s::oid::regclass)",
    ),
    # Of a leaf, a tenth is kept free on purpose.
    "index": (
        "pgstatindex",
        "SELECT (index_size * greatest(0, 90 - avg_leaf_density) / 90)::bigint AS wasted, index_size AS bytes"
        " FROM {}(%s::oid::regclass)",
    ),
}


def found(session: psycopg.Connection[Any], extensions: Mapping[str, str], limits: Limits) -> tuple[Bloat, ...]:
    """Tables and indexes of which more is air than the limits let."""
    judged = []
    for row in rows(session, _ESTIMATE):
        oid = row.pop("oid")
        estimate = Bloat(**row)
        if _much(estimate, limits):
            judged.append(_measured(session, oid, estimate, extensions.get("pgstattuple")))
    return tuple(each for each in judged if _much(each, limits))


def _much(one: Bloat, limits: Limits) -> bool:
    return one.wasted >= limits.bloat_mb * 2**20 and one.percent >= limits.bloat_percent


def _measured(session: psycopg.Connection[Any], oid: int, estimate: Bloat, schema: str | None) -> Bloat:
    if schema is None or estimate.bytes > MEASURED_BYTES:
        return estimate
    function, query = _MEASURE[estimate.kind]
    (row,) = rows(session, sql.SQL(query).format(sql.Identifier(schema, function)).as_string(session), (oid,))
    return Bloat(estimate.name, estimate.kind, int(row["bytes"]), int(row["wasted"]), measured=True)
