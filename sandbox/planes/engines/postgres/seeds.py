"""How the data of a server begins: empty, as a copy of a running server, or from a backup.

Every function leaves the server configured and not started.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psycopg import Connection, sql

from sandbox.planes.engines.postgres.binaries import program
from sandbox.planes.engines.postgres.configuration import (
    ADMIN_USER,
    REPLICA_USER,
    STANDBY_USER,
    conninfo,
    restore_command,
)
from sandbox.planes.engines.postgres.scratch import initdb
from sandbox.planes.engines.postgres.server import Server
from sandbox.planes.host import Host

COPY_SECONDS = 600.0
# Roles that RDS makes: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.html
GROUPS = ("rds_superuser", "rds_replication", "rds_password", "rds_iam")
GRANTED = ("pg_monitor", "pg_signal_backend", "pg_checkpoint", "rds_replication", "rds_password")


def passwords() -> dict[str, str]:
    """New ones, for the users of the service itself."""
    return {user: secrets.token_urlsafe(24) for user in (ADMIN_USER, REPLICA_USER, STANDBY_USER)}


def empty(server: Server) -> None:
    """A new cluster with data checksums. Copying a template would be quicker, but all clusters would share its system
    identifier, by which a follower and pg_rewind tell that a server is of their own cluster."""
    host = server.host
    password = host.directory(server.plane) / "password"
    password.touch(mode=0o600)
    password.write_text(server.plane.data["passwords"][ADMIN_USER] + "\n", encoding="ascii")
    host.account.give(password)
    options = (f"--pwfile={password}", "--auth=scram-sha-256", "--data-checksums")
    initdb(host.account, server.data, ADMIN_USER, *options)
    password.unlink()
    server.configure()


def users(server: Server, master: Mapping[str, str], database: str | None) -> None:
    """The roles that RDS makes in a new cluster, and the initial database; the server runs."""
    with server.connect() as connection:
        for group in GROUPS:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(group)))
        for group in GRANTED:
            connection.execute(
                sql.SQL("GRANT {} TO rds_superuser WITH ADMIN OPTION").format(sql.Identifier(group)),
            )
        for user in (REPLICA_USER, STANDBY_USER):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN REPLICATION").format(sql.Identifier(user)))
            set_password(connection, user, server.plane.data["passwords"][user])
        # Superuser because PostgreSQL lets nobody else create pg_stat_statements and pgaudit, which RDS does.
        name = sql.Identifier(master["username"])
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN SUPERUSER CREATEDB CREATEROLE").format(name))
        connection.execute(sql.SQL("GRANT rds_superuser TO {}").format(name))
        set_password(connection, master["username"], master["password"])
        if database and database != "postgres":
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), name))


def set_password(connection: Connection[Any], user: str, password: str) -> None:
    """Only the verifier is sent, so that no log can have the password."""
    verifier = connection.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(user), sql.Literal(verifier)))


def copy(host: Host, target: Path, address: str, port: int, password: str) -> None:
    """A base backup of a running server, with the WAL that makes it consistent."""
    host.run(
        program("pg_basebackup"),
        f"--pgdata={target}",
        f"--dbname={conninfo(address, port, REPLICA_USER)}",
        "--wal-method=stream",
        "--checkpoint=fast",
        env={"PGPASSWORD": password},
        timeout=COPY_SECONDS,
    )


def restore(server: Server, backup: Path) -> None:
    """The content of a backup, written to from then on."""
    _place(server, backup)
    server.configure()


def restore_to(server: Server, backup: Path, archive: Path, time: str) -> None:
    """The content as it was at a time (ISO 8601): a backup from before, and the archived WAL until then."""
    _place(server, backup)
    server.configure(
        recovery={
            # Answering meanwhile would take as many connections as the instance ever had in that time.
            "hot_standby": "off",
            "restore_command": restore_command(archive),
            "recovery_target_time": time,
            "recovery_target_action": "promote",
        }
    )
    server.write("recovery.signal", "")


def duplicate(host: Host, source: Path, target: Path) -> None:
    """Copy the files of a backup."""
    host.run("cp", "--archive", "--reflink=auto", source, target, timeout=COPY_SECONDS)


def _place(server: Server, backup: Path) -> None:
    shutil.rmtree(server.data, ignore_errors=True)
    duplicate(server.host, backup, server.data)
