# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Signed statements of people: attestations for items only people can answer for, and waivers of failed ones.

One YAML file each; ``checklist/attestations/README.md`` has the format. What is signed (Ed25519) is the canonical JSON
of the file without its ``signature``, dates as ``YYYY-MM-DD``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ROOT, Item
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.suggest import did_you_mean
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, plain, sha256
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.trust import TrustedKey, load_trusted_keys
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import YamlError, read_yaml

DEFAULT_ATTESTATIONS = ROOT / "checklist" / "attestations"
TRUSTED_KEYS = "trusted_keys.yml"
KINDS = ("attestation", "waiver")
TEXTS = ("item", "kind", "person", "role", "statement", "key")
FIELDS = (*TEXTS, "justification", "environments", "document", "date", "expires", "signature")
# A date is a day somewhere: it has begun as soon as it has begun in the easternmost time zone.
EASTERNMOST = timedelta(hours=14)


class Rejected(ValueError):
    """A file that attests nothing; ``breach`` says why."""

    def __init__(self, breach: Breach) -> None:
        super().__init__(breach.id)
        self.breach = breach


@dataclass(frozen=True)
class Attestation:
    """A statement whose signature, document and item have been verified. It is valid through the day ``expires``."""

    file: str
    item: str
    kind: str
    person: str
    role: str
    statement: str
    justification: str | None
    document: Mapping[str, str]
    signed: date
    expires: date
    key: str
    sha256: str

    @property
    def ends(self) -> datetime:
        """The first moment it no longer holds (midnight UTC after ``expires``)."""
        return datetime.combine(self.expires + timedelta(days=1), time(), UTC)

    def expiry(self) -> Breach:
        """Return the message that says it has expired."""
        params = {"item": self.item, "kind": self.kind, "file": self.file, "person": self.person}
        return Breach("core.attestation_expired", {**params, "expires": self.expires.isoformat()})

    def summary(self) -> dict[str, Any]:
        """Return it as evidence records name it."""
        named: dict[str, Any] = plain(vars(self))
        named["date"] = named.pop("signed")
        return named


@dataclass(frozen=True)
class Attestations:
    """What a directory attests: by item, the valid one that holds longest, else the one that expired last.

    ``rejected`` has the reasons of files that name a known item, ``problems`` those of all rejected files.
    """

    valid: Mapping[str, Attestation] = field(default_factory=dict)
    expired: Mapping[str, Attestation] = field(default_factory=dict)
    rejected: Mapping[str, tuple[Breach, ...]] = field(default_factory=dict)
    problems: tuple[Breach, ...] = ()


def load_attestations(
    items: Sequence[Item],
    environment: str,
    now: datetime,
    directory: Path = DEFAULT_ATTESTATIONS,
    trusted_keys: Path | None = None,
) -> Attestations:
    """Read and verify every ``*.yml`` of a directory (not of its subdirectories).

    ``trusted_keys`` defaults to the file of that name in the directory. A directory that does not exist attests
    nothing. Raises TrustError when the trusted keys cannot be read.
    """
    keys = load_trusted_keys(trusted_keys or directory / TRUSTED_KEYS)
    known = {item.id: item for item in items}
    valid: dict[str, Attestation] = {}
    expired: dict[str, Attestation] = {}
    rejected: dict[str, tuple[Breach, ...]] = {}
    problems: list[Breach] = []
    for path in sorted(directory.glob("*.yml")):
        if path.name == TRUSTED_KEYS:
            continue
        document = None
        try:
            document = read_document(path)
            attestation = verify(document, path, known, keys, now)
        except Rejected as error:
            problems.append(error.breach)
            item = document["item"] if document else None
            if item in known:
                rejected[item] = (*rejected.get(item, ()), error.breach)
            continue
        if environment in document.get("environments", [environment]):
            kept = expired if attestation.ends <= now else valid
            other = kept.get(attestation.item)
            if other is None or other.expires < attestation.expires:
                kept[attestation.item] = attestation
    return Attestations(valid, {i: a for i, a in expired.items() if i not in valid}, rejected, tuple(problems))


def signed_bytes(document: Mapping[str, Any]) -> bytes:
    """Return what the signature of a document covers."""
    return canonical(plain({key: value for key, value in document.items() if key != "signature"}))


