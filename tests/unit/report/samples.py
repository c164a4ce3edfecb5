"""A checklist with messages of its own, evidence of four runs, drills, a check run, and the report made of them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ROOT
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Verdict
from ansible_collections.iworkz.platform.plugins.module_utils._drill.results import save
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import Draft
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from ansible_collections.iworkz.platform.plugins.module_utils._report.compose import compose
from ansible_collections.iworkz.platform.plugins.module_utils._report.model import Context
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say
from ansible_collections.iworkz.platform.tests.unit.drill.results_samples import result

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ACCOUNT = "123456789012"
HOSTILE = "</script><img src=x onerror=\"window.pwned='yes'\">{{ 7 * 7 }}<!-- &amp;"

MESSAGES = """
sample.single_az:
  en:
    message: "{db} runs in one zone only"
    remedy: "Set multi_az: true for {db} in the platform's stores and apply 1.1.1."
  ja:
    message: "{db}が1つのゾーンだけで稼働しています"
    remedy: "プラットフォームのストア定義で{db}にmulti_az: trueを設定し、1.1.1を適用してください。"
sample.retention:
  en:
    message: "{db} keeps backups for {days} days, {floor} are required"
    remedy: "Raise backup_retention_period of {db} to {floor} or more."
  ja:
    message: "{db}のバックアップ保持期間は{days}日です（要件：{floor}日以上）"
    remedy: "{db}のbackup_retention_periodを{floor}以上にしてください。"
sample.no_advanced:
  en: {message: "Shield Advanced is not subscribed; Shield Standard protects the account", remedy: ""}
  ja: {message: "Shield Advancedは未契約です。Shield Standardで保護されています", remedy: ""}
"""

DATABASE = {
    "instances": {
        "iworkz-sandbox-postgres": {"multi_az": True, "retention_days": 35, "encrypted": True, "zones": ["1a", "1c"]},
        "iworkz-sandbox-reporting": {"multi_az": False, "retention_days": 7, "encrypted": True, "zones": ["1a"]},
    },
    "restorable_age_minutes": 4,
}
REQUIRED = {"backup_retention_days": 14, "restorable_age_minutes": 30}
PASSED = ("1.1.1.5", "1.1.2.1", "1.1.2.2", "1.1.2.3", "1.1.3.1", "1.2.1.3", "1.2.2.1", "1.2.2.2", "1.2.2.4", "2.1.3.1")
SHORT_LIVED = "1.1.1.2"


def checklist_dir(parent: Path) -> Path:
    """A copy of the collection's checklist with the messages of the sample findings, and no attestations."""
    directory = parent / "checklist"
    (directory / "messages").mkdir(parents=True)
    shutil.copy(ROOT / "checklist" / "items.yml", directory)
    for area in ("core.yml", "drift.yml", "report.yml"):
        shutil.copy(ROOT / "checklist" / "messages" / area, directory / "messages")
    (directory / "messages" / "sample.yml").write_text(MESSAGES, encoding="utf-8")
    return directory


def draft(
    item: str,
    verdict: Verdict,
    at: datetime,
    *breaches: Breach,
    observed: Mapping[str, Any] = {"alarms": 5},
    required: Mapping[str, Any] = REQUIRED,
    hours: int = 240,
) -> Draft:
    return Draft(
        item=item,
        verdict=verdict,
        required=required,
        observed=observed,
        breaches=breaches,
        environment="sandbox",
        account=ACCOUNT,
        region="ap-northeast-1",
        caller=f"arn:aws:sts::{ACCOUNT}:assumed-role/iworkz-verify/launch",
        revision="3f9c2ab",
        checked_at=at,
        expires_at=at + timedelta(hours=hours),
        endpoint="http://127.0.0.1:5000",
    )


def fill(directory: Path) -> Store:
    """Four runs: little passes, more passes, something breaks, and the run of today."""
    store = Store(directory)
    reporting = {"db": "iworkz-sandbox-reporting"}
    single = Breach("sample.single_az", reporting)
    short = Breach("sample.retention", reporting | {"days": 7, "floor": 14})
    for days, passed in ((3, 3), (2, 8), (1, 7), (0, len(PASSED))):
        at = NOW - timedelta(days=days, minutes=20)
        drafts = [draft(item, "pass", at) for item in PASSED[:passed]]
        drafts += [draft(item, "fail", at, single) for item in PASSED[passed : passed + 2]]
        drafts.append(draft("1.1.1.1", "fail", at, single, short, observed=DATABASE))
        store.append(drafts)
    at = NOW - timedelta(minutes=20)
    error = "ClientError: An error occurred (AccessDenied) when calling the DescribeAlarms operation"
    store.append(
        [
            draft("1.1.1.4", "unknown", at, Breach("core.unreadable", {"error": error}), observed={}),
            draft("1.2.2.3", "pass", at, observed={"note": HOSTILE, "list": [{"name": HOSTILE}, {"name": "x"}]}),
            draft("2.1.3.2", "fail", at, Breach("gone.message", {"what": HOSTILE})),
            draft("2.1.3.4", "not_applicable", at, Breach("sample.no_advanced", {})),
            draft("5.2.1.2", "pass", at, observed={"kpis": {"K2": "62 ms"}}),
            draft(SHORT_LIVED, "pass", NOW - timedelta(hours=30), hours=24),
        ]
    )
    return store


def drill(directory: Path) -> None:
    """Drills that passed, failed, were aborted and refused, and one of another account."""
    for days, rto, verdict in ((42, 2.6, "pass"), (28, 1.9, "pass"), (14, 3.4, "fail"), (1, 1.2, "pass")):
        save(result("database_az", ended=NOW - timedelta(days=days), rto=rto, verdict=verdict), directory)
    hostile = [{"id": "gone.message", "params": {"what": HOSTILE}}]
    ended = NOW - timedelta(hours=3)
    save(result("availability_zone", ended=ended, rto=38.0), directory)
    save(result("cache_node", ended=ended, rto=0.4, lost=3, verdict="fail", reasons=hostile), directory)
    save(result("queue_broker", ended=ended, verdict="aborted", variants=[], reasons=hostile), directory)
    save(result("database_region", ended=ended, verdict="refused", variants=[], reasons=hostile), directory)
    save(result("database_az", ended=NOW, verdict="fail", account="210987654321"), directory)


def checked(directory: Path, at: datetime = NOW - timedelta(hours=8)) -> None:
    """A check run that found drift of two items and of none, and did not get to its end."""
    tagged = {"resource": "repository x", "keys": "tags.Component", "role": "ecr", "task": "Registry"}
    missing = {"resource": HOSTILE, "role": "platform_base", "task": "Keys"}
    drifted = Breach("drift.updated_keys", tagged)
    run = {"complete": False}
    Store(directory).append(
        [
            draft("0", "fail", at, Breach("drift.created", missing), observed=run, hours=36),
            draft("1.1.1.1", "pass", at, hours=36),
            draft("1.2.2.1", "fail", at, drifted, hours=36),
            draft("1.2.2.2", "fail", at, drifted, hours=36),
            draft("1.3.1.1", "unknown", at, Breach("drift.unreached", {"role": "services"}), hours=36),
        ]
    )


def context(environment: str = "sandbox") -> Context:
    return Context(environment, ACCOUNT, "ap-northeast-1", "3f9c2ab", NOW)


def sample_report(parent: Path) -> tuple[dict[str, Any], Say]:
    fill(parent / "evidence")
    drill(parent / "drills")
    checked(parent / "drift")
    return compose(parent / "evidence", checklist_dir(parent), context(), parent / "drills", parent / "drift")
