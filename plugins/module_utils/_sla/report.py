# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a month as data: readings in, the dict of sla-<month>.json out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._report.model import Context, timestamp
from ansible_collections.iworkz.platform.plugins.module_utils._sla.figures import figures, together
from ansible_collections.iworkz.platform.plugins.module_utils._sla.incidents import incidents
from ansible_collections.iworkz.platform.plugins.module_utils._sla.month import Month
from ansible_collections.iworkz.platform.plugins.module_utils._sla.readings import MEAN, Readings
from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import AVAILABILITY, LATENCY_P95, P95


@dataclass(frozen=True)
class Terms:
    """What the platform promises. C(public): the services that customers reach; C(outage_percent): the share of failed
    requests from which five minutes count as outage; C(uncalled): the services that nobody may call."""

    availability_percent: float
    mean_ms: float
    p95_ms: float
    public: tuple[str, ...]
    outage_percent: float
    uncalled: tuple[str, ...] = ()

    @property
    def objectives(self) -> dict[str, float]:
        return {AVAILABILITY: self.availability_percent / 100, LATENCY_P95: P95, MEAN: self.mean_ms / 1000}


def build(month: Month, readings: Mapping[str, Readings], terms: Terms, context: Context) -> dict[str, Any]:
    """The report, as docs/sla_report.md describes it; C(readings) are of every service of the platform, by name."""
    grid, over, outage = month.grid(context.now), context.now >= month.end, terms.outage_percent / 100
    called = {name: name not in terms.uncalled for name in readings}
    missing = {name: _missing(each, grid, called[name]) for name, each in readings.items()}
    public = [readings[name] for name in terms.public]
    whole = together(public, terms.objectives, grid, terms.p95_ms)
    gone = sorted({at for name in terms.public for at in missing[name]})
    return {
        "schema": 1,
        "month": str(month),
        "timezone": "Asia/Tokyo",
        "began_at": timestamp(_utc(month.begin)),
        "ended_at": timestamp(_utc(month.end)),
        "over": over,
        "environment": context.environment,
        "account": context.account,
        "region": context.region,
        "revision": context.revision,
        "generated_at": timestamp(context.now),
        "outage_percent": terms.outage_percent,
        "p95_ms": terms.p95_ms,
        "platform": {"services": list(terms.public), **figures(whole, terms.objectives, gone, grid, over, outage)},
        "services": [
            {"name": name, **figures(each, terms.objectives, missing[name], grid, over, outage, called[name])}
            for name, each in readings.items()
        ],
        "incidents": incidents(readings, terms.objectives, grid, outage),
    }


def _missing(readings: Readings, grid: range, called: bool) -> list[int]:
    """The steps that are not known. Nothing is missing of what nobody may call, unless some of it was measured."""
    missing = readings.missing(grid)
    return missing if called or len(missing) < len(grid) else []


def _utc(moment: datetime) -> datetime:
    return datetime.fromtimestamp(moment.timestamp(), UTC)
