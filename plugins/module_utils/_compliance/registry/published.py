# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The declared pack: whether it is in force, and its artefact what was signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import signing
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.artefact import ArtefactError, archive_of
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry import tested
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.artefacts import Shelf
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import (
    Registry,
    Row,
    document,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import sha256
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Change, State

VERIFIED = "verified"
_ACTIVATE = """
INSERT INTO packs (id, version, hash, artefact_key, artefact_version_id, signature_key_id, tests, active)
VALUES (%(id)s, %(version)s, %(hash)s, %(artefact_key)s, %(artefact_version_id)s, %(signature_key_id)s, %(tests)s, true)
ON CONFLICT (hash) DO UPDATE
SET artefact_key = excluded.artefact_key, artefact_version_id = excluded.artefact_version_id,
    signature_key_id = excluded.signature_key_id, tests = excluded.tests, active = true
"""


class Published:
    """The pack of the module's parameters, None when it is left out.

    A pack's state is ``{id, version, hash, archive, artefact}``: ``archive`` the hash of all its files, also those that
    no rule needs, ``artefact`` being ``verified``, or what is wrong with it.
    """

    def __init__(self, clients: Any, params: Mapping[str, Any], pack: Pack | None) -> None:
        self.pack = pack
        self._clients = clients
        self._params = params
        self._row: Row | None = None

    def desired(self) -> State:
        """The state to be."""
        if self.pack is None:
            raise AssertionError
        state = {"id": self.pack.id, "version": self.pack.version, "hash": self.pack.hash}
        return {**state, "archive": self._archive, "artefact": VERIFIED}

    def read(self, registry: Registry | None) -> dict[str, State]:
        """The state of the pack in force, by id of the declared one: it takes the place of any."""
        row = registry.active_pack() if registry is not None else None
        if row is None or self.pack is None:
            return {}
        state = {name: row[name] for name in ("id", "version", "hash")}
        return {self.pack.id: {**state, **self._published(row)}}

    def publish(self, registry: Registry, changes: Iterable[Change]) -> None:
        """Put the artefact there that a change needs, unless it was published before and still verifies.

        Raises PackError when the tests fail.
        """
        if self.pack is None or all(each.kind != "pack" or each.action == "unchanged" for each in changes):
            return
        query = "SELECT * FROM packs WHERE hash = %s"
        found: list[Row] = registry.rows(query, (self.pack.hash,)) if registry.exists else []
        if found and self._published(found[0]) == {"archive": self._archive, "artefact": VERIFIED}:
            self._row = found[0]
        else:
            said = self._tests(found[0] if found else None, self.pack)
            self._row = self._shelf.publish(Path(self._params["pack"]), self.pack, said, self._key)

    def apply(self, registry: Registry, change: Change) -> None:
        """Make what was published the pack in force."""
        if change.action != "unchanged":
            if self._row is None:
                raise ReconcileError("another changed the pack in force meanwhile: run it again")
            registry.execute("UPDATE packs SET active = false WHERE active AND hash <> %s", (self._row["hash"],))
            registry.connection.execute(_ACTIVATE, {**self._row, "tests": document(self._row["tests"])})

    def _published(self, row: Row) -> State:
        """The hash of the archive of a row, and whether it is what was signed."""
        try:
            found = self._shelf.read(row)
            self._shelf.tests(row)
        except ArtefactError as error:
            return {"archive": "", "artefact": str(error)}
        return {"archive": sha256(found.archive), "artefact": VERIFIED}

    def _tests(self, row: Row | None, pack: Pack) -> Row:
        """What the tests say: as sealed, where they were run for the same hash, which their text is part of."""
        if row is not None:
            with suppress(ArtefactError):
                return self._shelf.tests(row)
        return tested.run(pack)

    @cached_property
    def _archive(self) -> str:
        return sha256(archive_of(Path(self._params["pack"])))

    @cached_property
    def _key(self) -> signing.KmsKey:
        return signing.KmsKey(self._clients.client("kms"), self._params["signing_key"])

    @cached_property
    def _shelf(self) -> Shelf:
        try:
            public = self._key.public_key
        except self._clients.client("kms").exceptions.ClientError as error:
            if error_code(error) == "NotFoundException":
                raise ArtefactError(
                    f"there is no key {self._params['signing_key']}: declare it with aws_kms"
                ) from error
            raise
        return Shelf(self._clients.client("s3"), self._params["bucket"], public)
