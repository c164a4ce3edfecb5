"""postgresql.conf and pg_hba.conf of a server, from the parameters of a DB parameter group."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

LOOPBACK = "127.0.0.0/8"
STANDBY_USER = "rdsmultiaz"
REPLICA_USER = "rdsrepladmin"
ADMIN_USER = "rdsadmin"

# Decided here, whatever the group says: there is little memory, and no directory that everyone may enter.
FORCED = {
    "shared_buffers": "32MB",
    "unix_socket_directories": "",
    "log_timezone": "UTC",
}
# Where the group says nothing. A link may delay answers for seconds: timeouts shorter than that would cut it. That a
# standby is lost is noticed by what it does not say every second.
DEFAULTS = {
    "hot_standby": "on",
    "log_line_prefix": "%t:%r:%u@%d:[%p]:",
    "password_encryption": "scram-sha-256",
    "wal_keep_size": "256MB",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "200ms",
    "wal_sender_timeout": "20s",
}
# Of these a follower needs as many as what it follows.
FOLLOWED = ("max_connections", "max_prepared_transactions", "max_wal_senders", "max_worker_processes")


@dataclass(frozen=True)
class Configuration:
    address: str
    port: int
    certificate: Path
    key: Path
    parameters: Mapping[str, str]
    """Name to value of the DB parameter group, in RDS's units, which are those PostgreSQL takes a bare number in."""
    libraries: Collection[str]
    """What shared_preload_libraries can load on this machine; RDS has more."""
    archive: Path | None = None
    """Where finished WAL goes, when backups are kept."""
    upstream: str | None = None
    """Connection string of the server to follow; None for a server that is written to."""
    synchronous: bool = False
    """Whether a commit waits for the standby."""
    recovery: Mapping[str, str] = field(default_factory=dict)
    """What a restoration to a point in time needs."""

    def settings(self) -> dict[str, str]:
        wanted = {name: value for name, value in self.parameters.items() if "{" not in value}
        wanted = {**DEFAULTS, **wanted, **FORCED}
        preload = wanted.get("shared_preload_libraries", "").split(",")
        return {
            **wanted,
            "shared_preload_libraries": ",".join(name for name in map(str.strip, preload) if name in self.libraries),
            "listen_addresses": self.address,
            "port": str(self.port),
            "ssl": "on",
            "ssl_cert_file": str(self.certificate),
            "ssl_key_file": str(self.key),
            "wal_level": "logical" if wanted.get("rds.logical_replication") == "1" else "replica",
            # A standby archives, too: its primary may be lost before it has archived what it finished.
            "archive_mode": "always",
            "archive_command": archive_command(self.archive),
            "archive_timeout": "300",
            "primary_conninfo": self.upstream or "",
            "recovery_target_timeline": "latest",
            "synchronous_standby_names": STANDBY_USER if self.synchronous else "",
            **self.recovery,
        }

    def render(self) -> str:
        return "".join(f"{name} = {_quoted(value)}\n" for name, value in sorted(self.settings().items()))


def at_least(own: Mapping[str, str], least: Mapping[str, str]) -> dict[str, str]:
    """What a replica must raise to be able to follow: a server stops replaying when it has less than its source."""
    wanted = {name: least[name] for name in FOLLOWED if least.get(name, "").isdigit()}
    return {
        name: value
        for name, value in wanted.items()
        if not (own.get(name, "").isdigit() and int(own[name]) >= int(value))
    }


def archive_command(directory: Path | None) -> str:
    """A segment is in the archive as a whole or not at all, and a second attempt may replace it."""
    if directory is None:
        return "true"
    return f'gzip -1 <"%p" >"{directory}/.%f.$$" && mv -f "{directory}/.%f.$$" "{directory}/%f.gz"'


def restore_command(directory: Path) -> str:
    return f'gzip -dc "{directory}/%f.gz" >"%p"'


def access(parameters: Mapping[str, str], *, iam: bool) -> str:
    """pg_hba.conf: passwords from loopback, and with rds.force_ssl only over TLS.

    With IAM authentication a member of rds_iam is let in with whatever token it sends, as nothing here checks its
    signature.
    """
    plain = "hostssl" if parameters.get("rds.force_ssl") == "1" else "host"
    lines = [
        ("hostssl", "replication", f"{STANDBY_USER},{REPLICA_USER}", "scram-sha-256"),
        ("hostssl", "all", ADMIN_USER, "scram-sha-256"),
        *([("hostssl", "all", "+rds_iam", "trust")] if iam else []),
        (plain, "all", "all", "scram-sha-256"),
    ]
    return "".join(f"{kind} {database} {user} {LOOPBACK} {method}\n" for kind, database, user, method in lines)


def conninfo(address: str, port: int, user: str, password: str = "", *, name: str = "") -> str:
    """Connection string of a server that follows or copies another one; it leaves out what is empty."""
    parts = {"host": address, "port": port, "user": user, "password": password, "application_name": name}
    fixed = "sslmode=require gssencmode=disable connect_timeout=60"
    return " ".join([*(f"{key}={value}" for key, value in parts.items() if value), fixed])


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
