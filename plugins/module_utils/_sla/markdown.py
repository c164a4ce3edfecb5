# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report as Markdown, English first, then Japanese. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES, Language
from ansible_collections.iworkz.platform.plugins.module_utils._report.markdown import table, text
from ansible_collections.iworkz.platform.plugins.module_utils._report.page import jst
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say
from ansible_collections.iworkz.platform.plugins.module_utils._sla.words import grouped, ms, percent

COLUMNS = (
    "service",
    "verdict",
    "requests",
    "availability",
    "budget_left",
    "latency_mean",
    "latency_p95",
    "outage_minutes",
    "missing_minutes",
)
INCIDENT = ("began_at", "ended_at", "minutes", "service", "kind", "bad_requests", "worst", "alerts")

Label = Callable[..., str]


def markdown(report: Mapping[str, Any], say: Say) -> str:
    """Return the document: verdict, figures of the platform and of each service, the worst incidents, the gaps."""
    return "\n\n---\n\n".join(_part(report, say, language) for language in LANGUAGES) + "\n"


def _part(report: Mapping[str, Any], say: Say, language: Language) -> str:
    def label(name: str, **params: Any) -> str:
        return say(f"sla.ui_{name}", **params)[language]

    whole = report["platform"]
    gone = {"missing": whole["missing_minutes"], "percent": percent(whole["missing_percent"])}
    named = {"name": label("platform"), **whole}
    lines = [
        f"# {label('title')} {report['month']}: {label('verdict_' + whole['verdict'])}",
        "",
        *([f"> **{label('sandbox')}:** {label('sandbox_means')}", ""] if report["environment"] == "sandbox" else []),
        f"{report['environment']} · {report['account']} · {jst(report['began_at'])} – {jst(report['ended_at'])} · "
        f"{label('generated_at')} {jst(report['generated_at'])}",
        "",
        label(f"means_{whole['verdict']}", **gone),
        "",
        *table([label(name) for name in COLUMNS], [_row(each, label) for each in (named, *report["services"])]),
        f"## {label('incidents')}",
        "",
    ]
    rows = [_incident(each, label) for each in report["incidents"]]
    lines += table([label(name) for name in INCIDENT], rows) if rows else [label("incidents_none"), ""]
    if whole["gaps"]:
        lines += [f"## {label('gaps')}", ""]
        lines += [f"- {jst(gap['began_at'])} – {jst(gap['ended_at'])}" for gap in whole["gaps"]]
    return "\n".join(lines).rstrip()


def _row(each: Mapping[str, Any], label: Label) -> list[str]:
    availability, mean, p95 = (each[name] for name in ("availability", "latency_mean", "latency_p95"))
    return [
        text(each["name"]),
        label(f"verdict_{each['verdict']}"),
        grouped(each["requests"]),
        f"{percent(availability['percent'])} / {percent(availability['objective_percent'])}",
        percent(availability["budget_left_percent"]),
        f"{ms(mean['ms'])} / {ms(mean['objective_ms'])}",
        ms(p95["ms"]),
        str(each["outage_minutes"]),
        str(each["missing_minutes"]),
    ]


def _incident(each: Mapping[str, Any], label: Label) -> list[str]:
    return [
        jst(each["began_at"]),
        jst(each["ended_at"]),
        str(each["minutes"]),
        text(each["service"]),
        label(f"kind_{each['kind']}"),
        grouped(each["bad_requests"]),
        percent(each["worst_percent"]),
        text(", ".join(each["alerts"])) or label("alerts_none"),
    ]
