"""One PostgreSQL server: its files, its process, connections to it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from sandbox.planes.engine import Plane
from sandbox.planes.engines.postgres import processes
from sandbox.planes.engines.postgres.binaries import libraries, program
from sandbox.planes.engines.postgres.configuration import ADMIN_USER, Configuration, access, at_least
from sandbox.planes.host import Host

START_SECONDS = 60.0
STOP_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A server of a plane; `label` is "a" or "b". Which one is written to changes with every failover."""

    host: Host
    plane: Plane
    label: str

    @property
    def name(self) -> str:
        """Of its program and its log."""
        return f"{self.plane.name}-{self.label}"

    @property
    def address(self) -> str:
        return self.host.address(self.plane, self.label)

    @property
    def port(self) -> int:
        return int(self.plane.data["port"])

    @property
    def data(self) -> Path:
        return self.host.directory(self.plane) / self.label

    @property
    def standby_signal(self) -> Path:
        """With this file a server only follows."""
        return self.data / "standby.signal"

    def write(self, name: str, content: str) -> None:
        """A file of the data directory."""
        path = self.data / name
        path.write_text(content, encoding="utf-8")
        path.chmod(0o600)
        self.host.account.give(path)

    def configure(
        self,
        *,
        upstream: str | None = None,
        synchronous: bool = False,
        recovery: Mapping[str, str] | None = None,
        least: Mapping[str, str] | None = None,
    ) -> None:
        """Write its configuration; in force after `reload`, or after the next start where it has to be.

        least: the parameters of the instance it replicates, which it may have more of but not less.
        """
        data = self.plane.data
        labels = [self.host.address(self.plane, label) for label in ("a", "b")]
        names = [self.host.name_address(label) for label in ("postgres", "postgres-canary")]
        endpoints = [endpoint["address"] for endpoint in self.plane.endpoints.values()]
        certificate, key = self.host.certificate(self.plane.name, [*endpoints, *labels, *names])
        configuration = Configuration(
            address=self.address,
            port=self.port,
            certificate=certificate,
            key=key,
            parameters={**data["parameters"], **at_least(data["parameters"], least or {})},
            libraries=libraries(),
            archive=Path(data["archive"]) if data["archive"] else None,
            upstream=upstream,
            synchronous=synchronous,
            recovery=recovery or {},
        )
        self.write("postgresql.conf", configuration.render())
        self.write("postgresql.auto.conf", "")
        self.write("pg_hba.conf", access(data["parameters"], iam=data["iam"]))

    def follow(self, upstream: str) -> None:
        """Let it be a standby from its next start on."""
        self.configure(upstream=upstream)
        self.write("standby.signal", "")

    @property
    def pid(self) -> int | None:
        """Of its postmaster, when it lives."""
        with suppress(FileNotFoundError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text(encoding="ascii").split("\n")[0])
            if processes.works_in(pid, self.data):
                return pid
        return None

    @property
    def stopped_by_request(self) -> bool:
        """Whether it stands because the supervisor was told to stop it, as when the sandbox goes down."""
        return self.host.programs.state(self.name) in ("STOPPED", "STOPPING")

    def launch(self) -> None:
        """Start its process, without waiting for an answer; nothing happens when it runs."""
        if self.pid:
            return
        self.kill()
        self.host.programs.add(
            self.name,
            (program("postgres"), "-D", self.data),
            stop_signal="INT",
            stop_seconds=STOP_SECONDS,
            listens=(self.address, self.port),
        )
        self.host.programs.start(self.name)

    def start(self, seconds: float = START_SECONDS) -> None:
        """Start it; returns once it answers. RuntimeError when it ends instead."""
        self.launch()
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError as error:
                if self.host.programs.state(self.name) in ("EXITED", "FATAL"):
                    raise RuntimeError(f"{self.name} ended; see its log") from error
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{self.name} does not answer after {seconds:g} s: {error}") from error
                time.sleep(0.05)

    def stop(self) -> None:
        """Close its connections, write everything down and end."""
        self.host.programs.stop(self.name)

    def kill(self) -> None:
        """End all its processes without warning, and wait until the supervisor has noticed."""
        processes.kill(self.data)
        self.host.wait(lambda: self.host.programs.pid(self.name) is None, 10, f"end of {self.name}")
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def reload(self) -> None:
        self.host.programs.signal(self.name, "HUP")

    def empty(self) -> None:
        """Stop it and remove its data."""
        self.kill()
        shutil.rmtree(self.data, ignore_errors=True)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection as the administrator, in autocommit mode. psycopg.OperationalError when it does not answer."""
        return psycopg.connect(
            host=self.address,
            port=self.port,
            dbname=database,
            user=ADMIN_USER,
            password=self.plane.data["passwords"][ADMIN_USER],
            application_name=ADMIN_USER,
            autocommit=True,
            connect_timeout=3,
            sslmode="require",
            gssencmode="disable",
            prepare_threshold=None,
        )

    def value(self, query: str) -> Any:
        """The only value of a query's only row."""
        with self.connect() as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None, query
        return row[0]
