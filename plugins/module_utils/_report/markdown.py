# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report as a Markdown summary, English first, then Japanese. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.gate import GOOD
from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES, Language
from ansible_collections.iworkz.platform.plugins.module_utils._report.drift import compared
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say, count, seconds
from ansible_collections.iworkz.platform.plugins.module_utils._report.verdicts import VERDICTS, unchecked

Label = Callable[..., str]

# Everything that Markdown or the HTML inside it would read as more than text.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&#|~])")


def markdown(report: Mapping[str, Any], say: Say) -> str:
    """Return the document: decision, counts, phases, KPIs, drills, drift, and the items that were found not ready."""
    return "\n\n---\n\n".join(_part(report, say, language) for language in LANGUAGES) + "\n"


def _part(report: Mapping[str, Any], say: Say, language: Language) -> str:
    def label(name: str, **params: Any) -> str:
        return say(f"report.ui_{name}", **params)[language]

    head = {
        "environment": label(f"environment_{report['environment']}"),
        **{name: text(report[name]) for name in ("account", "region", "revision")},
        "generated_at": report["generated_at"],
    }
    lines = [f"# {label('title')}: {report['decision']}", ""]
    if report["rehearsal"]:
        lines += [f"> **{label('rehearsal')}:** {label('rehearsal_means')}", ""]
    lines += [
        " · ".join(f"{label(name)}: {value}" for name, value in head.items()),
        "",
        *table([label("verdict"), label("items")], _counts(report["summary"], label)),
        *_findings(report, label, language),
        *_drills(report["drills"], label, language),
        *_drift(report["drift"], label, language),
        f"## {label('phases')}",
        "",
        *table(
            [label("phase"), *(label(f"verdict_{verdict}") for verdict in VERDICTS)],
            [_phase(phase, language) for phase in report["phases"]],
        ),
        f"## {label('kpis')}",
        "",
        *table(
            ["KPI", label("source"), label("verdict")],
            [[_kpi(kpi, language), kpi["source"], label(f"verdict_{kpi['verdict']}")] for kpi in report["kpis"]],
        ),
    ]
    return "\n".join(lines).rstrip()


def _counts(summary: Mapping[str, int], label: Label) -> list[list[Any]]:
    return [[label(f"verdict_{verdict}"), summary[verdict]] for verdict in VERDICTS]


def _phase(phase: Mapping[str, Any], language: Language) -> list[Any]:
    counts = [phase["summary"][verdict] for verdict in VERDICTS]
    return [f"{phase['id']} {text(phase['title'][language])}", *counts]


def _kpi(kpi: Mapping[str, Any], language: Language) -> str:
    title = text(kpi["title"][language])
    return f"{kpi['id']} {title}: {text(kpi['value'])}" if "value" in kpi else f"{kpi['id']} {title}"


def _drills(drills: Mapping[str, Any], label: Label, language: Language) -> list[str]:
    """The last drill of each scenario: the worst that each store's clients measured, in each variant."""
    lines = [f"## {label('drills')}", ""]
    lines += [f"- {text(problem[language])}" for problem in drills["problems"]]
    rows = [row for each in drills["scenarios"] if each["last"] for row in _drill(each, label, language)]
    if not rows:
        return [*lines, f"- {label('drills_none')}", ""]
    header = [
        label("drills"),
        label("verdict"),
        "",
        f"{label('drill_rto')}, {label('drill_median')} / {label('drill_max')} / {label('drill_target')}",
        f"{label('drill_rpo')}, {label('drill_rows')} / {label('drill_seconds')} / {label('drill_target')}",
    ]
    return [*lines, *([""] if drills["problems"] else []), *table(header, rows)]


def _drill(each: Mapping[str, Any], label: Label, language: Language) -> list[list[Any]]:
    last = each["last"]
    head = [f"{text(each['title'][language])} ({last['ended_at'][:10]})", label(f"drill_{last['verdict']}")]
    rows = [
        [*head, f"{store}, {variant['name']}", _worst(found, "rto"), _worst(found, "rpo")]
        for variant in last["variants"]
        for store, found in variant["stores"].items()
    ]
    return rows or [[*head, "<br>".join(text(reason[language]) for reason in last["reasons"]), "-", "-"]]


def _worst(found: Mapping[str, Any], promise: str) -> str:
    target = found["targets"][f"{promise}_seconds"]
    rto, rows, lost = (found[key] for key in ("rto_seconds", "lost_rows", "lost_seconds"))
    first = seconds(rto["median"]) if promise == "rto" else count(rows["max"])
    return " / ".join((first, seconds(rto["max"] if promise == "rto" else lost["max"]), seconds(target)))


def _drift(drift: Mapping[str, Any], label: Label, language: Language) -> list[str]:
    """When the last check run was, whether it can be relied on, what differs and what was not compared."""
    last = drift["last"]
    lines = [f"## {label('drift')}", "", *(f"- {text(problem[language])}" for problem in drift["problems"])]
    if not last:
        return [*lines, f"- {label('drift_none')}", ""]
    age = label("drift_age", hours=seconds(last["age_hours"]))
    lines.append(f"- {label('drift_last')}: {last['checked_at'][:16]}Z ({age})")
    lines += [f"- **{label('drift_stale')}**"] if last["stale"] else []
    lines += [] if last["complete"] else [f"- **{label('drift_incomplete')}**"]
    lines += [] if drift["changes"] else [f"- {label('drift_clean', items=compared(drift))}"]
    rows = [
        [label(name), ", ".join(each["items"]) or label("drift_no_item"), text(each[language])]
        for name, part in (("drift_changes", "changes"), ("drift_uncompared", "uncompared"))
        for each in drift[part]
    ]
    return [*lines, "", *(table(["", label("items"), label("finding")], rows) if rows else [])]


def _findings(report: Mapping[str, Any], label: Label, language: Language) -> list[str]:
    """What was checked and isn't ready, with what to do; unchecked items are a count, not a wall of text."""
    rows = [
        [
            item["id"],
            label(f"verdict_{item['verdict']}"),
            text(item["title"][language]),
            text(item["message"][language]),
            text(item["remedy"][language]),
        ]
        for item in report["items"]
        if item["verdict"] not in GOOD and not unchecked(item)
    ]
    untouched = sum(unchecked(item) for item in report["items"])
    lines = [f"## {label('reasons')}", ""]
    problems = [text(reason[language]) for reason in report["reasons"] if reason["scope"] == "evidence"]
    lines += [f"- {problem}" for problem in problems]
    if untouched:
        lines.append(f"- {label('group_unchecked', count=untouched)}")
    if not report["reasons"]:
        lines.append(f"- {label('reasons_none')}")
    lines.append("")
    if rows:
        lines += table(["", label("verdict"), label("items"), label("finding"), label("next")], rows)
    return lines


def table(header: list[str], rows: list[list[Any]]) -> list[str]:
    """The lines of a table, with an empty one after it."""
    return [
        "| " + " | ".join(header) + " |",
        "|" + " --- |" * len(header),
        *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows),
        "",
    ]


def text(text: str) -> str:
    """Plain text, safe inside a table cell."""
    return _SPECIAL.sub(r"\\\1", text).replace("\n", "<br>")
