"""A wrong declaration of backups, one change each, and what the reader is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._platform.backup import (
    check_backup,
    classes,
    statutory_days,
)

Values = dict[str, Any]
BACKUP = "platform_backup"
LEAST, MOST = 14, 35
DELETE = object()

# (path below platform_backup, new value, path told, fragment told)
BAD = [
    (("retention_days", "personal"), 7, "retention_days.personal", "at least 14"),
    (("retention_days", "personal"), 35, "retention_days.personal", "at most 34"),
    (("retention_days", "statutory"), 365, "retention_days.statutory", "at least 2557"),
    (("retention_days", "my_number"), DELETE, "retention_days", "class my_number of the data inventory has no"),
    (("plans", "nightly", "classes"), ["public"], "plans", "No plan backs up the class personal"),
    (("plans", "nightly", "classes", 0), "publik", "plans.nightly.classes", "did you mean public?"),
    (("plans", "nightly", "retention_days"), 29, "plans.nightly.retention_days", "at least 30"),
    (("plans", "nightly", "retention_days"), 60, "plans.nightly.retention_days", "at most 34"),
    (("plans", "nightly", "lock", "max_retention_days"), 20, "plans.nightly.lock", "would fail"),
    (("plans", "nightly", "lock", "min_retention_days"), 31, "plans.nightly.lock", "would fail"),
    (("plans", "nightly", "cold_after_days"), 1, "plans.nightly.cold_after_days", "within its first 90 days"),
    (("plans", "nightly", "completion_window_minutes"), 119, "plans.nightly.completion_window_minutes", "least 120"),
    (("plans", "nightly", "start_window_minutes"), 301, "plans.nightly.completion_window_minutes", "at least 361"),
    (("plans", "nightly", "schedule"), "cron(0 12 * * ? *)", "plans.nightly.schedule", "12:00 Asia/Tokyo"),
    (("plans", "nightly", "schedule"), "cron(0 25 * * ? *)", "plans.nightly.schedule", "no time of the day"),
    (("restore_test", "schedule"), "cron(59 5 ? * SUN *)", None, ""),
    (("restore_test", "schedule"), "cron(0 6 ? * SUN *)", "restore_test.schedule", "06:00 Asia/Tokyo"),
    (("timezone",), "Asia/Edo", "timezone", "Asia/Edo"),
]  # fmt: skip


def test_what_is_declared_is_right_everywhere(declared: Callable[[str], Values]) -> None:
    for environment in ("sandbox", "staging", "production"):
        assert list(check_backup(declared(environment), LEAST, MOST)) == []


@pytest.mark.parametrize(("path", "new", "told", "fragment"), BAD)
def test_one_mistake_is_told(values: Values, path: tuple[Any, ...], new: Any, told: str | None, fragment: str) -> None:
    place: Any = values[BACKUP]
    for part in path[:-1]:
        place = place[part]
    if new is DELETE:
        del place[path[-1]]
    else:
        place[path[-1]] = new
    problems = [(problem.path, problem.text("en"), problem.text("ja")) for problem in check_backup(values, LEAST, MOST)]
    if told is None:
        assert problems == []
    else:
        assert any(where == f"{BACKUP}.{told}" and fragment in english for where, english, _ja in problems), problems


def test_nobody_locks_a_rehearsal_for_good(declared: Callable[[str], Values], values: Values) -> None:
    sandbox = declared("sandbox")
    for environment in (sandbox, values):
        environment[BACKUP]["lock"]["mode"] = "compliance"
    assert [one.id for one in check_backup(sandbox, LEAST, MOST)] == ["platform.backup_compliance"]
    assert list(check_backup(values, LEAST, MOST)) == []


def test_classes_and_the_longest_period_come_from_data_protection(values: Values) -> None:
    assert {"public", "personal", "sensitive_personal", "my_number"} <= classes(values["platform_data_inventory"])
    periods = {
        "a": {"years": 7, "basis": "TAX-BOOKS"},
        "b": {"months": 3, "basis": "LAW"},
        "c": {"years": 50, "basis": "policy"},
    }
    assert statutory_days(periods) == 2557
    assert statutory_days({}) == 0
