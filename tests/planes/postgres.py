"""What the tests of the PostgreSQL plane share: instances, connections, and a client that writes all the time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import psycopg

from tests.planes.conftest import PlanesSandbox, wait_for

REGION = "ap-northeast-1"
KIND = "postgres"
USER, PASSWORD, DATABASE = "boss", "a password", "app"
PARAMETERS = {
    "max_connections": "50",
    "rds.force_ssl": "1",
    "shared_preload_libraries": "pg_stat_statements,pgaudit",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Instance:
    """A plane of the kind postgres."""

    sandbox: PlanesSandbox
    key: str

    def describe(self) -> dict[str, Any]:
        found = self.sandbox.planes.describe(KIND, self.key)
        assert found is not None
        return found

    @property
    def facts(self) -> dict[str, Any]:
        return dict(self.describe()["facts"])

    def settle(self, state: str = "available") -> Instance:
        wait_for(lambda: self.sandbox.planes.settled(KIND, self.key), what=f"{self.key} settles")
        found = self.describe()
        assert found["state"] == state, found["error"]
        return self

    def await_sync(self, wanted: bool = True) -> None:
        wait_for(lambda: self.facts["in_sync"] is wanted, 40, f"{self.key} in sync: {wanted}")

    def act(self, action: str, **params: Any) -> Instance:
        self.sandbox.planes.act(KIND, self.key, action, **params)
        return self

    def ask(self, question: str, **params: Any) -> dict[str, Any]:
        return self.sandbox.planes.ask(KIND, self.key, question, **params)

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        endpoint = self.describe()["endpoints"]["endpoint"]
        return connect(self.sandbox, endpoint["address"], endpoint["port"], **options)

    def value(self, query: str) -> Any:
        with self.connect() as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    def remove(self) -> None:
        self.sandbox.planes.delete(KIND, self.key)
        wait_for(lambda: self.sandbox.planes.describe(KIND, self.key) is None, what=f"end of {self.key}")


def connect(sandbox: PlanesSandbox, address: str, port: int, **options: Any) -> psycopg.Connection[Any]:
    wanted: dict[str, Any] = {
        "user": USER, "password": PASSWORD, "dbname": DATABASE, "sslmode": "verify-full", "sslrootcert": sandbox.ca,
        "connect_timeout": 3, "autocommit": True, "prepare_threshold": None, **options,
    }  # fmt: skip
    return psycopg.connect(host=address, port=port, **wanted)


def create(sandbox: PlanesSandbox, name: str, *, region: str = REGION, **spec: Any) -> Instance:
    key = f"{region}/{name}"
    origin = {} if spec.keys() & {"source", "snapshot", "past"} else {
        "master": {"username": USER, "password": PASSWORD}, "database": DATABASE,
    }  # fmt: skip
    plane = {"port": 5432, "zone": "1a", "parameters": PARAMETERS, "iam": True, "backups": False, **origin, **spec}
    sandbox.planes.create(KIND, key, plane)
    return Instance(sandbox, key)


@dataclass
class Writer:
    """Inserts numbers, one after the other, and notes when each was acknowledged."""

    instance: Instance
    commit: str
    """synchronous_commit of its session."""
    every: float = 0.01
    acknowledged: dict[int, float] = field(default_factory=dict)
    """{number: monotonic time}."""
    errors: list[str] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[Writer]:
        with self.instance.connect() as connection:
            connection.execute("DROP TABLE IF EXISTS canary")
            connection.execute("CREATE TABLE canary (number int PRIMARY KEY)")
        stop = threading.Event()
        thread = threading.Thread(target=self._write, args=(stop,), daemon=True)
        thread.start()
        wait_for(lambda: len(self.acknowledged) > 20, what="first writes")
        try:
            yield self
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()

    def await_writes(self, since: float) -> None:
        """Until there are writes acknowledged after a monotonic time."""
        wait_for(lambda: self.acknowledged and max(self.acknowledged.values()) > since + 0.2, 30, "writes")

    @property
    def longest_gap(self) -> float:
        """Seconds between two acknowledgements."""
        times = sorted(self.acknowledged.values())
        return max(later - earlier for earlier, later in pairwise(times))

    def lost(self) -> set[int]:
        """Acknowledged and not there."""
        with self.instance.connect() as connection:
            kept = {row[0] for row in connection.execute("SELECT number FROM canary").fetchall()}
        return set(self.acknowledged) - kept

    def _write(self, stop: threading.Event) -> None:
        number, connection = 0, None
        while not stop.is_set():
            number += 1
            try:
                if connection is None:
                    connection = self.instance.connect()
                    connection.execute(f"SET synchronous_commit = {self.commit}".encode())
                connection.execute("INSERT INTO canary VALUES (%s)", (number,))
                self.acknowledged[number] = time.monotonic()
            except psycopg.Error as error:
                self.errors.append(str(error))
                connection = None
            stop.wait(self.every)
        if connection:
            connection.close()
