from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import evaluate_task
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import (
    AlertSettings,
    Settings,
    load,
    read,
)


def test_names_are_made_of_the_prefix() -> None:
    named = read({"prefix": "iworkz-production", "bucket": "other", "topic": None}).named("123456789012")
    assert (named.instance, named.bucket, named.topic, named.signing_key, named.secret) == (
        "iworkz-production-postgres",
        "other",
        "iworkz-production-compliance",
        "alias/iworkz-production-compliance",
        "iworkz-production/postgres/compliance_engine",
    )


def test_what_is_left_out_is_as_the_engine_has_it() -> None:
    nothing = dict.fromkeys(evaluate_task.SPEC) | {"prefix": "p"}
    assert read(nothing) == Settings("p")
    nested = {"alerts": {"verdicts": None, "references": None}, "period": {"start": None, "end": None}}
    assert read({**nothing, **nested}) == Settings("p")


def test_all_of_it() -> None:
    found = read(
        {
            "prefix": "p",
            "as_of": "2026-11-01",
            "period": {"start": "2026-04-01", "end": None},
            "rules": ["A"],
            "fail_on": "high",
            "alerts": {"verdicts": ["violation", "warning"], "again_after_hours": {"low": 1}, "references": 3},
        }
    )
    assert (found.as_of, found.period, found.rules) == (date(2026, 11, 1), (date(2026, 4, 1), None), ("A",))
    assert found.alerts == AlertSettings(("violation", "warning"), ("binding",), {"low": 1}, 3)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "prefix is missing"),
        ({"prefix": "p", "prefx": "p"}, "unknown: prefx"),
        ({"prefix": "p", "as_of": "2026-02-29"}, "as_of is '2026-02-29', and must be a day"),
        ({"prefix": "p", "period": {"from": "2026-01-01"}}, "unknown: period.from"),
        ({"prefix": "p", "period": {"start": "2026-02-01", "end": "2026-01-01"}}, "after period.end"),
        ({"prefix": "p", "fail_on": "severe"}, "fail_on is 'severe', and must be one of critical"),
        ({"prefix": "p", "threads": 0}, "threads is 0, and must be 1 or more"),
        ({"prefix": "p", "memory_mib": "1024"}, "memory_mib is '1024', and must be int"),
        ({"prefix": "p", "alerts": {"verdicts": []}}, "alerts.verdicts is"),
        ({"prefix": "p", "alerts": {"statuses": ["any"]}}, r"alerts.statuses is \['any'\]"),
        ({"prefix": "p", "alerts": {"again_after_hours": {"hi": 1}}}, "unknown: alerts.again_after_hours.hi"),
        ({"prefix": "p", "alerts": {"again_after_hours": {"high": 0}}}, "alerts.again_after_hours.high is 0"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], error: str) -> None:
    with pytest.raises(PackError, match=error):
        read(given)


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"prefix": "p", "aws": {"region": "ap-northeast-1"}}))
    assert load(path) == (Settings("p"), {"region": "ap-northeast-1"})
    path.write_text(json.dumps({"prefix": 1}))
    with pytest.raises(PackError, match=f"{path}: prefix is 1"):
        load(path)
    path.write_text("{")
    with pytest.raises(PackError, match=f"{path}: cannot be read"):
        load(path)
    with pytest.raises(PackError, match="cannot be read"):
        load(tmp_path / "none.json")
