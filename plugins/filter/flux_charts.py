# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ansible.errors import AnsibleFilterError

SOURCE = "source.toolkit.fluxcd.io/v1"
HELM = "helm.toolkit.fluxcd.io/v2"
MANDATORY = ("name", "repository", "version", "namespace")
OPTIONAL = ("chart", "depends_on", "values", "drift_ignore")
PINNED = re.compile(r"^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$")

Object = dict[str, Any]


def flux_charts(
    charts: Sequence[Mapping[str, Any]],
    component: str,
    namespace: str = "flux-system",
    interval: str = "10m",
    timeout: str = "10m",
) -> list[Object]:
    """HelmRepository and HelmRelease objects, in this order, of charts as the role addons declares them.

    Raises AnsibleFilterError for a chart that is not complete, not pinned, or named twice.
    """
    for chart in charts:
        _validate(chart)
    names = [chart["name"] for chart in charts]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise AnsibleFilterError(f"flux_charts: named more than once: {', '.join(twice)}")
    urls = sorted({chart["repository"] for chart in charts})
    return [_repository(url, component, namespace, interval) for url in urls] + [
        _release(chart, component, namespace, interval, timeout) for chart in charts
    ]


def _validate(chart: Mapping[str, Any]) -> None:
    name = chart.get("name", "?")
    if missing := [key for key in MANDATORY if not chart.get(key)]:
        raise AnsibleFilterError(f"flux_charts: chart {name} lacks {', '.join(missing)}")
    if unknown := sorted(set(chart) - set(MANDATORY) - set(OPTIONAL)):
        raise AnsibleFilterError(f"flux_charts: chart {name} has unknown keys: {', '.join(unknown)}")
    if not PINNED.match(str(chart["version"])):
        raise AnsibleFilterError(f"flux_charts: chart {name} is not pinned: {chart['version']} is not one version")
    if not str(chart["repository"]).startswith(("https://", "oci://")):
        raise AnsibleFilterError(f"flux_charts: chart {name}: {chart['repository']} is neither https:// nor oci://")


def _metadata(name: str, instance: str, component: str, namespace: str) -> Object:
    labels = {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": instance,
        "app.kubernetes.io/component": "chart",
        "app.kubernetes.io/part-of": "iworkz",
        "app.kubernetes.io/managed-by": "iworkz.platform",
        "platform.iworkz.jp/component": component,
    }
    return {"name": instance, "namespace": namespace, "labels": labels}


def _repository_name(url: str, component: str) -> str:
    """One repository per role and URL: roles share none, so none takes another's away."""
    parts = urlsplit(url)
    place = f"{parts.netloc}{parts.path}".strip("/").replace("/", "-").replace(".", "-")
    return f"{component}-{place}".lower()[:63].rstrip("-")


def _repository(url: str, component: str, namespace: str, interval: str) -> Object:
    spec: Object = {"url": url, "interval": interval, "suspend": False}
    if url.startswith("oci://"):
        spec["type"] = "oci"
    name = _repository_name(url, component)
    return {
        "apiVersion": SOURCE,
        "kind": "HelmRepository",
        "metadata": _metadata("helm-repository", name, component, namespace),
        "spec": spec,
    }


def _release(chart: Mapping[str, Any], component: str, namespace: str, interval: str, timeout: str) -> Object:
    source = {"kind": "HelmRepository", "name": _repository_name(chart["repository"], component)}
    chart_name = chart.get("chart") or chart["name"]
    drift: Object = {"mode": "enabled"}
    if chart.get("drift_ignore"):
        drift["ignore"] = list(chart["drift_ignore"])
    spec: Object = {
        "releaseName": chart["name"],
        "targetNamespace": chart["namespace"],
        "storageNamespace": chart["namespace"],
        "interval": interval,
        "timeout": timeout,
        "maxHistory": 5,
        # Said because server-side apply leaves alone what it does not name: somebody may have suspended the release.
        "suspend": False,
        "chart": {"spec": {"chart": chart_name, "version": str(chart["version"]), "sourceRef": source}},
        # CRDs of an upgraded chart replace the old ones: Helm alone would leave them as they were first installed.
        "install": {"crds": "CreateReplace", "createNamespace": False, "remediation": {"retries": 3}},
        "upgrade": {
            "crds": "CreateReplace",
            "cleanupOnFail": True,
            # After the last retry, too, the release goes back to what ran before.
            "remediation": {"retries": 3, "strategy": "rollback", "remediateLastFailure": True},
        },
        "rollback": {"cleanupOnFail": True},
        "driftDetection": drift,
        "values": dict(chart.get("values") or {}),
    }
    if chart.get("depends_on"):
        spec["dependsOn"] = [{"name": name} for name in chart["depends_on"]]
    return {
        "apiVersion": HELM,
        "kind": "HelmRelease",
        "metadata": _metadata(chart_name, chart["name"], component, namespace),
        "spec": spec,
    }


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"flux_charts": flux_charts}
