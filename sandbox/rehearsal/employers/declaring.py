"""What forms ask for and no other table has, declared by every employer who has such a report to make."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sandbox.rehearsal.employers.days import months_later
from sandbox.rehearsal.employers.filing import YEARS, dispatch_years
from sandbox.rehearsal.employers.world import World

PLACEMENT = {
    "applications": "120",
    "undetermined": "0",
    "abroad": "0",
    "refund_scheme": "true",
    "refund_terms": "三か月以内の自己都合退職は手数料の五割を返戻（見本）",
    "managers": "1",
    "staff": "2",
    "training": "年二回、職業紹介責任者講習の内容を全員に周知（見本）",
}
DISPATCH = {
    "registered": "60",
    "fee_yen": "20000",
    "sales_yen": "180000000",
    "trained": "40",
    "training_hours": "8",
    "counsellors": "1",
    "counselled": "12",
    "direct_requests": "2",
    "direct_hires": "1",
}
INCIDENT = {
    "outline": "従業者が名簿を誤送信した（見本）",
    "items": "氏名、住所（見本）",
    "cause": "宛先の確認不足（見本）",
    "secondary_harm": "なし（見本）",
    "response": "本人全員に連絡済み（見本）",
    "publication": "なし（見本）",
    "prevention": "送信前の二重確認（見本）",
}
PROMOTER = "総務部長 見本 花子"


def complete(world: World) -> None:
    """Declare the figures of the years that ended, and the content of the reports on incidents."""
    for employer in world.tables["employers"]:
        for year in YEARS:
            day = date(year, 6, 1)
            _declare(
                world, "elderly_employment", employer["employer_id"], _retired(world, employer["employer_id"], day), day
            )
            _declare(world, "disability_employment", employer["employer_id"], {"promoter": PROMOTER}, day)
    agencies = {
        row["employer_id"] for row in world.tables["licences"] if row["kind"] in ("fee_placement", "free_placement")
    }
    for employer_id in sorted(agencies):
        for year in YEARS:
            _declare(world, "placement_business_report", employer_id, PLACEMENT, date(year, 3, 31))
    for employer_id, site, _start, end in dispatch_years(world):
        _declare(world, "dispatch_business", employer_id, DISPATCH, end, site=site)
    for incident in world.tables["incidents"]:
        _declare(world, "appi_breach", incident["employer_id"], INCIDENT, subject_id=incident["incident_id"])


def _retired(world: World, employer_id: str, day: date) -> dict[str, str]:
    """Return how many reached the age of retirement in the year before a day: nobody went on but who left."""
    since = months_later(day, -12)
    left = [
        row
        for row in world.rows("terminations", employer_id=employer_id, kind="retirement")
        if since < row["effective_on"] <= day
    ]
    return {"reached": str(len(left)), "continued": "0"}


def _declare(
    world: World,
    report: str,
    employer_id: str,
    figures: Mapping[str, str],
    period_end: date | None = None,
    *,
    site: str | None = None,
    subject_id: str | None = None,
) -> None:
    of = subject_id or f"{site or employer_id}-{period_end}"
    for field, value in figures.items():
        world.add(
            "report_inputs",
            input_id=f"{report}-{of}-{field}",
            employer_id=employer_id,
            establishment_id=site,
            report=report,
            period_end=period_end,
            subject_id=subject_id,
            field=field,
            value=value,
        )
