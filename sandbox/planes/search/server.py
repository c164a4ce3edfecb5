"""The process: `python -m sandbox.planes.search.server --address A --port P --state FILE --certificate PEM --key PEM
--version 2.19 --nodes N --domain NAME`.

HTTPS only. Requests must be signed (Signature Version 4, service `es`); every signature is accepted.
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/request-signing.html
"""

from __future__ import annotations

import argparse
import re
import sys
from email.message import Message
from pathlib import Path
from typing import Any

from sandbox.planes import https
from sandbox.planes.search import cluster, documents, indices, policies, security, shards, snapshots, templates
from sandbox.planes.search.routes import Request, answer
from sandbox.planes.search.state import State

__all__ = ["cluster", "documents", "indices", "policies", "security", "shards", "snapshots", "templates"]

SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/[^/]+/(?P<service>[^/]+)/aws4_request, ?SignedHeaders=")
ACTIONS = {"GET": "Get", "HEAD": "Head", "PUT": "Put", "POST": "Post", "DELETE": "Delete", "PATCH": "Patch"}


class Server(https.Server[State]):
    emulation, emulated = "opensearch", "OpenSearch"

    def refusal(self, method: str, headers: Message) -> tuple[int, Any] | None:
        refusal = refused(headers.get("Authorization", ""), headers.get("X-Amz-Date", ""), method)
        return (403, refusal) if refusal else None

    def handle(self, request: Request) -> Any:
        return answer(request)


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
    parser.add_argument("--encrypted", action="store_true")
    options = parser.parse_args(arguments)
    state = State(options.state, options.version, options.nodes, options.domain, options.encrypted)
    context = https.server_context(options.certificate, options.key)
    server = Server((options.address, options.port), context, state)
    https.serve([server], f"OpenSearch {options.version} on https://{options.address}:{options.port}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
