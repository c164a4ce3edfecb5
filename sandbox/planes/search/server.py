"""The process: `python -m sandbox.planes.search.server --address A --port P --state FILE --certificate PEM --key PEM
--version 2.19 --nodes N --domain NAME`.

HTTPS only. Requests must be signed (Signature Version 4, service `es`); every signature is accepted.
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/request-signing.html
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
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

from sandbox.planes.search import cluster, documents, indices, policies, templates
from sandbox.planes.search.errors import NotEmulated, SearchError
from sandbox.planes.search.routes import Request, answer
from sandbox.planes.search.state import State

__all__ = ["cluster", "documents", "indices", "policies", "templates"]

HANDSHAKE_SECONDS = 10
IDLE_SECONDS = 60
SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/[^/]+/(?P<service>[^/]+)/aws4_request, ?SignedHeaders=")
ACTIONS = {"GET": "Get", "HEAD": "Head", "PUT": "Put", "POST": "Post", "DELETE": "Delete", "PATCH": "Patch"}


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
        body = b"" if document is None else json.dumps(document, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("X-Sandbox-Emulation", "opensearch")
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = respond

    def _answer(self, content: bytes) -> tuple[int, Any]:
        refusal = refused(self.headers.get("Authorization", ""), self.headers.get("X-Amz-Date", ""), self.command)
        if refusal:
            return 403, refusal
        url = urlsplit(self.path)
        if self.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        path = unquote(url.path).rstrip("/") or "/"
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        with self.server.lock:
            return self.server.answer(Request(self.command, path, query, content, self.server.state))

    def log_message(self, format: str, *args: Any) -> None:
        print(f"{self.client_address[0]} {format % args}", flush=True)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: str, port: int, context: ssl.SSLContext, state: State) -> None:
        self.context = context
        self.state = state
        self.lock = threading.Lock()
        super().__init__((address, port), Handler)

    def server_bind(self) -> None:
        # http.server resolves the host's name here, which can take seconds without a name server.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()

    def answer(self, request: Request) -> tuple[int, Any]:
        """Status and document; the state is saved after what may have changed it."""
        try:
            found = answer(request)
        except SearchError as error:
            return error.status, error.document
        except NotEmulated as error:
            reason = f"This is the sandbox's emulation of OpenSearch, which lacks {error}"
            return 501, SearchError(501, "not_emulated_exception", reason).document
        except Exception as error:
            traceback.print_exc()
            return 500, SearchError(500, "exception", f"{type(error).__name__}: {error}").document
        finally:
            if request.method not in ("GET", "HEAD"):
                self.state.save()
        return found if isinstance(found, tuple) else (200, found)


def refused(authorization: str, date: str, method: str) -> dict[str, str] | None:
    """What Amazon OpenSearch Service answers a request that is not signed for it, None for one that is."""
    if not authorization:
        action = f"es:ESHttp{ACTIONS.get(method, method)}"
        return {
            "Message": f"User: anonymous is not authorized to perform: {action} because no resource-based policy "
            f"allows the {action} action"
        }
    match = SIGNED.match(authorization)
    if match is None or not date:
        return {"message": "Authorization header requires 'Credential', 'SignedHeaders', 'Signature' and a date."}
    if match["service"] != "es":
        return {"message": "Credential should be scoped to correct service: 'es'."}
    return None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.planes.search.server", description=__doc__)
    for name in ("--address", "--version", "--domain"):
        parser.add_argument(name, required=True)
    for name in ("--state", "--certificate", "--key"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--nodes", type=int, default=1)
    options = parser.parse_args(arguments)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(options.certificate, options.key)
    state = State(options.state, options.version, options.nodes, options.domain)
    server = Server(options.address, options.port, context, state)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
    print(f"emulation of OpenSearch {options.version} on https://{options.address}:{options.port}", flush=True)
    stop.wait()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
