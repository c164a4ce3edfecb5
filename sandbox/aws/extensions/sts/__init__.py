"""AWS STS: who signs, presigned URLs included, and roles for tokens of EKS clusters, verified."""

from __future__ import annotations

from sandbox.aws.extensions.sts import identity, web_identity

__all__ = ["identity", "web_identity"]
