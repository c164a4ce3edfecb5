# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Percentiles of cumulative buckets, ``{upper bound: requests up to it}``, as histogram_quantile has them. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

Buckets = Mapping[float, float]


def quantile(share: float, buckets: Buckets) -> float | None:
    """The bound that C(share) of the requests are at or below, linear within its bucket; the highest finite bound where
    it lies above that; None without requests."""
    total = buckets.get(math.inf, 0.0)
    if not total:
        return None
    rank, lower, below = share * total, 0.0, 0.0
    for bound, count in sorted(buckets.items()):
        if count >= rank:
            return lower if math.isinf(bound) else lower + (bound - lower) * (rank - below) / (count - below)
        lower, below = bound, count
    return lower


def share_above(limit: float, buckets: Buckets) -> float | None:
    """The share of requests above a limit, linear within the bucket that it lies in; None without requests."""
    total = buckets.get(math.inf, 0.0)
    if not total:
        return None
    lower, below = 0.0, 0.0
    for bound, count in sorted(buckets.items()):
        if limit <= bound:
            inside = 0.0 if math.isinf(bound) else (count - below) * (limit - lower) / (bound - lower)
            return 1 - (below + inside) / total
        lower, below = bound, count
    return 0.0
