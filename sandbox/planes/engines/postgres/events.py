"""What DescribeEvents tells of an instance.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
"""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.planes.engine import Plane

KEPT = 200
# Message: categories. moto tells of creations and backups.
CATEGORIES = {
    "Applying modification to the DB instance": ["configuration change"],
    "DB instance has run out of storage": ["low storage"],
    "DB instance restarted": ["availability"],
    "DB instance shutdown": ["availability"],
    "Multi-AZ instance failover completed": ["failover"],
    "Multi-AZ instance failover started": ["failover"],
    "Promoted read replica to a standalone database instance": ["notification"],
    "The standby is in sync: commits wait for it": ["notification"],
    "The standby is lost: commits no longer wait for it": ["notification"],
}


def tell(plane: Plane, message: str) -> None:
    """Note an event, with the current time; the oldest ones are forgotten."""
    event = {"time": datetime.now(UTC).isoformat(), "message": message, "categories": CATEGORIES[message]}
    plane.data["events"] = [*plane.data["events"], event][-KEPT:]
