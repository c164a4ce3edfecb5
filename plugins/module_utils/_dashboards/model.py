# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a dashboard consists of, apart from Grafana's way to write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["timeseries", "stat", "bargauge", "table"]
Colour = Literal["green", "orange", "red"]


@dataclass(frozen=True)
class Query:
    """PromQL. ``legend`` is a template of labels, as ``{{service}}``; ``instant`` asks for the last value only."""

    expr: str
    legend: str = ""
    instant: bool = False


@dataclass(frozen=True)
class Metric:
    """A CloudWatch metric. A dimension ``*`` is any; an empty region is the data source's own."""

    namespace: str
    name: str
    statistic: str = "Average"
    dimensions: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    period: str = "300"


Steps = tuple[tuple[Any, Colour], ...]
"""A colour from each number on, the first from None, no value, on."""


@dataclass(frozen=True)
class Panel:
    """``unit`` is one of Grafana's ids; ``width`` of 24."""

    name: str
    queries: tuple[Query | Metric, ...]
    kind: Kind = "timeseries"
    unit: str = "short"
    width: int = 8
    height: int = 8
    steps: Steps = ()
    low: float | None = 0.0
    high: float | None = None
    stacked: bool = False


@dataclass(frozen=True)
class Row:
    name: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Variable:
    """A choice that ``query`` offers, as ``label_values(up, job)``, named ``$name`` in queries."""

    name: str
    query: str


@dataclass(frozen=True)
class Link:
    """Leads out of Grafana. ``url`` may hold Grafana's variables, as ``${service:percentencode}``."""

    name: str
    url: str


@dataclass(frozen=True)
class Dashboard:
    name: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...] = ()
    links: tuple[Link, ...] = ()
    span: str = "now-6h"
    refresh: str = "1m"

    @property
    def panels(self) -> tuple[Panel, ...]:
        return tuple(panel for row in self.rows for panel in row.panels)


@dataclass(frozen=True)
class Platform:
    """What dashboards are made for. ``targets`` and ``alarms`` are platform_targets and platform_alarms.

    Links lead to ``kibana``, an address, where ``search`` is the saved one (of platform_logging.searches), and to X-Ray
    in ``traces_region``; to neither where it is empty.
    """

    name: str
    environment: str
    targets: Mapping[str, Any]
    alarms: Mapping[str, Any]
    kibana: str = ""
    search: Mapping[str, Any] = field(default_factory=dict)
    traces_region: str = ""


def at_least(limit: float, warning: float | None = None) -> Steps:
    """Red below a limit, orange up to the warning, green above."""
    return ((None, "red"), *(((limit, "orange"), (warning, "green")) if warning is not None else ((limit, "green"),)))


def at_most(limit: float, warning: float | None = None) -> Steps:
    """Green below the warning, orange from there, red from the limit on."""
    return ((None, "green"), *(((warning, "orange"), (limit, "red")) if warning is not None else ((limit, "red"),)))
