# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 2.1.1.4: what the public hosts really answer, without TLS and with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _certificates, _front
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

Item = dict[str, Any]
THREADS = 8
PERMANENT = (301, 308)
JUDGED = (
    "strict-transport-security",
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
)
TELLS_NO_PATH = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
"""Policies by which other sites never learn more than where a visitor came from."""
SLOPPY = {"*", "http:", "https:", "data:", "'unsafe-inline'", "'unsafe-eval'"}
"""Sources of scripts that let in what a policy is there to keep out."""


@check("2.1.1.4")
def enforced(world: World, required: Item) -> Finding:
    hosts = _certificates.hosts(world)
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        told = dict(zip(hosts, pool.map(lambda host: _asked(world, host), hosts), strict=True))
    breaches = [breach for host, answers in told.items() for breach in judge(host, answers, required)]
    return Finding({"hosts": told}, tuple(breaches or ([] if hosts else [Breach("tls.no_hosts", {})])))


def judge(host: str, answers: Item, required: Mapping[str, Any]) -> Iterator[Breach]:
    """What is wrong with the ``plain`` and ``secure`` answers of a host."""
    plain, secure = answers["plain"], answers["secure"]
    if plain["status"] not in PERMANENT or not _is_at_home(host, plain["location"]):
        yield Breach("tls.no_redirect", {"host": host, "status": plain["status"], "location": plain["location"] or "-"})
    if answers["old_tls"]:
        yield Breach("tls.old_tls", {"host": host})
    if secure["tls"] not in required["tls_versions"]:
        yield Breach("tls.weak_tls", {"host": host, "version": secure["tls"]})
    for name in JUDGED:
        value = secure["headers"].get(name)
        if value is None:
            yield Breach("tls.no_header", {"host": host, "header": name, "status": secure["status"]})
        elif why := _RULES[name](value, required):
            yield Breach(f"tls.{why}", {"host": host, "header": name, "value": value})


def _asked(world: World, host: str) -> Item:
    plain, secure = _front.plain(world, host), _front.secure(world, host)
    return {
        "plain": {"status": plain.status, "location": plain.headers.get("location", "")},
        "secure": {
            "status": secure.status,
            "tls": secure.tls,
            "headers": {
                name: secure.headers[name] for name in (*JUDGED, "x-frame-options", "server") if name in secure.headers
            },
        },
        "old_tls": _front.takes_old_tls(world, host),
    }


def _is_at_home(host: str, location: str) -> bool:
    return re.match(rf"https://{re.escape(host)}(:[0-9]+)?(/|$)", location) is not None


def directives(policy: str) -> dict[str, list[str]]:
    """The directives of a content security policy; of two with a name, the first counts."""
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *values = part.split() if part.strip() else [""]
        if name:
            found.setdefault(name.lower(), values)
    return found


def _hsts(value: str, required: Mapping[str, Any]) -> str | None:
    parts = [part.strip().lower() for part in value.split(";")]
    ages = [part.partition("=")[2].strip('"') for part in parts if part.startswith("max-age=")]
    lasts = int(ages[0]) if ages and ages[0].isdigit() else 0
    return None if lasts >= required["hsts_seconds"] and "includesubdomains" in parts else "weak_hsts"


def _csp(value: str, _required: Mapping[str, Any]) -> str | None:
    found = directives(value)
    scripts = found.get("script-src", found.get("default-src"))
    framed = found.get("frame-ancestors")
    # Where a browser knows nonces or hashes, it overlooks what stands beside them for older ones.
    strict = any(one.startswith(("'nonce-", "'sha")) for one in scripts or ())
    sloppy = set() if strict else SLOPPY & set(scripts or ("*",))
    return "weak_csp" if sloppy or framed is None or "*" in framed else None


def _nosniff(value: str, _required: Mapping[str, Any]) -> str | None:
    return None if {one.strip().lower() for one in value.split(",")} == {"nosniff"} else "wrong_header"


def _referrer(value: str, _required: Mapping[str, Any]) -> str | None:
    # Of several the last one that a browser knows counts.
    return None if value.split(",")[-1].strip().lower() in TELLS_NO_PATH else "wrong_header"


def _permissions(value: str, _required: Mapping[str, Any]) -> str | None:
    return None if re.search(r"[a-z-]+=\(", value) and "=*" not in value.replace(" ", "") else "wrong_header"


_RULES = {
    "strict-transport-security": _hsts,
    "content-security-policy": _csp,
    "x-content-type-options": _nosniff,
    "referrer-policy": _referrer,
    "permissions-policy": _permissions,
}
