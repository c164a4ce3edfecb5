"""Amazon RDS: what moto answers differently from AWS, or not at all."""

from __future__ import annotations

from sandbox.aws.extensions.rds import instances, modifications, parameters, subnet_groups, versions

__all__ = ["instances", "modifications", "parameters", "subnet_groups", "versions"]
