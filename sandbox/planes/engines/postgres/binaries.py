"""Where PostgreSQL's programs and libraries are on this machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

ROOT = Path("/usr/lib/postgresql")
INSTALL = "apt-get install postgresql postgresql-15-pgaudit"


@cache
def directory() -> Path:
    """Directory of the newest version that Debian's packages have installed."""
    found = sorted(ROOT.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise RuntimeError(f"PostgreSQL is not installed ({ROOT} has no server): {INSTALL}")
    return found[-1].parent


def program(name: str) -> Path:
    return directory() / name


@cache
def libraries() -> frozenset[str]:
    """What shared_preload_libraries can load here."""
    return frozenset(path.stem for path in (directory().parent / "lib").glob("*.so"))
