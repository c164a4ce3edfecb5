"""RDS for PostgreSQL; see engine.py."""

from __future__ import annotations

from sandbox.planes.engines.postgres.engine import Postgres

__all__ = ["Postgres"]
