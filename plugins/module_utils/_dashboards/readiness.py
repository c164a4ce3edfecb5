# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the platform may launch, from the metrics that readiness_metrics puts to CloudWatch."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import (
    Dashboard,
    Metric,
    Panel,
    Platform,
    Row,
    at_least,
    at_most,
)

NAMESPACE = "iWORKZ/Readiness"
HOUR = "3600"


def dashboard(platform: Platform) -> Dashboard:
    def metric(name: str, **dimensions: str) -> tuple[Metric]:
        every = {"Environment": platform.environment, **dimensions}
        return (Metric(NAMESPACE, name, "Maximum", every, period=HOUR),)

    now = (
        Panel("go", metric("Go"), "stat", "short", 6, 5, at_least(1)),
        Panel("ready", metric("ReadyShare"), "stat", "percentunit", 6, 5, at_least(1)),
        Panel("failed", metric("Items", Verdict="fail"), "stat", "short", 6, 5, at_most(1)),
        Panel("unknown", metric("Items", Verdict="unknown"), "stat", "short", 6, 5, at_most(1)),
    )
    course = (
        Panel("by_verdict", metric("Items", Verdict="*"), width=12),
        Panel("by_phase", metric("ReadyShare", Phase="*"), unit="percentunit", width=12, high=1.0),
    )
    return Dashboard("readiness", (Row("now", now), Row("course", course)), span="now-30d", refresh="1h")
