# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The primary database: failing it over, and seeing what becomes of it."""

from __future__ import annotations

from contextlib import suppress

from ansible_collections.iworkz.platform.plugins.module_utils._drill import instances
from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import action
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context, Facts

with suppress(ImportError):  # connecting says so
    import psycopg


def _note_zones(context: Context, *, database: str) -> Facts:
    instance = instances.existing(context, database, context.site.region)
    return {"zone": instance["AvailabilityZone"]}


def _note_followers(context: Context, *, database: str) -> Facts:
    instance = instances.existing(context, database, context.site.region)
    return {"streaming": instances.replication(context, instance).streaming}


@action("rds:RebootDBInstance")
def rds_failover(context: Context, *, database: str) -> None:
    """Have RDS give up the primary, without any preparation, and let the standby take over."""
    context.client("rds").reboot_db_instance(DBInstanceIdentifier=database, ForceFailover=True)


@action(note=_note_zones)
def wait_database_disturbed(context: Context, *, database: str) -> Facts:
    """Until AWS shows that something happens to the database."""

    def disturbed() -> str:
        found = instances.existing(context, database, context.site.region)
        status = str(found["DBInstanceStatus"])
        moved = found["AvailabilityZone"] != context.noted["zone"]
        return status if moved or status != "available" else ""

    return {"status": context.wait(f"a change of {database}", disturbed)}


@action(note=_note_zones)
def wait_database_failed_over(context: Context, *, database: str) -> Facts:
    """Until the database is available in another zone than before: a mere restart is no failover."""

    def moved() -> str:
        found = instances.existing(context, database, context.site.region)
        zone = str(found["AvailabilityZone"])
        return zone if instances.available(found) and zone != context.noted["zone"] else ""

    return {"zone": context.wait(f"the failover of {database}", moved)}


@action()
def wait_database_available(context: Context, *, database: str, region: str = "") -> None:
    """Until AWS says that the database is available."""
    where = region or context.site.region
    context.wait(f"database {database}", lambda: instances.available(instances.existing(context, database, where)))


@action(note=_note_followers)
def wait_replication(context: Context, *, database: str) -> Facts:
    """Until as many servers as before the drill stream from the primary, lag no more than the limit, and the standby of
    a Multi-AZ instance can take over (again): the next fault needs it."""

    def caught_up() -> instances.Replication | None:
        found = instances.existing(context, database, context.site.region)
        seen = instances.replication(context, found)
        complete = seen.streaming >= context.noted["streaming"]
        standby = not found["MultiAZ"] or instances.standby_in_step(found, seen)
        within = all(each.within(context.site.limits.lag_seconds) for each in seen.followers)
        return seen if instances.available(found) and complete and standby and within else None

    seen = context.wait(
        f"replication from {database}", caught_up, lambda error: isinstance(error, psycopg.OperationalError)
    )
    return {"followers": sorted(each.name for each in seen.followers)}
