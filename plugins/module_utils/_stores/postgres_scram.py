# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SCRAM-SHA-256 verifiers (RFC 5802, RFC 7677), made here so that no password travels over SQL.

Server and pooler hold the same verifier: a pooler logs in at the server with what a client proved to it, which works
only when salt and iterations are the same in both.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from base64 import b64decode, b64encode

# What PostgreSQL itself uses.
ITERATIONS = 4096
SALT_BYTES = 16

_FORM = re.compile(r"SCRAM-SHA-256\$([0-9]+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)")


def verifier(password: str) -> str:
    """A new verifier, as ``ALTER ROLE ... PASSWORD`` and the pooler's user list take it."""
    return _verifier(password, os.urandom(SALT_BYTES), ITERATIONS)


def matches(password: str, made: str) -> bool:
    """Whether a verifier was made from this password."""
    parts = _FORM.fullmatch(made)
    return parts is not None and hmac.compare_digest(_verifier(password, b64decode(parts[2]), int(parts[1])), made)


def keys(password: str, made: str) -> dict[str, str]:
    """libpq's connection parameters for a login that succeeds only where the server holds exactly this verifier.

    :raises ValueError: when it is no verifier.
    """
    parts = _FORM.fullmatch(made)
    if parts is None:
        raise ValueError("not a SCRAM-SHA-256 verifier")
    client, server = _keys(password, b64decode(parts[2]), int(parts[1]))
    return {"scram_client_key": b64encode(client).decode(), "scram_server_key": b64encode(server).decode()}


def _verifier(password: str, salt: bytes, iterations: int) -> str:
    client, server = _keys(password, salt, iterations)
    stored = hashlib.sha256(client).digest()
    salted, stored_text, server_text = (b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${iterations}:{salted}${stored_text}:{server_text}"


def _keys(password: str, salt: bytes, iterations: int) -> tuple[bytes, bytes]:
    # Passwords are ASCII (secrets.PASSWORD), which SASLprep leaves as it is.
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, iterations)
    return hmac.digest(salted, b"Client Key", "sha256"), hmac.digest(salted, b"Server Key", "sha256")
