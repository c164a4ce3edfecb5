"""The compliance dashboard asks for metrics that the engine puts."""

from __future__ import annotations

from datetime import UTC, datetime

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import metrics
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards import compliance
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import Metric, Platform


def test_names_and_dimensions_are_those_of_the_engine() -> None:
    last = {"counts": {}, "finished_at": datetime(2026, 11, 22, tzinfo=UTC)}
    found = [*metrics.violations([], []), *metrics.state([], last, datetime(2026, 11, 23, tzinfo=UTC))]
    put = {(each["MetricName"], frozenset(part["Name"] for part in each["Dimensions"])) for each in found}
    put.add(("Violations", frozenset({"Rule", "Severity"})))  # with rules, of which there are none here
    made = compliance.dashboard(Platform("iworkz", "staging", {}, {}))
    asked = [query for panel in made.panels for query in panel.queries if isinstance(query, Metric)]
    assert {(each.name, frozenset(each.dimensions)) for each in asked} <= put
    assert {each.namespace for each in asked} == {metrics.NAMESPACE}
