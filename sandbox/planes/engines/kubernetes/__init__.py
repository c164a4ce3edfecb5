"""The Kubernetes API of EKS clusters, with the nodes and add-ons that EKS puts into it."""

from __future__ import annotations

from sandbox.planes.engines.kubernetes.engine import Kubernetes

__all__ = ["Kubernetes"]
