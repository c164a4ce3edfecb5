"""AWS IAM: AWS's own policies, identity providers, and what an account tells of its use."""

from __future__ import annotations

from sandbox.aws.extensions.iam import aws_policies, last_accessed, organizations, providers, reports

__all__ = ["aws_policies", "last_accessed", "organizations", "providers", "reports"]
