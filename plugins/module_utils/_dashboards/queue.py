# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RabbitMQ, by metrics that the exporter for Amazon MQ and RabbitMQ's own plugin both have."""

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

DEAD = 'queue=~".*dead.*"'


def dashboard(platform: Platform) -> Dashboard:
    limits = platform.alarms["mq"]
    waiting = "sum by (queue) (rabbitmq_queue_messages)"
    ready = "sum by (queue) (rabbitmq_queue_messages_ready)"
    queues = (
        Panel("depth", (Query(f"topk(15, {waiting})", "{{queue}}"),), width=12, steps=at_most(limits["depth"])),
        Panel(
            "unacknowledged",
            (Query(f"topk(15, {waiting} - {ready})", "{{queue}}"),),
            width=12,
            steps=at_most(limits["unacknowledged"]),
        ),
        Panel(
            "consumers",
            (Query("bottomk(15, sum by (queue) (rabbitmq_queue_consumers))", "{{queue}}"),),
            width=12,
            steps=at_least(limits["consumers_min"]),
        ),
        Panel(
            "dead_letters",
            (Query(f"sum by (queue) (rabbitmq_queue_messages{{{DEAD}}})", "{{queue}}"),),
            width=12,
            steps=at_most(limits["dead_letters"]),
        ),
    )
    broker = (
        Panel("connections", (Query("sum(rabbitmq_connections)"),)),
        Panel("channels", (Query("sum(rabbitmq_channels)"),)),
        Panel("all_queues", (Query("sum(rabbitmq_queues)"),)),
    )
    machine = tuple(
        Panel(name, (Metric("AWS/AmazonMQ", metric, statistic, {"Broker": "*"}),), unit=unit, steps=steps)
        for name, metric, statistic, unit, steps in (
            ("memory", "RabbitMQMemUsed", "Maximum", "bytes", ()),
            ("disk", "RabbitMQDiskFree", "Minimum", "bytes", at_least(limits["free_disk_gb"] * 1e9)),
            ("rates", "PublishRate", "Average", "ops", ()),
        )
    )
    return Dashboard("queue", (Row("queues", queues), Row("broker", broker), Row("machines", machine)))
