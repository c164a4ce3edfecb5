"""The masking filter as Fluent Bit runs it: the role's Lua files in LuaJIT."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from sandbox.planes.elastic.lua import Filter

DIRECTORY = Path(__file__).resolve().parent.parent / "roles/logging/files/masking"


@cache
def default() -> Filter:
    return Filter(DIRECTORY / "masking.lua", "mask")


def masked(record: Any) -> Any:
    """A record of the corpus, a line or a map, masked."""
    return default().record(record)[1] if isinstance(record, dict) else str(default().module.text(record))
