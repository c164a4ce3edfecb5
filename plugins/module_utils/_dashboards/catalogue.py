# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All dashboards of a platform, how they are named in Grafana, and which metrics are declared external."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards import (
    cache,
    capacity,
    compliance,
    cost,
    database,
    mesh,
    overview,
    queue,
    readiness,
    service,
)
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import Dashboard, Platform
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import read_yaml

EXTERNAL = Path(__file__).parent / "external.yml"
LABEL = "grafana_dashboard"
"""Of the ConfigMaps that Grafana's sidecar loads, with the value 1."""
MODULES = (overview, service, database, cache, queue, mesh, capacity, cost, compliance, readiness)
DASHBOARDS: tuple[Callable[[Platform], Dashboard], ...] = tuple(module.dashboard for module in MODULES)


def uid(platform: str, dashboard: str, language: str) -> str:
    """Of a dashboard in Grafana; links rely on it, so it never changes."""
    return f"{platform}-{dashboard}-{language}"


def external(source: str) -> dict[str, str]:
    """The reasons by name: of metrics for ``prometheus``, of namespaces for ``cloudwatch``."""
    return dict(read_yaml(EXTERNAL)[source])
