"""DescribeEvents: what happened to instances, as their servers tell it. moto keeps none of these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.rds import servers

MINUTES = 60
"""How far back is looked unless a time is given."""


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEvents.html
@operation("rds", "DescribeEvents")
def describe(call: Call) -> dict[str, Any]:
    params = call.params
    output = call.moto()
    if params.get("SourceType", "db-instance") != "db-instance":
        return output
    wanted = params.get("SourceIdentifier")
    databases = {name: database for name, database in call.backend().databases.items() if wanted in (None, name)}
    end = servers.utc(params.get("EndTime", datetime.now(UTC)))
    start = servers.utc(params.get("StartTime", end - timedelta(minutes=params.get("Duration", MINUTES))))
    categories = set(params.get("EventCategories", []))
    found = [
        {
            "SourceIdentifier": name,
            "SourceType": "db-instance",
            "SourceArn": databases[name].arn,
            "Message": event["message"],
            "EventCategories": event["categories"],
            "Date": datetime.fromisoformat(event["time"]),
        }
        for name, plane in servers.describe(call, list(databases)).items()
        for event in plane["facts"].get("events", [])
    ]
    output["Events"] = sorted(
        (
            event
            for event in [*output["Events"], *found]
            if start <= servers.utc(event["Date"]) <= end
            and (not categories or categories & set(event["EventCategories"]))
        ),
        key=lambda event: servers.utc(event["Date"]),
    )
    return output
