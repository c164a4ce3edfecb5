"""A world whose facts are given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarms, topics
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Platform, World

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
TAGS = {"Platform": "iworkz", "Environment": "sandbox", "ManagedBy": "iworkz.platform"}
TAG_LIST = [{"Key": name, "Value": value} for name, value in TAGS.items()]
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:iworkz-sandbox-alerts"
PLATFORM = Platform("iworkz", "sandbox", "123456789012", "ap-northeast-1", "ap-northeast-3", TAGS, {})


class Facts(World):
    """``facts`` maps fact functions to what they would have read; anything else is computed from them."""

    def __init__(self, facts: dict[Callable[[World], Any], Any]) -> None:
        super().__init__(PLATFORM, None, NOW)  # type: ignore[arg-type]
        self.facts = {topics: {TOPIC}, alarms: [], **facts}

    def once(self, fn: Callable[[World], Any]) -> Any:
        return self.facts[fn] if fn in self.facts else super().once(fn)


def alarm(namespace: str, dimension: str, resource: str, metric: str, **changes: Any) -> dict[str, Any]:
    """An alarm as DescribeAlarms has it."""
    return {
        "AlarmName": f"{resource}-{metric}",
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": dimension, "Value": resource}],
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        **changes,
    }
