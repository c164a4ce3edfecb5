"""The rehearsal's employers file every report in time but those that are planted, and have all that forms ask for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.intake import take
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import model
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.build import build
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.command import Made, Wanted, make
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Report
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.reader import Reader
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.validate import problems
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.sources import Directory
from sandbox.rehearsal.employers.deliver import write_csv
from sandbox.rehearsal.employers.generate import Generated
from sandbox.rehearsal.employers.identities import check_digit
from sandbox.rehearsal.employers.world import AS_OF
from tests.compliance.conftest import PACK

# Those that nobody filed are breaches that rules find, too; the number is that of the reports.
NEVER_FILED = {
    ("accident_report", "ISH-097-ACCIDENT"): 1,
    ("appi_breach", "APPI-026-BREACH"): 2,
    ("foreign_employment", "LMA-028-FOREIGN"): 1,
    ("gdpr_breach", "GDPR-033-72H"): 1,
    ("placement_business_report", "ESA-032-16-REPORT-never"): 1,
    ("ssw_event", "ICA-SSW-ADHOC"): 1,
    ("ssw_periodic", "ICA-SSW-PERIODIC-year-never"): 1,
}
# The day of the preliminary report, which was never made, is missing in the final one.
UNFINISHED = [("appi_breach", "APPI-026-BREACH", "clock.preliminary_on")]
BEHIND, AHEAD = timedelta(240), timedelta(42)
OFTEN = "agreement36_monitoring"


@pytest.fixture(scope="module")
def reports(pack: Pack) -> dict[str, Report]:
    return model.load(PACK, pack)


@pytest.fixture(scope="module")
def snapshot(pack: Pack, generated: Generated, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    scratch = tmp_path_factory.mktemp("reported")
    write_csv(generated.tables, scratch / "delivered")
    return take(Directory(scratch / "delivered"), pack.schema, scratch / "snapshot")


@pytest.fixture(scope="module", params=[0, 14], ids=["today", "in two weeks"])
def made(
    request: pytest.FixtureRequest,
    pack: Pack,
    reports: dict[str, Report],
    snapshot: Snapshot,
    tmp_path_factory: pytest.TempPathFactory,
) -> Made:
    as_of = AS_OF + timedelta(request.param)
    wanted = Wanted(behind=BEHIND + timedelta(request.param), ahead=AHEAD)
    return make({}, pack, reports, snapshot, as_of, wanted, tmp_path_factory.mktemp("spill"), {})[0]


def test_only_what_is_planted_is_overdue(made: Made) -> None:
    overdue = [(each.kind, each.employer_id) for each in made.after.values() if each.state == "overdue"]
    assert {case: overdue.count(case) for case in overdue} == NEVER_FILED


def test_nothing_of_the_last_ninety_days_is_overdue(made: Made) -> None:
    since = AS_OF - Wanted().behind
    assert [each.id for each in made.after.values() if each.state == "overdue" and each.due_on >= since] == []


def test_the_lawful_employers_filed_everything(made: Made, generated: Generated) -> None:
    planted = {plant.employer_id for plant in generated.plants}
    theirs = [each for each in made.after.values() if each.employer_id not in planted]
    assert {each.state for each in theirs if each.due_on < made.as_of} == {"filed", "built"}
    assert all(each.receipt_number for each in theirs if each.kind in ("health_check", "insurance_enrolment"))
    assert len({each.kind for each in theirs}) > 20


def test_only_what_is_planted_has_problems(made: Made) -> None:
    found = [
        (each.kind, each.employer_id, problem["params"].get("field"))
        for each in made.after.values()
        for problem in each.artefacts.get("problems", [])
    ]
    assert found == UNFINISHED


def test_what_was_filed_could_be_made(
    made: Made, pack: Pack, reports: dict[str, Report], snapshot: Snapshot, tmp_path: Path
) -> None:
    ready = [
        each
        for each in made.duties
        if reports[each.report].sections and each.report != OFTEN and each.period[1] <= made.as_of
    ]
    with Reader(pack, snapshot, made.as_of, tmp_path) as reader:
        built = build(reader, reports, ready)
    wrong = [
        (each.duty.report, each.duty.employer_id, problem.params.get("field"))
        for each in built
        for problem in problems(each)
    ]
    assert wrong == UNFINISHED
    assert {each.report for each in ready} == {name for name, each in reports.items() if each.sections} - {OFTEN}


def test_nobody_has_their_corporate_numbers(generated: Generated) -> None:
    numbers = [row["corporate_number"] for row in generated.tables["employers"]]
    assert len(set(numbers)) == len(numbers)
    assert {(len(each), each[1:5], each[0] == str(check_digit(each[1:]))) for each in numbers} == {(13, "9999", True)}


@pytest.mark.parametrize("number", ["7000012050002", "8700110005901"])
def test_the_check_digit_is_that_of_the_ordinance(number: str) -> None:
    """The numbers of the National Tax Agency itself, and of its example."""
    assert check_digit(number[1:]) == int(number[0])
