# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runbooks as Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.runbook import Labels

# Outside of code, which stands between backquotes, a less-than sign would begin HTML.
HTML = re.compile(r"(`[^`]*`)|<")
OTHER = {"en": ("ja", "日本語"), "ja": ("en", "English")}


def markdown(runbook: Mapping[str, Any]) -> str:
    """Return the document of one runbook. Steps are a task list, so that they can be ticked off."""
    other, name = OTHER[runbook["language"]]
    lines = [
        f"<!-- {runbook['origin']} -->",
        f"# {_text(runbook['title'])}",
        "",
        f"[{name}]({runbook['scenario']}.{other}.md)",
        "",
        _text(runbook["purpose"]),
        "",
        "| | |",
        "| --- | --- |",
        *(f"| {label} | `{value}` |" for label, value in runbook["facts"]),
        "",
    ]
    for section in runbook["sections"]:
        lines += [f"## {section['title']}", ""]
        if section["note"]:
            lines += [f"*{section['note']}*", ""]
        for number, step in enumerate(section["steps"], 1):
            limit = f" {step['limit']}" if step["limit"] else ""
            lines += [f"{number}. [ ] **{_text(step['what'])}**{limit}", "", *_blocks(step["blocks"], "   ")]
    rehearsal = runbook["rehearsal"]
    lines += [
        f"## {runbook['hand_over']['title']}",
        "",
        *_blocks(runbook["hand_over"]["blocks"], ""),
        f"## {rehearsal['title']}",
        "",
        _text(rehearsal["text"]),
        "",
        *_blocks([{"code": True, "text": "\n".join(rehearsal["commands"])}], ""),
    ]
    return "\n".join(lines).rstrip() + "\n"


def index(runbooks: Sequence[Mapping[str, Any]], label: Labels) -> str:
    """Return the page that leads to the runbooks of a language."""
    other, name = OTHER[label.language]
    lines = [
        f"<!-- {label('origin', file='roles/dr/files/scenarios/')} -->",
        f"# {label('index')}",
        "",
        f"[{name}](index.{other}.md)",
        "",
        label("index_means"),
        "",
        f"| {' | '.join(label(name) for name in ('happened', 'rto', 'rpo'))} |",
        "| --- | --- | --- |",
    ]
    for each in runbooks:
        (_rto, rto), (_rpo, rpo) = each["facts"][1:3]
        lines.append(f"| [{_text(each['title'])}]({each['scenario']}.{label.language}.md) | {rto} | {rpo} |")
    return "\n".join(lines) + "\n"


def _blocks(blocks: Sequence[Mapping[str, Any]], indent: str) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        text = block["text"].splitlines()
        text = ["```shell", *text, "```"] if block["code"] else [_text(line) for line in text]
        lines += [*(f"{indent}{line}".rstrip() for line in text), ""]
    return lines


def _text(text: str) -> str:
    return HTML.sub(lambda match: match[1] or "\\<", text)
