# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A request as AWS WAF sees it: the parts that statements look at, undecoded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Request:
    """``target`` is the request target as on the wire (path and query, percent-encoded); ``country`` is where the
    address is, ISO 3166; ``seconds`` when it came, on any clock.
    """

    method: str = "GET"
    target: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    address: str = "203.0.113.10"
    country: str = "JP"
    seconds: float = 0.0

    @property
    def path(self) -> bytes:
        return self.target.partition("?")[0].encode()

    @property
    def query(self) -> bytes:
        return self.target.partition("?")[2].encode()

    @cached_property
    def arguments(self) -> list[tuple[bytes, bytes]]:
        """Names and values of the query's arguments, as written."""
        return [
            (name, value) for part in self.query.split(b"&") if part for name, _equals, value in [part.partition(b"=")]
        ]

    @cached_property
    def cookies(self) -> list[tuple[bytes, bytes]]:
        parts = [part.strip() for value in self.header("cookie") for part in value.split(b";")]
        return [(name, value) for part in parts if part for name, _equals, value in [part.partition(b"=")]]

    def header(self, name: str) -> list[bytes]:
        """The values of a header, whatever the case of its name."""
        return [value.encode() for known, value in self.headers if known.lower() == name.lower()]
