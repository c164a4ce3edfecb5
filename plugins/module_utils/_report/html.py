# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report as one HTML file that needs no network. Pure but for reading its templates."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES, Language
from ansible_collections.iworkz.platform.plugins.module_utils._report.chart import failing, ready, trend_chart
from ansible_collections.iworkz.platform.plugins.module_utils._report.drift import compared
from ansible_collections.iworkz.platform.plugins.module_utils._report.facts import arrange
from ansible_collections.iworkz.platform.plugins.module_utils._report.page import TEMPLATES, environment
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import (
    Bilingual,
    Say,
    count,
    joined,
    seconds,
)
from ansible_collections.iworkz.platform.plugins.module_utils._report.timeline import timeline
from ansible_collections.iworkz.platform.plugins.module_utils._report.timeline import trend as drill_trend
from ansible_collections.iworkz.platform.plugins.module_utils._report.verdicts import VERDICTS, unchecked

# Inside a script element only these could end it or be read as markup.
_INERT = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def html(report: Mapping[str, Any], say: Say, language: Language) -> str:
    """Return the page. It opens in C(language) for readers who never chose one."""
    # Not at the top: ansible-test imports module_utils without the controller's packages.
    from markupsafe import Markup  # pylint: disable=import-outside-toplevel

    made = environment(say, "report")
    made.filters.update(arrange=arrange, ready=ready, failing=failing)
    made.filters.update(timeline=timeline, drill_trend=drill_trend, seconds=seconds, count_of=count, compared=compared)
    script = (TEMPLATES / "readiness.js").read_text(encoding="utf-8")
    title = say("report.ui_document_title", environment=report["environment"], decision=report["decision"])
    return made.get_template("readiness.html.j2").render(
        report=report,
        language=language,
        title=title,
        verdicts=VERDICTS,
        total=len(report["items"]),
        groups=_groups(report),
        chart=trend_chart(report["trend"]),
        style=Markup((TEMPLATES / "readiness.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        data=Markup(json.dumps(report, ensure_ascii=False).translate(_INERT)),
    )


def _groups(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The reasons in the order a launch manager asks for them: [{"name", "entries": [{"item", "text"}]}], none empty.

    Reasons about one item are one entry; C(item) is None where a reason is about no item.
    """
    items = {item["id"]: item for item in report["items"]}
    names = ("problem", "fail", "expired", "unknown", "unchecked")
    grouped: dict[str, dict[str, list[Bilingual]]] = {name: {} for name in names}
    for number, reason in enumerate(report["reasons"]):
        key = reason.get("item", f"reason {number}")
        name = "problem" if reason["scope"] == "evidence" else _group_of(items[key])
        grouped[name].setdefault(key, []).append({language: reason[language] for language in LANGUAGES})
    return [
        {
            "name": name,
            "entries": [{"item": key if key in items else None, "text": joined(texts)} for key, texts in found.items()],
        }
        for name, found in grouped.items()
        if found
    ]


def _group_of(item: Mapping[str, Any]) -> str:
    return "unchecked" if unchecked(item) else str(item["verdict"])
