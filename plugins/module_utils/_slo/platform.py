# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alerting rules of what services stand on: stores, the pooler, public hosts, and the exporters that measure them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._slo.recording import Rule, number
from ansible_collections.iworkz.platform.plugins.module_utils._slo.texts import Texts

EXPORTERS = ("blackbox-exporter", "pgbouncer", "postgres-exporter", "rabbitmq-exporter", "redis-exporter")
"""Jobs, as the Services of the exporters are called."""
DAY = 86400


def stores(alarms: Mapping[str, Any], dead_letters: str, canary: str, texts: Texts) -> list[Rule]:
    """Of the data planes. Metrics are those of postgres_exporter 0.20, pgbouncer_exporter 0.12, redis_exporter 1.89
    and rabbitmq_exporter 1.0.

    :param alarms: ``platform_alarms``.
    :param dead_letters: name of the queue of messages that were refused for good.
    :param canary: the tenant whose dead letters come and go with every verification.
    """
    sql, cache, queue, pooler = (alarms[name] for name in ("postgres", "redis", "mq", "pooler"))
    connections = "sum by (target) (pg_stat_database_numbackends) / sum by (target) (pg_settings_max_connections)"
    waiting = f'rabbitmq_queue_messages{{queue!="{dead_letters}"}}'
    dead = f'rabbitmq_queue_messages{{queue="{dead_letters}",vhost!="{canary}"}}'
    share = "redis_memory_used_bytes / (redis_memory_max_bytes > 0)"
    return [
        texts.alert("PostgresDown", "pg_up == 0", _labels("page", "postgres"), wait="1m"),
        _above(texts, "PostgresReplicationLag", "pg_replication_lag_seconds", sql["replica_lag_seconds"], "postgres"),
        _share(texts, "PostgresConnections", connections, sql["connections_percent"], "postgres"),
        _above(texts, "PoolerWaiting", "pgbouncer_pools_client_maxwait_seconds", pooler["wait_seconds"], "pooler"),
        texts.alert("RedisDown", "redis_up == 0", _labels("page", "redis"), wait="1m"),
        _share(texts, "RedisMemory", share, cache["memory_percent"], "redis"),
        _above(texts, "QueueDepth", waiting, queue["depth"], "mq"),
        texts.alert("DeadLetters", f"{dead} >= {queue['dead_letters']}", _labels("ticket", "mq"), wait="5m"),
    ]


def edge(alarms: Mapping[str, Any], texts: Texts) -> list[Rule]:
    """Of the public hosts, as the world sees them."""
    days = alarms["edge"]["certificate_days"]
    left = 'probe_ssl_earliest_cert_expiry{job="public-hosts"} - time()'
    return [
        texts.alert("PublicHostDown", 'probe_success{job="public-hosts"} == 0', _labels("page", "edge"), wait="2m"),
        texts.alert("CertificateExpiry", f"{left} < {days * DAY}", _labels("ticket", "edge"), wait="1h", limit=days),
    ]


def watch(texts: Texts) -> list[Rule]:
    """Of what watches. An exporter without pods has no ``up`` at all."""
    jobs = [f'absent(up{{job="{job}"}})' for job in EXPORTERS]
    down = f'up{{job=~"{"|".join(EXPORTERS)}"}} == 0'
    return [texts.alert("ExporterDown", " or ".join((down, *jobs)), _labels("ticket", "watch"), wait="10m")]


def _above(texts: Texts, name: str, expression: str, limit: float, store: str) -> Rule:
    return texts.alert(name, f"{expression} > {number(limit)}", _labels("ticket", store), wait="5m", limit=limit)


def _share(texts: Texts, name: str, expression: str, percent: float, store: str) -> Rule:
    above = f"{expression} > {number(percent / 100)}"
    return texts.alert(name, above, _labels("ticket", store), wait="5m", limit=percent)


def _labels(severity: str, store: str) -> dict[str, str]:
    return {"severity": severity, "component": store}
