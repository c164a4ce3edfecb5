# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with a pack, said so that its author can mend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class PackError(ValueError):
    """A pack, or what was asked of it, is wrong: the text names file, key, value and what is allowed."""


class Problems:
    """Problems of a pack by the file they are in, so that one broken file doesn't hide the others."""

    def __init__(self) -> None:
        self.found: dict[Path, list[str]] = {}

    @contextmanager
    def of(self, path: Path) -> Iterator[None]:
        """Note a PackError raised inside, with the file's name."""
        try:
            yield
        except PackError as error:
            self.found.setdefault(path, []).append(str(error))

    def raise_for(self, paths: set[Path] | None = None) -> None:
        """Raise PackError with the problems of these files (None: of all), one a line."""
        lines = [
            f"{path}: {text}"
            for path, texts in sorted(self.found.items())
            if paths is None or path in paths
            for text in texts
        ]
        if lines:
            raise PackError("\n".join(lines))


class Mapped:
    """A mapping of a YAML file whose keys are taken one by one; what is left over is an error.

    :param where: what the mapping is, such as parameters.month_hours_below; empty for the file itself.
    """

    def __init__(self, document: Any, where: str = "") -> None:
        if not isinstance(document, Mapping):
            raise PackError(f"{where or 'the file'} must be a mapping, not {document!r}")
        self.where = where
        self._left = dict(document)

    def path(self, key: str) -> str:
        """The name of a key, seen from the file."""
        return f"{self.where}.{key}" if self.where else key

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        """Return the value of a key. Raises PackError when it is absent without default, or of another type."""
        if key not in self._left:
            if default is ...:
                raise PackError(f"{self.path(key)} is missing")
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            names = " or ".join(each.__name__ for each in kinds)
            raise PackError(f"{self.path(key)} is {value!r}, and must be {names}")
        return value

    def word(self, key: str, allowed: tuple[str, ...], default: Any = ...) -> Any:
        """Return one of the allowed words."""
        value = self.take(key, str, default)
        if value is not default and value not in allowed:
            raise PackError(f"{self.path(key)} is {value!r}, and must be one of {', '.join(allowed)}")
        return value

    def texts(self, key: str, default: Any = ...) -> Any:
        """Return {en, ja}: the same text in each language."""
        if key not in self._left and default is not ...:
            return default
        value = Mapped(self.take(key, (dict, str)), self.path(key))
        found = {language: str(value.take(language, (str, int, float))) for language in ("en", "ja")}
        value.done()
        return found

    def done(self) -> None:
        """Raise PackError when keys are left that nobody asked for."""
        if self._left:
            names = ", ".join(self.path(str(key)) for key in self._left)
            raise PackError(f"unknown: {names}")
