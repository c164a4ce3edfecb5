# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL on RDS: the newest snapshot of each instance, and a point in time of its log, restored to an instance of
its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import TAG_APIS, from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import BUSY
from ansible_collections.iworkz.platform.plugins.module_utils._drill.instances import available
from ansible_collections.iworkz.platform.plugins.module_utils._drill.waiting import StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._restore import markers, networks
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._restore.copies import Copies, check_own
from ansible_collections.iworkz.platform.plugins.module_utils._restore.postgres_copy import Copy, Reach
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Point
from ansible_collections.iworkz.platform.plugins.module_utils._restore.sessions import Sessions, Unreadable
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres

STORE = "postgres"
KIND = "db_instance"
REPLICA = "ReadReplicaSourceDBInstanceIdentifier"


class Postgres:
    """See proof.Store."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def points(self) -> list[Point]:
        makers = {"snapshot": self._snapshot, "point_in_time": self._point_in_time}
        found = postgres.instances(self._context.clients, self._context.site.owns)
        primaries = [instance for instance in found if REPLICA not in instance]
        return [make(one) for one in primaries for kind, make in makers.items() if kind in self._context.kinds]

    def prepare(self, point: Point) -> Point:
        """A point in time that nobody chose is the next full second: a marker is left before it, and one after."""
        known = markers.recorded(self._context.results, point.source, point.details["since"])
        if point.kind == "snapshot":
            return replace(point, details={"reach": Reach(point.at, markers.before(known, point.at), None)})
        if point.asked_for:
            moment = point.asked_for
            reach = Reach(moment, markers.before(known, moment), markers.after(known, moment))
        else:
            reach = self._marked(point.source)
            moment = reach.moment
        latest = "LatestRestorableTime"
        self._context.wait(
            f"{point.source} restorable to {moment}", lambda: self._described(point.source)[latest] >= moment
        )
        identifier = f"{point.source}@{moment.isoformat()}"
        return replace(point, id=identifier, asked_for=moment, details={"reach": reach})

    def restore(self, point: Point, copies: Copies) -> Copy:
        """rds:RestoreDBInstanceFromDBSnapshot, RestoreDBInstanceToPointInTime: one server of the source's class, in its
        subnets, with a password of its own and without backups."""
        source = self._described(point.source)
        subnets = source["DBSubnetGroup"]
        group = networks.make(copies, subnets["VpcId"], source["Endpoint"]["Port"])
        wanted = {
            "DBInstanceClass": source["DBInstanceClass"],
            "DBSubnetGroupName": subnets["DBSubnetGroupName"],
            "DBParameterGroupName": source["DBParameterGroups"][0]["DBParameterGroupName"],
            "VpcSecurityGroupIds": [group],
            "MultiAZ": False,
            "PubliclyAccessible": False,
            "DeletionProtection": False,
            "BackupRetentionPeriod": 0,
            "ManageMasterUserPassword": True,
            "Tags": TAG_APIS["rds"].form(copies.tags),
        }
        client, name = self._context.client("rds"), copies.name
        copies.making(KIND)
        if point.kind == "snapshot":
            client.restore_db_instance_from_db_snapshot(
                DBInstanceIdentifier=name, DBSnapshotIdentifier=point.id, **wanted
            )
        else:
            client.restore_db_instance_to_point_in_time(
                SourceDBInstanceIdentifier=point.source,
                TargetDBInstanceIdentifier=name,
                RestoreTime=point.asked_for,
                **wanted,
            )
        self._context.wait(f"DB instance {name}", lambda: available(self._described(name)))
        self._context.wait(f"an answer of {name}", lambda: self._answers(name), _not_yet)
        return Copy(self._context, source, self._described(name), point.details["reach"])

    def _snapshot(self, instance: dict[str, Any]) -> Point:
        """The newest one, whoever took it (rds:DescribeDBSnapshots)."""
        name = instance["DBInstanceIdentifier"]
        pages = self._context.client("rds").get_paginator("describe_db_snapshots")
        found = [
            snapshot
            # Those of AWS Backup are only told when they are asked for.
            for kind in ({}, {"SnapshotType": "awsbackup"})
            for page in pages.paginate(DBInstanceIdentifier=name, **kind)
            for snapshot in page["DBSnapshots"]
            if snapshot["Status"] == "available"
        ]
        if not found:
            return self._nothing("snapshot", instance)
        newest = max(found, key=_taken)
        identifier, kind = newest["DBSnapshotIdentifier"], newest["SnapshotType"]
        return Point(STORE, "snapshot", name, identifier, kind, _taken(newest), details=_details(instance))

    def _point_in_time(self, instance: dict[str, Any]) -> Point:
        name, latest = instance["DBInstanceIdentifier"], instance.get("LatestRestorableTime")
        if latest is None:
            return self._nothing("point_in_time", instance)
        asked, made = self._context.moment, instance["InstanceCreateTime"]
        point = Point(STORE, "point_in_time", name, name, "log", latest, asked, details=_details(instance))
        if asked and not made <= asked <= self._context.clock.now():
            problem = Breach("restore.not_in_time", {"source": name, "time": str(asked), "first": str(made)})
            return replace(point, problem=problem)
        return point

    def _nothing(self, kind: str, instance: dict[str, Any]) -> Point:
        name, now = instance["DBInstanceIdentifier"], self._context.clock.now()
        problem = Breach("restore.no_point", {"store": STORE, "source": name, "kind": kind})
        return Point(STORE, kind, name, "-", "-", now, problem=problem)

    def _marked(self, source: str) -> Reach:
        with Sessions(self._context, self._described(source)) as sessions, sessions.session() as connection:
            reached = markers.plant(connection)
            moment = datetime.fromtimestamp(math.floor(reached.at.timestamp()) + 1, UTC)
            while (now := markers.clock(connection)) <= moment:
                self._context.clock.sleep((moment - now).total_seconds() + 0.01)
            return Reach(moment, reached, markers.plant(connection))

    def _described(self, name: str) -> dict[str, Any]:
        found = postgres.instance(self._context.clients, name)
        if found is None:
            raise StepFailed(f"there is no DB instance {name}")
        return found

    def _answers(self, name: str) -> bool:
        with Sessions(self._context, self._described(name)) as copy:
            return bool(copy.databases())


def destroy(context: Context, identifier: str, what: Mapping[str, Any]) -> None:
    """See copies.Destroy (rds:DeleteDBInstance, without a final snapshot)."""
    name = what["name"]

    def gone() -> bool:
        found = postgres.instance(context.clients, name)
        if found is None:
            return True
        check_own(f"DB instance {name}", from_list(found.get("TagList")), identifier)
        if found["DBInstanceStatus"] != "deleting":
            context.client("rds").delete_db_instance(
                DBInstanceIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=True
            )
        return False

    context.wait(f"end of DB instance {name}", gone, lambda error: error_code(error) in BUSY)


def _not_yet(error: Exception) -> bool:
    return isinstance(error, Unreadable) and error.connecting


def _details(instance: Mapping[str, Any]) -> dict[str, Any]:
    return {"since": instance["InstanceCreateTime"]}


def _taken(snapshot: Mapping[str, Any]) -> datetime:
    """A copied snapshot is as old as what it is a copy of."""
    taken: datetime = snapshot.get("OriginalSnapshotCreateTime") or snapshot["SnapshotCreateTime"]
    return taken
