# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the compliance engine found, from the metrics that its runs put to CloudWatch."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import (
    Dashboard,
    Metric,
    Panel,
    Platform,
    Row,
    at_most,
)

NAMESPACE = "iWORKZ/Compliance"
HOUR = "3600"
DAY_SECONDS = 86400


def dashboard(_platform: Platform) -> Dashboard:
    def metric(name: str, **dimensions: str) -> tuple[Metric]:
        return (Metric(NAMESPACE, name, "Maximum", dimensions, period=HOUR),)

    now = (
        Panel("critical", metric("Violations", Severity="critical"), "stat", "short", 6, 5, at_most(1)),
        Panel("high", metric("Violations", Severity="high"), "stat", "short", 6, 5, at_most(1)),
        Panel("unknown", metric("UnknownShare"), "stat", "percentunit", 6, 5, at_most(0.05, 0.01)),
        Panel("age", metric("EvaluationAgeSeconds"), "stat", "s", 6, 5, at_most(2 * DAY_SECONDS, 1.1 * DAY_SECONDS)),
    )
    course = (
        Panel("by_severity", metric("Violations", Severity="*"), width=12),
        Panel("by_verdict", metric("Findings", Verdict="*"), width=12),
        Panel("by_rule", metric("Violations", Rule="*", Severity="*"), width=24, height=10),
    )
    return Dashboard("compliance", (Row("now", now), Row("course", course)), span="now-30d", refresh="1h")
