# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Texts of the report in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ChecklistError
from ansible_collections.iworkz.platform.plugins.module_utils._messages import (
    LANGUAGES,
    Catalogue,
    MessageError,
    Part,
    render,
)
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import YamlError, read_yaml

Bilingual = dict[str, str]


class Say(Protocol):
    """A message of the catalogue in both languages."""

    def __call__(self, message_id: str, part: Part = "message", **params: Any) -> Bilingual:
        """Return {"en": text, "ja": text}."""


@dataclass(frozen=True)
class _Message:
    id: str
    params: dict[str, Any]


def speaker(catalogue: Catalogue) -> Say:
    """Return what says the messages of a catalogue.

    A record may carry a finding whose message a later revision renamed: it is then shown by its id
    and values, so that old evidence can't keep the report from being written.
    """

    def say(message_id: str, part: Part = "message", **params: Any) -> Bilingual:
        try:
            return {each: render(_Message(message_id, params), each, part, catalogue) for each in LANGUAGES}
        except MessageError:
            if message_id.startswith("report."):
                raise
            values = ", ".join(f"{key}={value}" for key, value in sorted(params.items()))
            fallback = _Message("report.untold", {"id": message_id, "values": values or "-"})
            return {each: render(fallback, each, part, catalogue) for each in LANGUAGES}

    return say


def joined(texts: Iterable[Bilingual]) -> Bilingual:
    """Several texts as one, a line each, without saying anything twice."""
    unique = list({text["en"]: text for text in texts}.values())
    return {language: "\n".join(filter(None, (text[language] for text in unique))) for language in LANGUAGES}


def seconds(value: float | None) -> str:
    """A duration as a reader wants it: 0, 0.42, 1.9, 38; a dash for none."""
    if value is None:
        return "-"
    if value == int(value) or value >= 10:
        return f"{value:.0f}"
    return f"{value:.2f}" if value < 1 else f"{value:.1f}"


def count(value: float | None) -> str:
    """A number of things, a median of them included; a dash for none."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


def must_hold(items_file: Path) -> dict[str, Bilingual]:
    """Return what each item of checklist/items.yml asks for, in both languages, by item id.

    Raises ChecklistError when the file can't be read or an item lacks C(verify) or C(verify_ja).
    """
    try:
        document = read_yaml(items_file)
        return {str(item["id"]): {"en": item["verify"], "ja": item["verify_ja"]} for item in document["items"]}
    except (YamlError, KeyError, TypeError) as error:
        raise ChecklistError(f"{items_file}: not a checklist: {type(error).__name__}: {error}") from error
