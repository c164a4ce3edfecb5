"""Amazon RDS: what moto answers differently from AWS, or not at all."""

from __future__ import annotations

from sandbox.aws.extensions.rds import (
    clusters,
    events,
    instances,
    modifications,
    parameters,
    snapshots,
    subnet_groups,
    versions,
)

__all__ = ["clusters", "events", "instances", "modifications", "parameters", "snapshots", "subnet_groups", "versions"]
