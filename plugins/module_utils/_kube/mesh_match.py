# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How one value of a policy is compared with one of a request.

https://istio.io/latest/docs/reference/config/security/authorization-policy/ and
https://istio.io/latest/docs/concepts/security/#value-matching: exact, prefix (``abc*``), suffix (``*abc``) and presence
(``*``) match. A ``*`` elsewhere is a letter like any other.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

SPACE_DELIMITED = ("permission", "scope")
"""Claims whose words are matched one by one, as a list (JWTRule.spaceDelimitedClaims, its fixed part)."""


def text(pattern: str, value: str) -> bool:
    """Exact, prefix, suffix or presence match. Presence asks for a value that is not empty."""
    if pattern == "*":
        return bool(value)
    if pattern.startswith("*"):
        return value.endswith(pattern[1:])
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    return value == pattern


def host(pattern: str, value: str) -> bool:
    """Hosts match like other text, whatever their case (Operation.hosts)."""
    return text(pattern.lower(), value.lower())


def path(pattern: str, value: str) -> bool:
    """Match a request's path without its query and fragment (Operation.paths), by text or by path template.

    ``{*}`` in a template stands for one segment, ``{**}`` (the last one only) for any number of them.
    https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation
    """
    bare = re.split(r"[?#]", value, maxsplit=1)[0]
    if "{*}" not in pattern and "{**}" not in pattern:
        return text(pattern, bare)
    parts = re.split(r"(\{\*\*?\})", pattern)
    wild = {"{*}": "[^/]+", "{**}": ".*"}
    return re.fullmatch("".join(wild.get(part) or re.escape(part) for part in parts), bare) is not None


def block(pattern: str, value: str) -> bool:
    """Whether an address lies in a CIDR block or is the one address; an address that is not known lies in none."""
    if not value:
        return False
    return ipaddress.ip_address(value) in ipaddress.ip_network(pattern, strict=False)


def namespace(pattern: str, principal: str) -> bool:
    """Source.namespaces: the namespace in the peer's identity; ``*`` may stand anywhere in the pattern."""
    wanted = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(f".*/ns/{wanted}/.*", principal) is not None


def account(pattern: str, principal: str, default_namespace: str) -> bool:
    """Source.serviceAccounts: ``namespace/name``, or a name in the policy's own namespace."""
    space, slash, name = pattern.partition("/")
    if not slash:
        space, name = default_namespace, pattern
    wanted = f".+/ns/{re.escape(space)}/(.+/|)sa/{re.escape(name)}(/.+)?"
    return re.fullmatch(wanted, principal) is not None


def trust_domain(pattern: str, principal: str) -> bool:
    """Source.trustDomains: what precedes the namespace in the peer's identity."""
    return bool(principal) and text(pattern, principal.split("/", 1)[0])


def request_principal(pattern: str, payload: Mapping[str, Any]) -> bool:
    """Source.requestPrincipals: ``<iss>/<sub>`` of a valid token, split at the last slash; ``*`` wants both."""
    issuer, subject = payload.get("iss"), payload.get("sub")
    if not isinstance(issuer, str) or not isinstance(subject, str):
        return False
    wanted_issuer, slash, wanted_subject = pattern.rpartition("/")
    if pattern == "*":
        return bool(issuer and subject)
    if not slash:
        return _unsplit_principal(pattern, issuer, subject)
    if pattern.startswith("*"):
        return text(wanted_issuer, issuer) and subject == wanted_subject
    if pattern.endswith("*"):
        return issuer == wanted_issuer and text(wanted_subject, subject)
    return issuer == wanted_issuer and subject == wanted_subject


def _unsplit_principal(pattern: str, issuer: str, subject: str) -> bool:
    """A principal without a slash: ``*end`` is of the subject, ``start*`` of the issuer."""
    if pattern.startswith("*"):
        return bool(issuer) and text(pattern, subject)
    if pattern.endswith("*"):
        return bool(subject) and text(pattern, issuer)
    return issuer == pattern and not subject


def claim(pattern: str, names: list[str], payload: Mapping[str, Any]) -> bool:
    """``request.auth.claims[a][b]``: a text, or a list one of whose texts matches."""
    value: Any = payload
    for name in names:
        if not isinstance(value, Mapping) or name not in value:
            return False
        value = value[name]
    if isinstance(value, str) and len(names) == 1 and names[0] in SPACE_DELIMITED:
        value = value.split(" ")
    values = value if isinstance(value, list) else [value]
    return any(isinstance(each, str) and text(pattern, each) for each in values)
