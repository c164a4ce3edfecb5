"""Files of programs: written when they are other ones, taken into use once a checker has found them right."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path


def digest(files: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()


def write(path: Path, text: str) -> bool:
    """Replace a file as a whole; False when it says that already."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
    return True


def fill(directory: Path, files: Mapping[str, str]) -> None:
    """Let a directory hold these files and no others."""
    directory.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        write(directory / file, text)
    for path in directory.iterdir():
        if path.name not in files:
            path.unlink()


def promote(directory: Path, files: Mapping[str, str], check: Callable[[Path], object]) -> None:
    """Make `directory/live` of these files, unless `check` raises for the directory they are written to first."""
    candidate, live = directory / "candidate", directory / "live"
    shutil.rmtree(candidate, ignore_errors=True)
    for file, text in files.items():
        write(candidate / file, text)
    check(candidate)
    shutil.rmtree(live, ignore_errors=True)
    candidate.rename(live)
