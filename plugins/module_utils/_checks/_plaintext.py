# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How servers answer who comes without TLS, or with an old one: real connections to the endpoints that AWS names.

A probe says None when the server refuses, and what the client got otherwise. It raises OSError when nobody is there.
"""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, trust

with suppress(ImportError):  # postgres.require() says so
    import psycopg

SECONDS = 5.0
# The words with which PostgreSQL refuses a session for being unencrypted.
REFUSED = ("no encryption", "SSL off")
ALERT = b"\x15\x03"
"""How a record of TLS begins that says what is wrong."""
# Answers in plaintext that give nothing away: the request was wrong, go and use TLS.
TURNED_AWAY = (b" 301 ", b" 308 ", b" 400 ", b" 426 ")

REDIS = b"PING\r\n"
AMQP = b"AMQP\x00\x00\x09\x01"
HTTP = b"GET / HTTP/1.1\r\nHost: platform\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Place:
    """Where a server speaks TLS from the first byte on, and what a client without it would say."""

    name: str
    host: str
    port: int
    hello: bytes

    def probe(self) -> str | None:
        return judge(answer(self.host, self.port, self.hello))


def of_url(name: str, url: str) -> Place:
    """The place of an endpoint such as ``amqps://host:5671`` or ``https://host``."""
    parts = urlsplit(url)
    hello = AMQP if parts.scheme.startswith("amqp") else HTTP
    return Place(name, parts.hostname or "", parts.port or 443, hello)


def answer(host: str, port: int, hello: bytes, seconds: float = SECONDS) -> bytes:
    """The first bytes that a server answers to ``hello``; none when it closes, resets or keeps silent."""
    with socket.create_connection((host, port), timeout=seconds) as wire:
        try:
            wire.sendall(hello)
            return wire.recv(256)
        except (TimeoutError, ConnectionError):
            return b""


def judge(said: bytes) -> str | None:
    """None when an answer is a refusal, otherwise what it says."""
    first = said.split(b"\r\n", 1)[0]
    if not said or said.startswith(ALERT) or (first.startswith(b"HTTP/") and any(one in first for one in TURNED_AWAY)):
        return None
    return first.decode(errors="replace")


def of_postgres(parameters: Mapping[str, Any]) -> str | None:
    """How far a client of PostgreSQL gets without TLS, with parameters as ``postgres.parameters`` makes them.

    :raises ConnectionError: when it is refused for another reason.
    """
    postgres.require()
    given = {key: value for key, value in parameters.items() if key != "sslrootcert"}
    try:
        psycopg.connect(**{**given, "sslmode": "disable"}).close()
    except psycopg.OperationalError as error:
        if any(words in str(error) for words in REFUSED):
            return None
        raise ConnectionError(f"{given['host']}: {str(error).strip()}") from error
    return "a session"


def version(place: Place, ca_bundle: str | None) -> str:
    """The version of TLS that the server and a verifying client agree on, such as ``TLSv1.3``."""
    context = trust.context(ca_bundle)
    with (
        socket.create_connection((place.host, place.port), timeout=SECONDS) as wire,
        context.wrap_socket(wire, server_hostname=place.host) as wrapped,
    ):
        return str(wrapped.version())


def takes_old_tls(place: Place) -> bool:
    """Whether the server shakes hands by TLS 1.1 or 1.0."""
    return _shakes_hands(place, _old_context())


def _shakes_hands(place: Place, context: ssl.SSLContext) -> bool:
    with socket.create_connection((place.host, place.port), timeout=SECONDS) as wire:
        try:
            with context.wrap_socket(wire):
                return True
        except (ssl.SSLError, TimeoutError, ConnectionError):
            return False


def _old_context() -> ssl.SSLContext:
    """Speaks nothing newer than TLS 1.1, and verifies nothing: what is asked is only whether it is spoken."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context
