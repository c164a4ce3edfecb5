# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who calls whom in the mesh, encrypted or not, and the control plane."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import (
    Dashboard,
    Panel,
    Platform,
    Query,
    Row,
    at_least,
    at_most,
)

SEEN = 'reporter="source"'
ARRIVED = 'reporter="destination"'
FAILED = 'response_code=~"0|5..",response_flags!="DC"'


def dashboard(platform: Platform) -> Dashboard:
    errors = platform.targets["error_percent"] / 100
    requests = f"rate(istio_requests_total{{{SEEN}}}[5m])"
    edges = "{{source_workload}} → {{destination_service_name}}"
    secure = f'rate(istio_requests_total{{{ARRIVED},connection_security_policy="mutual_tls"}}[5m])'
    p95 = f"rate(istio_request_duration_milliseconds_bucket{{{SEEN}}}[5m])"
    failed = f"rate(istio_requests_total{{{SEEN},{FAILED}}}[5m])"
    whole = (
        Panel("volume", (Query(f"sum({requests})"),), "stat", "reqps", 8, 5),
        Panel(
            "success",
            (Query(f"1 - (sum({failed}) or vector(0)) / sum({requests})"),),
            "stat",
            "percentunit",
            8,
            5,
            at_least(1 - errors * 10, 1 - errors),
        ),
        Panel(
            "encrypted",
            (Query(f"sum({secure}) / sum(rate(istio_requests_total{{{ARRIVED}}}[5m]))"),),
            "stat",
            "percentunit",
            8,
            5,
            at_least(1),
        ),
    )
    pairs = (
        Panel(
            "pairs",
            (Query(f"topk(25, sum by (source_workload, destination_service_name) ({requests}))", edges),),
            unit="reqps",
            width=12,
            height=10,
        ),
        Panel(
            "pair_errors",
            (
                Query(
                    f"topk(25, sum by (source_workload, destination_service_name) ({failed}) "
                    f"/ sum by (source_workload, destination_service_name) ({requests}))",
                    edges,
                ),
            ),
            unit="percentunit",
            width=12,
            height=10,
            steps=at_most(errors * 10, errors),
        ),
        Panel(
            "latency",
            (
                Query(
                    f"histogram_quantile(0.95, sum by (le, destination_service_name) ({p95}))",
                    "{{destination_service_name}}",
                ),
            ),
            unit="ms",
            width=12,
            steps=at_most(platform.targets["api_p95_ms"]),
        ),
        Panel(
            "flags",
            (
                Query(
                    f'sum by (response_flags) (rate(istio_requests_total{{{SEEN},response_flags!="-"}}[5m]))',
                    "{{response_flags}}",
                ),
            ),
            unit="reqps",
            width=12,
        ),
    )
    control = (
        Panel("proxies", (Query("sum(pilot_xds)"),)),
        Panel("rejected", (Query("sum(increase(pilot_total_xds_rejects[1h]))"),), steps=at_most(1)),
        Panel(
            "convergence",
            (
                Query(
                    "histogram_quantile(0.99, sum by (le) (rate(pilot_proxy_convergence_time_bucket[5m])))",
                ),
            ),
            unit="s",
        ),
    )
    return Dashboard("mesh", (Row("whole", whole), Row("pairs", pairs), Row("control", control)))
