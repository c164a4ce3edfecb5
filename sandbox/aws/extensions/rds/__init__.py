"""Amazon RDS: what moto answers differently from AWS, or not at all."""

from __future__ import annotations

from sandbox.aws.extensions.rds import (
    certificates,
    clusters,
    events,
    instances,
    modifications,
    parameters,
    snapshots,
    subnet_groups,
    subscriptions,
    versions,
)

__all__ = [
    "certificates",
    "clusters",
    "events",
    "instances",
    "modifications",
    "parameters",
    "snapshots",
    "subnet_groups",
    "subscriptions",
    "versions",
]
