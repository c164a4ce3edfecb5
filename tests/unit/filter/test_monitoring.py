from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.filter.alertmanager_config import alertmanager_config
from ansible_collections.iworkz.platform.plugins.filter.monitoring_rules import monitoring_rules
from tests.unit.checks.test_monitoring_running import ALARMS, ALERTING, DECLARED, SLOS, TEAMS

OPTIONS = {
    "slos": SLOS,
    "teams": TEAMS,
    "alarms": ALARMS,
    "runbooks": "https://runbooks",
    "dead_letters": "dead-letters",
    "canary": "canary",
    "namespace": "monitoring",
}
SINKS = {
    "topic": "arn:topic",
    "region": "ap-northeast-1",
    "webhook": "https://a",
    "heartbeat": "https://b",
    "smarthost": "mail:25",
    "mail_from": "a@b.jp",
    "mail_username": "",
    "mail_tls": True,
    "sns_endpoint": "",
}


def test_there_is_an_object_per_service_and_three_of_the_platform() -> None:
    found = monitoring_rules(DECLARED, **OPTIONS)
    names = ["slo-billing", "slo-content", "platform-stores", "platform-edge", "platform-watch"]
    assert [one["metadata"]["name"] for one in found] == names
    assert {(one["kind"], one["metadata"]["namespace"]) for one in found} == {("PrometheusRule", "monitoring")}


@pytest.mark.parametrize(
    "change", [{"teams": []}, {"slos": {"defaults": {}, "services": {}}}, {"alarms": {}}, {"colour": "red"}]
)
def test_rules_of_declarations_that_do_not_fit_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(AnsibleFilterError, match="monitoring_rules"):
        monitoring_rules(DECLARED, **{**OPTIONS, **change})


def test_routes_are_made_of_what_is_declared() -> None:
    made = alertmanager_config(ALERTING, SINKS, TEAMS, ["ops@iworkz.jp"])
    assert made["route"]["receiver"] == "ticket-operators"


@pytest.mark.parametrize("lacking", ["topic", "webhook", "mail_tls"])
def test_routes_without_a_sink_are_refused(lacking: str) -> None:
    sinks = {name: value for name, value in SINKS.items() if name != lacking}
    with pytest.raises(AnsibleFilterError, match=lacking):
        alertmanager_config(ALERTING, sinks, TEAMS, ["ops@iworkz.jp"])
