"""The account: moto's backends, the extensions' data and running transitions, kept in one file across restarts.

`state.pickle` is a line of JSON (the stamp) and a pickle of {"moto": [(module, attribute, {account: {region:
backend}})], "data", "transitions"}. It is replaced as a whole, so a kill leaves the former one. moto's objects refer
to each other across services, which is why they are pickled together.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import moto
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

from sandbox.aws import pickling
from sandbox.aws.transitions import Transitions

FORMAT = 1
"""Raise it when the content of the file changes in a way older code can't read."""

STAMP = {"format": FORMAT, "moto": moto.__version__, "python": f"{sys.version_info.major}.{sys.version_info.minor}"}

Backends = list[tuple[str, str, dict[str, dict[str, Any]]]]


class StateMismatchError(Exception):
    """The file was written by another version of moto, Python or the sandbox."""


class Store:
    def __init__(self, directory: Path, seconds: dict[str, float] | None = None) -> None:
        self.path = directory / "state.pickle"
        self.data: dict[tuple[str, str, str], dict[Any, Any]] = {}
        """{(account, region, name): what an extension keeps there}."""
        self.transitions = Transitions(seconds)

    def load(self) -> None:
        """Restore the file, when there is one. StateMismatchError when it can't be read by this version."""
        if not self.path.exists():
            return
        stamp, _, pickled = self.path.read_bytes().partition(b"\n")
        if json.loads(stamp) != STAMP:
            raise StateMismatchError(
                f"{self.path} was written by {stamp.decode()}, this is {json.dumps(STAMP)}. "
                "Empty the account with: python -m sandbox reset"
            )
        content = pickle.loads(pickled)
        for module, attribute, accounts in content["moto"]:
            backends = pickling.attribute_of(module, attribute)
            for account, regions in accounts.items():
                for region, backend in regions.items():
                    backends[account][region] = backend
        self.data = content["data"]
        self.transitions.running = content["transitions"]

    def dumps(self) -> tuple[bytes, list[str]]:
        """The account as the file holds it, and what had to be left out because it can't be pickled, each with why.

        Not to be called while a call runs.
        """
        backends, left_out = _backends(), []
        try:
            pickled = self._dump(backends)
        except Exception:
            # One service that can't be kept must not cost the others.
            kept = []
            for entry in backends:
                try:
                    pickling.dumps(entry)
                except Exception as error:
                    left_out.append(f"{entry[0]}: {type(error).__name__}: {error}")
                else:
                    kept.append(entry)
            pickled = self._dump(kept)
        return json.dumps(STAMP).encode() + b"\n" + pickled, left_out

    def write(self, content: bytes) -> None:
        """Replace the file."""
        temporary = self.path.with_suffix(".tmp")
        temporary.write_bytes(content)
        os.replace(temporary, self.path)

    def reset(self) -> None:
        """An empty account."""
        BackendDict.reset()
        reset_model_data()
        self.data = {}
        self.transitions = Transitions(self.transitions.seconds)

    def _dump(self, backends: Backends) -> bytes:
        return pickling.dumps({"moto": backends, "data": self.data, "transitions": self.transitions.running})


def backend_count() -> int:
    """How many backends exist: moto makes them, with random ids in them, at the first call, be it a read."""
    return sum(len(regions) for backends in BackendDict._instances for regions in backends.values())


def _backends() -> Backends:
    return [
        (*pickling.name_of(backends), {account: dict(regions.items()) for account, regions in backends.items()})
        for backends in BackendDict._instances
    ]
