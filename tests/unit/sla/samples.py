"""A month of two services: one good, one with an outage, a gap, and slowness."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._messages import load_catalogue
from ansible_collections.iworkz.platform.plugins.module_utils._report.model import Context
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say, speaker
from ansible_collections.iworkz.platform.plugins.module_utils._sla.month import Month
from ansible_collections.iworkz.platform.plugins.module_utils._sla.readings import Readings
from ansible_collections.iworkz.platform.plugins.module_utils._sla.report import Terms, build

MONTH = Month(2026, 10)
NOW = datetime(2026, 11, 2, tzinfo=UTC)
TERMS = Terms(99.9, 100.0, 250.0, ("api-gateway",), 10.0, ("back-office",))
BUCKETS = {50.0: 500.0, 100.0: 900.0, 250.0: 980.0, float("inf"): 1000.0}


def say() -> Say:
    return speaker(load_catalogue())


def context(environment: str = "production") -> Context:
    return Context(environment, "123456789012", "ap-northeast-1", "1.4.0", NOW)


def steady(requests: float = 120.0) -> Readings:
    grid = MONTH.grid(NOW)
    return Readings(
        dict.fromkeys(grid, requests),
        dict.fromkeys(grid, 0.0002),
        dict.fromkeys(grid, 0.03),
        dict.fromkeys(grid, 0.071),
        dict(BUCKETS),
    )


def troubled() -> Readings:
    found, grid = steady(40.0), MONTH.grid(NOW)
    for at in grid[2000:2009]:
        found.errors[at] = 0.4
        found.alerts[at] = {("SLOErrorBudgetBurn", "availability", "page")}
    for at in grid[5000:5024]:
        del found.requests[at]
    return found


def sample(environment: str = "production", gateway: Readings | None = None) -> dict[str, Any]:
    readings = {
        "api-gateway": gateway or steady(),
        "matching": troubled(),
        "reporting": Readings(),
        "back-office": Readings(),
    }
    return build(MONTH, readings, TERMS, context(environment))
