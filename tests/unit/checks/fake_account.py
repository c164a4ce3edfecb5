"""An account that is a dict, for checks: ``{"mq": {"list_brokers": answer, ...}}``."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, Platform, World
from ansible_collections.iworkz.platform.plugins.module_utils._messages import render

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ACCOUNT_ID = "123456789012"
TAGS = {"Platform": "iworkz", "Environment": "sandbox", "ManagedBy": "iworkz.platform"}
TOPIC = f"arn:aws:sns:ap-northeast-1:{ACCOUNT_ID}:iworkz-sandbox-alerts"

Answers = dict[str, dict[str, Any]]


class Client:
    """Answers an operation with its entry, or with what its entry makes of the parameters."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self._answers = answers

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        answer = self._answers[operation]
        return lambda **params: answer(**params) if callable(answer) else answer

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **params: [getattr(self, operation)(**params)])


class Account:
    """Stands in for ``_aws.session.Clients``."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def client(self, service: str, region: str | None = None) -> Client:
        return Client(self._answers[service])


def world(answers: Answers, declared: dict[str, Any] | None = None) -> World:
    platform = Platform("iworkz", "sandbox", ACCOUNT_ID, "ap-northeast-1", "ap-northeast-3", TAGS, declared or {})
    return World(platform, Account(copy.deepcopy(answers)), NOW)


def alarm(name: str, namespace: str, metric: str, **dimensions: str) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
    }


def watching(alarms: Iterable[dict[str, Any]]) -> Answers:
    """CloudWatch with these alarms, SNS with the topic they lead to."""
    return {
        "cloudwatch": {"describe_alarms": {"MetricAlarms": list(alarms)}},
        "sns": {"list_topics": {"Topics": [{"TopicArn": TOPIC}]}},
    }


def broken(finding: Finding) -> list[Breach]:
    """The breaches, once each has shown to be a message in both languages."""
    for breach in finding.breaches:
        for language in ("en", "ja"):
            assert render(breach, language)
            assert render(breach, language, "remedy")
    return list(finding.breaches)
