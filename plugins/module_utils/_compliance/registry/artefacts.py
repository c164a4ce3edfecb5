# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packs in the object-locked bucket: ``compliance/packs/<id>/<version>-<hash12>`` with an ending per file.

``.tar.gz``, ``.json`` and ``.sig`` are the artefact (``artefact.py``); ``.tests.json`` says what the tests of its rules
gave when it was published, and ``.tests.sig`` is the signature of that.

Operations: s3:GetObject, s3:GetObjectVersion, s3:PutObject.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import artefact, signing
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.artefact import Artefact, ArtefactError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256

ARCHIVE = ".tar.gz"
SIGNED = (ARCHIVE, ".json", ".sig")
TESTS, TESTS_SIGNATURE = ".tests.json", ".tests.sig"
ABSENT = ("NoSuchKey", "NoSuchVersion", "404")
Row = dict[str, Any]


def stem(identity: str, version: str, pack_hash: str) -> str:
    """What the keys of a pack begin with."""
    return f"compliance/packs/{identity}/{version}-{pack_hash[:12]}"


class Shelf:
    """Where artefacts are kept.

    :param client: for s3.
    :param trusted: the public key, PEM or DER, that signatures must verify with.
    """

    def __init__(self, client: Any, bucket: str, trusted: bytes) -> None:
        self._client = client
        self._bucket = bucket
        self._trusted = trusted

    def publish(self, directory: Path, pack: Pack, tests: Mapping[str, Any], signer: signing.Signer) -> Row:
        """Put a pack and what its tests said there, the signatures last; return the row of the registry.

        Raises ArtefactError, SignatureError.
        """
        made = artefact.build(directory, pack.id, pack.version, pack.hash, signer)
        sealed = canonical({"schema": 1, "pack": {"id": pack.id, "version": pack.version, "hash": pack.hash}, **tests})
        key = stem(pack.id, pack.version, pack.hash)
        versions = {
            ending: self._put(f"{key}{ending}", content)
            for ending, content in (
                (ARCHIVE, made.archive),
                (".json", made.manifest),
                (TESTS, sealed),
                (TESTS_SIGNATURE, canonical(signing.sign(signer, sealed))),
                (".sig", made.signature),
            )
        }
        return {
            "id": pack.id,
            "version": pack.version,
            "hash": pack.hash,
            "artefact_key": f"{key}{ARCHIVE}",
            "artefact_version_id": versions[ARCHIVE],
            "signature_key_id": signing.fingerprint(self._trusted),
            "tests": {**tests, "sha256": sha256(sealed)},
        }

    def read(self, row: Mapping[str, Any]) -> Artefact:
        """The artefact of a row of the registry, verified. Raises ArtefactError naming the object and what is wrong."""
        key = str(row["artefact_key"]).removesuffix(ARCHIVE)
        name = f"{row['id']}-{row['version']}"
        with tempfile.TemporaryDirectory(prefix="artefact-") as scratch:
            for ending in SIGNED:
                version = {"VersionId": row["artefact_version_id"]} if ending == ARCHIVE else {}
                (Path(scratch) / f"{name}{ending}").write_bytes(self._get(f"{key}{ending}", **version))
            try:
                found = artefact.read(Path(scratch), name, [self._trusted])
            except ArtefactError as error:
                raise ArtefactError(str(error).replace(f"{scratch}/{name}", f"s3://{self._bucket}/{key}")) from error
        signed = json.loads(found.manifest)["pack_hash"]
        if signed != row["hash"]:
            raise ArtefactError(f"s3://{self._bucket}/{key}.json: is of the pack with hash {signed}, not {row['hash']}")
        return found

    def tests(self, row: Mapping[str, Any]) -> Row:
        """What the tests said when the pack was published, verified, and the same as the row says.

        Raises ArtefactError.
        """
        key = str(row["artefact_key"]).removesuffix(ARCHIVE)
        sealed = self._get(f"{key}{TESTS}")
        try:
            signing.verify(json.loads(self._get(f"{key}{TESTS_SIGNATURE}")), sealed, [self._trusted])
        except ValueError as error:
            raise ArtefactError(f"s3://{self._bucket}/{key}{TESTS}: {error}") from error
        said: Row = json.loads(sealed)
        counts = {name: value for name, value in said.items() if name not in ("schema", "pack")}
        if said["pack"]["hash"] != row["hash"] or row["tests"] != {**counts, "sha256": sha256(sealed)}:
            raise ArtefactError(f"s3://{self._bucket}/{key}{TESTS}: is not what the registry says of the tests")
        return counts

    def fetch(self, row: Mapping[str, Any], path: Path) -> Path:
        """Unpack the pack of a row into a directory that does not exist yet; return it. Raises ArtefactError."""
        artefact.unpack(self.read(row), path)
        return path

    def _put(self, key: str, content: bytes) -> str:
        answer = self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256")
        try:
            return str(answer["VersionId"])
        except KeyError as error:
            raise ArtefactError(
                f"bucket {self._bucket} keeps no versions: enable versioning and object lock"
            ) from error

    def _get(self, key: str, **version: str) -> bytes:
        try:
            return bytes(self._client.get_object(Bucket=self._bucket, Key=key, **version)["Body"].read())
        except self._client.exceptions.ClientError as error:
            if error_code(error) in ABSENT:
                raise ArtefactError(f"s3://{self._bucket}/{key}: is not there") from error
            raise
