# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The document that the mesh fetches the issuer's keys from, as it is really served.

Sets of keys and their media types: https://www.rfc-editor.org/rfc/rfc7517#section-5 and #section-8.5; members of keys:
https://www.rfc-editor.org/rfc/rfc7518#section-6.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _front, _token_trial
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._jwt import keys
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh import Guard

Jwk = Mapping[str, Any]
SERVED = 200
TYPES = ("application/json", "application/jwk-set+json")
COMPARED = ("kty", "alg", "use", "n", "e")
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members that only who signs may know."""
AGE = re.compile(r"(?:s-maxage|max-age)=\"?([0-9]+)")
NEVER_KEPT = re.compile(r"\bno-(?:store|cache)\b")


@dataclass(frozen=True)
class Document:
    """``keys`` is None where the answer is no set of keys. They are no evidence: one may be private."""

    status: int
    kind: str
    cache: str
    keys: Sequence[Jwk] | None = field(repr=False)

    @property
    def seconds(self) -> int | None:
        """For how long others may keep it; None where it doesn't say."""
        if NEVER_KEPT.search(self.cache):
            return 0
        return max((int(one) for one in AGE.findall(self.cache)), default=None)


def served(world: World) -> Document:
    """What lies where keys are fetched, over TLS. Raises OSError when nobody answers there."""
    place = urlsplit(world.platform.declared["mesh"]["jwks_uri"])
    answer = _front.secure(world, place.hostname or "", place.path)
    headers = answer.headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Document(answer.status, kind, headers.get("cache-control", "").lower(), _keys(answer.body))


def told(document: Document) -> dict[str, Any]:
    """What evidence says of it."""
    return {
        "status": document.status,
        "content_type": document.kind,
        "cache_control": document.cache,
        "keys": [_kid(key) for key in document.keys or ()],
    }


def judge(world: World, guards_of: Mapping[str, Sequence[Guard]], seconds: int) -> Iterator[Breach]:
    """The mesh fetches keys at the one place; what is declared to be published is there, and nothing that KMS doesn't
    know.

    :param seconds: for how long others may keep the document at most.
    """
    declared = world.platform.declared
    uri = declared["mesh"]["jwks_uri"]
    for service, guards in guards_of.items():
        places = {rule.get("jwksUri", "-") for guard in guards for rule in guard.token_rules}
        for other in sorted(places - {uri}):
            yield Breach("iam.jwks_elsewhere", {"service": service, "uri": other, "wanted": uri})
    document = world.once(served)
    if document.status != SERVED:
        yield Breach("iam.jwks_not_served", {"uri": uri, "status": document.status})
        return
    if document.keys is None:
        yield Breach("iam.jwks_no_set", {"uri": uri})
        return
    known = {key.name: keys.published(key.name, key.der) for key in world.once(_token_trial.published)}
    start = _token_trial.prefix(world).removeprefix("alias/")
    yield from _judge_headers(document, uri, seconds)
    yield from _judge_keys(document.keys, known, [start + one for one in declared["tokens"]["published"]])


def _judge_headers(document: Document, uri: str, seconds: int) -> Iterator[Breach]:
    if document.kind not in TYPES:
        yield Breach("iam.jwks_type", {"uri": uri, "type": document.kind or "-"})
    if document.seconds is None or document.seconds > seconds:
        yield Breach("iam.jwks_kept", {"uri": uri, "cache": document.cache or "-", "seconds": seconds})


def _judge_keys(found: Sequence[Jwk], known: Mapping[str, Jwk], wanted: Sequence[str]) -> Iterator[Breach]:
    for missing in sorted(set(wanted) - {_kid(key) for key in found}):
        yield Breach("iam.jwks_missing", {"key": missing})
    for key in found:
        kid = _kid(key)
        if private := sorted(PRIVATE & key.keys()):
            yield Breach("iam.jwks_private", {"key": kid, "members": ", ".join(private)})
        if kid not in known:
            yield Breach("iam.jwks_unknown", {"key": kid})
        elif other := [name for name in COMPARED if key.get(name) != known[kid][name]]:
            yield Breach("iam.jwks_differs", {"key": kid, "members": ", ".join(other)})


def _keys(body: bytes) -> list[Jwk] | None:
    """The keys of a set; None when it is none."""
    with suppress(ValueError, LookupError, TypeError):
        found = json.loads(body)["keys"]
        if isinstance(found, list) and all(isinstance(one, dict) for one in found):
            return found
    return None


def _kid(key: Jwk) -> str:
    return str(key.get("kid", "-"))
