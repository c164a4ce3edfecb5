# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS bills, from CloudWatch in us-east-1, and what the platform does for it."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import (
    Dashboard,
    Metric,
    Panel,
    Platform,
    Query,
    Row,
)

REQUESTED = 'kube_pod_container_resource_requests{resource="cpu"}'
HALF_A_DAY = "43200"
"""Seconds: the charge is estimated a few times a day."""


def dashboard(_platform: Platform) -> Dashboard:
    def charges(**dimensions: str) -> Metric:
        every = {"Currency": "USD", **dimensions}
        return Metric("AWS/Billing", "EstimatedCharges", "Maximum", every, region="us-east-1", period=HALF_A_DAY)

    bill = (
        Panel("month", (charges(),), "stat", "currencyUSD", 6, 8),
        Panel("total", (charges(),), unit="currencyUSD", width=9),
        Panel("by_service", (charges(ServiceName="*"),), unit="currencyUSD", width=9),
    )
    use = (
        Panel("requests", (Query("sum(slo:requests:increase30d)"),), "stat", "short", 6, 8),
        Panel("requested_cpu", (Query(f"sum by (namespace) ({REQUESTED})", "{{namespace}}"),), width=9, stacked=True),
        Panel(
            "idle_cpu",
            (
                Query(
                    f"sum by (namespace) ({REQUESTED}) "
                    '- sum by (namespace) (rate(container_cpu_usage_seconds_total{container!=""}[1h]))',
                    "{{namespace}}",
                ),
            ),
            width=9,
            low=None,
        ),
    )
    return Dashboard("cost", (Row("bill", bill), Row("use", use)), span="now-30d", refresh="1h")
