"""The readiness report's figures as metrics, and the dashboard that shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards import readiness
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import Metric, Platform
from ansible_collections.iworkz.platform.plugins.module_utils._report.metrics import NAMESPACE, metrics, run

REPORT: dict[str, Any] = {
    "generated_at": "2026-11-22T07:00:00Z",
    "environment": "staging",
    "decision": "NO-GO",
    "summary": {"pass": 5, "attested": 1, "fail": 2, "expired": 0, "unknown": 2, "not_applicable": 0},
    "phases": [
        {"id": 1, "summary": {"pass": 3, "attested": 0, "fail": 1, "expired": 0, "unknown": 0, "not_applicable": 0}},
        {"id": 2, "summary": {"pass": 2, "attested": 1, "fail": 1, "expired": 0, "unknown": 2, "not_applicable": 0}},
    ],
}
CONNECTION = {"region": "ap-northeast-1", "access_key": "AKIATESTS", "secret_key": "any"}


def dimensions(metric: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in metric["Dimensions"]}


def values(report: dict[str, Any]) -> dict[tuple[str, str], float]:
    """By name, and the dimension besides the environment."""
    found = {}
    for metric in metrics(report):
        named = dimensions(metric)
        assert named.pop("Environment") == "staging"
        found[metric["MetricName"], "".join(f"{key}={value}" for key, value in named.items())] = metric["Value"]
    return found


def test_decision_counts_and_shares() -> None:
    found = values(REPORT)
    assert found["Go", ""] == 0
    assert found["ReadyShare", ""] == 0.6
    assert (found["ReadyShare", "Phase=1"], found["ReadyShare", "Phase=2"]) == (0.75, 0.5)
    assert {key: value for (name, key), value in found.items() if name == "Items"} == {
        f"Verdict={verdict}": count for verdict, count in REPORT["summary"].items()
    }
    assert values({**REPORT, "decision": "GO"})["Go", ""] == 1


def test_the_dashboard_asks_for_what_is_put() -> None:
    put = {(metric["MetricName"], frozenset(dimensions(metric))) for metric in metrics(REPORT)}
    made = readiness.dashboard(Platform("iworkz", "staging", {}, {}))
    asked = [query for panel in made.panels for query in panel.queries if isinstance(query, Metric)]
    assert {(each.name, frozenset(each.dimensions)) for each in asked} == put
    assert {each.namespace for each in asked} == {NAMESPACE}


@mock_aws
def test_they_are_put_as_of_the_report_and_not_in_check_mode(tmp_path: Path) -> None:
    path, clients = tmp_path / "readiness.json", Clients(CONNECTION)
    path.write_text(json.dumps(REPORT), encoding="utf-8")
    cloudwatch = clients.client("cloudwatch")
    planned = run({"report": path}, clients, check_mode=True)
    assert cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"] == []
    assert run({"report": path}, clients, check_mode=False) == planned
    assert planned == {"changed": False, "namespace": NAMESPACE, "metrics": 10}
    assert len(cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]) == 10


@pytest.mark.parametrize("text", ["{", "{}", "[]"])
def test_what_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "readiness.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="not a readiness report"):
        run({"report": path}, Clients(CONNECTION), check_mode=False)
