# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records of what was done for people: sealed, signed, in the object-locked bucket. Counts only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import signing
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, plain
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import (
    SEAL,
    Broken,
    parse,
    record_bytes,
    seal,
)

REHEARSALS, REQUESTS, RUNS = "privacy/rehearsals/", "privacy/requests/", "privacy/retention/"
KEYS = frozenset({"schema", "kind", "at", "caller", SEAL})
RECORD, SIGNATURE = ".json", ".sig"


@dataclass(frozen=True)
class Archive:
    """
    :param s3: a client; ``signer`` None where records are sealed only.
    """

    s3: Any
    bucket: str
    signer: signing.Signer | None

    def put(self, stem: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Write a record and its signature; return it sealed (s3:PutObject, kms:Sign)."""
        record = seal(plain({"schema": 1, **content}))
        body = record_bytes(record)
        if self.signer is not None:
            signature = signing.sign(self.signer, record[SEAL].encode())
            self._write(f"{stem}{SIGNATURE}", canonical(signature))
        self._write(f"{stem}{RECORD}", body)
        return record

    def stems(self, prefix: str) -> dict[str, Any]:
        """When each record below a prefix was written, by stem (s3:ListBucket)."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return {
            one["Key"].removesuffix(RECORD): one["LastModified"]
            for page in pages
            for one in page.get("Contents", [])
            if one["Key"].endswith(RECORD)
        }

    def get(self, stem: str, trusted: bytes | None = None) -> dict[str, Any]:
        """A record whose seal, and signature by the key ``trusted``, hold (s3:GetObject).

        Raises Broken, and SignatureError.
        """
        record = parse(self._read(f"{stem}{RECORD}"), record_bytes, KEYS)
        if trusted is not None:
            try:
                signature = json.loads(self._read(f"{stem}{SIGNATURE}"))
            except (self.s3.exceptions.NoSuchKey, ValueError) as error:
                raise Broken(f"{stem} has no signature") from error
            signing.verify(signature, record[SEAL].encode(), [trusted])
        return record

    def _write(self, key: str, body: bytes) -> None:
        self.s3.put_object(
            Bucket=self.bucket, Key=key, Body=body, ContentType="application/json", ChecksumAlgorithm="SHA256"
        )

    def _read(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
