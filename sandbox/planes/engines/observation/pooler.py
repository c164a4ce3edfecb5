"""What pgBouncer's exporter tells: the statistics of the sandbox's pooler, under the names of the community's exporter.

Debian's package is another program, whose metrics have other names:
`python -m sandbox.planes.engines.observation.pooler --host A --port P`, with the connection in its environment.
https://github.com/prometheus-community/pgbouncer_exporter
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sandbox.traffic.pages import labels

CONNECTION = "PGBOUNCER_EXPORTER_CONNECTION_STRING"
SECONDS = 5
POOLS = {
    "cl_active": "client_active_connections",
    "cl_waiting": "client_waiting_connections",
    "sv_active": "server_active_connections",
    "sv_idle": "server_idle_connections",
    "sv_used": "server_used_connections",
    "maxwait": "client_maxwait_seconds",
}
DATABASES = {
    "pool_size": "pool_size",
    "reserve_pool": "reserve_pool",
    "max_connections": "max_connections",
    "current_connections": "current_connections",
}
STATISTICS = {
    "total_xact_count": ("sql_transactions_pooled_total", 1.0),
    "total_query_count": ("queries_pooled_total", 1.0),
    "total_received": ("received_bytes_total", 1.0),
    "total_sent": ("sent_bytes_total", 1.0),
    "total_query_time": ("queries_duration_seconds_total", 1e-6),
    "total_wait_time": ("client_wait_seconds_total", 1e-6),
}


def page(connection: str) -> str:
    """`pgbouncer_up 0` when it can't be asked."""
    try:
        return "".join(f"{line}\n" for line in ("pgbouncer_up 1", *_lines(connection)))
    except psycopg.Error as error:
        print(error, flush=True)
        return "pgbouncer_up 0\n"


def _lines(connection: str) -> Iterator[str]:
    with psycopg.connect(
        connection, autocommit=True, connect_timeout=SECONDS, prepare_threshold=None, row_factory=dict_row
    ) as opened:
        for row in opened.execute("SHOW POOLS").fetchall():
            named = labels({"database": row["database"], "user": row["user"]})
            yield from (f"pgbouncer_pools_{there}{{{named}}} {row[here]}" for here, there in POOLS.items())
        for row in opened.execute("SHOW DATABASES").fetchall():
            named = labels({key: row[key] or "" for key in ("name", "host", "port", "database")})
            yield from (f"pgbouncer_databases_{there}{{{named}}} {row[here]}" for here, there in DATABASES.items())
        for row in opened.execute("SHOW STATS").fetchall():
            named = labels({"database": row["database"]})
            for here, (there, unit) in STATISTICS.items():
                yield f"pgbouncer_stats_{there}{{{named}}} {float(row[here]) * unit:.15g}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = page(os.environ[CONNECTION]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are many."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.planes.engines.observation.pooler", description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    with HTTPServer((options.host, options.port), Handler) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever(poll_interval=5)


if __name__ == "__main__":
    main()
