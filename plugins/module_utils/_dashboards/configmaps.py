# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dashboards as the ConfigMaps that Grafana's sidecar loads."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.build import encoded
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.catalogue import DASHBOARDS, LABEL
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import Dashboard, Platform
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.words import Words
from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES

FOLDER = "grafana_folder"
MAX_BYTES = 900_000
"""An object in etcd has 1.5 MiB at most, a ConfigMap's data 1 MiB."""


def configmaps(platform: Platform, namespace: str) -> list[dict[str, Any]]:
    """One per dashboard and language. Raises ValueError for one that is too big, MessageError for one without words."""
    dashboards = [make(platform) for make in DASHBOARDS]
    return [_configmap(each, platform, Words(language), namespace) for each in dashboards for language in LANGUAGES]


def _configmap(dashboard: Dashboard, platform: Platform, words: Words, namespace: str) -> dict[str, Any]:
    name, content = f"dashboard-{dashboard.name}-{words.language}", encoded(dashboard, platform, words)
    if len(content.encode()) > MAX_BYTES:
        raise ValueError(f"{name} has {len(content.encode())} bytes; a ConfigMap takes {MAX_BYTES}")
    labels = {
        LABEL: "1",
        "app.kubernetes.io/name": "dashboard",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/part-of": "iworkz",
        "app.kubernetes.io/managed-by": "iworkz.platform",
        "platform.iworkz.jp/component": "monitoring",
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": labels,
            "annotations": {FOLDER: words.title("folder")},
        },
        "data": {f"{name}.json": content},
    }
