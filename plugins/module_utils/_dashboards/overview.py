# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The platform at a glance: promises, error budgets, traffic, alerts."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards import elsewhere
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import (
    Dashboard,
    Panel,
    Platform,
    Query,
    Row,
    at_least,
    at_most,
)

REQUESTS = "slo:requests:increase30d"
ERRORS = 'slo:sli_error:ratio_rate30d{slo="availability"}'


def dashboard(platform: Platform) -> Dashboard:
    targets = platform.targets
    goal, mean = targets["availability_percent"] / 100, targets["api_mean_ms"] / 1000
    available = Query(f"1 - sum({ERRORS} * on (service) {REQUESTS}) / sum({REQUESTS})", instant=True)
    latency = Query(
        "sum(slo:latency_mean:seconds_rate5m * on (service) slo:requests:rate5m) / sum(slo:requests:rate5m)",
        instant=True,
    )
    firing = 'ALERTS{alertstate="firing",alertname!="Watchdog"}'
    promises = (
        Panel("availability", (available,), "stat", "percentunit", 6, 5, at_least(goal, goal + (1 - goal) / 4)),
        Panel("latency", (latency,), "stat", "s", 6, 5, at_most(mean, mean * 0.8)),
        Panel("firing", (Query(f"count({firing}) or vector(0)", instant=True),), "stat", "short", 6, 5, at_most(1)),
        Panel(
            "watchdog",
            (Query('count(ALERTS{alertname="Watchdog",alertstate="firing"}) or vector(0)', instant=True),),
            "stat",
            "short",
            6,
            5,
            at_least(1),
        ),
    )
    budgets = (
        Panel(
            "budget",
            (Query('slo:period_error_budget_remaining:ratio{slo="availability"}', "{{service}}", instant=True),),
            "bargauge",
            "percentunit",
            12,
            12,
            at_least(0, 0.25),
            high=1.0,
        ),
        Panel(
            "burn",
            (Query('slo:current_burn_rate:ratio{slo="availability"}', "{{service}}"),),
            width=12,
            height=12,
            steps=at_most(14.4, 1),
        ),
    )
    traffic = (
        Panel("requests", (Query("slo:requests:rate5m", "{{service}}"),), unit="reqps", width=12, stacked=True),
        Panel(
            "hosts", (Query("min by (instance) (probe_success)", "{{instance}}"),), width=6, steps=at_least(1), high=1.0
        ),
        Panel(
            "targets_up",
            (Query("avg by (job) (up)", "{{job}}"),),
            unit="percentunit",
            width=6,
            steps=at_least(1),
            high=1.0,
        ),
    )
    alerts = (Panel("alerts", (Query(firing, instant=True),), "table", width=24),)
    return Dashboard(
        "overview",
        (Row("promises", promises), Row("budgets", budgets), Row("traffic", traffic), Row("alerts", alerts)),
        links=elsewhere.links(platform),
    )
