from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.build import Built
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Report
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.validate import problems
from tests.unit.compliance.reports import records
from tests.unit.compliance.reports.conftest import fill

# Counted by hand from records.py.
EXPECTED: dict[str, dict[str, Any]] = {
    "placement_business_report": {
        "activity": [
            {
                "applications": 25,
                "openings": 1,
                "placements": 3,
                "regular": 2,
                "temporary": 1,
                "open_ended": 2,
                # Until 31 October is within six months from 1 May, until 1 November is not.
                "left_within_6_months": 1,
                "undetermined": 0,
                "abroad": 0,
            }
        ],
        "occupations": [
            {"occupation": "office", "placements": 2, "open_ended": 2},
            {"occupation": "sales", "placements": 1, "open_ended": 0},
        ],
        "fees": [
            {
                "charges": 3,
                "cap_yen": 264000,
                "table_yen": 1000000,
                "reception_yen": 710,
                "other_yen": 0,
                "all_yen": 1264710,
            }
        ],
    },
    "dispatch_business": {
        "workers": [
            {"workers": 2, "open_ended": 1, "fixed_term": 1, "registered": 150, "clients": 1, "workplaces": 1},
        ],
        "june": [{"day": date(2026, 6, 1), "workers": 1, "open_ended": 1, "fixed_term": 0}],
        "jobs": [{"job_category": "office", "dispatches": 2, "workers": 2, "wage_yen": 15200}],
    },
    "elderly_employment": {
        "staff": [
            {
                "workers": 3,
                "women": 1,
                "below_45": 1,
                "from_45": 0,
                "from_50": 0,
                "from_55": 0,
                # Born on 2 June 1961 is 64 on 1 June 2026, on 1 June 65.
                "from_60": 1,
                "from_65": 1,
                "from_70": 0,
            }
        ],
    },
    "disability_employment": {
        "persons": [
            {"class": "mental", "hours": "b_short", "persons": 1, "counted": 1},
            {"class": "ordinary", "hours": "b_short", "persons": 1, "counted": Decimal("0.5")},
            {"class": "severe", "hours": "a_full", "persons": 1, "counted": 2},
        ],
        "rate": [
            {
                "persons": 3,
                "counted": Decimal("3.5"),
                "achieved_percent": Decimal("3.14"),
                "legal_percent": Decimal("2.5"),
                "needed": 2,
                "short": 0,
                "promoter": "人事部長　鈴木 花子",
            }
        ],
    },
    "foreign_employment separation": {
        "person": [
            {
                "name": "NGUYEN VAN A",
                "name_kana": "グエン ヴァン エー",
                "residence_status": "技術・人文知識・国際業務",
                "stay_until": date(2028, 2, 29),
                "birth_date": date(1998, 2, 28),
                "sex": "female",
                "nationality": "VN",
                "permission": False,
                "card_number": "AB12345678CD",
            }
        ],
    },
    "agreement36_monitoring": {
        "workers": [
            {
                "worker_id": "W1",
                "overtime": Decimal("30.25"),
                "holiday": 8,
                "total": Decimal("38.25"),
                "agreed_hours": 80,
                "months_above": 1,
                "year_overtime": Decimal("76.25"),
                "highest_average": Decimal("42.13"),
            }
        ],
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_figures_are_those_of_the_records(built: dict[str, Built], name: str) -> None:
    assert {section: built[name].rows[section] for section in EXPECTED[name]} == EXPECTED[name]


def test_reports_of_whole_records_are_valid(built: dict[str, Built]) -> None:
    assert {name: [each.id for each in problems(one)] for name, one in built.items()} == {name: [] for name in built}
    assert len(built) == 9


def said(built: Built) -> set[tuple[str, str]]:
    return {(each.id.removeprefix("compliance_reports."), each.params.get("field", "")) for each in problems(built)}


def test_a_missing_field_is_said(tmp_path: Path, pack: Pack, reports: dict[str, Report]) -> None:
    inputs = [row for row in records.rows()["report_inputs"] if row["field"] not in ("applications", "training")]
    employers = [{**records.rows()["employers"][0], "address": None}]
    found = fill(pack, reports, tmp_path, "placement_business_report", report_inputs=inputs, employers=employers)
    assert said(found) == {
        ("field_missing", "activity.applications"),
        ("field_missing", "conduct.training"),
        ("field_missing", "submitter.address"),
    }


def test_no_declarations_at_all_are_missing_ones(tmp_path: Path, pack: Pack, reports: dict[str, Report]) -> None:
    found = fill(pack, reports, tmp_path, "elderly_employment", report_inputs=[])
    assert said(found) == {("field_missing", "leavers.reached"), ("field_missing", "leavers.continued")}


def test_totals_that_do_not_match_are_said(tmp_path: Path, pack: Pack, reports: dict[str, Report]) -> None:
    workers = [*records.rows()["workers"], {"worker_id": "W9", "birth_date": None}]
    inputs = records.declared("elderly_employment", records.JUNE, reached="3", continued="2")
    found = fill(pack, reports, tmp_path, "elderly_employment", workers=workers, report_inputs=inputs)
    (ages, leavers) = problems(found)
    assert ages.params | {"report": ""} == {
        "report": "",
        "field": "staff.workers",
        "value": "4",
        "other": "3",
        "fields": " + ".join(f"staff.{each}" for each in ("below_45", *(f"from_{age}" for age in range(45, 75, 5)))),
    }
    assert (leavers.id, leavers.params["value"], leavers.params["other"]) == (
        "compliance_reports.total_not_equals",
        "3",
        "2",
    )


def test_what_an_employer_declares_must_be_of_the_type(tmp_path: Path, pack: Pack, reports: dict[str, Report]) -> None:
    inputs = [
        {
            **row,
            "value": {"applications": "many", "managers": "0", "refund_scheme": "perhaps"}.get(
                row["field"], row["value"]
            ),
        }
        for row in records.rows()["report_inputs"]
    ]
    found = fill(pack, reports, tmp_path, "placement_business_report", report_inputs=inputs)
    assert said(found) == {
        ("field_of_other_type", "activity.applications"),
        ("field_out_of_range", "conduct.managers"),
        ("field_of_other_type", "conduct.refund_scheme"),
    }
    assert "many" not in str(problems(found))


def test_an_unknown_amount_leaves_no_total(tmp_path: Path, pack: Pack, reports: dict[str, Report]) -> None:
    fees = [*records.rows()["fees"], {"fee_id": "F9", "charged_on": date(2026, 3, 31), "amount_yen": None}]
    found = fill(pack, reports, tmp_path, "placement_business_report", fees=fees)
    assert said(found) == {("field_missing", "fees.all_yen")}


def test_a_kind_of_fee_that_is_not_known_breaks_the_total(
    tmp_path: Path, pack: Pack, reports: dict[str, Report]
) -> None:
    fees = [{"fee_id": "F9", "charged_on": date(2026, 3, 31), "amount_yen": 100, "kind": None}]
    found = fill(pack, reports, tmp_path, "placement_business_report", fees=fees)
    assert said(found) == {("total_not_equals", "fees.all_yen")}


def test_an_agency_without_placements_reports_noughts(tmp_path: Path, pack: Pack, reports: dict[str, Report]) -> None:
    found = fill(pack, reports, tmp_path, "placement_business_report", placements=[], fees=[], job_postings=[])
    assert problems(found) == []
    assert found.rows["activity"][0]["placements"] == 0
    assert found.rows["occupations"] == []


def test_a_preliminary_report_needs_only_what_is_known(
    tmp_path: Path, pack: Pack, reports: dict[str, Report], built: dict[str, Built]
) -> None:
    first = built["appi_breach preliminary"]
    for field in ("items", "cause", "prevention"):
        first = Built(first.report, first.duty, {**first.rows, "content": [{**first.rows["content"][0], field: None}]})
    assert problems(first) == []
    final = Built(first.report, built["appi_breach final"].duty, first.rows)
    assert said(final) == {("field_missing", f"content.{each}") for each in ("items", "cause", "prevention")}


def test_the_same_records_give_the_same_document(
    tmp_path: Path, pack: Pack, reports: dict[str, Report], built: dict[str, Built]
) -> None:
    again = fill(pack, reports, tmp_path, "placement_business_report")
    assert again.sha256 == built["placement_business_report"].sha256
    other = fill(pack, reports, tmp_path / "other", "placement_business_report", job_postings=[])
    assert other.sha256 != again.sha256
