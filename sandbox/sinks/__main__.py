"""Listen: `python -m sandbox.sinks --state DIR --host A`, until SIGTERM. Ports 9098 (webhook) and 2525 (mail)."""

from __future__ import annotations

import argparse
import asyncio
import email
import email.policy
import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.sinks import PORTS
from sandbox.sinks.journal import Journal

LARGEST = 4 * 1024 * 1024


class Webhook(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str, journal: Journal) -> None:
        super().__init__((host, PORTS["webhook"]), Handler)
        self.journal = journal


class Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        raw = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), LARGEST)).decode(errors="replace")
        try:
            body = json.loads(raw)
        except ValueError:
            body = raw
        self.server.journal.add(path=self.path, headers=dict(self.headers.items()), body=body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """The journal tells."""


class Mail:
    """Takes every message."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body = message.get_body(("plain", "html"))
        self._journal.add(
            **{"from": envelope.mail_from, "to": envelope.rcpt_tos, "subject": str(message["subject"] or "")},
            body=body.get_content() if body else "",
        )
        return "250 OK"


async def serve(state: Path, host: str) -> None:
    webhook = Webhook(host, Journal(state, "webhook"))
    threading.Thread(target=webhook.serve_forever, args=(5,), name="webhook", daemon=True).start()
    loop = asyncio.get_running_loop()
    handler = Mail(Journal(state, "mail"))
    mail = await loop.create_server(lambda: SMTP(handler, hostname="sandbox"), host, PORTS["mail"])
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    mail.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.sinks", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="directory of the sandbox")
    parser.add_argument("--host", required=True)
    options = parser.parse_args()
    asyncio.run(serve(options.state, options.host))


if __name__ == "__main__":
    main()
