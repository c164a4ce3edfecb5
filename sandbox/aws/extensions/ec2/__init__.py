"""Amazon EC2, its network part: what moto answers differently from AWS, or not at all."""

from __future__ import annotations

from sandbox.aws.extensions.ec2 import (
    account_attributes,
    associations,
    dependencies,
    endpoints,
    flow_logs,
    launch_templates,
    nat_gateways,
    security_groups,
    snapshots,
)

__all__ = [
    "account_attributes",
    "associations",
    "dependencies",
    "endpoints",
    "flow_logs",
    "launch_templates",
    "nat_gateways",
    "security_groups",
    "snapshots",
]
