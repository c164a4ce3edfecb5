"""Reports from end to end: made, uploaded, registered, told of, and filed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.artefact import ArtefactError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.opening import Busy, NotYetThere
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import command, task
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.command import (
    REPORT_LOCK,
    Made,
    Wanted,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.register import Filing
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.run import RUN_LOCK
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from tests.compliance.operation.conftest import BUCKET, Engine
from tests.unit.compliance import packs as small

REPORT = yaml.safe_load(
    """
id: june
title: {en: Overtime of the year, ja: 年間時間外労働}
basis: {en: Act 1, ja: 法第1条}
authority: {en: Minister, ja: 大臣}
channel: {en: Post, ja: 郵送}
confidence: high
trigger: calendar
period: {status_day: [11, 1]}
due: {days: 30, next_working_day: false}
who: SELECT e.employer_id FROM employers e
forms: [{from: 2020-04-01, number: {en: Form 1, ja: 様式第1号}, formats: [csv, xlsx]}]
sections:
  - id: months
    title: {en: Months, ja: 月}
    layout: table
    least_rows: 4
    query: SELECT m.employer_id, m.month, COALESCE(m.overtime_min, 0) AS overtime_min FROM months m
    fields:
      - {id: month, type: date, required: true, title: {en: Month, ja: 月}}
      - {id: overtime_min, type: integer, required: true, total: true, max: 9000, title: {en: Minutes, ja: 分}}
"""
)
Make = Callable[..., Made]


@pytest.fixture
def make(engine: Engine, tmp_path: Path) -> Make:
    """Makes the reports of a pack with one; the records need no table of filings then."""
    root = small.write(tmp_path / "reporting", {**small.files(), "reports/june.yml": REPORT})
    header = root / "pack.yml"
    header.write_text(header.read_text().replace("1.0.0", "1.1.0"))
    engine.register(root)

    def run(check: bool = False, **wanted: Any) -> Made:
        clients = Clients(engine.account.connection)
        return command.run(clients, engine.settings, Wanted(**wanted), check=check, clock=lambda: engine.now)

    return run


def rows(engine: Engine) -> list[dict[str, Any]]:
    return engine.sql("SELECT * FROM compliance.reports ORDER BY due_on")


def test_a_report_is_made_uploaded_and_registered(engine: Engine, make: Make) -> None:
    made = make()
    (row,) = rows(engine)
    assert made.uploaded == made.changed == [row["id"]]
    assert (row["state"], row["due_on"], row["form_version"]) == ("built", date(2026, 12, 1), "Form 1")
    assert row["changed_by"].startswith("arn:aws:")
    objects = row["artefact_keys"]["objects"]
    assert sorted(objects) == ["csv", "json", "xlsx"]
    for each in objects.values():
        answer = engine.account.client("s3").get_object(Bucket=BUCKET, Key=each["key"], VersionId=each["version_id"])
        assert hashlib.sha256(answer["Body"].read()).hexdigest() == each["sha256"]
    assert objects["json"]["sha256"] == row["sha256"]


def test_the_same_again_changes_nothing(engine: Engine, make: Make) -> None:
    make()
    before, objects = rows(engine), engine.objects("compliance/reports/")
    engine.now += timedelta(hours=5)
    again = make()
    assert (again.changed, again.uploaded, again.messages) == ([], [], 0)
    assert (rows(engine), engine.objects("compliance/reports/")) == (before, objects)


def test_other_records_make_it_anew_and_keep_the_old_files(engine: Engine, make: Make) -> None:
    make()
    engine.work("W4", 61)
    assert len(make().uploaded) == 1
    assert len(engine.objects("compliance/reports/")) == 6


def test_check_mode_writes_nothing(engine: Engine, make: Make) -> None:
    made = make(check=True)
    assert len(made.uploaded) == len(made.changed) == 1
    assert (rows(engine), engine.objects("compliance/reports/")) == ([], [])
    answer = task.result(made)
    assert answer["changed"]
    assert answer["diff"]["before"] == ""
    assert answer["diff"]["after"].endswith("due 2026-12-01, " + made.after[made.changed[0]].sha256[:12] + "\n")  # type: ignore[index]


def test_a_report_that_is_not_valid_stays_due_and_is_told_of(engine: Engine, make: Make) -> None:
    engine.recipient("boss")
    inbox = engine.listen()
    engine.sql("DELETE FROM employment.months WHERE worker_id = 'W4'")
    engine.now += timedelta(days=2)
    made = make()
    (row,) = rows(engine)
    assert (row["state"], row["sha256"], made.uploaded) == ("due", None, [])
    (problem,) = row["artefact_keys"]["problems"]
    assert (problem["id"], problem["params"]["rows"]) == ("compliance_reports.too_few_rows", 3)
    (message,) = engine.received(inbox)
    assert (message["kind"], message["severity"], message["rule"]) == ("report_invalid", "high", "june")
    assert make().messages == 0
    engine.now += timedelta(days=15)
    make()
    (message,) = engine.received(inbox)
    assert (message["kind"], message["severity"]) == ("report_overdue", "critical")
    assert rows(engine)[0]["state"] == "overdue"
    assert not make().changed
    engine.now += timedelta(days=1)
    make()
    assert rows(engine)[0]["artefact_keys"]["as_of"] == engine.now.date().isoformat()


def test_a_filed_report_is_left_alone(engine: Engine, make: Make) -> None:
    (name,) = make().changed
    make(filings=(Filing(name, date(2026, 11, 20), "R-1"),))
    (row,) = rows(engine)
    assert (row["state"], row["filed_on"], row["receipt_number"]) == ("filed", date(2026, 11, 20), "R-1")
    engine.work("W4", 61)
    engine.now += timedelta(days=30)
    assert make().changed == []


def test_options_are_refused_before_anything_is_read(engine: Engine) -> None:
    params = {
        "prefix": "iworkz-sandbox",
        "reports": [],
        "employers": [],
        "days_ahead": -1,
        "days_behind": 0,
        "filed": [{"report": "x", "filed_on": "30 April", "receipt_number": ""}],
    }
    with pytest.raises(InvalidInput, match=r"days_ahead is -1.*filed_on is '30 April'"):
        task.run(params, check_mode=False)


def test_a_pack_that_was_changed_is_refused(engine: Engine, make: Make) -> None:
    make()
    engine.sql("UPDATE compliance.packs SET hash = repeat('0', 64) WHERE active")
    with pytest.raises(ArtefactError):
        make()


def test_only_one_makes_reports(engine: Engine, make: Make) -> None:
    with psycopg.connect(engine.conninfo, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (REPORT_LOCK,))
        with pytest.raises(Busy, match="another run of reports"):
            make()
        assert len(make(check=True).uploaded) == 1
    assert len(make().uploaded) == 1


def test_an_evaluation_hinders_no_reports(engine: Engine, make: Make) -> None:
    with psycopg.connect(engine.conninfo, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (RUN_LOCK,))
        assert len(make().uploaded) == 1


def test_an_empty_account_has_nothing_to_report(engine: Engine, make: Make) -> None:
    engine.sql("UPDATE compliance.packs SET active = false")
    with pytest.raises(NotYetThere, match="no active pack"):
        make()
    engine.settings = replace(engine.settings, instance="elsewhere")
    with pytest.raises(NotYetThere, match="no DB instance"):
        make()


def test_the_result_names_nobody(engine: Engine, make: Make) -> None:
    assert "W1" not in json.dumps(task.result(make()))
