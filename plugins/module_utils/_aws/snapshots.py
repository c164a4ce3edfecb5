# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots that outlive their stores: the last way back after a teardown, which people delete when it isn't needed."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context

WHY = "the last copy of {store}: of use until its key is gone, to be deleted by hand"


def left(context: Context) -> dict[str, str]:
    """By label, why the snapshots of the platform's stores stay (rds:DescribeDBSnapshots,
    elasticache:DescribeSnapshots). They are known by the names of their stores, for not all carry their tags."""
    stores = {
        f"db_snapshot {one['DBSnapshotIdentifier']}": str(one["DBInstanceIdentifier"])
        for one in context.pages("rds", "describe_db_snapshots", "DBSnapshots")
    } | {
        f"cache_snapshot {one['SnapshotName']}": str(one.get("ReplicationGroupId", ""))
        for one in context.pages("elasticache", "describe_snapshots", "Snapshots")
    }
    prefix = f"{context.tags['Platform']}-{context.tags['Environment']}-"
    return {label: WHY.format(store=store) for label, store in sorted(stores.items()) if store.startswith(prefix)}
