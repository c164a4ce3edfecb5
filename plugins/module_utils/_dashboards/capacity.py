# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much room there is: nodes, quotas, autoscalers, volumes, stores, Prometheus itself."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import (
    Dashboard,
    Metric,
    Panel,
    Platform,
    Query,
    Row,
    Steps,
    at_least,
    at_most,
)

FILL: Steps = at_most(0.85, 0.7)
DISK = 'fstype!~"tmpfs|overlay|ramfs|squashfs"'


def dashboard(platform: Platform) -> Dashboard:
    requested = 'sum by (resource) (kube_pod_container_resource_requests{resource=~"cpu|memory"})'
    allocatable = 'sum by (resource) (kube_node_status_allocatable{resource=~"cpu|memory"})'
    current = "kube_horizontalpodautoscaler_status_current_replicas"
    used = "1 - kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes"
    free = f"node_filesystem_avail_bytes{{{DISK}}} / node_filesystem_size_bytes{{{DISK}}}"
    nodes = (
        Panel(
            "requested",
            (Query(f"{requested} / {allocatable}", "{{resource}}"),),
            unit="percentunit",
            steps=at_most(0.9, 0.75),
            high=1.0,
        ),
        Panel(
            "cpu",
            (Query('1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))', "{{instance}}"),),
            unit="percentunit",
            steps=FILL,
            high=1.0,
        ),
        Panel(
            "memory",
            (Query("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "{{instance}}"),),
            unit="percentunit",
            steps=FILL,
            high=1.0,
        ),
        Panel(
            "disk",
            (Query(f"1 - min by (instance) ({free})", "{{instance}}"),),
            unit="percentunit",
            steps=FILL,
            high=1.0,
        ),
        Panel(
            "disk_in_a_week",
            (
                Query(
                    f"min by (instance) (predict_linear(node_filesystem_avail_bytes{{{DISK}}}[6h], 7 * 86400))",
                    "{{instance}}",
                ),
            ),
            unit="bytes",
            steps=at_least(0),
            low=None,
        ),
        Panel("node_count", (Query("count(kube_node_info)"),)),
    )
    workloads = (
        Panel(
            "autoscalers",
            (
                Query(
                    f"{current} / kube_horizontalpodautoscaler_spec_max_replicas",
                    "{{horizontalpodautoscaler}}",
                ),
            ),
            unit="percentunit",
            width=12,
            steps=at_most(1, 0.8),
            high=1.0,
        ),
        Panel(
            "volumes", (Query(used, "{{persistentvolumeclaim}}"),), unit="percentunit", width=12, steps=FILL, high=1.0
        ),
        Panel(
            "containers_cpu",
            (
                Query(
                    "topk(15, sum by (namespace, container) "
                    '(rate(container_cpu_usage_seconds_total{container!=""}[5m])))',
                    "{{namespace}}/{{container}}",
                ),
            ),
            width=12,
        ),
        Panel(
            "containers_memory",
            (
                Query(
                    'topk(15, sum by (namespace, container) (container_memory_working_set_bytes{container!=""}))',
                    "{{namespace}}/{{container}}",
                ),
            ),
            unit="bytes",
            width=12,
        ),
    )
    stores = tuple(
        Panel(name, (Metric(namespace, metric, statistic, {dimension: "*"}),), unit=unit, steps=steps)
        for name, namespace, metric, statistic, dimension, unit, steps in (
            ("database_storage", "AWS/RDS", "FreeStorageSpace", "Minimum", "DBInstanceIdentifier", "bytes", ()),
            (
                "cache_memory",
                "AWS/ElastiCache",
                "DatabaseMemoryUsagePercentage",
                "Maximum",
                "CacheClusterId",
                "percent",
                at_most(platform.alarms["redis"]["memory_percent"]),
            ),
            ("broker_disk", "AWS/AmazonMQ", "RabbitMQDiskFree", "Minimum", "Broker", "bytes", ()),
        )
    )
    series = (
        Panel("series", (Query("max by (job) (prometheus_tsdb_head_series)", "{{job}}"),), width=12),
        Panel("ingested", (Query("sum(rate(prometheus_tsdb_head_samples_appended_total[5m]))"),), unit="ops", width=12),
    )
    return Dashboard(
        "capacity",
        (Row("nodes", nodes), Row("workloads", workloads), Row("stores", stores), Row("prometheus", series)),
        span="now-7d",
        refresh="5m",
    )
