# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runbooks as HTML pages that need no network and no script. Pure but for reading their templates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.runbook import Labels

TEMPLATES = Path(__file__).parent / "templates"
CODE = re.compile(r"`([^`]+)`")


def html(runbook: Mapping[str, Any], label: Labels) -> str:
    """Return the page of one runbook."""
    return _render("runbook.html.j2", label, runbook=runbook)


def index(runbooks: Sequence[Mapping[str, Any]], label: Labels) -> str:
    """Return the page that leads to the runbooks of a language."""
    return _render("index.html.j2", label, runbooks=runbooks)


def _render(template: str, label: Labels, **values: Any) -> str:
    # Not at the top: ansible-test imports module_utils without the controller's packages.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # pylint: disable=import-outside-toplevel
    from markupsafe import Markup  # pylint: disable=import-outside-toplevel

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # Names in sentences stand between backquotes, as in Markdown.
    environment.filters["inline"] = lambda text: Markup(CODE.sub(r"<code>\1</code>", escape(text)))
    style = Markup((TEMPLATES / "page.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(label=label, language=label.language, style=style, **values)
