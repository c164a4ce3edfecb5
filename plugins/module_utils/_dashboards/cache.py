# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Redis."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import (
    Dashboard,
    Metric,
    Panel,
    Platform,
    Query,
    Row,
    at_least,
    at_most,
)


def dashboard(platform: Platform) -> Dashboard:
    limits = platform.alarms["redis"]
    found, lost = (f"sum(rate(redis_keyspace_{which}_total[5m]))" for which in ("hits", "misses"))
    servers = (
        Panel("up", (Query("min by (target) (redis_up)", "{{target}}", instant=True),), "stat", steps=at_least(1)),
        Panel(
            "hit_rate",
            (Query(f"100 * {found} / ({found} + {lost})"),),
            unit="percent",
            steps=at_least(limits["hit_rate_percent"], platform.targets["cache_hit_percent"]),
            high=100.0,
        ),
        Panel(
            "memory",
            (Query("100 * redis_memory_used_bytes / (redis_memory_max_bytes > 0)", "{{target}}"),),
            unit="percent",
            steps=at_most(limits["memory_percent"]),
            high=100.0,
        ),
    )
    work = (
        Panel(
            "commands",
            (Query("sum by (target) (rate(redis_commands_processed_total[5m]))", "{{target}}"),),
            unit="ops",
            stacked=True,
        ),
        Panel(
            "latency",
            (
                Query(
                    "topk(10, sum by (cmd) (rate(redis_commands_duration_seconds_total[5m])) "
                    "/ sum by (cmd) (rate(redis_commands_total[5m])))",
                    "{{cmd}}",
                ),
            ),
            unit="s",
        ),
        Panel(
            "clients",
            (Query("sum by (target) (redis_connected_clients)", "{{target}}"),),
            steps=at_most(limits["connections"]),
        ),
        Panel(
            "evictions",
            (Query("60 * sum by (target) (rate(redis_evicted_keys_total[5m]))", "{{target}}"),),
            steps=at_most(limits["evictions_per_minute"]),
        ),
        Panel("keys", (Query("sum by (target) (redis_db_keys)", "{{target}}"),)),
        Panel("replicas", (Query("max by (target) (redis_connected_slaves)", "{{target}}"),)),
    )
    node = {"CacheClusterId": "*"}
    machines = (
        Panel(
            "engine_cpu",
            (Metric("AWS/ElastiCache", "EngineCPUUtilization", dimensions=node),),
            unit="percent",
            width=12,
            steps=at_most(limits["engine_cpu_percent"]),
        ),
        Panel(
            "replication",
            (Metric("AWS/ElastiCache", "ReplicationLag", "Maximum", node),),
            unit="s",
            width=12,
            steps=at_most(limits["replication_lag_seconds"]),
        ),
    )
    return Dashboard("cache", (Row("servers", servers), Row("work", work), Row("machines", machines)))
