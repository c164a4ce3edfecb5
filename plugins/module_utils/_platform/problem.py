# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with a variable, in the reader's language."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._messages import (
    LANGUAGES,
    Language,
    Message,
    Part,
    load_catalogue,
    render,
)

MESSAGES = Path(__file__).parent / "messages"
SECRETS = ("access_key", "secret_key", "session_token")
LONGEST = 80

Text = Mapping[Language, str]  # one sentence part in each language
NOTHING: Text = {"en": "", "ja": ""}


@dataclass(frozen=True)
class _Localised:
    id: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """One thing wrong: a message of ``messages/``, the path of the value, and the message's values.

    A value of ``params`` may be a Text; it is then shown in the language the problem is told in.
    """

    id: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def variable(self) -> str:
        """The top-level variable the path begins with."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]

    def text(self, language: Language, part: Part = "message") -> str:
        """The sentence in one language. Raises MessageError for an unknown id or a missing placeholder."""
        return say(self.id, language, self.params, part)


def say(identifier: str, language: Language, params: Mapping[str, Any], part: Part = "message") -> str:
    """Fill in a message of ours. Raises MessageError."""
    values = {name: value[language] if _is_text(value) else value for name, value in params.items()}
    message: Message = _Localised(identifier, values)
    return render(message, language, part, load_catalogue(MESSAGES))


def _is_text(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == set(LANGUAGES)


def shown(value: Any, path: str = "") -> str:
    """A value as the reader would write it in YAML (JSON is YAML), cut short; secrets are not shown."""
    if path.rsplit(".", 1)[-1] in SECRETS:
        return "********"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def hint(name: object, known: Iterable[str]) -> Text:
    """``did you mean`` with the nearest known name, or nothing."""
    near = difflib.get_close_matches(str(name), list(known), n=1, cutoff=0.6)
    return {"en": f" (did you mean {near[0]}?)", "ja": f"（{near[0]}の誤りではありませんか）"} if near else NOTHING


def listed(values: Iterable[Any]) -> str:
    """Allowed values, as the reader would write them."""
    return ", ".join(value if isinstance(value, str) and not value[:1].isdigit() else shown(value) for value in values)
