"""Drafts, attestations and a bucket for tests of the evidence packages."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError, EndpointConnectionError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import Item
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.attestation import signed_bytes
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import Draft

NO_LOCK = "ObjectLockConfigurationNotFoundError"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AUTOMATED = Item("1.1.1.1", "rds", "automated", {"en": "a", "ja": "a"}, "")
ATTESTED = Item("8.2.1.1", "ip_protection", "attested", {"en": "b", "ja": "b"}, "")
ITEMS = (AUTOMATED, ATTESTED)


def draft(item: str = AUTOMATED.id, **changes: Any) -> Draft:
    values: dict[str, Any] = {
        "item": item,
        "verdict": "fail",
        "required": {"days": 14},
        "observed": {"名前": "db-é", "zones": ["a", "c"], "ratio": 0.5, "none": None},
        "breaches": (Breach("rds.single_az", {"db": "db"}),),
        "environment": "sandbox",
        "account": "123456789012",
        "region": "ap-northeast-1",
        "caller": "arn:aws:sts::123456789012:assumed-role/x/y",
        "revision": "abc",
        "checked_at": NOW,
        "expires_at": NOW + timedelta(hours=24),
    }
    return Draft(**{**values, **changes})


class Signer:
    """A person with a trusted key in a directory of attestations."""

    def __init__(self, directory: Path, key: str = "k1", person: str = "Yamada Hanako") -> None:
        self.directory, self.key, self.person = directory, key, person
        self.private = Ed25519PrivateKey.generate()
        public = base64.b64encode(self.private.public_key().public_bytes_raw()).decode()
        trusted = {"keys": [{"id": key, "person": person, "public_key": public}]}
        (directory / "trusted_keys.yml").write_text(yaml.safe_dump(trusted))

    def document(self, **changes: Any) -> dict[str, Any]:
        """An attestation about to be signed; a change to None removes the field."""
        values: dict[str, Any] = {
            "item": ATTESTED.id,
            "kind": "attestation",
            "person": self.person,
            "role": "General counsel",
            "statement": "Filed.",
            "document": {"uri": "https://example.com/filing", "sha256": "0" * 64},
            "date": "2026-11-01",
            "expires": "2027-01-31",
            "key": self.key,
        }
        return {name: value for name, value in {**values, **changes}.items() if value is not None}

    def waiver(self, **changes: Any) -> dict[str, Any]:
        values = {"item": AUTOMATED.id, "kind": "waiver", "justification": "Until then.", "environments": ["sandbox"]}
        return self.document(**{**values, **changes})

    def sign(self, document: dict[str, Any], name: str = "a.yml") -> Path:
        signature = base64.b64encode(self.private.sign(signed_bytes(document))).decode()
        return self.write({**document, "signature": signature}, name)

    def write(self, document: dict[str, Any], name: str = "a.yml") -> Path:
        path = self.directory / name
        path.write_text(yaml.safe_dump(document, allow_unicode=True))
        return path


class FakeS3:
    """A bucket in memory that answers as S3 does; ``broken`` keys cannot be put."""

    def __init__(self, lock: dict[str, Any] | str = NO_LOCK, broken: tuple[str, ...] = ()) -> None:
        self.lock, self.broken = lock, broken
        self.objects: dict[str, dict[str, Any]] = {}

    def get_paginator(self, operation: str) -> FakeS3:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, **request: str) -> list[dict[str, Any]]:
        keys = [key for key in sorted(self.objects) if key.startswith(request["Prefix"])]
        return [{"Contents": [{"Key": key}]} for key in keys] or [{}]

    def get_object_lock_configuration(self, **_request: str) -> dict[str, Any]:
        if isinstance(self.lock, str):
            raise ClientError({"Error": {"Code": self.lock}}, "GetObjectLockConfiguration")
        return {"ObjectLockConfiguration": self.lock}

    def put_object(self, **request: Any) -> None:
        if request["Key"] in self.broken:
            raise EndpointConnectionError(endpoint_url="http://s3")
        assert request["IfNoneMatch"] == "*"
        self.objects[request["Key"]] = request
