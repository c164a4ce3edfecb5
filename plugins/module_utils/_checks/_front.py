# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The public hosts as a browser meets them: real requests to where the DNS, or the platform's reach, leads."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _plaintext
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._stores import trust

SECONDS = 10.0
PATH = "/"
LARGEST_BODY = 1 << 20
"""Bytes of an answer that are looked at."""


@dataclass(frozen=True)
class Answer:
    """``headers`` have lower-case names; of one that is there twice, all values, joined by a comma."""

    status: int
    headers: Mapping[str, str]
    tls: str = ""
    body: bytes = field(default=b"", repr=False)


class _To(http.client.HTTPConnection):
    """Speaks for a host with the server at another address, over TLS where a context is given."""

    def __init__(self, host: str, address: str, port: int, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._address = address
        self._context = context
        self.tls = ""

    def connect(self) -> None:
        wire: Any = socket.create_connection((self._address, self.port), timeout=SECONDS)
        if self._context:
            wire = self._context.wrap_socket(wire, server_hostname=self.host)
            self.tls = str(wire.version())
        self.sock = wire


def plain(world: World, host: str) -> Answer:
    """The answer to a request without TLS. Raises OSError when there is none."""
    address, port, _tls_port = _way(world, host)
    return _ask(_To(host, address, port, None), host)


def secure(world: World, host: str, path: str = PATH) -> Answer:
    """The answer over TLS. Raises OSError when there is none, or no certificate that a browser would take."""
    address, _port, port = _way(world, host)
    return _ask(_To(host, address, port, trust.context(world.platform.reach.get("ca_bundle") or None)), host, path)


def takes_old_tls(world: World, host: str) -> bool:
    address, _port, port = _way(world, host)
    return _plaintext.takes_old_tls(_plaintext.Place(host, address, port, b""))


def _way(world: World, host: str) -> tuple[str, int, int]:
    entry = world.platform.reach["entry"]
    return entry["address"] or host, entry["http_port"], entry["https_port"]


def _ask(connection: _To, host: str, path: str = PATH) -> Answer:
    try:
        connection.putrequest("GET", path, skip_host=True)
        connection.putheader("Host", host)
        connection.putheader("User-Agent", "iworkz-platform-checklist")
        connection.putheader("Accept", "text/html, application/json")
        connection.endheaders()
        response = connection.getresponse()
        body = response.read(LARGEST_BODY)
    except http.client.HTTPException as error:
        raise ConnectionError(f"{host}: {type(error).__name__}: {error}") from error
    finally:
        connection.close()
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Answer(response.status, headers, connection.tls, body)
