from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.iworkz.platform.plugins.action import checklist_verify, readiness_gate
from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import load_checklist
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding
from ansible_collections.iworkz.platform.plugins.module_utils._evidence import verify_task
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.attestation import load_attestations
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from tests.unit.evidence.support import Signer, draft

ACCOUNT = "123456789012"
PLATFORM = {
    "name": "iworkz",
    "environment": "sandbox",
    "account_id": ACCOUNT,
    "region": "ap-northeast-1",
    "recovery_region": "ap-northeast-3",
    "tags": {},
}


def act(plugin: Any, arguments: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Run an action plugin as the worker does."""
    task = SimpleNamespace(args=arguments, check_mode=check_mode, async_val=0, action="x", diff=False)
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    action = plugin.ActionModule(task, connection, SimpleNamespace(), SimpleNamespace(), None, None)
    return action.run(task_vars={})


class FakeClients:
    def __init__(self, params: dict[str, Any]) -> None:
        self.params, self.calls = params, {}

    def caller(self) -> dict[str, str]:
        return {"account": ACCOUNT, "arn": f"{self.params['region']}/{self.params['secret_key']}"}

    def client(self, service: str, region: str | None = None) -> Any:
        raise AssertionError(service)


@pytest.fixture
def verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Options of a verify that works."""
    monkeypatch.setattr(checklist_verify, "Clients", FakeClients)
    monkeypatch.setattr(verify_task, "load_checks", lambda: {"1.1.1.1": lambda _world, _required: Finding({})})
    return {"platform": PLATFORM, "evidence_dir": str(tmp_path), "revision": "abc", "secret_key": "hush-hush"}


def test_verify_judges_and_records(verify: dict[str, Any], tmp_path: Path) -> None:
    result = act(checklist_verify, verify)
    assert (result["changed"], result["verdicts"], result["recorded"]) == (False, {"1.1.1.1": "pass"}, 1)
    assert Store(tmp_path).latest()["1.1.1.1"]["caller"].startswith("ap-northeast-1/")


def test_verify_in_check_mode_writes_nothing(verify: dict[str, Any], tmp_path: Path) -> None:
    assert act(checklist_verify, verify, check_mode=True)["recorded"] == 0
    assert list(tmp_path.iterdir()) == []


def test_verify_in_the_wrong_account_fails_in_the_language_asked_for(verify: dict[str, Any]) -> None:
    elsewhere = {**PLATFORM, "account_id": "999999999999"}
    result = act(checklist_verify, {**verify, "platform": elsewhere, "language": "ja"})
    assert result["failed"] is True
    assert "アカウント123456789012" in result["msg"]


def test_a_secret_never_comes_back(verify: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeClients, "caller", lambda self: {"account": self.params["secret_key"], "arn": "x"})
    result = act(checklist_verify, verify)
    assert result["failed"] is True
    assert "hush-hush" not in str(result)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"evidence_dri": "x"}, r"unknown option evidence_dri \(did you mean evidence_dir\?\)"),
        ({"platform": {**PLATFORM, "enviroment": "x"}}, r"platform\.enviroment \(did you mean environment\?\)"),
        ({"platform": {}}, "missing required arguments"),
        ({"fail_on": ["bad"]}, "fail_on"),
        ({"language": "fr"}, "language"),
        ({"items": ["1.1.1.9"]}, r"did you mean 1\.1\.1\.5\?"),
    ],
)
def test_verify_refuses_wrong_options(verify: dict[str, Any], changes: dict[str, Any], error: str) -> None:
    with pytest.raises(AnsibleActionFail, match=error):
        act(checklist_verify, {**verify, **changes})


def test_verify_names_a_missing_library(verify: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checklist_verify, "HAS_BOTO3", False)
    with pytest.raises(AnsibleActionFail, match="boto3"):
        act(checklist_verify, verify)


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with evidence of all items, made now, and the attestations it rests on."""
    directory = tmp_path_factory.mktemp("proven")
    now = datetime.now(UTC)
    items = load_checklist().items
    attestations = directory / "attestations"
    attestations.mkdir()
    signer = Signer(attestations)
    attested = [item.id for item in items if item.kind == "attested"]
    days = {"date": (now - timedelta(days=1)).date().isoformat(), "expires": (now + timedelta(9)).date().isoformat()}
    for item in attested:
        signer.sign(signer.document(item=item, **days), f"{item}.yml")
    valid = load_attestations(items, "sandbox", now, attestations).valid
    fresh = {"breaches": (), "checked_at": now, "expires_at": now + timedelta(hours=1)}
    passed = [draft(item.id, verdict="pass", **fresh) for item in items if item.id not in valid]
    signed = [draft(item, verdict="attested", attestation=valid[item].summary(), **fresh) for item in attested]
    Store(directory / "evidence").append([*passed, *signed])
    return directory


@pytest.fixture
def gate(proven: Path, tmp_path: Path) -> dict[str, Any]:
    """Options of a gate that says GO."""
    shutil.copytree(proven, tmp_path, dirs_exist_ok=True)
    return {
        "environment": "sandbox",
        "account_id": ACCOUNT,
        "evidence_dir": str(tmp_path / "evidence"),
        "attestations_dir": str(tmp_path / "attestations"),
    }


def test_gate_go_in_the_sandbox_is_called_a_rehearsal(gate: dict[str, Any]) -> None:
    result = act(readiness_gate, gate)
    assert (result["failed"], result["decision"], result["rehearsal"], result["reasons"]) == (False, "GO", True, [])
    assert result["summary"]["pass"] + result["summary"]["attested"] == 123
    assert result["msg"].startswith("Rehearsal GO")


def test_gate_names_a_changed_byte_in_both_languages(gate: dict[str, Any]) -> None:
    path = Store(Path(gate["evidence_dir"])).path("1.1.1.1", 1)
    path.write_bytes(path.read_bytes().replace(b'"fail"', b'"pass"').replace(b"14", b"15"))
    result = act(readiness_gate, {**gate, "language": "ja"})
    assert (result["failed"], result["decision"]) == (True, "NO-GO")
    assert [reason["id"] for reason in result["reasons"]] == ["core.record_changed", "core.gate_unchecked"]
    lines = result["msg"].splitlines()
    assert lines[0].startswith("NO-GO: sandbox（アカウント")
    assert lines[1].startswith("- 1.1.1.1: Evidence record 1 of 1.1.1.1 is not as it was written")
    assert lines[2].startswith("- 1.1.1.1: 1.1.1.1の証跡1が")


def test_gate_without_evidence_lists_every_item(tmp_path: Path) -> None:
    result = act(readiness_gate, {"environment": "production", "account_id": "1", "evidence_dir": str(tmp_path)})
    assert (len(result["reasons"]), result["summary"]["unknown"], result["rehearsal"]) == (123, 123, False)


def test_gate_tells_reasons_this_revision_does_not_know(gate: dict[str, Any]) -> None:
    old = draft("1.1.1.1", breaches=(Breach("gone.message", {"a": 1}),))
    Store(Path(gate["evidence_dir"])).append([old])
    result = act(readiness_gate, gate)
    assert result["reasons"][0]["message"]["en"] == "gone.message (a=1, item=1.1.1.1)"


def test_gate_refuses_wrong_options(gate: dict[str, Any]) -> None:
    with pytest.raises(AnsibleActionFail, match="did you mean account_id"):
        act(readiness_gate, {**gate, "accountid": "1"})
