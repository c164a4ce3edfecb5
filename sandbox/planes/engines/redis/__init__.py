"""ElastiCache replication groups with cluster mode off: a primary, its replicas and three sentinels.

Sentinels decide who is the primary; the engine leads the endpoints there. A server that ends comes back as a replica.
"""

from __future__ import annotations

from sandbox.planes.engines.redis.engine import Redis

__all__ = ["Redis"]
