"""The process: `python -m sandbox.planes.elastic.server --address A --directory D --certificate PEM --key PEM`.

HTTPS only: Elasticsearch on 9200, Kibana on 5601. Whoever asks must be the user `elastic` with the password that is in
the file `password` of the directory, which is that of the cluster's Secret; writes to Kibana must bear `kbn-xsrf`.
"""

from __future__ import annotations

import argparse
import base64
import json
import signal
import ssl
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.planes.elastic import elasticsearch, kibana
from sandbox.planes.elastic.requests import Request, Routes
from sandbox.planes.elastic.store import ApiError, Store

ELASTICSEARCH, KIBANA = 9200, 5601
PASSWORD = "password"
HANDSHAKE_SECONDS = 10
IDLE_SECONDS = 60
LOCK = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        # In the connection's own thread, so that a client that says nothing keeps nobody waiting.
        self.request.settimeout(HANDSHAKE_SECONDS)
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def respond(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, document = self._answer(content)
        body = document.encode() if isinstance(document, str) else json.dumps(document, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("X-Sandbox-Emulation", "elastic")
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = respond

    def _answer(self, content: bytes) -> tuple[int, Any]:
        password = self.server.password()
        if not password:
            reason = "the operator has made no user yet"
            return 503, {"error": {"type": "unavailable", "reason": reason}, "status": 503, "message": reason}
        if self.headers.get("Authorization") != f"Basic {base64.b64encode(f'elastic:{password}'.encode()).decode()}":
            reason = "unable to authenticate user for REST request"
            return 401, {"error": {"type": "security_exception", "reason": reason}, "status": 401, "message": reason}
        if self.server.console and self.command != "GET" and not self.headers.get("kbn-xsrf"):
            return 400, {
                "statusCode": 400,
                "error": "Bad Request",
                "message": "Request must contain a kbn-xsrf header.",
            }
        url = urlsplit(self.path)
        path = unquote(url.path).rstrip("/") or "/"
        request = Request(self.command, path, dict(parse_qsl(url.query)), content, self.server.store)
        with LOCK:
            return self.server.answer(request)

    def log_message(self, format: str, *args: Any) -> None:
        print(f"{self.client_address[0]} {format % args}", flush=True)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, place: tuple[str, int], context: ssl.SSLContext, store: Store, routes: Routes, password: Path
    ) -> None:
        self.context = context
        self.store = store
        self.console = routes is kibana.routes
        self._routes = routes
        self._password = password
        super().__init__(place, Handler)

    def server_bind(self) -> None:
        # http.server resolves the host's name here, which can take seconds without a name server.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()

    def password(self) -> str:
        """That of the cluster's Secret; empty while there is none."""
        return self._password.read_text(encoding="utf-8").strip() if self._password.exists() else ""

    def answer(self, request: Request) -> tuple[int, Any]:
        """Status and document; the configuration is saved after what may have changed it."""
        try:
            return 200, self._routes.answer(request)
        except ApiError as error:
            return error.status, error.document
        except Exception as error:
            traceback.print_exc()
            reason = f"{type(error).__name__}: {error}"
            return 500, {"error": {"type": "exception", "reason": reason}, "status": 500, "message": reason}
        finally:
            if request.method != "GET" and not request.path.endswith("_search"):
                self.store.save()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.planes.elastic.server", description=__doc__)
    parser.add_argument("--address", required=True)
    for name in ("--directory", "--certificate", "--key"):
        parser.add_argument(name, type=Path, required=True)
    options = parser.parse_args(arguments)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(options.certificate, options.key)
    store, password = Store(options.directory / "state.json"), options.directory / PASSWORD
    servers = [
        Server((options.address, port), context, store, routes, password)
        for port, routes in ((ELASTICSEARCH, elasticsearch.routes), (KIBANA, kibana.routes))
    ]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"emulation of Elasticsearch and Kibana on https://{options.address}", flush=True)
    stop.wait()
    for server in servers:
        server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
