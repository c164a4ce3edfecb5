"""The command of the CronJob, and the module: the same run, said to a machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import evaluate_task
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.command import main
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.run import RUN_LOCK
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError
from tests.compliance.operation.conftest import KEY, PREFIX, Engine

OPTIONS: dict[str, Any] = {"prefix": PREFIX, "read_primary": True, "as_of": "2026-11-20"}


@pytest.fixture
def config(engine: Engine, tmp_path: Path) -> Path:
    return write(tmp_path, engine)


def write(directory: Path, engine: Engine, **changes: Any) -> Path:
    path = directory / "config.json"
    path.write_text(json.dumps({**OPTIONS, "aws": engine.account.connection, **changes}))
    return path


def run(path: Path, *more: str) -> int:
    return main(["run", "--config", str(path), *more])


def test_done(engine: Engine, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "--check") == 0
    assert json.loads(capsys.readouterr().out)["new"] == 3
    assert run(config) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["changed"], said["new"], said["cases"]["violation"]) == (True, 3, 1)
    assert run(config) == 0
    assert json.loads(capsys.readouterr().out)["changed"] is False


def test_not_well(engine: Engine, tmp_path: Path) -> None:
    assert run(write(tmp_path, engine, fail_on="critical")) == 0
    assert run(write(tmp_path, engine, fail_on="high")) == 1
    engine.sql("DROP TABLE employment.employers")
    assert run(write(tmp_path, engine)) == 1


def test_wrong(engine: Engine, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine.sql("ALTER TABLE employment.months RENAME COLUMN sector TO sectr")
    assert run(config) == 2
    assert "unknown column sectr" in capsys.readouterr().err
    assert run(write(tmp_path, engine, rules=["NONE"])) == 2
    assert run(write(tmp_path, engine, colour="red")) == 2
    assert run(tmp_path / "none.json") == 2


def test_busy(engine: Engine, config: Path) -> None:
    with psycopg.connect(engine.conninfo, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (RUN_LOCK,))
        assert run(config) == 3


def test_unreachable(engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(write(tmp_path, engine, read_primary=False)) == 4
    assert "has no replica that is available" in capsys.readouterr().err
    engine.account.client("kms").delete_alias(AliasName=KEY)
    assert run(write(tmp_path, engine)) == 4
    nobody = {**engine.account.connection, "endpoint_url": "http://127.0.0.1:1", "aws_config": {"retries": {}}}
    assert run(write(tmp_path, engine, aws={**nobody, "aws_config": {"connect_timeout": 1}}, instance="x")) == 4


def module(engine: Engine, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    validated = ArgumentSpecValidator(evaluate_task.SPEC).validate({**OPTIONS, **options})
    assert not validated.error_messages
    return evaluate_task.run({**validated.validated_parameters, **engine.account.connection}, check_mode)


def test_the_module_names_findings_by_their_references_only(engine: Engine) -> None:
    said = module(engine, check_mode=True)
    assert said["changed"]
    found = module(engine)
    assert (found["evaluation"], found["new"]) == (said["evaluation"], said["new"])
    assert sorted(found["new"]) == sorted(row["reference"] for row in engine.findings().values())
    assert "W1" not in json.dumps(found)
    assert found["warnings"] == ["the registry has no recipients: nobody is told of anything"]
    assert not module(engine)["changed"]
    assert not module(engine, law_date="2023-06-01")["changed"]


def test_the_module_fails_after_all_is_recorded(engine: Engine) -> None:
    failed = module(engine, fail_on="high")
    assert (failed["failed"], failed["changed"]) == (True, True)
    assert "1 violations of binding rules are high" in failed["msg"]
    assert engine.findings()


def test_the_module_on_an_empty_account(engine: Engine) -> None:
    assert module(engine, check_mode=True, instance="elsewhere")["changed"]
    with pytest.raises(ReconcileError, match="apply the role rds"):
        module(engine, instance="elsewhere")
    with pytest.raises(InvalidInput, match="as_of is 'today'"):
        module(engine, as_of="today")
    with pytest.raises(ReconcileError, match="no such rule: NONE"):
        module(engine, rules=["NONE"])
