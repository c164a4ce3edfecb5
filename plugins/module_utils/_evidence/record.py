# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One evidence record: how it is sealed, written as bytes, and read back without trusting it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Verdict
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256

SCHEMA = 1
SEAL = "sha256"
KEYS = frozenset(
    [
        "schema",
        "item",
        "verdict",
        "required",
        "observed",
        "breaches",
        "environment",
        "account",
        "region",
        "caller",
        "revision",
        "checked_at",
        "expires_at",
        "sequence",
        "previous",
        "sha256",
    ]
)

Record = dict[str, Any]


class Broken(ValueError):
    """Bytes that are not what was sealed; the text says how."""


@dataclass(frozen=True)
class Draft:
    """A record before the store numbers, chains and seals it. Times are aware UTC.

    ``attestation`` is there for verdicts that rest on a signed statement, ``endpoint`` where the API was not AWS's own.
    """

    item: str
    verdict: Verdict
    required: Mapping[str, Any]
    observed: Mapping[str, Any]
    breaches: tuple[Breach, ...]
    environment: str
    account: str
    region: str
    caller: str
    revision: str
    checked_at: datetime
    expires_at: datetime
    attestation: Mapping[str, Any] | None = None
    endpoint: str | None = None


def seal(document: Mapping[str, Any]) -> Record:
    """Return the document with the SHA-256 of its canonical JSON."""
    unsealed = {key: value for key, value in document.items() if key != SEAL}
    return {**unsealed, SEAL: sha256(canonical(unsealed))}


def sealed_record(draft: Draft, sequence: int, previous: str | None) -> Record:
    """Return the record of a draft as number ``sequence`` of its item, chained to the seal of the one before."""
    record: Record = {
        "schema": SCHEMA,
        "item": draft.item,
        "verdict": draft.verdict,
        "required": dict(draft.required),
        "observed": dict(draft.observed),
        "breaches": [{"id": breach.id, "params": breach.params} for breach in draft.breaches],
        "environment": draft.environment,
        "account": draft.account,
        "region": draft.region,
        "caller": draft.caller,
        "revision": draft.revision,
        "checked_at": draft.checked_at.isoformat(),
        "expires_at": draft.expires_at.isoformat(),
        "sequence": sequence,
        "previous": previous,
    }
    if draft.attestation is not None:
        record["attestation"] = dict(draft.attestation)
    if draft.endpoint is not None:
        record["endpoint"] = draft.endpoint
    return seal(record)


def record_bytes(record: Mapping[str, Any]) -> bytes:
    """Return the file of a record: indented for readers, with one possible form for each record."""
    return (json.dumps(record, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def line_bytes(entry: Mapping[str, Any]) -> bytes:
    """Return one line of the ledger."""
    return canonical(entry) + b"\n"


def parse(data: bytes, to_bytes: Any, keys: frozenset[str]) -> Record:
    """Return the sealed document in ``data``. Raises Broken unless every byte is as it was written."""
    try:
        document = json.loads(data)
        if not isinstance(document, dict) or not keys <= document.keys():
            raise Broken("keys are missing")
        if to_bytes(document) != data:
            raise Broken("it was rewritten")
    except (ValueError, RecursionError) as error:
        raise Broken(str(error)) from error
    if seal(document)[SEAL] != document[SEAL]:
        raise Broken("its seal does not match its content")
    return document


def parse_record(data: bytes) -> Record:
    """Return the record in ``data``. Raises Broken unless every byte is as it was written."""
    return parse(data, record_bytes, KEYS)
