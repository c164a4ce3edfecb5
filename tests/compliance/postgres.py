"""A PostgreSQL server of its own, without a sandbox around it: data that is thrown away, and so never synced."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table
from sandbox.planes.accounts import Account
from sandbox.planes.engines.postgres.binaries import program

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
}


@contextmanager
def server() -> Iterator[str]:
    """Run a server that listens on a socket only; yield how to connect to it."""
    account = Account.of_servers()
    with tempfile.TemporaryDirectory(prefix="compliance-") as scratch:
        root = Path(scratch)
        root.chmod(0o711)
        data = account.directory(root / "data")
        user = account.name if account.other else None

        def run(name: str, *arguments: str) -> None:
            command = [str(program(name)), f"--pgdata={data}", *arguments]
            subprocess.run(command, check=True, user=user, cwd="/", capture_output=True, text=True, timeout=120)

        run("initdb", "--username=judge", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        options = " ".join(f"-c {name}={value}" for name, value in {**SETTINGS, "listen_addresses": "''"}.items())
        run("pg_ctl", "--wait", f"--log={data}/log", f"--options={options} -k {data}", "start")
        try:
            yield f"host={data} user=judge dbname=postgres"
        finally:
            run("pg_ctl", "--wait", "--mode=immediate", "stop")


class PostgreSql:
    """PostgreSQL as the tests of rules need it."""

    dialect = "postgres"
    errors: tuple[type[Exception], ...] = (psycopg.Error,)

    def __init__(self, conninfo: str) -> None:
        self.connection = psycopg.connect(conninfo, autocommit=True, row_factory=dict_row)

    def execute(self, statement: str) -> None:
        self.connection.execute(statement.encode())

    def fill(self, table: Table, values: list[tuple[Any, ...]]) -> None:
        name = sql.Identifier(table.name)
        self.connection.execute(sql.SQL("DELETE FROM {}").format(name))
        with self.connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
            for row in values:
                copy.write_row(row)

    def query(self, statement: str) -> list[dict[str, Any]]:
        return self.connection.execute(statement.encode()).fetchall()
