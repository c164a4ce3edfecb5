# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report as one HTML file that needs no network and no script. Pure but for reading its templates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language
from ansible_collections.iworkz.platform.plugins.module_utils._report.page import TEMPLATES as LOOK
from ansible_collections.iworkz.platform.plugins.module_utils._report.page import environment
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say
from ansible_collections.iworkz.platform.plugins.module_utils._sla.words import grouped, ms, percent

TEMPLATES = Path(__file__).parent / "templates"


def html(report: Mapping[str, Any], say: Say, language: Language) -> str:
    """Return the page, which opens in C(language)."""
    # Not at the top: ansible-test imports module_utils without the controller's packages.
    from markupsafe import Markup  # pylint: disable=import-outside-toplevel

    made = environment(say, "sla", [TEMPLATES])
    made.filters.update(percent=percent, ms=ms, grouped=grouped)
    styles = (LOOK / "readiness.css", TEMPLATES / "sla.css")
    return made.get_template("sla.html.j2").render(
        report=report,
        language=language,
        title=say("sla.ui_document_title", environment=report["environment"], month=report["month"]),
        style=Markup("\n".join(style.read_text(encoding="utf-8") for style in styles)),
    )
