# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A pack as three files to keep: ``<id>-<version>.tar.gz``, its manifest ``.json`` and its signature ``.sig``.

The same pack gives the same archive and manifest. The signature is of the manifest, which names the archive's hash.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import signing
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256

SCHEMA = 1
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")


class ArtefactError(ValueError):
    """An artefact is not what was signed, or would not unpack safely; the text names the file."""


@dataclass(frozen=True)
class Artefact:
    """The three files, by their names and contents."""

    id: str
    version: str
    archive: bytes
    manifest: bytes
    signature: bytes

    @property
    def stem(self) -> str:
        """What the names of the files begin with."""
        return _stem(self.id, self.version)

    @property
    def files(self) -> dict[str, bytes]:
        """The contents by file name."""
        return {
            f"{self.stem}.tar.gz": self.archive,
            f"{self.stem}.json": self.manifest,
            f"{self.stem}.sig": self.signature,
        }


def build(directory: Path, identity: str, version: str, pack_hash: str, signer: signing.Signer) -> Artefact:
    """Make the artefact of a pack's directory. Raises ArtefactError for links in it, SignatureError from the signer."""
    archive = archive_of(directory)
    manifest = canonical(
        {
            "schema": SCHEMA,
            "id": identity,
            "version": version,
            "pack_hash": pack_hash,
            "archive": {
                "file": f"{_stem(identity, version)}.tar.gz",
                "bytes": len(archive),
                "sha256": sha256(archive),
            },
        }
    )
    return Artefact(identity, version, archive, manifest, canonical(signing.sign(signer, manifest)))


def read(directory: Path, stem: str, trusted: Iterable[bytes]) -> Artefact:
    """Return the artefact whose files are in a directory, verified: nothing is unpacked.

    :param stem: ``<id>-<version>``.
    :param trusted: public keys, PEM or DER.

    Raises ArtefactError naming the file and what is wrong: signature, key, name, size or hash.
    """
    manifest = _bytes(directory / f"{stem}.json")
    signature = _bytes(directory / f"{stem}.sig")
    archive = _bytes(directory / f"{stem}.tar.gz")
    try:
        signing.verify(json.loads(signature), manifest, trusted)
        said: dict[str, Any] = json.loads(manifest)
    except ValueError as error:
        raise ArtefactError(f"{directory / stem}.json: {error}") from error
    if said["schema"] != SCHEMA:
        raise ArtefactError(f"{directory / stem}.json: has schema {said['schema']}, this program reads {SCHEMA}")
    if _stem(said["id"], said["version"]) != stem:
        raise ArtefactError(f"{directory / stem}.json: is the manifest of {said['id']} {said['version']}")
    if (len(archive), sha256(archive)) != (said["archive"]["bytes"], said["archive"]["sha256"]):
        raise ArtefactError(f"{directory / stem}.tar.gz: is not the archive that was signed: its hash differs")
    return Artefact(said["id"], said["version"], archive, manifest, signature)


def unpack(artefact: Artefact, path: Path) -> None:
    """Write the files of a verified artefact into a directory that does not exist yet.

    Raises ArtefactError for anything in it but plain files below the directory; nothing is left then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        with tarfile.open(fileobj=io.BytesIO(artefact.archive), mode="r:gz") as archive:
            for member in archive:
                name = PurePosixPath(member.name)
                if not member.isfile() or name.is_absolute() or ".." in name.parts:
                    raise ArtefactError(f"{artefact.stem}.tar.gz: {member.name} is no plain file below the directory")
                target = partial / name
                target.parent.mkdir(parents=True, exist_ok=True)
                content = archive.extractfile(member)
                if content is None:
                    raise AssertionError
                target.write_bytes(content.read())
        if path.exists():
            raise ArtefactError(f"{path}: is there already")
        partial.rename(path)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ArtefactError(f"{artefact.stem}.tar.gz: cannot be unpacked: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def archive_of(directory: Path) -> bytes:
    """The files of a pack, sorted by name, owned by nobody and from no time; hidden ones and caches are left out.

    The same files give the same bytes. Raises ArtefactError for links.
    """
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(filename="", fileobj=buffer, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for path in sorted(directory.rglob("*")):
            name = path.relative_to(directory)
            if any(part.startswith((".", "__")) for part in name.parts) or path.is_dir():
                continue
            if path.is_symlink():
                raise ArtefactError(f"{path}: is a link; a pack has plain files only")
            content = path.read_bytes()
            member = tarfile.TarInfo(name.as_posix())
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _stem(identity: str, version: str) -> str:
    stem = f"{identity}-{version}"
    if not NAME.fullmatch(stem):
        raise ArtefactError(f"{stem}: a pack's id and version consist of small letters, digits, dots and dashes")
    return stem


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path}: cannot be read: {error.strerror}") from error
