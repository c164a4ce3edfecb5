"""The process: `python -m sandbox.planes.elastic.server --address A --directory D --certificate PEM --key PEM`.

HTTPS only: Elasticsearch on 9200, Kibana on 5601. Whoever asks must be the user `elastic` with the password that is in
the file `password` of the directory, which is that of the cluster's Secret; writes to Kibana must bear `kbn-xsrf`.
"""

from __future__ import annotations

import argparse
import base64
import ssl
import sys
from email.message import Message
from pathlib import Path
from typing import Any

from sandbox.planes import https
from sandbox.planes.elastic import elasticsearch, kibana
from sandbox.planes.elastic.requests import Request, Routes
from sandbox.planes.elastic.store import Store

ELASTICSEARCH, KIBANA = 9200, 5601
PASSWORD = "password"


class Server(https.Server[Store]):
    emulation, emulated = "elastic", "Elasticsearch and Kibana"

    def __init__(
        self, place: tuple[str, int], context: ssl.SSLContext, store: Store, routes: Routes, password: Path
    ) -> None:
        self._console = routes is kibana.routes
        self._routes = routes
        self._password = password
        super().__init__(place, context, store)

    def refusal(self, method: str, headers: Message) -> tuple[int, Any] | None:
        password = self.password()
        if not password:
            reason = "the operator has made no user yet"
            return 503, {"error": {"type": "unavailable", "reason": reason}, "status": 503, "message": reason}
        if headers.get("Authorization") != f"Basic {base64.b64encode(f'elastic:{password}'.encode()).decode()}":
            reason = "unable to authenticate user for REST request"
            return 401, {"error": {"type": "security_exception", "reason": reason}, "status": 401, "message": reason}
        if self._console and method != "GET" and not headers.get("kbn-xsrf"):
            return 400, kibana.wrong("Request must contain a kbn-xsrf header.").document
        return None

    def password(self) -> str:
        """That of the cluster's Secret; empty while there is none."""
        return self._password.read_text(encoding="utf-8").strip() if self._password.exists() else ""

    def handle(self, request: Request) -> Any:
        return self._routes.answer(request)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.planes.elastic.server", description=__doc__)
    parser.add_argument("--address", required=True)
    for name in ("--directory", "--certificate", "--key"):
        parser.add_argument(name, type=Path, required=True)
    options = parser.parse_args(arguments)
    context = https.server_context(options.certificate, options.key)
    store, password = Store(options.directory / "state.json"), options.directory / PASSWORD
    servers = [
        Server((options.address, port), context, store, routes, password)
        for port, routes in ((ELASTICSEARCH, elasticsearch.routes), (KIBANA, kibana.routes))
    ]
    https.serve(servers, f"Elasticsearch and Kibana on https://{options.address}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
