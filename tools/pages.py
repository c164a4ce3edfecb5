"""Generated pages: written where they differ, or with --check only named."""

from __future__ import annotations

import argparse
import os.path
from collections.abc import Mapping
from pathlib import Path

from tools.roles import ROOT


def update(description: str | None, what: str, pages: Mapping[Path, str]) -> int:
    """Write the pages, or with --check name those that differ; return 1 when any does.

    :param what: the pages are, as said when all are up to date.
    :param pages: text by file of the repository.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a page is out of date")
    check = parser.parse_args().check
    stale = [file for file, text in pages.items() if not file.exists() or file.read_text(encoding="utf-8") != text]
    if not check:
        for file in stale:
            file.write_text(pages[file], encoding="utf-8")
    if stale:
        names = [os.path.relpath(file, ROOT) for file in stale]
        print(*names, "out of date: run make docs" if check else "written", sep="\n")
    else:
        print(f"{len(pages)} {what} are up to date")
    return 1 if check and stale else 0
