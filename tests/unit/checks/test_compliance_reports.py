from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._checks import compliance_reports as checks
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.register import Entry
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import sha256

NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
REQUIRED = {"built_days_ahead": 7, "files_days_behind": 90, "kinds": ["elderly_employment"]}
DESCRIBED = {"elderly_employment": True, "agreement36_monitoring": False}
CONTENT = b"{}"
OBJECTS = {"json": {"key": "k.json", "version_id": "1", "sha256": sha256(CONTENT)}}
BUILT = Entry(
    id="elderly_employment-1",
    kind="elderly_employment",
    employer_id="E1",
    establishment_id=None,
    period_start=date(2026, 6, 1),
    period_end=date(2026, 6, 1),
    due_on=date(2026, 11, 1),
    state="built",
    built_at=NOW,
    sha256=sha256(CONTENT),
    artefacts={"snapshot": "S1", "as_of": "2026-11-01", "problems": [], "objects": OBJECTS},
    form_version="Form 2",
    filed_on=None,
    receipt_number=None,
)
FILED = replace(BUILT, state="filed", filed_on=date(2026, 7, 1), receipt_number="R-1")


class World:
    """A registry and a bucket, as the check reads them."""

    platform = SimpleNamespace(prefix="iworkz-staging", account_id="123456789012", environment="staging")
    now = NOW

    def __init__(self, *entries: Entry, objects: dict[str, bytes] | None = None) -> None:
        self.entries = entries
        self.objects = {"k.json": CONTENT} if objects is None else objects
        self.evaluation: dict[str, Any] | None = {"id": "EV1", "snapshot_id": "S1", "as_of": date(2026, 11, 1)}
        self.exceptions = SimpleNamespace(NoSuchKey=ClientError, ClientError=ClientError)

    def once(self, fact: Any) -> Any:
        facts = {"registered": SimpleNamespace(evaluation=self.evaluation), "described": DESCRIBED}
        return facts[fact.__name__]

    def client(self, service: str) -> World:
        assert service == "s3"
        return self

    def get_object(self, *, Bucket: str, Key: str, VersionId: str) -> dict[str, Any]:
        assert (Bucket, VersionId) == ("iworkz-staging-evidence-123456789012", "1")
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": BytesIO(self.objects[Key])}

    def rows(self, _query: str) -> list[dict[str, Any]]:
        return [each.row for each in self.entries]


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def session(world: World) -> Iterator[World]:
        yield world

    monkeypatch.setattr(checks, "session", session)


def judge(world: World, **required: Any) -> Finding:
    return checks.reports_are_made(world, REQUIRED | required)  # type: ignore[arg-type]


def breaches(world: World, **required: Any) -> list[str]:
    return [each.id for each in judge(world, **required).breaches]


def test_reports_that_are_built_and_filed_are_right() -> None:
    found = judge(World(BUILT, replace(FILED, id="elderly_employment-2")))
    assert found.breaches == ()
    assert found.observed["states"] == {"built": 1, "filed": 1}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (replace(BUILT, due_on=date(2026, 10, 31)), "overdue"),
        (replace(BUILT, sha256=None, artefacts={}, due_on=date(2026, 11, 8)), "not_built"),
        (replace(BUILT, sha256=None, artefacts={"problems": [{"id": "x"}]}), "not_built"),
        (replace(BUILT, artefacts={**BUILT.artefacts, "as_of": "2026-10-31"}), "old_records"),
        (replace(BUILT, sha256="0" * 64), "object_differs"),
        (
            replace(BUILT, kind="agreement36_monitoring", sha256=None, artefacts={}, due_on=date(2026, 11, 8)),
            "not_built",
        ),
        (replace(FILED, sha256="0" * 64), "object_differs"),
    ],
)
def test_what_is_wrong_with_a_report_is_said(entry: Entry, expected: str) -> None:
    assert breaches(World(entry)) == [f"compliance_reports.{expected}"]


@pytest.mark.parametrize(
    "entry",
    [
        replace(BUILT, sha256=None, artefacts={}, due_on=date(2026, 11, 9)),
        replace(BUILT, kind="stress_check", sha256=None, artefacts={}),
        replace(FILED, artefacts={**BUILT.artefacts, "as_of": "2026-10-31"}),
        replace(
            BUILT,
            kind="agreement36_monitoring",
            due_on=date(2026, 1, 1),
            artefacts={**BUILT.artefacts, "as_of": "2026-10-31"},
        ),
        replace(BUILT, state="void", due_on=date(2026, 1, 1), sha256="0" * 64),
    ],
    ids=["due later", "made elsewhere", "filed before", "kept at the workplace", "no longer owed"],
)
def test_what_need_not_be_is_not_asked_for(entry: Entry) -> None:
    assert breaches(World(entry)) == []


@pytest.mark.parametrize("objects", [{}, {"k.json": b"other"}])
def test_files_must_be_as_registered(objects: dict[str, bytes]) -> None:
    assert breaches(World(BUILT, objects=objects)) == ["compliance_reports.object_differs"]


def test_files_of_old_filings_are_not_read() -> None:
    assert breaches(World(replace(FILED, due_on=date(2026, 8, 3)), objects={})) == ["compliance_reports.object_differs"]
    assert breaches(World(replace(FILED, due_on=date(2026, 8, 2)), objects={})) == []


def test_the_rehearsal_is_judged_on_its_own_last_day() -> None:
    world = World(BUILT)
    world.now = NOW + timedelta(days=30)
    assert breaches(world) == ["compliance_reports.overdue"]
    world.platform = SimpleNamespace(prefix="iworkz-staging", account_id="123456789012", environment="sandbox")
    assert breaches(world) == []


def test_what_is_kept_at_the_workplace_is_overdue_when_it_is_not_built() -> None:
    entry = replace(BUILT, kind="agreement36_monitoring", due_on=date(2026, 10, 31), sha256=None, artefacts={})
    assert breaches(World(entry)) == ["compliance_reports.overdue", "compliance_reports.not_built"]


def test_an_empty_register_is_wrong() -> None:
    assert breaches(World()) == ["compliance_reports.none"]


def test_without_an_evaluation_nothing_can_be_compared() -> None:
    world = World(BUILT)
    world.evaluation = None
    assert breaches(world) == ["compliance.no_evaluation"]


def test_the_pack_must_describe_the_reports() -> None:
    assert breaches(World(BUILT), kinds=["elderly_employment", "dispatch_business"]) == [
        "compliance_reports.kind_missing"
    ]


def test_an_error_of_the_service_is_no_verdict() -> None:
    world = World(BUILT)

    def refuse(**_options: str) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")

    world.get_object = refuse  # type: ignore[method-assign]
    with pytest.raises(ClientError):
        breaches(world)
