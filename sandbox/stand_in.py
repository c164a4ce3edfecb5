"""Access keys of the sandbox's own programs that call the emulator all the time, each for something real that would.

By these keys the log of calls tells what they do from what clients of the sandbox do.
"""

from __future__ import annotations

SECRET = "any"
"""The emulator takes every signature."""
_PREFIX, _LENGTH = "AKIASTANDIN", 20


def access_key(name: str) -> str:
    """The access key of a program by its name of nine letters at most; as long as those of AWS are."""
    key = f"{_PREFIX}{name.upper()}".ljust(_LENGTH, "X")
    if len(key) > _LENGTH:
        raise ValueError(f"{name} is too long a name for a stand-in's access key")
    return key


def is_stand_in(key: str) -> bool:
    return key.startswith(_PREFIX)


API_SERVER = access_key("apiserver")
"""What the emulator's EKS knows clusters by."""
