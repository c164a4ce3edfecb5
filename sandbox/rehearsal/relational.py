"""Tables of a service's database, made and filled as its migrations and users would have done it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from sandbox.rehearsal.making import Tables

SCHEMAS = Path(__file__).with_name("schemas")
_MARK = "SELECT obj_description(to_regnamespace(%s), 'pg_namespace')"
_OURS = """
SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'v') AND c.relowner = to_regrole(current_user)
"""
_KINDS = {"r": "TABLE", "v": "VIEW"}


def once(connection: psycopg.Connection[Any], schema: str, content: str, make: Callable[[], object]) -> bool:
    """Call ``make`` in a transaction; False when it was called for the same content before.

    A comment on the schema says for which.
    """
    mark = f"rehearsal {hashlib.sha256(content.encode()).hexdigest()}"
    with connection.transaction():
        row = connection.execute(_MARK, (schema,)).fetchone()
        if row and row[0] == mark:
            return False
        make()
        connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(schema), sql.Literal(mark)))
    return True


def load(
    connection: psycopg.Connection[Any], service: str, tables: Tables, seal: Callable[[Tables], Tables] | None = None
) -> bool:
    """Make the tables of ``schemas/<service>.sql`` and fill them; False when that was done before.

    When either has changed since, all is made anew.

    :param seal: what is done to the rows before they are written, such as encryption.
    """
    ddl = (SCHEMAS / f"{service.replace('-', '_')}.sql").read_text(encoding="utf-8")
    schemas = list(dict.fromkeys(name.split(".")[0] for name in tables))

    def make() -> None:
        for schema, name, kind in connection.execute(_OURS, (schemas,)).fetchall():
            drop = sql.SQL("DROP {} IF EXISTS {} CASCADE")
            connection.execute(drop.format(sql.SQL(_KINDS[kind]), sql.Identifier(schema, name)))
        connection.execute(ddl.encode())
        for name, rows in (seal(tables) if seal else tables).items():
            columns = sql.SQL(", ").join(map(sql.Identifier, rows[0]))
            copy = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(*name.split(".")), columns)
            with connection.cursor().copy(copy) as stream:
                for each in rows:
                    stream.write_row(tuple(each.values()))

    return once(connection, schemas[0], json.dumps([ddl, tables], default=str, sort_keys=True), make)
