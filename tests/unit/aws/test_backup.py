from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup import _lock, same_lock, same_rules
from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup_points import _newest
from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup_selections import _ordered

DAYS = {"min_retention_days": 7, "max_retention_days": 35}
GRACE = {**DAYS, "changeable_for_days": 3}


@pytest.mark.parametrize(
    ("current", "desired", "same"),
    [
        ({}, {}, True),
        ({}, DAYS, False),
        (DAYS, {}, False),
        (DAYS, DAYS, True),
        (DAYS, {"min_retention_days": 7}, True),
        (DAYS, {"min_retention_days": 8}, False),
        (DAYS, GRACE, False),
        (GRACE, DAYS, False),
        ({**GRACE, "changeable_for_days": 0}, GRACE, True),
    ],
)
def test_locks_are_alike_by_days_and_mode(current: dict[str, Any], desired: dict[str, Any], same: bool) -> None:
    assert same_lock(current, desired) is same


def test_a_lock_as_aws_tells_it() -> None:
    assert _lock({"Locked": False, "MinRetentionDays": 7}) == {}
    assert _lock({"Locked": True, "MinRetentionDays": 7}) == {"min_retention_days": 7}
    told = {"Locked": True, "MinRetentionDays": 7, "LockDate": datetime.now(UTC) + timedelta(days=2, hours=1)}
    assert _lock(told) == {"min_retention_days": 7, "changeable_for_days": 2}
    assert _lock({**told, "LockDate": datetime.now(UTC) - timedelta(days=9)})["changeable_for_days"] == 0


def test_rules_are_the_same_in_any_order_and_by_what_is_declared() -> None:
    a = {"rule_name": "a", "schedule_expression": "cron(0 5 * * ? *)", "rule_id": "1"}
    b = {"rule_name": "b", "lifecycle": {"delete_after_days": 30, "opt_in": False}}
    want = [{"rule_name": "b", "lifecycle": {"delete_after_days": 30}}, {"rule_name": "a"}]
    assert same_rules([a, b], want)
    assert not same_rules([a], want)
    assert not same_rules([a, b], want[:1])
    assert not same_rules([a, b], [want[1], {"rule_name": "b", "lifecycle": {"delete_after_days": 1}}])


def test_selections_are_compared_in_one_order_and_without_empty_operators() -> None:
    told = {
        "resources": ["b", "a"],
        "conditions": {"string_equals": [{"condition_key": "b"}, {"condition_key": "a"}], "string_like": []},
    }
    assert _ordered(told) == {
        "resources": ["a", "b"],
        "conditions": {"string_equals": [{"condition_key": "a"}, {"condition_key": "b"}]},
    }
    assert _ordered({"selection_name": "x"}) == {"selection_name": "x"}


def test_the_newest_recovery_point_is_one_that_is_there_or_being_made() -> None:
    old, new = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    points = [
        {"Status": "COMPLETED", "CreationDate": old},
        {"Status": "EXPIRED", "CreationDate": new},
        {"Status": "DELETING", "CreationDate": new},
    ]
    assert _newest(points) == points[0]
    assert _newest([*points, making := {"Status": "CREATING", "CreationDate": new}]) == making
    assert _newest(points[1:]) is None
