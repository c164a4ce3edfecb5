"""Elastic Load Balancing: what moto does not refuse, and the certificates that listeners offer. Nothing is balanced."""

from __future__ import annotations

from sandbox.aws.extensions.elbv2 import balancers, listeners

__all__ = ["balancers", "listeners"]
