"""What the report asks Prometheus for is what the role monitoring records."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.promql import metrics
from ansible_collections.iworkz.platform.plugins.module_utils._sla.month import Month
from ansible_collections.iworkz.platform.plugins.module_utils._sla.readings import BUCKETS, OBJECTIVES, RULES, read
from ansible_collections.iworkz.platform.plugins.module_utils._sla.source import (
    CHUNK,
    Prometheus,
    PrometheusError,
    through,
)
from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import Promise
from ansible_collections.iworkz.platform.plugins.module_utils._slo.recording import DURATION, frequent
from tests.unit.checks.kube_facts import FakeReader
from tests.unit.sla.samples import NOW


def test_every_rule_is_recorded() -> None:
    recorded = {rule["record"] for rule in frequent(Promise("search", "discovery", "en", False, 0.999, 0.1, 250))}
    asked = {name for expression in (*RULES.values(), *OBJECTIVES) for name in metrics(expression)}
    assert asked <= recorded
    assert metrics(BUCKETS) == {f"{DURATION}_bucket"}


def answer(*series: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"resultType": "matrix", "result": [*series]}}


def test_a_month_is_asked_for_by_the_week_and_of_others_nothing_is_kept() -> None:
    asked: list[dict[str, str]] = []

    def get(path: str, query: dict[str, str]) -> Any:
        assert path == "/api/v1/query_range"
        asked.append(dict(query))
        metric = {"service": "api"} if "requests" in query["query"] else {"service": "other"}
        return answer({"metric": metric, "values": [[int(query["start"]), "2.5"], [int(query["end"]), "NaN"]]})

    grid = Month(2026, 10).grid(NOW)
    found = read(Prometheus(get), ["api"], grid)
    weeks = [query for query in asked if query["query"] == RULES["requests"]]
    assert [int(query["start"]) for query in weeks] == [grid[first] for first in range(0, len(grid), CHUNK)]
    assert weeks[-1]["end"] == str(grid[-1])
    assert found["api"].requests == {int(query["start"]): 2.5 for query in weeks}
    assert (found["api"].errors, list(found)) == ({}, ["api"])


def test_before_the_first_step_nothing_is_asked() -> None:
    assert read(Prometheus(lambda *_query: pytest.fail("asked")), ["api"], range(0, 0, 300))["api"].requests == {}


@pytest.mark.parametrize(
    "broken", [{}, {"data": {}}, answer({"metric": {}}), answer({"metric": {}, "values": [["x", "1"]]})]
)
def test_what_is_no_answer_of_prometheus_is_told(broken: dict[str, Any]) -> None:
    with pytest.raises(PrometheusError, match="not an answer of Prometheus"):
        list(Prometheus(lambda *_query: broken).ranges("up", range(300, 600, 300)))


def test_prometheus_is_asked_through_the_api_server() -> None:
    reader: Any = FakeReader({}, {"monitoring/prometheus:http-web/api/v1/query_range": answer()})
    grid = range(300, 600, 300)
    assert list(Prometheus(through(reader, "monitoring", "prometheus", "http-web")).ranges("up", grid)) == []
    with pytest.raises(PrometheusError, match="503"):
        list(Prometheus(through(reader, "monitoring", "gone", "80")).ranges("up", grid))
