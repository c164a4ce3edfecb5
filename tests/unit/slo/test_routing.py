"""Alertmanager's configuration, judged by amtool; and that a check would say the same of it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._slo import delivery, routing
from tools import slo_rules

TEMPLATES = slo_rules.ROOT / "roles" / "monitoring" / "files"
WATCHDOG = {"alertname": "Watchdog", "severity": "none"}
ROUTES: list[tuple[dict[str, str], str]] = [
    (
        {"alertname": "SLOErrorBudgetBurn", "severity": "page", "team": "business", "service": "billing"},
        "page-business",
    ),
    ({"alertname": "SLOErrorBudgetBurn", "severity": "ticket", "team": "platform"}, "ticket-platform"),
    ({"alertname": "SLOLatencyMean", "severity": "ticket", "team": "trust"}, "ticket-trust"),
    ({"alertname": "KubePodCrashLooping", "severity": "warning", "namespace": "talent"}, "ticket-talent"),
    ({"alertname": "KubePodNotReady", "severity": "critical", "namespace": "talent"}, "page-talent"),
    ({"alertname": "KubeNodeNotReady", "severity": "critical", "namespace": "kube-system"}, "page-operators"),
    ({"alertname": "PostgresDown", "severity": "page", "component": "postgres"}, "page-operators"),
    ({"alertname": "PlatformOutage", "severity": "page"}, "page-operators"),
    ({"alertname": "DeadLetters", "severity": "ticket"}, "ticket-operators"),
    ({"alertname": "CPUThrottlingHigh", "severity": "info", "namespace": "talent"}, "nobody"),
    ({"alertname": "InfoInhibitor", "severity": "none"}, "nobody"),
    (WATCHDOG, "heartbeat"),
]


@pytest.fixture(scope="module")
def configuration(values: dict[str, Any]) -> dict[str, Any]:
    return slo_rules.routes(values)


def amtool(*words: str, directory: Path) -> str:
    done = subprocess.run(["amtool", *words], cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_alertmanager_takes_it(directory: Path) -> None:
    found = amtool("check-config", "alertmanager.yml", directory=directory)
    assert "SUCCESS" in found
    assert "1 inhibit rules" not in found


@pytest.mark.parametrize(("labels", "receiver"), ROUTES, ids=[f"{one['alertname']}-{two}" for one, two in ROUTES])
def test_alerts_are_led_to_whom_they_concern(
    labels: dict[str, str], receiver: str, directory: Path, configuration: dict[str, Any]
) -> None:
    words = [f"{name}={value}" for name, value in labels.items()]
    led = amtool("config", "routes", "test", "--config.file=alertmanager.yml", *words, directory=directory)
    assert led.split() == [receiver]
    assert delivery.receivers(configuration, labels) == [receiver]


def test_each_team_is_told_in_its_language_and_at_its_address(
    values: dict[str, Any], configuration: dict[str, Any]
) -> None:
    by_name = {one["name"]: one for one in configuration["receivers"]}
    for team in values["teams"]:
        for severity in ("page", "ticket"):
            (mail,) = by_name[f"{severity}-{team['name']}"]["email_configs"]
            assert mail["to"] == team["contact"]
            assert f"platform.text.{team['language']}" in mail["text"]
        assert "sns_configs" in by_name[f"page-{team['name']}"]
        assert "sns_configs" not in by_name[f"ticket-{team['name']}"]


def test_no_secret_stands_in_it(configuration: dict[str, Any]) -> None:
    (heartbeat,) = next(one for one in configuration["receivers"] if one["name"] == "heartbeat")["webhook_configs"]
    authorization = heartbeat["http_config"]["authorization"]
    assert authorization == {"type": "Bearer", "credentials_file": f"{routing.SECRETS}/heartbeat-token"}
    assert "smtp_auth_password" not in configuration["global"]


def test_a_mail_account_has_its_password_in_a_file(values: dict[str, Any]) -> None:
    sinks = {**values["alert_sinks"], "mail_username": "alerts", "sns_endpoint": ""}
    made = slo_rules.routes({**values, "alert_sinks": sinks})
    assert made["global"]["smtp_auth_password_file"] == f"{routing.SECRETS}/smtp-password"
    (sns,) = next(one for one in made["receivers"] if one["name"] == "page-operators")["sns_configs"]
    assert "api_url" not in sns


def held_back(configuration: dict[str, Any], source: dict[str, str], target: dict[str, str]) -> bool:
    """Whether Alertmanager holds ``target`` back while ``source`` fires."""
    return any(
        delivery._matches({"matchers": rule["source_matchers"]}, source)
        and delivery._matches({"matchers": rule["target_matchers"]}, target)
        and all(source.get(label, "") == target.get(label, "") for label in rule.get("equal", ()))
        for rule in configuration["inhibit_rules"]
    )


BURN = {"alertname": "SLOErrorBudgetBurn", "service": "billing", "slo": "availability", "team": "business"}


@pytest.mark.parametrize(
    ("source", "target", "held"),
    [
        ({**BURN, "severity": "page"}, {**BURN, "severity": "ticket"}, True),
        ({**BURN, "severity": "page"}, {**BURN, "severity": "ticket", "service": "admin"}, False),
        ({**BURN, "severity": "page"}, {**BURN, "severity": "ticket", "slo": "latency_p95"}, False),
        ({**BURN, "severity": "page"}, {"alertname": "DeadLetters", "severity": "ticket"}, False),
        ({"alertname": "PostgresDown", "severity": "page"}, {"alertname": "DeadLetters", "severity": "ticket"}, False),
        ({"alertname": "PlatformOutage", "severity": "page"}, {**BURN, "severity": "page"}, True),
        ({"alertname": "PlatformOutage", "severity": "page"}, {"alertname": "PostgresDown", "severity": "page"}, False),
        (
            {"alertname": "PostgresDown", "severity": "page", "component": "postgres"},
            {"alertname": "PostgresReplicationLag", "severity": "ticket", "component": "postgres"},
            True,
        ),
        (
            {"alertname": "RedisDown", "severity": "page", "component": "redis"},
            {"alertname": "PostgresReplicationLag", "severity": "ticket", "component": "postgres"},
            False,
        ),
    ],
)
def test_what_is_told_already_is_held_back_and_nothing_else(
    source: dict[str, str], target: dict[str, str], held: bool, configuration: dict[str, Any]
) -> None:
    assert held_back(configuration, source, target) is held


@pytest.mark.parametrize("language", ["en", "ja", "both"])
@pytest.mark.parametrize("kind", ["subject", "text"])
def test_messages_are_written_in_either_language(kind: str, language: str) -> None:
    name = f"platform.{kind}.{language}"
    found = amtool("template", "render", "--template.glob=*.tmpl", f'--template.text={{{{ template "{name}" . }}}}',
                   directory=TEMPLATES)  # fmt: skip
    assert found.strip()


def test_a_matcher_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a matcher"):
        delivery.receivers({"route": {"receiver": "a", "routes": [{"matchers": ["severity"]}]}}, {})


def test_routes_that_go_on_and_old_spellings_are_followed() -> None:
    route = {
        "receiver": "all",
        "routes": [
            {"match": {"severity": "page"}, "receiver": "one", "continue": True},
            {
                "match_re": {"severity": "page|ticket"},
                "receiver": "two",
                "routes": [{"matchers": ['a!~"x.*"', "b!=c"]}],
            },
        ],
    }
    assert delivery.receivers({"route": route}, {"severity": "page", "b": "c"}) == ["one", "two"]
    assert delivery.receivers({"route": route}, {"severity": "ticket", "a": "y"}) == ["two"]
    assert delivery.receivers({"route": route}, {"severity": "info"}) == ["all"]


def test_a_receiver_that_is_silent_or_not_there_tells_nobody(configuration: dict[str, Any]) -> None:
    assert delivery.told(configuration, "nobody") == []
    assert delivery.told(configuration, "gone") == []
    assert delivery.told(configuration, "page-operators") == ["email_configs", "sns_configs", "webhook_configs"]
