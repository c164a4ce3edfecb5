"""What Secrets and ConfigMaps hold.

The cluster's simulated External Secrets operator makes Secrets with the right keys and empty values; here their values
are read where the ExternalSecret says, from the emulator's Secrets Manager.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.planes.engines.observation.snapshot import Object, Snapshot, name, notes
from sandbox.stand_in import access_key

PLACEHOLDER = "sandbox.iworkz.jp/placeholder"
TEMPLATE = re.compile(r"\{\{-?\s*\.(\w+)\s*(?:\|[^}]*)?-?\}\}")
SECONDS = 10

Remote = Callable[[str], str]
"""The text of a secret of Secrets Manager by its name."""


def remote(url: str, region: str) -> Remote:
    """Reads of an emulator of the AWS APIs, which takes every signature."""
    scope = f"{access_key('secrets')}/20260101/{region}/secretsmanager/aws4_request"
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "secretsmanager.GetSecretValue",
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }

    def ask(secret: str) -> str:
        body = json.dumps({"SecretId": secret}).encode()
        request = urllib.request.Request(url, body, headers)
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return str(json.load(answer)["SecretString"])

    return ask


class Secrets:
    """Reads with one snapshot; KeyError and OSError where something is not there."""

    def __init__(self, snapshot: Snapshot, ask: Remote) -> None:
        self._snapshot, self._ask = snapshot, ask
        self._read: dict[str, str] = {}

    def secret(self, namespace: str, called: str) -> dict[str, str]:
        found = self._snapshot.get("Secret", namespace, called)
        if found is None:
            raise KeyError(f"there is no Secret {namespace}/{called}")
        if PLACEHOLDER in notes(found):
            for source in self._snapshot.all("ExternalSecret", namespace):
                if ((source["spec"].get("target") or {}).get("name") or name(source)) == called:
                    return dict(self._synced(source))
        data = found.get("data") or {}
        plain = {key: base64.b64decode(value).decode() for key, value in data.items()}
        return {**plain, **(found.get("stringData") or {})}

    def config_map(self, namespace: str, called: str) -> dict[str, str]:
        found = self._snapshot.get("ConfigMap", namespace, called)
        if found is None:
            raise KeyError(f"there is no ConfigMap {namespace}/{called}")
        return found.get("data") or {}

    def _synced(self, source: Object) -> Iterator[tuple[str, str]]:
        """https://external-secrets.io/latest/api/externalsecret/"""
        spec = source["spec"]
        values: dict[str, str] = {}
        for each in spec.get("dataFrom") or ():
            values |= self._made(each) if "sourceRef" in each else self._extracted(each["extract"]["key"])
        for each in spec.get("data") or ():
            reference = each["remoteRef"]
            whole = self._text(reference["key"])
            part = reference.get("property")
            values[each["secretKey"]] = _text(json.loads(whole)[part]) if part else whole
        template = (spec.get("target") or {}).get("template") or {}
        if not template.get("data") or template.get("mergePolicy") == "Merge":
            yield from values.items()
        for key, text in (template.get("data") or {}).items():
            yield key, TEMPLATE.sub(lambda match: values[match[1]], text)

    def _extracted(self, key: str) -> dict[str, str]:
        return {part: _text(value) for part, value in json.loads(self._text(key)).items()}

    def _made(self, each: Object) -> dict[str, str]:
        """What a generator of passwords gives, under the names it is rewritten to; nobody asks here which it is."""
        names = [rule["regexp"]["target"] for rule in each.get("rewrite") or ()] or ["password"]
        return dict.fromkeys(names, "made-by-a-generator")

    def _text(self, key: str) -> str:
        if key not in self._read:
            self._read[key] = self._ask(key)
        return self._read[key]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
