"""Whether the DNS proves that a domain is ours, and lets Amazon issue for it.

https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
"""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions.route53.records import records

AMAZON = {"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}


def validation_record(account: str, domain: str) -> dict[str, str]:
    """The CNAME that proves a domain: the same for every certificate of an account, region and wildcard or not."""
    base = domain.removeprefix("*.")
    token, value = (hashlib.md5(f"{what} {account} {base}".encode()).hexdigest() for what in ("name", "value"))
    return {"Name": f"_{token}.{base}.", "Type": "CNAME", "Value": f"_{value}.sandboxdns.acm-validations.aws."}


def is_proven(call: Call, domain: str) -> bool:
    record = validation_record(call.account, domain)
    return record["Value"] in {value.lower() for value in _values(call, record["Name"], "CNAME")}


def is_allowed(call: Call, domain: str) -> bool:
    """Whether the nearest CAA records up the tree, if there are any, name Amazon."""
    labels = domain.removeprefix("*.").split(".")
    for start in range(len(labels)):
        found = [_caa(value) for value in _values(call, ".".join(labels[start:]) + ".", "CAA")]
        if found:
            wild = [issuer for tag, issuer in found if tag == "issuewild"] if domain.startswith("*.") else []
            issuers = wild or [issuer for tag, issuer in found if tag == "issue"]
            return not issuers or bool(AMAZON & set(issuers))
    return True


def _caa(value: str) -> tuple[str, str]:
    """`0 issue "amazon.com"` as ("issue", "amazon.com")."""
    _flags, tag, issuer = value.split(" ", 2)
    return tag, issuer.strip('"').partition(";")[0].strip()


def _values(call: Call, name: str, kind: str) -> list[str]:
    """What the public DNS answers: the public zone with the longest name that a name ends in is asked."""
    zones = [zone for zone in call.backend("route53", "aws").zones.values() if not zone.private_zone]
    holders = [zone for zone in zones if f".{name}".endswith(f".{zone.name}")]
    if not holders:
        return []
    found: list[dict[str, Any]] = records(call, max(holders, key=lambda zone: len(zone.name)))
    return [
        value["Value"]
        for record in found
        if (record["Name"], record["Type"]) == (name, kind)
        for value in record.get("ResourceRecords", [])
    ]
