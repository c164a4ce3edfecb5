# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Metrics of the engine in CloudWatch: what the registry holds now, so that every run gives the same picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import Registry, Row
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import SEVERITIES, VERDICTS, Rule

NAMESPACE = "iWORKZ/Compliance"
# What PutMetricData takes at once is 1000.
BATCH = 500
_OPEN = "SELECT rule, severity, verdict, count(*) AS cases FROM findings WHERE resolved_at IS NULL GROUP BY 1, 2, 3"

Metric = dict[str, Any]


def publish(client: Any, registry: Registry, rules: Iterable[Rule], now: datetime) -> int:
    """Put the metrics (cloudwatch:PutMetricData); return how many. Raises ClientError."""
    open_findings = registry.rows(_OPEN)
    found = iter([*violations(open_findings, rules), *state(open_findings, registry.last_evaluation(), now)])
    sent = 0
    while batch := list(islice(found, BATCH)):
        client.put_metric_data(Namespace=NAMESPACE, MetricData=[{**each, "Timestamp": now} for each in batch])
        sent += len(batch)
    return sent


def violations(open_findings: Iterable[Row], rules: Iterable[Rule]) -> Iterator[Metric]:
    """Violations by rule and severity, and by severity: zero, too, so that alarms end."""
    counts = Counter({(rule.id, rule.severity): 0 for rule in rules if rule.select is not None})
    for row in open_findings:
        counts[row["rule"], row["severity"]] += row["cases"] if row["verdict"] == "violation" else 0
    totals = Counter(dict.fromkeys(SEVERITIES, 0))
    for (rule, severity), count in sorted(counts.items()):
        totals[severity] += count
        yield _metric("Violations", count, Rule=rule, Severity=severity)
    for severity, count in totals.items():
        yield _metric("Violations", count, Severity=severity)


def state(open_findings: Iterable[Row], last: Mapping[str, Any] | None, now: datetime) -> Iterator[Metric]:
    """Findings by verdict; age and share of unknown cases of the last evaluation that judged every rule."""
    verdicts = Counter(dict.fromkeys(VERDICTS[:3], 0))
    for row in open_findings:
        verdicts[row["verdict"]] += row["cases"]
    for verdict, count in verdicts.items():
        yield _metric("Findings", count, Verdict=verdict)
    if last is not None:
        cases = sum(each[verdict] for each in last["counts"].values() for verdict in VERDICTS)
        unknown = sum(each["unknown"] for each in last["counts"].values())
        yield _metric("UnknownShare", unknown / cases if cases else 0.0, "None")
        yield _metric("EvaluationAgeSeconds", max((now - last["finished_at"]).total_seconds(), 0.0), "Seconds")


def _metric(name: str, value: float, unit: str = "Count", **dimensions: str) -> Metric:
    named = [{"Name": dimension, "Value": text} for dimension, text in dimensions.items()]
    return {"MetricName": name, "Value": value, "Unit": unit, "Dimensions": named}
