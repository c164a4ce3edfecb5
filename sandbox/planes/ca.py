"""The certificate authority of a sandbox, and the certificates of its servers."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from pathlib import Path

import trustme
from cryptography import x509

from sandbox.planes.accounts import Account

ALWAYS = ("localhost", "127.0.0.1")


class Authority:
    """Its certificate is `<root>/ca.pem` for everybody to trust, its key `<root>/ca.key` for the daemon only."""

    def __init__(self, root: Path, account: Account) -> None:
        self.path = root / "ca.pem"
        self._certificates = root / "certificates"
        self._account = account
        self._ca = self._load(root / "ca.key")

    def certificate(self, name: str, addresses: Iterable[str]) -> tuple[Path, Path]:
        """(certificate, key) for addresses and host names; those that are there when they are for the same ones."""
        wanted = sorted({*addresses, *ALWAYS})
        certificate, key = self._certificates / f"{name}.pem", self._certificates / f"{name}.key"
        if not (certificate.exists() and key.exists() and _names_of(certificate) == wanted):
            self._certificates.mkdir(mode=0o755, exist_ok=True)
            leaf = self._ca.issue_cert(*wanted)
            _write(key, leaf.private_key_pem.bytes(), 0o600)
            self._account.give(key)
            _write(certificate, b"".join(blob.bytes() for blob in leaf.cert_chain_pems), 0o644)
        return certificate, key

    def _load(self, key: Path) -> trustme.CA:
        if key.exists() and self.path.exists():
            return trustme.CA.from_pem(self.path.read_bytes(), key.read_bytes())
        ca = trustme.CA(organization_name="iworkz", organization_unit_name="sandbox")
        _write(key, ca.private_key_pem.bytes(), 0o600)
        _write(self.path, ca.cert_pem.bytes(), 0o644)
        return ca


def _names_of(path: Path) -> list[str]:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return sorted(
        str(value) if isinstance(value, ipaddress.IPv4Address) else value for value in (name.value for name in names)
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    os.replace(temporary, path)
