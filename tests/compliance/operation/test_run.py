"""A run from end to end: what it records, and that nothing is lost or done twice."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import alerts, merge, recording
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import run as runs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.artefact import ArtefactError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.opening import Busy, NotYetThere
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.run import RUN_LOCK
from tests.compliance.operation.conftest import BUCKET, JUNE, KEY, TODAY, Engine
from tests.unit.compliance import packs as small


def test_a_run_records_what_it_found(engine: Engine) -> None:
    ran = engine.run()
    assert (ran.changed, ran.recorded, ran.current, ran.complete) == (True, True, True, True)
    found = engine.findings()
    assert {worker: row["verdict"] for worker, row in found.items()} == {
        "W1": "violation",
        "W2": "warning",
        "W3": "unknown",
    }
    assert sorted(ran.merged.new) == sorted(row["reference"] for row in found.values())
    assert {row["article"] for row in found.values()} == {"1"}
    (row,) = engine.sql("SELECT * FROM compliance.evaluations")
    assert (row["id"], row["as_of"], row["complete"]) == (ran.evaluated.id, TODAY, True)
    assert row["counts"] == {"CAP": {"ok": 1, "warning": 1, "violation": 1, "unknown": 1, "problem": None}}
    assert row["coverage"]["months"] == {"delivered": True, "source": 4, "rows": 4, "judged": 4}
    assert engine.sql("SELECT evaluated_by FROM compliance.evaluations")[0]["evaluated_by"].startswith("arn:aws:")


def test_artefacts_are_in_the_bucket_and_say_the_same(engine: Engine) -> None:
    ran = engine.run()
    prefix = f"compliance/evaluations/2026-11-20/{ran.evaluated.id}/"
    assert engine.objects() == [f"{prefix}{name}" for name in ("evaluation.json", "findings.jsonl.gz", "manifest.json")]
    body = engine.account.client("s3").get_object(Bucket=BUCKET, Key=f"{prefix}findings.jsonl.gz")["Body"].read()
    lines = [json.loads(line) for line in gzip.decompress(body).splitlines()]
    assert {line["reference"] for line in lines} == {row["reference"] for row in engine.findings().values()}


def test_the_same_again_changes_nothing(engine: Engine) -> None:
    first = engine.run()
    before = engine.sql("SELECT * FROM compliance.findings ORDER BY reference")
    engine.now += timedelta(hours=2)
    again = engine.run()
    assert not again.changed
    assert again.evaluated.id == first.evaluated.id
    assert engine.sql("SELECT * FROM compliance.findings ORDER BY reference") == before
    assert len(engine.sql("SELECT 1 FROM compliance.evaluations")) == 1


def test_findings_go_and_come_back(engine: Engine) -> None:
    engine.run()
    first = engine.findings()["W1"]
    engine.now += timedelta(days=1)
    engine.work("W1", 60)
    ran = engine.run()
    assert (ran.merged.new, ran.merged.reopened, ran.merged.resolved) == ([], [], [first["reference"]])
    assert engine.findings()["W1"]["resolved_at"] == engine.now
    engine.now += timedelta(days=1)
    engine.work("W1", 6000)
    ran = engine.run()
    assert (ran.merged.new, ran.merged.reopened, ran.merged.resolved) == ([], [first["reference"]], [])
    row = engine.findings()["W1"]
    assert (row["resolved_at"], row["first_seen_at"], row["first_evaluation"]) == (None, engine.now, ran.evaluated.id)
    assert engine.findings()["W2"]["first_seen_at"] == first["first_seen_at"]


def test_records_that_are_as_they_were_before_are_recorded_again(engine: Engine) -> None:
    first = engine.run()
    for minutes in (60, 5430):
        engine.now += timedelta(hours=1)
        engine.work("W1", minutes)
        ran = engine.run()
    assert (ran.evaluated.id, ran.changed) == (first.evaluated.id, True)
    assert engine.findings()["W1"]["resolved_at"] is None


def test_check_mode_says_what_would_be_and_writes_nothing(engine: Engine) -> None:
    engine.run()
    engine.work("W1", 60)
    engine.work("W5", 6000)
    before = engine.sql("SELECT * FROM compliance.findings ORDER BY reference")
    mutations = engine.account.mutations()
    objects = engine.objects()
    ran = engine.run(check=True)
    assert ran.changed
    assert (len(ran.merged.new), ran.merged.resolved) == (1, [engine.findings()["W1"]["reference"]])
    assert engine.sql("SELECT * FROM compliance.findings ORDER BY reference") == before
    assert (engine.account.mutations(), engine.objects()) == (mutations, objects)
    assert len(engine.sql("SELECT 1 FROM compliance.evaluations")) == 1


@pytest.mark.parametrize("asked", [{"law_date": date(2023, 6, 1)}, {"as_of": date(2027, 4, 1)}])
def test_what_would_be_is_answered_and_not_recorded(engine: Engine, asked: dict[str, Any]) -> None:
    engine.run()
    ran = engine.run(**asked)
    assert (ran.recorded, ran.changed) == (False, False)
    # 90.5 hours were below the 100 of 2023, though close.
    assert ran.evaluated.found["cases"]["violation"] == (0 if "law_date" in asked else 1)
    assert len(engine.sql("SELECT 1 FROM compliance.evaluations")) == 1


def test_an_earlier_day_joins_the_records_only(engine: Engine) -> None:
    engine.run()
    engine.work("W1", 60)
    ran = engine.run(as_of=TODAY - timedelta(days=3))
    assert (ran.recorded, ran.current, ran.changed) == (True, False, True)
    assert engine.findings()["W1"]["resolved_at"] is None
    assert len(engine.sql("SELECT 1 FROM compliance.evaluations")) == 2
    assert not engine.run(as_of=TODAY - timedelta(days=3)).changed


def test_what_a_period_leaves_out_is_not_gone(engine: Engine) -> None:
    engine.work("W1", 6000, date(2026, 8, 1))
    engine.run()
    engine.work("W1", 60, date(2026, 8, 1))
    engine.work("W2", 60)
    ran = engine.run(period=(date(2026, 8, 1), None))
    rows = {(r["key"]["worker_id"], r["key"]["month"]): r for r in engine.sql("SELECT * FROM compliance.findings")}
    assert rows["W1", "2026-08-01"]["resolved_at"] is not None
    assert rows["W2", "2026-06-01"]["resolved_at"] is None
    assert len(ran.merged.resolved) == 1


def test_a_rule_that_could_not_be_judged_resolves_nothing(engine: Engine) -> None:
    engine.run()
    engine.sql("DROP TABLE employment.employers")
    engine.now += timedelta(days=1)
    ran = engine.run()
    assert not ran.complete
    assert "employers" in ran.evaluated.problems["CAP"]
    assert engine.findings()["W1"]["resolved_at"] is None
    assert ran.evaluated.coverage()["months"]["judged"] == 0
    assert [row["complete"] for row in engine.sql("SELECT complete FROM compliance.evaluations ORDER BY as_of")] == [
        True,
        False,
    ]


def test_what_is_wrong_with_the_records_is_a_finding_until_it_is_mended(engine: Engine) -> None:
    engine.sql("INSERT INTO employment.months VALUES ('W9', 'E404', %s, 0, 'general')", JUNE)
    engine.run()
    (row,) = engine.sql("SELECT * FROM compliance.findings WHERE rule = 'DATA-REFERENCE'")
    assert (row["verdict"], row["article"], row["resolved_at"]) == ("unknown", "", None)
    engine.sql("DELETE FROM employment.months WHERE worker_id = 'W9'")
    assert engine.run().merged.resolved == [row["reference"]]


def test_rows_of_one_case_are_one_finding_with_the_worst_verdict(
    engine: Engine, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "BATCH", 2)
    documents = small.files()
    rule = documents["rules/CAP.yml"]
    rule["key"] = ["month"]
    engine.register(small.write(tmp_path / "by-month", documents))
    engine.run()
    (row,) = engine.sql("SELECT * FROM compliance.findings")
    assert row["verdict"] == "violation"


def test_a_rule_that_left_the_pack_leaves_no_findings(engine: Engine, tmp_path: Any) -> None:
    engine.run()
    documents = small.files()
    documents["rules/OTHER.yml"] = {**documents.pop("rules/CAP.yml"), "id": "OTHER"}
    engine.register(small.write(tmp_path / "other", documents))
    ran = engine.run()
    assert (len(ran.merged.new), len(ran.merged.resolved)) == (3, 3)


def test_overrides_are_those_of_the_day(engine: Engine) -> None:
    add = "INSERT INTO compliance.overrides (parameter, value, reason, set_at) VALUES ('CAP.below', '70', 'agreed', %s)"
    engine.sql(add, engine.now - timedelta(days=2))
    assert engine.run(as_of=TODAY - timedelta(days=5)).evaluated.found["cases"]["violation"] == 1
    assert engine.run().evaluated.found["cases"]["violation"] == 2
    engine.sql("UPDATE compliance.overrides SET removed_at = %s", engine.now - timedelta(days=1))
    assert engine.run(check=True).evaluated.found["overrides"] == {}


def test_two_runs_at_once(engine: Engine) -> None:
    with psycopg.connect(engine.conninfo, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (RUN_LOCK,))
        with pytest.raises(Busy, match="another evaluation"):
            engine.run()
        assert engine.run(check=True).merged.new
    assert engine.run().changed


@pytest.mark.parametrize("where", [(recording, "_row"), (runs, "_tell")])
def test_an_interrupted_run_is_run_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, where: tuple[Any, str]
) -> None:
    engine.recipient("ops")
    url = engine.listen()

    def interrupt(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(*where, interrupt)
        with pytest.raises(KeyboardInterrupt):
            engine.run()
    assert engine.received(url) == []
    assert engine.run().told.cases["new"] == 1
    assert len(engine.objects()) == 3
    assert len(engine.received(url)) == 1


def test_a_pack_that_another_key_signed(engine: Engine) -> None:
    kms = engine.account.client("kms")
    other = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.delete_alias(AliasName=KEY)
    kms.create_alias(AliasName=KEY, TargetKeyId=other)
    with pytest.raises(ArtefactError, match="not trusted"):
        engine.run()
    assert engine.sql("SELECT 1 FROM compliance.evaluations") == []


def test_what_is_yet_to_be_made(engine: Engine) -> None:
    engine.sql("UPDATE compliance.packs SET active = false")
    with pytest.raises(NotYetThere, match="no active pack"):
        engine.run()
    with pytest.raises(NotYetThere, match="no DB instance"):
        engine.run(instance="elsewhere")
    with pytest.raises(NotYetThere, match="no secret"):
        engine.run(prefix="other", instance="iworkz-sandbox-postgres")


def test_metrics_say_what_the_registry_holds(engine: Engine) -> None:
    engine.run()
    found = engine.account.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {
                "Id": name.lower(),
                "MetricStat": {
                    "Metric": {
                        "Namespace": "iWORKZ/Compliance",
                        "MetricName": name,
                        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                    },
                    "Period": 60,
                    "Stat": "Maximum",
                },
            }
            for name, dimensions in (
                ("Violations", {"Rule": "CAP", "Severity": "high"}),
                ("Findings", {"Verdict": "warning"}),
                ("UnknownShare", {}),
                ("EvaluationAgeSeconds", {}),
            )
        ],
        StartTime=engine.now - timedelta(hours=1),
        EndTime=engine.now + timedelta(hours=1),
    )
    assert {each["Id"]: each["Values"] for each in found["MetricDataResults"]} == {
        "violations": [1],
        "findings": [1],
        "unknownshare": [0.25],
        "evaluationageseconds": [0],
    }


def test_violations_by_severity(engine: Engine) -> None:
    ran = engine.run()
    assert [ran.violations(least) for least in ("critical", "high", "info")] == [0, 1, 1]
    assert alerts.at_least("critical", "high")
