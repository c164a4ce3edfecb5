# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the readiness report says, as metrics in CloudWatch: what dashboards and alarms can follow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._report.chart import ready
from ansible_collections.iworkz.platform.plugins.module_utils._report.verdicts import instant

NAMESPACE = "iWORKZ/Readiness"
SPEC: dict[str, dict[str, Any]] = {"report": {"type": "path", "required": True}}

Metric = dict[str, Any]


def metrics(report: Mapping[str, Any]) -> list[Metric]:
    """The decision (C(Go), 0 or 1), C(Items) by verdict, and C(ReadyShare), 0 to 1, in all and by phase. Pure."""
    return list(_metrics(report))


def _metrics(report: Mapping[str, Any]) -> Iterator[Metric]:
    at, environment = instant(report["generated_at"]), report["environment"]

    def metric(name: str, value: float, unit: str, **dimensions: str) -> Metric:
        named = {"Environment": environment, **dimensions}
        return {
            "MetricName": name,
            "Value": float(value),
            "Unit": unit,
            "Timestamp": at,
            "Dimensions": [{"Name": key, "Value": text} for key, text in named.items()],
        }

    yield metric("Go", report["decision"] == "GO", "None")
    yield metric("ReadyShare", _share(report["summary"]), "None")
    for verdict, count in report["summary"].items():
        yield metric("Items", count, "Count", Verdict=verdict)
    for phase in report["phases"]:
        yield metric("ReadyShare", _share(phase["summary"]), "None", Phase=str(phase["id"]))


def _share(summary: Mapping[str, int]) -> float:
    return ready(summary) / (sum(summary.values()) or 1)


def run(params: Mapping[str, Any], clients: Clients, check_mode: bool) -> dict[str, Any]:
    """The result of the module ``readiness_metrics`` (cloudwatch:PutMetricData). Raises OSError without a report,
    ValueError for a file that is none."""
    path = Path(params["report"])
    try:
        report = json.loads(path.read_bytes())
        found = metrics(report)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: not a readiness report: {error!r}") from error
    if not check_mode:
        clients.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=found)
    return {"changed": False, "namespace": NAMESPACE, "metrics": len(found)}
