# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the statistics of one database: pg_stat_statements, tables, indexes, foreign keys and bloat."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._queries import bloat
from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import (
    Facts,
    ForeignKey,
    Index,
    Limits,
    Statement,
    Table,
)
from ansible_collections.iworkz.platform.plugins.module_utils._queries.session import rows
from ansible_collections.iworkz.platform.plugins.module_utils._queries.statements import MARK

with suppress(ImportError):  # postgres.connect() says so
    import psycopg
    from psycopg import sql

_EXTENSIONS = "SELECT extname::text AS name, extnamespace::regnamespace::text AS schema FROM pg_extension"
# Scans are counted since the last reset, or at least since the server's start: a crash begins anew, too.
_AGE = """
SELECT extract(epoch FROM now() - greatest(d.stats_reset, pg_postmaster_start_time())) / 86400 AS days
FROM pg_stat_database d WHERE d.datname = current_database()
"""
# Statements of ours and of RDS itself are left out. A user's search path: of the role in the database, of the role, of
# the database, of the server.
_STATEMENTS = """
SELECT s.queryid::text AS id, r.rolname::text AS "user", s.query AS text, sum(s.calls)::bigint AS calls,
       sum(s.total_exec_time) AS total_ms, sum(s.total_exec_time) / sum(s.calls) AS mean_ms,
       sum(s.rows)::bigint AS rows,
       100.0 * sum(s.shared_blks_hit) / nullif(sum(s.shared_blks_hit + s.shared_blks_read), 0) AS hit_percent,
       (SELECT regexp_replace(c.setting, '^search_path=', '')
          FROM pg_db_role_setting g, unnest(g.setconfig) AS c(setting)
         WHERE c.setting LIKE 'search_path=%' AND g.setrole IN (0, s.userid)
           AND g.setdatabase IN (0, s.dbid) AND NOT (g.setrole = 0 AND g.setdatabase = 0)
         ORDER BY g.setrole = 0, g.setdatabase = 0 LIMIT 1) AS search_path
FROM {view} s JOIN pg_roles r ON r.oid = s.userid
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND s.calls > 0 AND strpos(s.query, {mark}) = 0 AND r.rolname <> 'rdsadmin'
GROUP BY s.queryid, r.rolname, s.query, s.userid, s.dbid
ORDER BY total_ms DESC LIMIT {count}
"""
_OWN = """
n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""
_TABLES = f"""
SELECT c.oid::bigint AS oid, n.nspname::text AS schema, c.relname::text AS name,
       pg_get_userbyid(c.relowner)::text AS owner, greatest(c.reltuples, 0)::float8 AS rows,
       pg_relation_size(c.oid) AS bytes, c.reltuples >= 0 AS analyzed,
       coalesce(s.seq_scan, 0) AS seq_scans, coalesce(s.seq_tup_read, 0) AS seq_rows,
       coalesce(s.idx_scan, 0) AS idx_scans, coalesce(s.n_tup_ins + s.n_tup_upd + s.n_tup_del, 0) AS writes,
       (SELECT json_object_agg(a.attname, coalesce(
                 CASE WHEN p.n_distinct < 0 THEN -p.n_distinct * greatest(c.reltuples, 0) ELSE p.n_distinct END, 0))
          FROM pg_attribute a
          LEFT JOIN pg_stats p ON p.schemaname = n.nspname AND p.tablename = c.relname AND p.attname = a.attname
                              AND NOT p.inherited
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'm') AND {_OWN}
"""
_INDEXES = f"""
SELECT i.indexrelid::bigint AS oid, i.indrelid::bigint AS "table", n.nspname::text AS schema, x.relname::text AS name,
       m.amname::text AS method, i.indnkeyatts AS width,
       ARRAY(SELECT json_build_array(pg_get_indexdef(i.indexrelid, k, true), i.indclass[k - 1]::bigint,
                                     i.indcollation[k - 1]::bigint, i.indoption[k - 1])
               FROM generate_series(1, i.indnkeyatts) k ORDER BY k) AS keys,
       ARRAY(SELECT coalesce(a.attname, '')::text FROM generate_series(1, i.indnatts) k
               LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND a.attnum > 0
              ORDER BY k) AS columns,
       coalesce(pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
       i.indisunique OR i.indisexclusion OR i.indisreplident OR i.indisclustered
         OR EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid) AS fixed,
       i.indisvalid AND i.indisready AND i.indislive AS valid,
       EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid
                 AND p.datname = current_database()) AS building,
       pg_relation_size(i.indexrelid) AS bytes, coalesce(s.idx_scan, 0) AS scans
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_all_indexes s ON s.indexrelid = i.indexrelid
WHERE c.relkind IN ('r', 'm') AND {_OWN}
"""
_FOREIGN_KEYS = f"""
SELECT o.conname::text AS name, o.conrelid::bigint AS "table", o.confrelid::regclass::text AS parent,
       ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k(number, place)
               JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number ORDER BY k.place) AS columns,
       coalesce((SELECT s.n_tup_del FROM pg_stat_all_tables s WHERE s.relid = o.confrelid), 0) AS parent_deletes
FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE o.contype = 'f' AND c.relkind = 'r' AND {_OWN}
"""
_SCANS = "SELECT indexrelid::bigint AS oid, idx_scan AS scans FROM pg_stat_user_indexes"
DEFAULT_PATH = '"$user", public'


def facts(session: psycopg.Connection[Any], database: str, limits: Limits) -> Facts:
    """What there is to know of a database.

    :raises psycopg.Error: when it can't be read.
    """
    extensions = {row["name"]: row["schema"] for row in rows(session, _EXTENSIONS)}
    (age,) = rows(session, _AGE)
    statements, evicted = _statements(session, extensions, limits)
    return Facts(
        database=database,
        extensions=extensions,
        statements=statements,
        evicted=evicted,
        tables={row["oid"]: Table(**row) for row in rows(session, _TABLES)},
        indexes=tuple(_index(row) for row in rows(session, _INDEXES)),
        foreign_keys=tuple(
            ForeignKey(**{**row, "columns": tuple(row["columns"])}) for row in rows(session, _FOREIGN_KEYS)
        ),
        bloat=bloat.found(session, extensions, limits),
        statistics_days=float(age["days"]),
    )


def scans(session: psycopg.Connection[Any]) -> tuple[dict[int, int], float]:
    """How often each index of a database was used on this server, and since how many days that is counted."""
    (age,) = rows(session, _AGE)
    return {row["oid"]: row["scans"] for row in rows(session, _SCANS)}, float(age["days"])


def _statements(
    session: psycopg.Connection[Any], extensions: Mapping[str, str], limits: Limits
) -> tuple[tuple[Statement, ...], int]:
    schema = extensions.get("pg_stat_statements")
    if schema is None:
        return (), 0
    query = sql.SQL(_STATEMENTS).format(
        view=sql.Identifier(schema, "pg_stat_statements"), mark=sql.Literal(MARK), count=sql.Literal(limits.statements)
    )
    information = sql.SQL("SELECT dealloc AS evicted FROM {}").format(sql.Identifier(schema, "pg_stat_statements_info"))
    found = rows(session, query.as_string(session))
    (kept,) = rows(session, information.as_string(session))
    return tuple(Statement(**{**row, "search_path": _path(row)}) for row in found), int(kept["evicted"])


def _path(row: Mapping[str, Any]) -> str:
    return str(row["search_path"] or DEFAULT_PATH).replace("$user", row["user"])


def _index(row: Mapping[str, Any]) -> Index:
    given = dict(row)
    width, columns = given.pop("width"), given.pop("columns")
    keys = tuple(tuple(key) for key in given.pop("keys"))
    return Index(keys=keys, columns=tuple(columns[:width]), included=tuple(columns[width:]), **given)
