from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ChecklistError
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import (
    RequirementError,
    load_requirements,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence import verify_task
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import locked
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.options import VERIFY_SPEC, validated
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.refusal import Refused
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.verify_task import verify
from tests.unit.evidence.support import ATTESTED, NOW, FakeS3, Signer, draft

ACCOUNT = "123456789012"


class FakeClients:
    """Counts its calls like the real one; any service but S3 and STS is the account's state."""

    def __init__(self, account: str = ACCOUNT, **services: Any) -> None:
        self.calls: Counter[str] = Counter()
        self.account, self.services = account, services

    def caller(self) -> dict[str, str]:
        self.calls["sts:GetCallerIdentity"] += 1
        if self.account == "expired":
            raise ClientError({"Error": {"Code": "ExpiredToken"}}, "GetCallerIdentity")
        return {"account": self.account, "arn": f"arn:aws:iam::{self.account}:user/operator"}

    def client(self, service: str, region: str | None = None) -> Any:
        self.calls[f"{service}:{region}"] += 1
        return self.services[service]


def backups(world: World, required: dict[str, Any]) -> Finding:
    days = world.client("rds")
    low = () if days >= required["days"] else (Breach("core.untold", {"id": "backup", "values": str(days)}),)
    return Finding({"days": days}, low)


def broken(world: World, required: dict[str, Any]) -> Finding:
    raise OSError("no route to host")


@pytest.fixture(autouse=True)
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "requirements"
    directory.mkdir()
    (directory / "rds.yml").write_text('"1.1.1.1": {shelf_life_hours: 12, days: {min: 14}}')
    monkeypatch.setattr(verify_task, "load_requirements", lambda: load_requirements(directory))
    monkeypatch.setattr(verify_task, "load_checks", lambda: {"1.1.1.1": backups, "1.1.1.2": broken})


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    attestations = tmp_path / "attestations"
    attestations.mkdir()
    platform = {
        "name": "iworkz",
        "environment": "sandbox",
        "account_id": ACCOUNT,
        "region": "ap-northeast-1",
        "recovery_region": "ap-northeast-3",
        "tags": {"Platform": "iworkz"},
    }
    given = {"platform": platform, "evidence_dir": str(tmp_path / "evidence"), "revision": "abc"}
    return validated({**given, "attestations_dir": str(attestations)}, VERIFY_SPEC)[0]


def run(options: dict[str, Any], rds: int = 14, now: datetime = NOW, check_mode: bool = False, **services: Any) -> dict:
    return verify(options, FakeClients(rds=rds, **services), now, check_mode)


def store(options: dict[str, Any]) -> Store:
    return Store(Path(options["evidence_dir"]))


def test_what_is_judged_is_recorded_with_who_where_and_when(options) -> None:
    result = run({**options, "endpoint_url": "http://127.0.0.1:5000"})
    assert result["verdicts"] == {"1.1.1.1": "pass", "1.1.1.2": "unknown"}
    assert (result["changed"], result["recorded"], result["failed_items"]) == (False, 2, ["1.1.1.2"])
    assert result["summary"]["pass"] == result["summary"]["unknown"] == 1
    assert len(result["unchecked_items"]) == 121
    assert result["findings"][0]["message"] == "The state could not be read: OSError: no route to host"
    assert result["api_calls"] == {"sts:GetCallerIdentity": 1, "rds:ap-northeast-1": 1}
    record = store(options).latest()["1.1.1.1"]
    expected = {
        "verdict": "pass",
        "required": {"days": 14},
        "observed": {"days": 14},
        "account": ACCOUNT,
        "caller": f"arn:aws:iam::{ACCOUNT}:user/operator",
        "endpoint": "http://127.0.0.1:5000",
        "environment": "sandbox",
        "region": "ap-northeast-1",
        "revision": "abc",
        "checked_at": NOW.isoformat(),
        "expires_at": (NOW + timedelta(hours=12)).isoformat(),
    }
    assert {key: record[key] for key in expected} == expected
    assert store(options).audit() == []


def test_check_mode_judges_and_writes_nothing(options) -> None:
    result = run(options, check_mode=True, rds=7)
    assert (result["verdicts"]["1.1.1.1"], result["recorded"]) == ("fail", 0)
    assert not Path(options["evidence_dir"]).exists()


def test_selected_items_only_and_in_japanese(options) -> None:
    result = run({**options, "items": ["1.1.1"], "language": "ja"})
    assert sorted(result["verdicts"]) == ["1.1.1.1", "1.1.1.2"]
    assert result["unchecked_items"] == ["1.1.1.3", "1.1.1.4", "1.1.1.5"]
    assert result["findings"][0]["message"].startswith("状態を読み取れませんでした")


def test_fail_on_fails_the_task_after_recording(options) -> None:
    result = run({**options, "fail_on": ["unknown"]})
    assert (result["failed"], result["recorded"]) == (True, 2)
    assert "1.1.1.2" in result["msg"]
    assert "failed" not in run({**options, "fail_on": ["fail"]})


def test_a_looser_requirement_fails(options) -> None:
    result = run({**options, "requirements": {"1.1.1.1": {"days": 7}}}, rds=30)
    assert (result["verdicts"]["1.1.1.1"], result["findings"][0]["id"]) == ("fail", "core.requirement_looser")


def test_a_message_the_catalogue_lacks_loses_no_evidence(options, monkeypatch: pytest.MonkeyPatch) -> None:
    untold = Finding({}, (Breach("rds.unheard_of", {"db": "x"}),))
    monkeypatch.setattr(verify_task, "load_checks", lambda: {"1.1.1.1": lambda _world, _required: untold})
    result = run(options)
    assert result["findings"][0]["message"] == "rds.unheard_of (db=x)"
    assert store(options).latest()["1.1.1.1"]["breaches"] == [{"id": "rds.unheard_of", "params": {"db": "x"}}]


def test_statements_join_in_and_are_named_in_the_evidence(options) -> None:
    signer = Signer(Path(options["attestations_dir"]))
    signer.sign(signer.document(), "a.yml")
    signer.sign(signer.waiver(), "w.yml")
    signer.write({}, "z.yml")
    result = run(options, rds=7)
    assert result["verdicts"] == {"1.1.1.1": "attested", "1.1.1.2": "unknown", ATTESTED.id: "attested"}
    assert len(result["attestation_problems"]) == 1
    assert "z.yml" in result["attestation_problems"][0]
    waived = store(options).latest()["1.1.1.1"]
    assert (waived["attestation"]["kind"], waived["breaches"][0]["id"]) == ("waiver", "core.untold")

    expired = run(options, rds=7, now=NOW + timedelta(days=90))
    assert expired["verdicts"] == {"1.1.1.1": "expired", "1.1.1.2": "unknown", ATTESTED.id: "expired"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"items": ["1.1.1.9"]}, ChecklistError),
        ({"requirements": {"1.1.1.1": {"dais": 20}}}, RequirementError),
        ({"requirements": {"1.1.1": {"days": 20}}}, RequirementError),
    ],
)
def test_input_that_cannot_be_understood_stops_before_the_first_read(options, changes, error) -> None:
    clients = FakeClients(rds=14)
    with pytest.raises(error, match="did you mean"):
        verify({**options, **changes}, clients, NOW, False)
    assert not clients.calls


