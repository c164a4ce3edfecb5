# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every sentence a user reads, by id, in English and Japanese: ``checklist/messages/*.yml``."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

from ansible_collections.iworkz.platform.plugins.module_utils._yaml import YamlError, read_yaml

Language = Literal["en", "ja"]
Part = Literal["message", "remedy"]
LANGUAGES: tuple[Language, ...] = ("en", "ja")
PARTS: tuple[Part, ...] = ("message", "remedy")
DEFAULT_MESSAGES = Path(__file__).parents[2] / "checklist" / "messages"


class MessageError(ValueError):
    """A message is missing, malformed, or lacks a value for a placeholder."""


class Message(Protocol):
    """What can be rendered: a Breach, or anything else with an id and params."""

    @property
    def id(self) -> str:
        """The id of the message in the catalogue."""

    @property
    def params(self) -> dict[str, Any]:
        """The values of its placeholders."""


Catalogue = Mapping[str, Mapping[Language, Mapping[Part, str]]]


def placeholders(text: str) -> set[str]:
    """Return the names a template asks for (``{db}``, ``{zones[0]}`` and ``{db.name}`` all ask by their first name).

    Raises MessageError for a template str.format cannot read, or one with unnamed placeholders.
    """
    try:
        fields = [name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise MessageError(f"{text!r}: {error}") from error
    names = {field.split(".")[0].split("[")[0] for field in fields}
    if any(not name.isidentifier() for name in names):
        raise MessageError(f"{text!r}: every placeholder needs a name")
    return names


@lru_cache(maxsize=4)
def load_catalogue(directory: Path = DEFAULT_MESSAGES) -> Catalogue:
    """Read all areas. Raises MessageError naming the file and id of a malformed, incomplete or repeated message.

    A message is complete when each language has a message and a remedy, with the same placeholders in both.
    """
    catalogue: dict[str, Mapping[Language, Mapping[Part, str]]] = {}
    for path in sorted(directory.glob("*.yml")):
        try:
            document = read_yaml(path) or {}
        except YamlError as error:
            raise MessageError(str(error)) from error
        for message, texts in document.items():
            if message in catalogue:
                raise MessageError(f"{path}: {message} is there twice")
            _check_complete(f"{path}: {message}", texts)
            catalogue[message] = texts
    return catalogue


def _check_complete(where: str, texts: Any) -> None:
    for part in PARTS:
        try:
            asked = {language: placeholders(texts[language][part]) for language in LANGUAGES}
        except (KeyError, TypeError) as error:
            raise MessageError(f"{where}: {part} must be a text in each of {', '.join(LANGUAGES)}") from error
        if asked["en"] != asked["ja"]:
            raise MessageError(f"{where}: {part} has {sorted(asked['en'])} in en and {sorted(asked['ja'])} in ja")


def render(message: Message, language: Language, part: Part = "message", catalogue: Catalogue | None = None) -> str:
    """Return the sentence of a message. Raises MessageError for an unknown id or a missing placeholder."""
    known = load_catalogue() if catalogue is None else catalogue
    if message.id not in known:
        raise MessageError(f"{message.id}: not in the message catalogue")
    try:
        return known[message.id][language][part].format(**message.params)
    except (LookupError, AttributeError, ValueError) as error:
        raise MessageError(f"{message.id}: {language} {part} cannot be filled in: {error!r}") from error