def read_document(path: Path) -> dict[str, Any]:
    """Return the fields of a file, dates parsed. Raises Rejected for a missing, unknown or wrongly typed one."""
    try:
        document = read_yaml(path)
    except YamlError as error:
        raise _malformed(path, str(error)) from error
    if not isinstance(document, dict):
        raise _malformed(path, "expected a dictionary")
    for name in document:
        if name not in FIELDS:
            raise _malformed(path, f"unknown field {name}{did_you_mean(str(name), FIELDS)}")
    for name in TEXTS:
        if not isinstance(document.get(name), str) or not document[name].strip():
            raise _malformed(path, f"{name} must be a text")
    if document["kind"] not in KINDS:
        raise _malformed(path, f"kind must be one of {', '.join(KINDS)}")
    if document["kind"] == "waiver":
        if not isinstance(document.get("justification"), str) or not document["justification"].strip():
            raise _malformed(path, "a waiver needs a justification")
        if "environments" not in document:
            raise _malformed(path, "a waiver must name the environments it holds for")
    environments = document.get("environments", [])
    if not isinstance(environments, list) or not all(isinstance(each, str) for each in environments):
        raise _malformed(path, "environments must be a list of names")
    named = document.get("document")
    if not isinstance(named, dict) or set(named) not in ({"path", "sha256"}, {"uri", "sha256"}):
        raise _malformed(path, "document needs sha256 and either path or uri")
    if not all(isinstance(each, str) for each in named.values()):
        raise _malformed(path, "document must hold texts (quote the sha256)")
    for name in ("date", "expires"):
        document[name] = _date(path, name, document.get(name))
    return document


def verify(
    document: Mapping[str, Any], path: Path, items: Mapping[str, Item], keys: Mapping[str, TrustedKey], now: datetime
) -> Attestation:
    """Return the attestation of a document that stands up, expired or not. Raises Rejected."""
    params = {"file": path.name, "item": document["item"]}
    item = items.get(document["item"])
    if item is None:
        hint = did_you_mean(document["item"], items)
        raise Rejected(Breach("core.attestation_item_unknown", {**params, "hint": hint}))
    if document["kind"] == "attestation" and item.kind != "attested":
        raise Rejected(Breach("core.attestation_not_attestable", {**params, "kind": item.kind}))
    _verify_signature(document, params, keys)
    _verify_document(document["document"], path, params)
    if document["date"] > (now + EASTERNMOST).date():
        raise Rejected(Breach("core.attestation_future", {**params, "date": document["date"].isoformat()}))
    return Attestation(
        file=path.name,
        item=document["item"],
        kind=document["kind"],
        person=document["person"],
        role=document["role"],
        statement=document["statement"],
        justification=document.get("justification"),
        document=document["document"],
        signed=document["date"],
        expires=document["expires"],
        key=document["key"],
        sha256=sha256(signed_bytes(document)),
    )


def _verify_signature(document: Mapping[str, Any], params: dict[str, Any], keys: Mapping[str, TrustedKey]) -> None:
    params = {**params, "key": document["key"], "person": document["person"]}
    key = keys.get(document["key"])
    if key is None:
        raise Rejected(Breach("core.attestation_key_unknown", params))
    if key.person != document["person"]:
        raise Rejected(Breach("core.attestation_key_of_other", {**params, "owner": key.person}))
    try:
        signature = base64.b64decode(document.get("signature") or "", validate=True)
    except (binascii.Error, TypeError, ValueError):
        signature = b""
    if not key.verifies(signature, signed_bytes(document)):
        raise Rejected(Breach("core.attestation_signature", params))


def _verify_document(named: Mapping[str, str], path: Path, params: dict[str, Any]) -> None:
    """Compare the hash of a local document; that of a URI is covered by the signature alone."""
    if "path" not in named:
        return
    params = {**params, "document": named["path"]}
    try:
        actual = sha256((path.parent / named["path"]).read_bytes())
    except OSError as error:
        raise Rejected(Breach("core.attestation_document_missing", {**params, "error": str(error)})) from error
    if actual != named["sha256"]:
        raise Rejected(Breach("core.attestation_document_changed", {**params, "sha256": actual}))


def _date(path: Path, name: str, value: Any) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise _malformed(path, f"{name}: {error}") from error
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _malformed(path, f"{name} must be a date, YYYY-MM-DD")
    return value


def _malformed(path: Path, error: str) -> Rejected:
    return Rejected(Breach("core.attestation_malformed", {"file": path.name, "error": error}))
