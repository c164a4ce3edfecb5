from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry import migrate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import Registry
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import archive, notices, register
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.command import Made, Wanted, make
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Report
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.register import Entry, Filing
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from tests.compliance.postgres import server
from tests.unit.compliance.reports import records

WANTED = Wanted(
    reports=("elderly_employment", "foreign_employment", "appi_breach", "stress_check", "agreement36"),
    employers=("E1",),
    ahead=timedelta(days=31),
    behind=timedelta(days=150),
)
NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
HIRE = "foreign_employment-2cf173e98db2d526"


class Bucket:
    """Keeps what is put there."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **_options: str) -> dict[str, str]:
        self.objects[Key] = Body
        return {"VersionId": str(len(self.objects))}


class Topic:
    """Takes messages."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def publish(self, **message: Any) -> dict[str, str]:
        self.messages.append(message)
        return {"MessageId": "1"}


@pytest.fixture(scope="module")
def snapshot(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return records.snapshot(tmp_path_factory.mktemp("taken") / "snapshot", pack)


@pytest.fixture(scope="module")
def made(pack: Pack, reports: dict[str, Report], snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Made:
    scratch = tmp_path_factory.mktemp("scratch")
    return make({}, pack, reports, snapshot, records.AS_OF, WANTED, scratch, {})[0]


def states(made: Made) -> dict[str, str]:
    events = {each.id: each.event for each in made.duties}
    return {f"{entry.kind} {events[name] or ''}".strip(): entry.state for name, entry in made.after.items()}


def test_what_the_records_say_becomes_the_register(made: Made) -> None:
    assert states(made) == {
        # Due on 15 July, and nothing says that it was filed.
        "elderly_employment": "overdue",
        "stress_check": "overdue",
        "foreign_employment hire": "overdue",
        "foreign_employment separation": "built",
        # The incident says when it was reported.
        "appi_breach preliminary": "filed",
        "appi_breach final": "built",
    }


def again(made: Made, pack: Pack, reports: dict[str, Report], snapshot: Snapshot, path: Path, **changes: Any) -> Made:
    wanted = replace(WANTED, **changes)
    return make(made.after, pack, reports, snapshot, records.AS_OF, wanted, path, {})[0]


def test_the_same_records_change_nothing(
    made: Made, pack: Pack, reports: dict[str, Report], snapshot: Snapshot, tmp_path: Path
) -> None:
    assert made.changed == sorted(made.after)
    assert again(made, pack, reports, snapshot, tmp_path).changed == []


def test_a_filing_is_registered_once(
    made: Made, pack: Pack, reports: dict[str, Report], snapshot: Snapshot, tmp_path: Path
) -> None:
    filing = Filing(HIRE, date(2026, 10, 31), "R-1")
    found = again(made, pack, reports, snapshot, tmp_path, filings=(filing,))
    assert found.changed == [HIRE]
    assert (found.after[HIRE].state, found.after[HIRE].receipt_number) == ("filed", "R-1")
    assert again(found, pack, reports, snapshot, tmp_path, filings=(filing,)).changed == []
    assert again(found, pack, reports, snapshot, tmp_path).changed == []


@pytest.mark.parametrize(
    ("filing", "message"),
    [
        (Filing("elderly_employment-0", date(2026, 7, 1), ""), "is not in the register"),
        (Filing(HIRE, date(2026, 11, 2), ""), "2026-11-02 is yet to come"),
    ],
)
def test_a_wrong_filing_is_refused(
    made: Made, pack: Pack, reports: dict[str, Report], snapshot: Snapshot, tmp_path: Path, filing: Filing, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        again(made, pack, reports, snapshot, tmp_path, filings=(filing,))


def test_filings_of_the_table_are_found(pack: Pack, reports: dict[str, Report], tmp_path: Path) -> None:
    filings = [
        {
            "filing_id": "F1",
            "kind": "elderly_employment",
            "period_end": records.JUNE,
            "filed_on": date(2026, 7, 1),
            "receipt_number": "R-7",
        },
        {
            "filing_id": "F2",
            "kind": "foreign_employment",
            "subject_id": "W4",
            "event": "hire",
            "filed_on": date(2026, 7, 2),
        },
        {
            "filing_id": "F3",
            "kind": "foreign_employment",
            "subject_id": "W9",
            "event": "separation",
            "filed_on": date(2026, 10, 31),
        },
        {"filing_id": "F4", "kind": "stress_check", "period_end": date(2025, 3, 31), "filed_on": date(2025, 5, 1)},
        {
            "filing_id": "F5",
            "kind": "foreign_employment",
            "subject_id": "W4",
            "event": "separation",
            "filed_on": date(2026, 11, 2),
        },
    ]
    taken = records.snapshot(tmp_path / "snapshot", pack, filings=filings)
    found, _good = make({}, pack, reports, taken, records.AS_OF, WANTED, tmp_path, {})
    assert {name: state for name, state in states(found).items() if not name.startswith("appi")} == {
        "elderly_employment": "filed",
        "foreign_employment hire": "filed",
        "foreign_employment separation": "built",
        "stress_check": "overdue",
    }
    assert {each.receipt_number for each in found.after.values()} == {None, "", "R-7"}


def test_a_report_no_longer_owed_is_void_and_may_come_back(
    made: Made, pack: Pack, reports: dict[str, Report], snapshot: Snapshot, tmp_path: Path
) -> None:
    less = records.snapshot(tmp_path / "snapshot", pack, incidents=[])
    found, _good = make(made.after, pack, reports, less, records.AS_OF, WANTED, tmp_path / "less", {})
    (final,) = [each for each in found.after.values() if each.kind == "appi_breach" and each.state != "filed"]
    assert final.state == "void"
    assert states(again(found, pack, reports, snapshot, tmp_path / "again"))["appi_breach final"] == "built"


def test_a_sheet_kept_at_the_workplace_is_done_when_it_is_built(
    pack: Pack, reports: dict[str, Report], snapshot: Snapshot, tmp_path: Path
) -> None:
    wanted = replace(WANTED, reports=("agreement36_monitoring",))
    found, _good = make({}, pack, reports, snapshot, records.AS_OF, wanted, tmp_path, {})
    kept = {entry.period_end: entry.state for entry in found.after.values()}
    assert kept == {
        date(2026, month, 31 if month != 6 and month != 9 else 30): "built" for month in (5, 6, 7, 8, 9, 10)
    }
    assert notices.due(found.after.values(), reports, records.AS_OF) == []


def test_a_report_with_problems_is_not_built(pack: Pack, reports: dict[str, Report], tmp_path: Path) -> None:
    taken = records.snapshot(tmp_path / "snapshot", pack, worker_names=[])
    found, good = make({}, pack, reports, taken, records.AS_OF, WANTED, tmp_path, {})
    assert states(found)["foreign_employment separation"] == "due"
    assert HIRE not in good
    (problem,) = found.after[HIRE].artefacts["problems"]
    assert problem["params"]["field"] == "person.name"
    assert found.after[HIRE].sha256 is None


def test_what_is_overdue_or_invalid_is_told_once(pack: Pack, reports: dict[str, Report], tmp_path: Path) -> None:
    taken = records.snapshot(tmp_path / "snapshot", pack, worker_names=[])
    found, _good = make({}, pack, reports, taken, records.AS_OF, WANTED, tmp_path, {})
    told = notices.due(found.after.values(), reports, records.AS_OF)
    assert sorted((each.kind, each.entry.kind) for each in told) == [
        ("invalid", "foreign_employment"),
        ("overdue", "elderly_employment"),
        ("overdue", "foreign_employment"),
        ("overdue", "stress_check"),
    ]
    topic = Topic()
    marked, messages, errors = notices.tell(topic, told, {("arn:aws:sns:x:1:t", "ja"): "critical"})
    assert (messages, errors, len(marked)) == (3, {}, 4)
    assert all("NGUYEN" not in each["Message"] and "W4" not in each["Message"] for each in topic.messages)
    assert "提出期限超過" in topic.messages[0]["Message"]
    after = found.after | {each.id: each for each in marked}
    assert notices.due(after.values(), reports, records.AS_OF) == []


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with server() as conninfo, psycopg.connect(conninfo, autocommit=True, row_factory=dict_row) as connection:
        connection.execute("CREATE SCHEMA compliance")
        found = Registry(connection, "arn:aws:iam::123456789012:user/test")
        with found.transaction():
            migrate.apply(found, migrate.pending(found))
        yield found


def test_the_register_is_kept_in_the_registry(
    made: Made, pack: Pack, reports: dict[str, Report], snapshot: Snapshot, registry: Registry, tmp_path: Path
) -> None:
    bucket = Bucket()
    _made, good = make({}, pack, reports, snapshot, records.AS_OF, WANTED, tmp_path, {})
    (name,) = [each for each in good if made.after[each].kind == "elderly_employment"]
    stored: Entry = archive.store(bucket, "evidence", made.after[name], good[name], NOW)
    assert archive.is_stored(stored, good[name])
    assert not archive.is_stored(made.after[name], good[name])
    prefix = f"compliance/reports/elderly_employment/2026-06-01/{name}/{good[name].sha256[:12]}"
    assert sorted(bucket.objects) == [f"{prefix}.{form}" for form in ("csv", "json", "pdf", "xlsx")]
    register.write(registry, [*made.after.values(), stored])
    assert register.entries(registry) == made.after | {name: stored}
    rows = registry.rows("SELECT who, count(*) AS changes FROM history WHERE kind = 'reports' GROUP BY who")
    assert rows == [{"who": "arn:aws:iam::123456789012:user/test", "changes": len(made.after) + 1}]
