"""Serve the model's pages: `python -m sandbox.traffic --state DIR --host A --port P`, until SIGTERM.

/pods/<namespace>/<pod>/<any>          a pod of a service, or of the gateway
/nodes/<node>/metrics[/cadvisor]       a kubelet
/state/<any>                           kube-state-metrics
/mesh/<any>                            istiod
/grafana/<any>                         Grafana: its metrics, and that it is well at /api/health
/plain/<any>                           a program of which nothing else is known
"""

from __future__ import annotations

import argparse
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sandbox.traffic import cluster, faults, pages
from sandbox.traffic.model import Model

JSON, TEXT = "application/json", "text/plain; version=0.0.4; charset=utf-8"
STEP_SECONDS = 3.0
"""Scrapes come one by one; the model moves at most this often."""


class Pages:
    """What is told of a path; used by one thread at a time."""

    def __init__(self, directory: Path) -> None:
        self._clusters = cluster.Followed(directory / cluster.FILE, None)
        self._faults = faults.directory(directory.parent)
        self._known = cluster.Cluster()
        self._model = Model(time.time())
        self._due = 0.0

    def of(self, path: str) -> str | None:
        self._move()
        kind, *rest = path.strip("/").split("/")
        if kind == "pods" and len(rest) > 1:
            pod = self._model.pods.get((rest[0], rest[1]))
            return pages.pod(pod) if pod else None
        if kind == "nodes" and rest and rest[0] in self._known.nodes:
            if rest[-1] == "cadvisor":
                return pages.containers(self._known, rest[0], time.time(), self._model.pods)
            return pages.kubelet(self._known, rest[0])
        if kind == "grafana" and rest == ["api", "health"]:
            return pages.HEALTH
        if kind == "state":
            return pages.EMULATED + self._known.state
        if kind == "mesh":
            return pages.mesh(self._known, time.time())
        return pages.page(()) if kind in ("grafana", "plain") else None

    def _move(self) -> None:
        now = time.time()
        document, changed = self._clusters.get()
        if not changed and now < self._due:
            return
        self._due = now + STEP_SECONDS
        self._model.advance(now, {each.service: each for each in faults.read(self._faults)})
        if changed:
            self._known = cluster.parse(document)
            self._model.place(self._known)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], pages: Pages) -> None:
        super().__init__(address, Handler)
        self.pages, self.lock = pages, threading.Lock()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        with self.server.lock:
            text = self.server.pages.of(self.path.partition("?")[0])
        body = (text or "there is no such page\n").encode()
        self.send_response(404 if text is None else 200)
        self.send_header("Content-Type", JSON if body.startswith(b"{") else TEXT)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are many."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.traffic", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="directory of the sandbox")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    with Server((options.host, options.port), Pages(faults.directory(options.state))) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever(poll_interval=5)


if __name__ == "__main__":
    main()
