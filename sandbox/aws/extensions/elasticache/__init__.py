"""Amazon ElastiCache: what moto answers differently from AWS, or not at all."""

from __future__ import annotations

from sandbox.aws.extensions.elasticache import groups, parameters, replicas, snapshots, subnet_groups, tags, users

__all__ = ["groups", "parameters", "replicas", "snapshots", "subnet_groups", "tags", "users"]
