# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pages that hold both languages, of which the style sheet shows the chosen one. Pure but for reading templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta, timezone
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Bilingual, Say
from ansible_collections.iworkz.platform.plugins.module_utils._report.verdicts import instant

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"

# Japan has no summer time, so no time zone database is needed.
JST = timezone(timedelta(hours=9), "JST")


def environment(say: Say, area: str, directories: Sequence[Path] = (TEMPLATES,)) -> Environment:
    """What renders templates: ``label`` of a name is the message ``<area>.ui_<name>`` in both languages, ``svg_label``
    the same inside of a picture; filters ``both``, ``jst`` and ``utc``."""
    # Not at the top: ansible-test imports module_utils without the controller's packages.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # pylint: disable=import-outside-toplevel
    from markupsafe import Markup  # pylint: disable=import-outside-toplevel

    def both(text: Bilingual) -> Markup:
        if text["en"] == text["ja"]:
            return Markup(escape(text["en"]))
        return Markup("".join(f'<span lang="{each}">{escape(text[each])}</span>' for each in LANGUAGES))

    def label(name: str, **params: Any) -> Markup:
        return both(say(f"{area}.ui_{name}", **params))

    def svg_label(name: str) -> Markup:
        """Where only SVG's own elements may stand."""
        text = say(f"{area}.ui_{name}")
        return Markup("".join(f'<tspan lang="{each}">{escape(text[each])}</tspan>' for each in LANGUAGES))

    made = Environment(
        loader=FileSystemLoader(directories),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(both=both, jst=jst, utc=utc)
    made.globals.update(label=label, svg_label=svg_label)
    return made


def jst(moment: str) -> str:
    """A timestamp as a reader in Japan wants it."""
    return instant(moment).astimezone(JST).strftime("%Y-%m-%d %H:%M JST")


def utc(moment: str) -> str:
    """A timestamp as a reader anywhere wants it."""
    return instant(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
