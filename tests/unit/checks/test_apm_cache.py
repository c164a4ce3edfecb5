"""Item 3.2.1.4: the hit rate of the running Redis."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import apm_cache
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._messages import render
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_reads import Reads, percent
from tests.unit.checks.fake_account import TOPIC, alarm, world

GROUP, NODES = "iworkz-sandbox-redis", ["iworkz-sandbox-redis-001", "iworkz-sandbox-redis-002"]
REQUIRED = load_requirements().resolve("3.2.1.4").required
NAMESPACE = "AWS/ElastiCache"


def reads(hits: int, misses: int, run: str = "one") -> Reads:
    return Reads(hits, misses, run, 3600)


def account(**changes: Any) -> dict[str, Any]:
    metrics = [[NAMESPACE, "CacheHitRate", "CacheClusterId", node] for node in changes.get("shown", NODES)]
    body = {"widgets": [{"type": "text"}, {"properties": {"metrics": metrics}}]}
    tags = [{"Key": "Platform", "Value": "iworkz"}, {"Key": "Environment", "Value": "sandbox"}]
    groups = [] if changes.get("nothing") else [{"ReplicationGroupId": GROUP, "ARN": "arn", "MemberClusters": NODES}]
    return {
        "elasticache": {
            "describe_replication_groups": {"ReplicationGroups": groups},
            "list_tags_for_resource": {"TagList": tags},
        },
        "cloudwatch": {
            "describe_alarms": {
                "MetricAlarms": [
                    alarm(f"{node}-hits", NAMESPACE, "CacheHitRate", CacheClusterId=node)
                    for node in changes.get("alarmed", NODES)
                ]
            },
            "list_dashboards": {"DashboardEntries": [{"DashboardName": "iworkz-sandbox-apm"}]},
            "get_dashboard": {"DashboardBody": json.dumps(body)},
        },
        "sns": {"list_topics": {"Topics": [{"TopicArn": TOPIC}]}},
    }


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Any:
    def judge(first: Reads, second: Reads, idle: Reads | None = None, **changes: Any) -> Finding:
        """``idle``: what the replica counts, both times."""
        replica = idle or reads(0, 0, "two")
        told = iter([{NODES[0]: first, NODES[1]: replica}, {NODES[0]: second, NODES[1]: replica}])
        monkeypatch.setattr(apm_cache, "reads", lambda *given: next(told))
        monkeypatch.setattr(apm_cache, "INTERVAL_SECONDS", 0.0)
        found = world(account(**changes))
        found.platform.reach["ca_bundle"] = ""
        finding = apm_cache.hit_rate_is_watched(found, REQUIRED)
        for breach in finding.breaches:
            assert render(breach, "en")
            assert render(breach, "ja")
        return finding

    return judge


def told(finding: Finding) -> list[str]:
    return [breach.id for breach in finding.breaches]


def test_passes_on_what_was_looked_up_since_the_start(judge):
    finding = judge(reads(9800, 200), reads(9801, 200))
    assert told(finding) == []
    facts = finding.observed[GROUP]
    assert (facts["basis"], facts["hit_rate_percent"], facts["lookups"]) == ("since_start", 98.0, 10001)
    assert facts["nodes"][NODES[1]]["hit_rate_percent"] is None


def test_what_is_looked_up_now_counts_where_it_is_enough(judge):
    """A cache that was good for a month and went cold an hour ago."""
    finding = judge(reads(1_000_000, 10), reads(1_000_600, 610))
    assert finding.observed[GROUP]["basis"] == "interval"
    assert told(finding) == ["apm.misses_now"]


@pytest.mark.parametrize(
    ("second", "breach"),
    [
        (reads(0, 0), "apm.no_lookups"),
        (reads(999, 0), "apm.no_lookups"),
        (reads(0, 2000), "apm.misses"),
        (reads(1000, 200), "apm.misses"),
    ],
)
def test_too_few_lookups_and_too_many_misses_are_different_things(judge, second, breach):
    assert told(judge(second, second)) == [breach]


def test_a_node_that_restarted_between_the_readings_is_judged_by_its_new_count(judge):
    finding = judge(reads(900_000, 0, "before"), reads(2000, 0, "after"))
    assert (finding.observed[GROUP]["basis"], finding.observed[GROUP]["lookups"]) == ("since_start", 2000)


def test_all_nodes_count_together(judge):
    assert told(judge(reads(900, 0), reads(900, 0), reads(900, 0, "two"))) == []


@pytest.mark.parametrize(
    ("changes", "breaches"),
    [
        ({"alarmed": NODES[:1]}, ["alarms.missing"]),
        ({"shown": NODES[:1]}, ["apm.no_panel"]),
    ],
)
def test_each_node_has_an_alarm_and_a_panel(judge, changes, breaches):
    assert told(judge(reads(9800, 0), reads(9800, 0), **changes)) == breaches


def test_without_a_group_there_is_nothing_to_pass(judge):
    assert told(judge(reads(1, 0), reads(1, 0), nothing=True)) == ["elasticache.no_group"]


def test_a_node_that_does_not_answer_makes_the_item_unknown(judge, monkeypatch):
    def silent(*given: Any) -> Any:
        raise ReconcileError("Redis does not answer")

    found = world(account())
    found.platform.reach["ca_bundle"] = ""
    monkeypatch.setattr(apm_cache, "reads", silent)
    with pytest.raises(ConnectionError, match="does not answer"):
        apm_cache.hit_rate_is_watched(found, REQUIRED)


def test_no_lookups_have_no_rate():
    assert percent(0, 0) is None
    assert reads(1, 1).since(reads(5, 5)) is None
