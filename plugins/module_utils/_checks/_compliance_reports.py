# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reports that the pack in force describes, as the bucket has it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ansible_collections.iworkz.platform.plugins.module_utils._checks._compliance_facts import published, registered
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Unmet
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import signing
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.artefacts import Shelf
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import model


def described(world: World) -> dict[str, bool]:
    """The reports that can be built, by id, and whether they are filed with somebody (kms:GetPublicKey, s3:GetObject).

    Raises Unmet as ``published`` does.
    """
    pack = world.once(published).pack
    row = world.once(registered).pack
    if row is None:
        raise AssertionError
    platform = world.platform
    trusted = signing.KmsKey(world.client("kms"), f"alias/{platform.prefix}-compliance").public_key
    shelf = Shelf(world.client("s3"), f"{platform.prefix}-evidence-{platform.account_id}", trusted)
    with tempfile.TemporaryDirectory(prefix="check-") as scratch:
        path = shelf.fetch(row, Path(scratch) / "pack")
        try:
            return {each.id: each.addressed for each in model.load(path, pack).values() if each.sections}
        except PackError as error:
            raise Unmet(Breach("compliance.artefact", {"error": str(error)})) from error
