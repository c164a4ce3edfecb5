# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What alerts say, in both languages, and where to read on: ``messages/alerts.yml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES, load_catalogue

MESSAGES = Path(__file__).parent / "messages"
LABELS = re.compile(r"<(value(?:\|\w+)?|[a-z_]+)>")
"""What Prometheus fills in: <value>, <value|percent>, or the name of a label."""
FORMATS = {"": "humanize", "percent": "humanizePercentage", "duration": "humanizeDuration"}
PARTS = {"summary": "message", "description": "remedy"}


@dataclass(frozen=True)
class Texts:
    """``runbooks``: what the addresses of runbooks begin with; a page per language follows, and the alert's name."""

    runbooks: str

    def alert(
        self,
        name: str,
        expression: str,
        labels: Mapping[str, str],
        *,
        wait: str = "",
        language: str = "en",
        variant: str = "",
        **params: Any,
    ) -> dict[str, Any]:
        """An alerting rule.

        :param wait: how long the expression must hold.
        :param language: of the runbook.
        :param variant: which texts, where an alert has several.
        :param params: values of the texts' placeholders.
        :raises KeyError: for an alert without texts, or a placeholder without a value.
        """
        message = load_catalogue(MESSAGES)[f"alerts.{name}" + (f".{variant}" if variant else "")]
        annotations = {
            f"{kind}_{spoken}": _template(message[spoken][part].format(**params))  # type: ignore[index]
            for kind, part in PARTS.items()
            for spoken in LANGUAGES
        }
        return {
            "alert": name,
            "expr": expression,
            **({"for": wait} if wait else {}),
            "labels": dict(labels),
            "annotations": {**annotations, "runbook_url": f"{self.runbooks}/{language}.md#{name.lower()}"},
        }


def _template(text: str) -> str:
    """Go templates out of <value> and <label>: their braces would be those of the texts' own placeholders."""
    return LABELS.sub(lambda found: _field(found.group(1)), text)


def _field(name: str) -> str:
    if name.startswith("value"):
        return f"{{{{ $value | {FORMATS[name.partition('|')[2]]} }}}}"
    return f"{{{{ $labels.{name} }}}}"
