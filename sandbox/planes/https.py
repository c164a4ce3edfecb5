"""Servers of the emulated REST APIs: HTTPS only, documents in JSON, a thread for every connection."""

from __future__ import annotations

import gzip
import json
import signal
import ssl
import sys
import threading
import traceback
from collections.abc import Sequence
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any, ClassVar, Generic
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.planes.rest import ApiError, NotEmulated, Request, SearchError, State

HANDSHAKE_SECONDS = 10
IDLE_SECONDS = 60
LOCK = threading.Lock()
"""One request at a time: servers of one process may share what they hold."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: Server[Any]

    def setup(self) -> None:
        # In the connection's own thread, so that a client that says nothing keeps nobody waiting.
        self.request.settimeout(HANDSHAKE_SECONDS)
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def respond(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, document = self.server.refusal(self.command, self.headers) or self._answer(content)
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        body = b"" if document is None else text.encode()
        self.send_response(status)
        self.send_header("X-Sandbox-Emulation", self.server.emulation)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = respond

    def _answer(self, content: bytes) -> tuple[int, Any]:
        url = urlsplit(self.path)
        if self.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        path = unquote(url.path).rstrip("/") or "/"
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        with LOCK:
            return self.server.answer(Request(self.command, path, query, content, self.server.state))

    def log_message(self, format: str, *args: Any) -> None:
        print(f"{self.client_address[0]} {format % args}", flush=True)


class Server(ThreadingHTTPServer, Generic[State]):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    emulation: ClassVar[str]
    """What every response says that it is: `opensearch`."""
    emulated: ClassVar[str]

    def __init__(self, place: tuple[str, int], context: ssl.SSLContext, state: State) -> None:
        self.context = context
        self.state = state
        super().__init__(place, Handler)

    def refusal(self, method: str, headers: Message) -> tuple[int, Any] | None:
        """Status and document for whoever may not ask, None for who may."""
        raise NotImplementedError

    def handle(self, request: Request[State]) -> Any:
        """The document, or (status, document). Raises ApiError, and NotEmulated with what is lacking."""
        raise NotImplementedError

    def answer(self, request: Request[State]) -> tuple[int, Any]:
        """Status and document; the state is saved after what may have changed it."""
        try:
            found = self.handle(request)
        except ApiError as error:
            return error.status, error.document
        except NotEmulated as error:
            reason = f"This is the sandbox's emulation of {self.emulated}, which lacks {error}"
            return 501, SearchError(501, "not_emulated_exception", reason).document
        except Exception as error:
            traceback.print_exc()
            return 500, SearchError(500, "exception", f"{type(error).__name__}: {error}").document
        finally:
            if request.method not in ("GET", "HEAD") and not request.path.endswith("_search"):
                self.state.save()
        return found if isinstance(found, tuple) else (200, found)

    def server_bind(self) -> None:
        # http.server resolves the host's name here, which can take seconds without a name server.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def serve(servers: Sequence[Server[Any]], called: str) -> None:
    """Serve until SIGTERM or SIGINT; called: what the log says is served."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"emulation of {called}", flush=True)
    stop.wait()
    for server in servers:
        server.shutdown()
