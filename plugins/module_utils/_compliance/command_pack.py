# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command ``pack``: whether a pack is whole, is the one that was signed, and passes its tests."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import artefact
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.artefact import ArtefactError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.command_config import DONE, NOT_WELL, guarded
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.console import say
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack, load
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry import tested

ARCHIVE = ".tar.gz"


def add(commands: Any) -> None:
    """Add it to a program's commands."""
    command = commands.add_parser("pack", help="verify a pack, and print its hash")
    command.add_argument("pack", type=Path, help=f"a directory, or an artefact ({ARCHIVE}, with .json and .sig beside)")
    command.add_argument("--key", type=Path, metavar="FILE", help="public key that an artefact must be signed with")
    command.add_argument("--hash", help="the hash it must have")
    command.add_argument("--test", action="store_true", help="run the tests of its rules, too")
    command.set_defaults(run=lambda options: guarded(lambda: _pack(options)))


def _pack(options: argparse.Namespace) -> int:
    """1: tests fail, or sides of effective dates are untested. Raises PackError, ArtefactError."""
    pack = _signed(options.pack, options.key) if options.pack.name.endswith(ARCHIVE) else load(options.pack)
    if options.hash is not None and pack.hash != options.hash:
        raise PackError(f"{options.pack}: has the hash {pack.hash}, wanted is {options.hash}")
    answer: dict[str, Any] = {"id": pack.id, "version": pack.version, "hash": pack.hash, "rules": len(pack.rules)}
    if options.test:
        try:
            answer["tests"] = tested.run(pack)
        except PackError as error:
            say(error, file=sys.stderr)
            return NOT_WELL
    say(json.dumps(answer, sort_keys=True))
    return DONE


def _signed(path: Path, key: Path | None) -> Pack:
    """The pack in an artefact, once its signature is verified and its content is what was signed."""
    if key is None:
        raise PackError(f"{path}: is signed: give the public key it must be signed with (--key)")
    try:
        trusted = key.read_bytes()
    except OSError as error:
        raise PackError(f"{key}: cannot be read: {error.strerror}") from error
    found = artefact.read(path.parent, path.name.removesuffix(ARCHIVE), [trusted])
    with tempfile.TemporaryDirectory(prefix="pack-") as scratch:
        artefact.unpack(found, Path(scratch) / "pack")
        pack = load(Path(scratch) / "pack")
    signed = json.loads(found.manifest)["pack_hash"]
    if pack.hash != signed:
        raise ArtefactError(f"{path}: has the hash {pack.hash}, signed is {signed}")
    return pack
