"""The process: `python -m sandbox.planes.tracing.collector --directory D --address A --aws URL`.

It listens on OTLP's port for HTTP: `POST /<namespace>/<collector>/v1/traces` is what comes to a collector. The file
`collectors.json` of the directory has the configurations of those that are ready.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any

import boto3

from sandbox.planes.tracing.otlp import Span, segment, spans
from sandbox.planes.tracing.pipelines import Pipelines
from sandbox.stand_in import SECRET, access_key

COLLECTORS = "collectors.json"
"""Written by the engine."""
PORT = 4318
PATH = "v1/traces"
STEP_SECONDS = 0.2
IDLE_SECONDS = 60
TOLD = {"partialSuccess": {}, "sandbox": "stand-in collector"}

Object = dict[str, Any]


class Collectors:
    """The pipelines as the file says, and X-Ray behind them; may be called from any thread."""

    def __init__(self, directory: Path, aws: str) -> None:
        self._path = directory / COLLECTORS
        self._aws = aws
        self._read = 0
        self._lock = threading.Lock()
        self._pipelines = Pipelines(self._export)

    def receive(self, collector: str, found: list[Span]) -> None:
        """KeyError when there is no such collector ready."""
        with self._lock:
            self._take_up()
            self._pipelines.receive(collector, found)

    def step(self) -> None:
        with self._lock:
            self._take_up()
            self._pipelines.step()

    def _take_up(self) -> None:
        changed = self._path.stat().st_mtime_ns
        if changed != self._read:
            self._pipelines.collectors = json.loads(self._path.read_text(encoding="utf-8"))
            self._read = changed

    def _export(self, settings: Object, found: list[Span]) -> None:
        client = boto3.client(
            "xray",
            endpoint_url=self._aws,
            region_name=settings["region"],
            aws_access_key_id=access_key("collector"),
            aws_secret_access_key=SECRET,
        )
        documents = [json.dumps(segment(span, settings.get("indexed_attributes") or ())) for span in found]
        refused = client.put_trace_segments(TraceSegmentDocuments=documents)["UnprocessedTraceSegments"]
        if refused:
            print(f"X-Ray refused {refused}", flush=True)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    server: Server

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, document = self._answer(content)
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, content: bytes) -> tuple[int, Object]:
        collector, found, rest = self.path.lstrip("/").partition(f"/{PATH}")
        if not found or rest:
            return 404, {"message": f"there is nothing but /{PATH} here"}
        if self.headers.get_content_type() != "application/json":
            return 415, {"message": "the stand-in collector takes JSON only"}
        try:
            self.server.collectors.receive(collector, spans(json.loads(content)))
        except ValueError as error:
            return 400, {"message": str(error)}
        except KeyError:
            return 503, {"message": f"the collector {collector} is not ready"}
        return 200, TOLD

    def log_message(self, format: str, *args: Any) -> None:
        print(f"{self.client_address[0]} {format % args}", flush=True)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, place: tuple[str, int], collectors: Collectors) -> None:
        self.collectors = collectors
        super().__init__(place, Handler)

    def server_bind(self) -> None:
        # http.server resolves the host's name here, which can take seconds without a name server.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.planes.tracing.collector", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True)
    for name in ("--address", "--aws"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    collectors, stop = Collectors(options.directory, options.aws), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = Server((options.address, PORT), collectors)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"stand-in collector on http://{options.address}:{PORT}", flush=True)
    while not stop.wait(STEP_SECONDS):
        try:
            collectors.step()
        except Exception:  # what a collector could not send is lost; the next trace may fare better
            traceback.print_exc()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
