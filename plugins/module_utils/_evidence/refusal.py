# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a task cannot do its work, in the words of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._messages import (
    LANGUAGES,
    Language,
    Message,
    MessageError,
    Part,
    render,
)


class Refused(RuntimeError):
    """The task stops here; ``breaches`` say why and ``result`` is what it can report all the same."""

    def __init__(self, breaches: Sequence[Breach], result: dict[str, Any] | None = None) -> None:
        super().__init__(", ".join(breach.id for breach in breaches))
        self.breaches = tuple(breaches)
        self.result = result or {}

    def told(self, language: Language) -> str:
        """Return the reasons and what to do about them, one per line."""
        return "\n".join(f"{render(each, language)} {render(each, language, 'remedy')}" for each in self.breaches)


def told(message: Message, part: Part = "message") -> dict[str, str]:
    """Return a message in every language; one an older revision recorded and this one lacks, by id and values."""
    try:
        return {language: render(message, language, part) for language in LANGUAGES}
    except MessageError:
        values = ", ".join(f"{key}={value}" for key, value in sorted(message.params.items()))
        unknown = Breach("core.untold", {"id": message.id, "values": values})
        return {language: render(unknown, language, part) for language in LANGUAGES}
