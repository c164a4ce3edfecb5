from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.errors import AnsibleActionFail, AnsibleError

from ansible_collections.iworkz.platform.plugins.action.readiness_report import ARGUMENT_SPEC, ActionModule
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from ansible_collections.iworkz.platform.plugins.module_utils._report.publish import FILES, publish, published
from ansible_collections.iworkz.platform.plugins.module_utils._report.schema import SchemaError
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say
from ansible_collections.iworkz.platform.plugins.modules import readiness_report
from ansible_collections.iworkz.platform.tests.unit.report.samples import ACCOUNT, NOW, checklist_dir, draft


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """Options of the action for a store with one fresh record."""
    Store(tmp_path / "evidence").append([draft("1.1.1.1", "pass", NOW, hours=24 * 365 * 100)])
    return {
        "evidence_dir": str(tmp_path / "evidence"),
        "report_dir": str(tmp_path / "report"),
        "checklist_dir": str(checklist_dir(tmp_path)),
        "environment": "sandbox",
        "account_id": ACCOUNT,
        "region": "ap-northeast-1",
        "revision": "3f9c2ab",
    }


def act(options: dict[str, Any], check_mode: bool = False, diff: bool = True) -> dict[str, Any]:
    task = MagicMock(args=options, check_mode=check_mode, diff=diff, async_val=0)
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="unused"))
    return ActionModule(task, connection, MagicMock(), MagicMock(), MagicMock(), MagicMock()).run(task_vars={})


def verify_again(place: dict[str, str], verdict: Any, **observed: Any) -> None:
    at = NOW + timedelta(hours=1)
    Store(Path(place["evidence_dir"])).append([draft("1.1.1.1", verdict, at, observed=observed, hours=24 * 365 * 100)])


def test_all_forms_are_written_and_the_result_names_them(place: dict[str, str]) -> None:
    result = act(place)
    assert result["changed"] is True
    assert (result["decision"], result["rehearsal"]) == ("NO-GO", True)
    assert (result["summary"]["pass"], result["summary"]["unknown"]) == (1, 122)
    assert {form: Path(path).name for form, path in result["files"].items()} == FILES
    assert all(Path(path).stat().st_size for path in result["files"].values())
    assert result["msg"].startswith("NO-GO (Sandbox): 1 pass, 0 attested, 0 fail")
    assert result["msg"].endswith(result["files"]["html"])
    assert not list(Path(place["report_dir"]).glob(".*"))


def test_the_summary_speaks_japanese(place: dict[str, str]) -> None:
    assert act({**place, "language": "ja"})["msg"].startswith("NO-GO（サンドボックス）：合格1、")


def test_a_second_report_of_the_same_state_is_no_change_but_fresh(place: dict[str, str]) -> None:
    first = act(place)
    written = json.loads(Path(first["files"]["json"]).read_bytes())
    verify_again(place, "pass", restorable_age_minutes=9)
    second = act(place)
    assert second["changed"] is False
    assert "diff" not in second
    refreshed = json.loads(Path(second["files"]["json"]).read_bytes())
    assert refreshed["items"][0]["evidence"]["previous"] == written["items"][0]["evidence"]["sha256"]
    assert refreshed["items"][0]["observed"] == {"restorable_age_minutes": 9}


def test_another_verdict_is_a_change_and_the_diff_shows_it(place: dict[str, str]) -> None:
    act(place)
    verify_again(place, "fail")
    result = act(place)
    assert result["changed"] is True
    before, after = (result["diff"][side].splitlines() for side in ("before", "after"))
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [(old.split(":")[0], new.split(":")[0]) for old, new in changed] == [("1.1.1.1 pass", "1.1.1.1 fail")]


def test_check_mode_predicts_and_writes_nothing(place: dict[str, str]) -> None:
    assert act(place, check_mode=True)["changed"] is True
    assert not Path(place["report_dir"]).exists()
    act(place)
    assert act(place, check_mode=True)["changed"] is False


@pytest.mark.parametrize("damage", ["missing", "cut", "list", "older schema"])
def test_a_damaged_report_is_made_anew(place: dict[str, str], damage: str) -> None:
    file = Path(act(place)["files"]["json"])
    content = {"cut": file.read_bytes()[:100], "list": b"[]", "older schema": b'{"schema": 0}'}
    file.unlink() if damage == "missing" else file.write_bytes(content[damage])
    assert published(file.parent) is None
    assert act(place)["changed"] is True
    assert published(file.parent) is not None


def test_a_report_against_its_schema_leaves_the_old_one_standing(
    report: dict[str, Any], say: Say, tmp_path: Path
) -> None:
    publish(report, tmp_path, say, "en")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(SchemaError, match="decision"):
        publish({**report, "decision": "MAYBE"}, tmp_path, say, "en")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"environment": "prod"}, "value of environment must be one of: sandbox, staging, production, got: prod"),
        ({"language": "de"}, "value of language must be one of: en, ja"),
        ({"enviroment": "sandbox"}, "enviroment. Supported parameters include: account_id"),
        ({"checklist_dir": "/nowhere"}, "the readiness report could not be made: /nowhere/items.yml"),
        ({"report_dir": "/dev/null/report"}, "the readiness report could not be made: .*/dev/null"),
    ],
)
def test_bad_options_are_named(place: dict[str, str], change: dict[str, str], message: str) -> None:
    with pytest.raises(AnsibleError, match=message):
        act({**place, **change})


def test_a_missing_option_is_named(place: dict[str, str]) -> None:
    del place["revision"]
    with pytest.raises(AnsibleError, match="missing required arguments: revision"):
        act(place)


def test_a_broken_message_catalogue_stops_the_report(place: dict[str, str]) -> None:
    (Path(place["checklist_dir"]) / "messages" / "sample.yml").write_text(
        "sample.x: {en: {message: x}}", encoding="utf-8"
    )
    with pytest.raises(AnsibleActionFail, match=r"sample\.x"):
        act(place)


def test_the_module_refuses_to_run_on_a_host_and_has_the_same_options(monkeypatch: pytest.MonkeyPatch) -> None:
    module = MagicMock()
    monkeypatch.setattr(readiness_report, "AnsibleModule", module)
    readiness_report.main()
    assert "action on the controller" in module.return_value.fail_json.call_args.kwargs["msg"]
    declared = dict(module.call_args.kwargs["argument_spec"])
    expected = {name: dict(spec) for name, spec in ARGUMENT_SPEC.items()}
    del expected["checklist_dir"]["default"]
    assert declared == expected
