"""Make keys, and sign and check attestations and waivers (checklist/attestations/README.md).

    python tools/attest.py keygen --id ops-2026 --person "Yamada Hanako" --private ~/.config/iworkz/ops-2026.pem
    python tools/attest.py sign checklist/attestations/8.2.1.1.yml --private ~/.config/iworkz/ops-2026.pem
    python tools/attest.py check checklist/attestations --environment production

The private key is read from its file, asking for the passphrase if it has one, and never printed.
"""

from __future__ import annotations

import argparse
import base64
import getpass
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT = Path(__file__).resolve().parents[1]
if "ansible_collections" not in sys.modules:
    _AnsibleCollectionFinder(paths=[str(ROOT / ".ansible" / "collections"), *sys.path])._install()

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import load_checklist  # noqa: E402
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.attestation import (  # noqa: E402
    DEFAULT_ATTESTATIONS,
    Rejected,
    load_attestations,
    read_document,
    signed_bytes,
)
from ansible_collections.iworkz.platform.plugins.module_utils._messages import render  # noqa: E402

SIGNATURE_LINE = re.compile(r"^signature:.*\n?", re.MULTILINE)


def main(arguments: list[str] | None = None) -> int:
    """Return 0, or 1 when the files do not stand up."""
    parser = argparse.ArgumentParser(prog="attest", description="Make keys, sign and check attestations.")
    parser.add_argument("--language", choices=["en", "ja"], default="en")
    commands = parser.add_subparsers(dest="command", required=True)
    keygen = commands.add_parser("keygen", help="write a new private key and print its entry for trusted_keys.yml")
    keygen.add_argument("--id", required=True)
    keygen.add_argument("--person", required=True)
    keygen.add_argument("--private", type=Path, required=True)
    keygen.add_argument("--passphrase", action="store_true", help="ask for one and encrypt the key with it")
    sign = commands.add_parser("sign", help="sign a file, replacing the signature it has")
    sign.add_argument("file", type=Path)
    sign.add_argument("--private", type=Path, required=True)
    check = commands.add_parser("check", help="say what a directory attests")
    check.add_argument("directory", type=Path, nargs="?", default=DEFAULT_ATTESTATIONS)
    check.add_argument("--environment", required=True)
    options = parser.parse_args(arguments)
    try:
        if options.command == "keygen":
            return _keygen(options.id, options.person, options.private, options.passphrase)
        if options.command == "sign":
            return _sign(options.file, options.private)
        return _check(options.directory, options.environment, options.language)
    except Rejected as error:
        print(render(error.breach, options.language), file=sys.stderr)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
    return 1


def _keygen(key: str, person: str, path: Path, passphrase: bool) -> int:
    private = Ed25519PrivateKey.generate()
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(getpass.getpass("New passphrase: ").encode())
    data = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    print(f"keys:\n  - id: {key}\n    person: {person}\n    public_key: {public}")
    return 0


def _sign(path: Path, private: Path) -> int:
    signature = base64.b64encode(_private_key(private).sign(signed_bytes(read_document(path)))).decode()
    text = SIGNATURE_LINE.sub("", path.read_text(encoding="utf-8")).rstrip("\n")
    path.write_text(f"{text}\nsignature: {signature}\n", encoding="utf-8")
    return 0


def _private_key(path: Path) -> Ed25519PrivateKey:
    data = path.read_bytes()
    try:
        key = serialization.load_pem_private_key(data, None)
    except TypeError:  # it is encrypted
        passphrase = getpass.getpass(f"Passphrase of {path}: ").encode()
        key = serialization.load_pem_private_key(data, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path}: not an Ed25519 key")
    return key


def _check(directory: Path, environment: str, language: str) -> int:
    found = load_attestations(load_checklist().items, environment, datetime.now(UTC), directory)
    for item, attestation in sorted(found.valid.items()):
        print(f"{item}: {attestation.kind}, {attestation.person}, {attestation.expires} ({attestation.file})")
    against = [*found.problems, *(attestation.expiry() for attestation in found.expired.values())]
    for breach in against:
        print(render(breach, "ja" if language == "ja" else "en"), file=sys.stderr)
    return 1 if against else 0


if __name__ == "__main__":
    raise SystemExit(main())
