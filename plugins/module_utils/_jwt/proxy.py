# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a proxy of the mesh makes of a real token: Envoy's filter jwt_authn, as Istio configures it.

https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/filters/http/jwt_authn/v3/config.proto and the library
google/jwt_verify_lib, which it uses: a key is chosen by ``kid`` where the token names one, and must be for the token's
``alg``; ``none`` and algorithms that are not of the key are refused; ``exp`` and ``nbf`` have 60 seconds
of grace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Token

with suppress(ImportError):  # what runs on the controller has it
    import jwt

GRACE_SECONDS = 60
REGISTERED = ("iss", "sub", "aud")
# What a key says is enough; whose token it is, for whom and until when is judged below, at a given time.
UNVERIFIED: Any = dict.fromkeys(
    ("verify_aud", "verify_exp", "verify_iat", "verify_iss", "verify_nbf", "verify_sub"), False
)


def read(encoded: str, keys: Sequence[Mapping[str, Any]], now: datetime) -> Token:
    """The token as the mesh's policies see it; ``genuine`` where one of the issuer's keys signed it, and in time.

    :param keys: the JWKS of the issuer.
    """
    try:
        header = jwt.get_unverified_header(encoded)
        claims = jwt.decode(encoded, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return Token("", "", genuine=False)
    genuine = any(_signed(encoded, key) for key in keys if header.get("kid") in (None, key["kid"]))
    audiences = claims.get("aud", ())
    return Token(
        str(claims.get("iss", "")),
        str(claims.get("sub", "")),
        (audiences,) if isinstance(audiences, str) else tuple(audiences),
        genuine and _timely(claims, now.timestamp()),
        {name: value for name, value in claims.items() if name not in REGISTERED},
    )


def _signed(encoded: str, key: Mapping[str, Any]) -> bool:
    try:
        jwt.decode(encoded, jwt.PyJWK(dict(key)), algorithms=[key["alg"]], options=UNVERIFIED)
    except jwt.PyJWTError:
        return False
    return True


def _timely(claims: Mapping[str, Any], now: float) -> bool:
    """A token that names no time is of any time."""
    ends, begins = float(claims.get("exp", now)), float(claims.get("nbf", now))
    return begins - GRACE_SECONDS <= now <= ends + GRACE_SECONDS
