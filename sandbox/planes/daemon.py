"""The daemon of the data planes: `python -m sandbox.planes.daemon --state DIR --port N`.

Requests are `POST /<verb>` with a JSON object, on a unix socket; client.py has the verbs. Errors are answered
{"error": text}: 404 no such plane, 409 a job of the plane runs, 422 the engine refuses, 500 with what went wrong.

The servers are programs of the sandbox's supervisor, so they outlive a daemon that is killed; the next one takes them
over.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import socketserver
import sys
import threading
import traceback
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from sandbox.planes import engines
from sandbox.planes.addresses import NAMES
from sandbox.planes.engine import BUSY, Engine, Node, Plane, Refused
from sandbox.planes.host import Host
from sandbox.planes.registry import Registry
from sandbox.planes.worker import Worker
from sandbox.settings import Settings

RESET_SECONDS = 100
NAME_PORT = 5432
"""The port of what the names of Route 53 lead to."""


class Unknown(Exception):
    """There is no such plane."""


class Busy(Exception):
    """A job of the plane runs, or the plane exists."""


class Daemon:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._registry = Registry(settings.planes_directory / "state.json")
        self.host = Host(settings, self._registry)
        self._engines = engines.load(self.host)
        self._workers: dict[str, Worker] = {}
        self._lock = threading.RLock()
        self._starting: set[str] = set()
        self._failed: dict[str, str] = {}
        """{kind: why its engine did not start}."""
        self.verbs: dict[str, Callable[..., Any]] = {
            "create": self.create,
            "act": self.act,
            "ask": self.ask,
            "describe": self.describe,
            "delete": self.delete,
            "set_name": self.set_name,
            "clear_name": self.clear_name,
            "links": self.host.links.describe,
            "health": self.health,
            "reset": self.reset,
        }

    def start(self) -> None:
        """Take over, or start again, what was there; returns at once."""
        self.host.links.reopen()
        for plane in self._registry.planes():
            worker = self._workers[plane.name] = Worker(self._engines[plane.kind], plane, self.host, self._registry)
            worker.start(worker.resume)
        self._start_engines()

    def create(self, kind: str, key: str, spec: dict[str, Any]) -> None:
        with self._lock:
            if self._registry.plane(kind, key):
                raise Busy(f"there is a {kind} {key}")
            plane = Plane(kind, key, spec=spec)
            worker = self._workers[plane.name] = Worker(self._engines[kind], plane, self.host, self._registry)
            worker.start(worker.create)

    def act(self, kind: str, key: str, action: str, params: dict[str, Any]) -> None:
        with self._lock:
            plane = self._plane(kind, key)
            if plane.state in BUSY:
                raise Busy(f"{kind} {key} is {plane.state}")
            self._workers[plane.name].act(action, params)

    def ask(self, kind: str, key: str, question: str, params: dict[str, Any]) -> dict[str, Any]:
        return self._engines[kind].questions[question](self._plane(kind, key), **params)

    def describe(self, kind: str, keys: list[str] | None) -> dict[str, dict[str, Any]]:
        processes = self.host.programs.states()
        return {
            plane.key: {
                "state": plane.state,
                "error": plane.error,
                "endpoints": dict(plane.endpoints),
                "nodes": [_with_process(node, processes) for node in list(plane.nodes)],
                "facts": self._engines[kind].facts(plane),
            }
            for plane in self._registry.planes(kind)
            if keys is None or plane.key in keys
        }

    def delete(self, kind: str, key: str) -> None:
        with self._lock:
            plane = self._registry.plane(kind, key)
            if plane:
                self._workers[plane.name].delete()

    def set_name(self, label: str, address: str, port: int) -> None:
        self.host.links.open(f"name-{label}", self.host.name_address(label), NAME_PORT, (address, port))

    def clear_name(self, label: str) -> None:
        self.host.links.close(f"name-{label}")

    def health(self) -> dict[str, Any]:
        settled = not self._starting and all(plane.state not in BUSY for plane in self._registry.planes())
        return {
            "pid": os.getpid(),
            "state": str(self._settings.state),
            "settled": settled,
            "failed": dict(self._failed),
        }

    def reset(self) -> None:
        with self._lock:
            for label in NAMES:
                self.clear_name(label)
            leaving = self._registry.planes()
            for plane in leaving:
                self._workers[plane.name].delete()
            for plane in leaving:
                self._workers[plane.name].join(RESET_SECONDS)
            left = [f"{plane.name}: {plane.error}" for plane in self._registry.planes()]
            if left:
                raise RuntimeError(f"not removed: {'; '.join(left)}")
            self._start_engines()

    def _plane(self, kind: str, key: str) -> Plane:
        plane = self._registry.plane(kind, key)
        if plane is None:
            raise Unknown(f"there is no {kind} {key}")
        return plane

    def _start_engines(self) -> None:
        self._failed = {}
        for engine in self._engines.values():
            self._starting.add(engine.kind)
            threading.Thread(target=self._start_engine, args=(engine,), name=engine.kind, daemon=True).start()

    def _start_engine(self, engine: Engine) -> None:
        try:
            engine.start()
        except Exception as error:
            traceback.print_exc()
            self._failed[engine.kind] = f"{type(error).__name__}: {error}"
        finally:
            self._starting.discard(engine.kind)


def _with_process(node: Node, processes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    pid = processes.get(node["name"], {}).get("pid")
    return {**node, "pid": pid, "running": pid is not None}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = self._answer(self.path.removeprefix("/"), document)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are many; what they start is logged by who does it."""

    def _answer(self, verb: str, document: dict[str, Any]) -> tuple[int, Any]:
        try:
            return HTTPStatus.OK, self.server.daemon.verbs[verb](**document)
        except Unknown as error:
            return HTTPStatus.NOT_FOUND, {"error": str(error)}
        except Busy as error:
            return HTTPStatus.CONFLICT, {"error": str(error)}
        except Refused as error:
            return HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(error)}
        except Exception as error:
            traceback.print_exc()
            return HTTPStatus.INTERNAL_SERVER_ERROR, {"error": f"{type(error).__name__}: {error}"}


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, path: Path, daemon: Daemon) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.daemon = daemon
        super().__init__(str(path), Handler)
        path.chmod(0o600)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.planes.daemon", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port of the AWS APIs")
    parser.add_argument("--state", type=Path, required=True, help="directory of the sandbox")
    options = parser.parse_args(arguments)
    settings = Settings(options.state.resolve(), options.port)
    settings.servers.mkdir(parents=True, exist_ok=True)
    # Every forwarded connection takes two descriptors.
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    daemon = Daemon(settings)
    server = Server(settings.planes_socket, daemon)
    daemon.start()
    threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
    print(f"data planes in {settings.planes_directory}, servers run as {daemon.host.account.name}", flush=True)
    stop.wait()
    server.shutdown()
    settings.planes_socket.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
