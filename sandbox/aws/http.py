"""A threaded HTTP/1.1 server with keep-alive: werkzeug's closes every connection and waits 10 ms after each request.

The application must have read the whole request body before it answers; ours does.
"""

from __future__ import annotations

from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler


class Handler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def run_wsgi(self) -> None:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started[:] = [status, headers]
            return None

        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        body = b"".join(self.server.app(environ, start_response))
        status, headers = started
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            # moto gives the length of the object in answer to HEAD, and its own Date and Server.
            if name.lower() not in ("connection", "transfer-encoding", "date", "server") and not (
                name.lower() == "content-length" and self.command != "HEAD"
            ):
                self.send_header(name, value)
        if self.command != "HEAD" and int(code) not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_expect_100(self) -> bool:
        return True

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        self.close_connection = True

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """The call log has it."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    multithread = True
    multiprocess = False
    passthrough_errors = True
    ssl_context = None

    def __init__(self, port: int, app: Any) -> None:
        self.app = app
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        # http.server resolves the host's name here, which can take seconds without a name server.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def log(self, type: str, message: str, *args: Any) -> None:
        print(message % args if args else message, flush=True)
