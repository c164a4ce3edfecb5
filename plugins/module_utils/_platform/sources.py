# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which file sets a variable, and which variables the user set at all."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

SUFFIXES = ("", ".yml", ".yaml", ".json")


class Sources:
    """The files Ansible reads variables from, lowest precedence first, and the names given with ``-e``.

    :param playbook: directory of the playbook.
    :param inventories: the inventory sources of the run, as paths; those that are no path are left out.
    :param groups: the host's groups, parents first; ``all`` is added.
    """

    def __init__(
        self, playbook: Path, inventories: Iterable[Path], groups: Sequence[str], host: str, extra: Collection[str] = ()
    ) -> None:
        self.extra = frozenset(extra)
        existing = [path for path in inventories if path.exists()]
        places = [*(path if path.is_dir() else path.parent for path in existing), playbook]
        self.inventories = [path for source in existing for path in _plain_files(source)]
        self.files = [
            file
            for kind, name in [("group_vars", "all"), *(("group_vars", group) for group in groups), ("host_vars", host)]
            for place in places
            for file in _variable_files(place / kind, name)
        ]

    def where(self, variable: str) -> str | None:
        """``file:line`` of the setting that wins, ``-e``, or None where nothing known to us sets it."""
        if variable in self.extra:
            return f"-e {variable}"
        key = re.compile(rf"""^["']?{re.escape(variable)}["']?\s*:""")
        inner = re.compile(rf"""(?:^|[\s"'{{,]){re.escape(variable)}["']?\s*[:=]""")
        for files, pattern in ((reversed(self.files), key), (reversed(self.inventories), inner)):
            for file in files:
                for number, line in enumerate(_lines(file), start=1):
                    if pattern.search(line):
                        return f"{_short(file)}:{number}"
        return None


def _variable_files(directory: Path, name: str) -> Iterator[Path]:
    for suffix in SUFFIXES:
        path = directory / f"{name}{suffix}"
        if path.is_dir():
            yield from (file for file in sorted(path.rglob("*")) if file.is_file() and file.suffix in SUFFIXES)
        elif path.is_file():
            yield path


def _plain_files(source: Path) -> list[Path]:
    return [source] if source.is_file() else sorted(path for path in source.iterdir() if path.is_file())


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines()


def _short(file: Path) -> str:
    resolved = file.resolve()
    return str(resolved.relative_to(Path.cwd())) if resolved.is_relative_to(Path.cwd()) else str(resolved)