@pytest.mark.parametrize(
    ("account", "message"), [("999999999999", "core.account_mismatch"), ("expired", "core.caller_unreadable")]
)
def test_the_wrong_account_is_refused_before_anything_is_read(options, account, message) -> None:
    clients = FakeClients(account, rds=14)
    with pytest.raises(Refused, match=message) as refused:
        verify(options, clients, NOW, False)
    assert dict(clients.calls) == {"sts:GetCallerIdentity": 1}
    assert refused.value.told("en") != refused.value.told("ja")


def test_copies_go_to_the_bucket_and_what_is_only_local_is_named(options) -> None:
    given = {**options, "bucket": "b"}
    assert len(run(given, s3=FakeS3())["published"]) == 2
    with pytest.raises(Refused) as refused:
        run(given, s3=FakeS3(broken=("evidence/sandbox/1.1.1.1/000002.json",)))
    assert list(refused.value.result["only_local"]) == ["1.1.1.1/000002"]
    assert refused.value.result["recorded"] == 2
    assert "1.1.1.1/000002" in refused.value.told("ja")


def test_a_store_that_is_locked_or_damaged_is_refused_with_the_verdicts(options, monkeypatch) -> None:
    run(options)
    monkeypatch.setattr(verify_task, "Store", partial(Store, lock_seconds=0))
    with locked(store(options).directory / ".lock", 0), pytest.raises(Refused, match="store_locked") as refused:
        run(options)
    assert refused.value.result["verdicts"]["1.1.1.1"] == "pass"
    (store(options).directory / "ledger.head").unlink()
    with pytest.raises(Refused, match="ledger_head_missing"):
        run(options)


def test_records_of_an_interrupted_run_are_named(options) -> None:
    def killed(_path: Path) -> None:
        raise KeyboardInterrupt

    run(options)
    drafts = [draft("1.1.1.1")]
    with pytest.raises(KeyboardInterrupt):
        store(options).append(drafts, killed)
    assert run(options)["recovered"] == ["1.1.1.1/000002"]
