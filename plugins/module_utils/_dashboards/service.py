# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One service: its objectives, what its callers see, what it says itself, its pods."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards import elsewhere
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import (
    Dashboard,
    Panel,
    Platform,
    Query,
    Row,
    Variable,
    at_least,
    at_most,
)

CALLED = 'reporter="source",destination_service_name="$service"'
OWN = 'service="$service"'


def dashboard(platform: Platform) -> Dashboard:
    p95 = platform.targets["api_p95_ms"]
    mean = platform.targets["api_mean_ms"] / 1000
    slo = f'{OWN},slo=~"availability|latency_p95"'
    objectives = (
        Panel(
            "budget",
            (Query(f"slo:period_error_budget_remaining:ratio{{{slo}}}", "{{slo}}", instant=True),),
            "stat",
            "percentunit",
            8,
            6,
            at_least(0, 0.25),
        ),
        Panel(
            "objective", (Query(f"slo:objective:ratio{{{slo}}}", "{{slo}}", instant=True),), "stat", "percentunit", 8, 6
        ),
        Panel("burn", (Query(f"slo:current_burn_rate:ratio{{{slo}}}", "{{slo}}"),), height=6, steps=at_most(14.4, 1)),
    )
    buckets = f"sum by (le) (rate(istio_request_duration_milliseconds_bucket{{{CALLED}}}[5m]))"
    callers = (
        Panel(
            "requests",
            (Query(f"sum by (response_code) (rate(istio_requests_total{{{CALLED}}}[5m]))", "{{response_code}}"),),
            unit="reqps",
            stacked=True,
        ),
        Panel(
            "errors",
            tuple(
                Query(f'slo:sli_error:ratio_rate{window}{{{OWN},slo="availability"}}', window)
                for window in ("5m", "1h", "6h")
            ),
            unit="percentunit",
        ),
        Panel(
            "percentiles",
            tuple(Query(f"histogram_quantile(0.{share}, {buckets})", f"p{share}") for share in ("50", "95", "99")),
            unit="ms",
            steps=at_most(p95),
        ),
        Panel(
            "mean",
            (
                Query(f"slo:latency_mean:seconds_rate5m{{{OWN}}}", "5m"),
                Query(f"slo:latency_mean:seconds_rate1h{{{OWN}}}", "1h"),
                Query(f"slo:latency_mean_objective:seconds{{{OWN}}}", "SLO"),
            ),
            unit="s",
            steps=at_most(mean),
        ),
        Panel(
            "callers",
            (Query(f"sum by (source_workload) (rate(istio_requests_total{{{CALLED}}}[5m]))", "{{source_workload}}"),),
            unit="reqps",
            stacked=True,
        ),
        Panel(
            "flags",
            (
                Query(
                    f'sum by (response_flags) (rate(istio_requests_total{{{CALLED},response_flags!="-"}}[5m]))',
                    "{{response_flags}}",
                ),
            ),
            unit="reqps",
        ),
    )
    own = (
        Panel(
            "routes",
            (
                Query(
                    f"sum by (http_route) (rate(http_server_request_duration_seconds_count{{{OWN}}}[5m]))",
                    "{{http_route}}",
                ),
            ),
            unit="reqps",
        ),
        Panel(
            "route_p95",
            (
                Query(
                    "histogram_quantile(0.95, sum by (le, http_route) "
                    f"(rate(http_server_request_duration_seconds_bucket{{{OWN}}}[5m])))",
                    "{{http_route}}",
                ),
            ),
            unit="s",
            steps=at_most(p95 / 1000),
        ),
        Panel("active", (Query(f"sum by (pod) (http_server_active_requests{{{OWN}}})", "{{pod}}"),)),
        Panel("cpu", (Query(f"sum by (pod) (rate(process_cpu_seconds_total{{{OWN}}}[5m]))", "{{pod}}"),), unit="short"),
        Panel("memory", (Query(f"sum by (pod) (process_resident_memory_bytes{{{OWN}}})", "{{pod}}"),), unit="bytes"),
        Panel("scraped", (Query(f"min by (pod) (up{{{OWN}}})", "{{pod}}"),), steps=at_least(1), high=1.0),
    )
    pods = (
        Panel(
            "replicas",
            (
                Query('sum(kube_deployment_spec_replicas{deployment="$service"})', "spec"),
                Query('sum(kube_deployment_status_replicas_available{deployment="$service"})', "available"),
            ),
            width=12,
        ),
        Panel(
            "restarts",
            (
                Query(
                    'sum by (pod) (increase(kube_pod_container_status_restarts_total{container="$service"}[1h]))',
                    "{{pod}}",
                ),
            ),
            width=12,
            steps=at_most(1),
        ),
    )
    return Dashboard(
        "service",
        (Row("objectives", objectives), Row("callers", callers), Row("own", own), Row("pods", pods)),
        (Variable("service", "label_values(slo:objective:ratio, service)"),),
        elsewhere.links(platform, "service"),
    )
