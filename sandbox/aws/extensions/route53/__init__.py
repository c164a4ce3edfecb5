"""Amazon Route 53: what moto answers differently from AWS. One account has one Route 53, whatever region is asked."""

from __future__ import annotations

from sandbox.aws.extensions.route53 import changes, health_checks, records, tags, zones

__all__ = ["changes", "health_checks", "records", "tags", "zones"]
