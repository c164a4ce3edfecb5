# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL and pgBouncer."""

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
    limits = platform.alarms["postgres"]
    wait = platform.alarms["pooler"]["wait_seconds"]
    used = "100 * sum by (target) (pg_stat_database_numbackends) / max by (target) (pg_settings_max_connections)"
    hits = "rate(pg_stat_database_blks_hit[5m])"
    servers = (
        Panel(
            "up", (Query("min by (target) (pg_up)", "{{target}}", instant=True),), "stat", width=8, steps=at_least(1)
        ),
        Panel(
            "connections",
            (Query(used, "{{target}}"),),
            unit="percent",
            steps=at_most(limits["connections_percent"], limits["connections_percent"] * 0.75),
            high=100.0,
        ),
        Panel(
            "lag",
            (Query("max by (target) (pg_replication_lag_seconds)", "{{target}}"),),
            unit="s",
            steps=at_most(limits["replica_lag_seconds"]),
        ),
    )
    work = (
        Panel(
            "transactions",
            (
                Query("sum by (datname) (rate(pg_stat_database_xact_commit[5m]))", "{{datname}} commit"),
                Query("sum by (datname) (rate(pg_stat_database_xact_rollback[5m]))", "{{datname}} rollback"),
            ),
            unit="ops",
        ),
        Panel(
            "buffer_hits",
            (
                Query(
                    f"sum by (datname) ({hits}) / "
                    f"(sum by (datname) ({hits}) + sum by (datname) (rate(pg_stat_database_blks_read[5m])))",
                    "{{datname}}",
                ),
            ),
            unit="percentunit",
            high=1.0,
        ),
        Panel("locks", (Query("sum by (mode) (pg_locks_count)", "{{mode}}"),), stacked=True),
        Panel("deadlocks", (Query("sum by (datname) (increase(pg_stat_database_deadlocks[1h]))", "{{datname}}"),)),
        Panel(
            "temporary",
            (Query("sum by (datname) (rate(pg_stat_database_temp_bytes[5m]))", "{{datname}}"),),
            unit="Bps",
        ),
        Panel("size", (Query("max by (datname) (pg_database_size_bytes)", "{{datname}}"),), unit="bytes"),
    )
    pooler = (
        Panel(
            "clients",
            (
                Query("sum by (database) (pgbouncer_pools_client_active_connections)", "{{database}} active"),
                Query("sum by (database) (pgbouncer_pools_client_waiting_connections)", "{{database}} waiting"),
            ),
        ),
        Panel(
            "waiting",
            (Query("max by (database) (pgbouncer_pools_client_maxwait_seconds)", "{{database}}"),),
            unit="s",
            steps=at_most(wait),
        ),
        Panel(
            "server_connections",
            (Query("sum by (database) (pgbouncer_pools_server_active_connections)", "{{database}}"),),
            stacked=True,
        ),
    )
    any_instance = {"DBInstanceIdentifier": "*"}
    machines = tuple(
        Panel(name, (Metric("AWS/RDS", metric, dimensions=any_instance),), unit=unit, steps=steps)
        for name, metric, unit, steps in (
            ("cpu", "CPUUtilization", "percent", at_most(limits["cpu_percent"])),
            ("storage", "FreeStorageSpace", "bytes", ()),
            ("memory", "FreeableMemory", "bytes", ()),
        )
    )
    return Dashboard(
        "database",
        (Row("servers", servers), Row("work", work), Row("pooler", pooler), Row("machines", machines)),
    )
