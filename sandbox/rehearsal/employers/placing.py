"""Agencies that place people and boards that show postings: licences, placements, fees, reports, all in time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sandbox.rehearsal.employers.companies import Company, found
from sandbox.rehearsal.employers.world import AS_OF, Row, World

# What an agency publishes about a business year (Employment Security Act 32-16(3)).
DISCLOSED = (
    "placements",
    "open_ended_placements",
    "left_within_6_months",
    "fees",
    "refund_scheme",
    "avg_fee_rate_top5_occupations",
)
FIELDS = ("contact", "education", "experience", "qualifications")
CAP_RATE = 0.11


def agency(
    world: World,
    employer_id: str,
    *,
    kind: str = "fee_placement",
    grant_kind: str = "renewal",
    valid_from: date = date(2023, 4, 1),
    valid_to: date | None = date(2028, 3, 31),
    headcount: int = 8,
) -> Company:
    """Found a placement agency with its licence; it reports and publishes every business year it holds it in."""
    company = found(world, employer_id, industry="placement", headcount=headcount)
    hold(world, company, kind, valid_from, valid_to, grant_kind)
    for year in range(2024, AS_OF.year + 1):
        if valid_from <= date(year, 3, 31) and (valid_to is None or valid_to >= date(year - 1, 4, 1)):
            report(world, company, year)
    for category in FIELDS:
        collect(world, company, category)
    return company


def hold(
    world: World, company: Company, kind: str, valid_from: date, valid_to: date | None, grant_kind: str = "renewal"
) -> Row:
    """Add a licence (or, without a last day, a notification) of placement or dispatch."""
    return world.add(
        "licences",
        licence_id=f"{company.id}-{kind}-{valid_from:%Y%m%d}",
        employer_id=company.id,
        kind=kind,
        grant_kind=grant_kind,
        number=f"13-{'派' if kind == 'dispatch' else 'ユ'}-{len(world.tables['licences']) + 300001}",
        valid_from=valid_from,
        valid_to=valid_to,
    )


def report(world: World, company: Company, year: int) -> None:
    """File the yearly report on the business year that ends in March of the year, and publish its figures."""
    period = {"period_start": date(year - 1, 4, 1), "period_end": date(year, 3, 31)}
    world.add(
        "filings",
        filing_id=f"{company.id}-report-{year}",
        employer_id=company.id,
        kind="placement_business_report",
        filed_on=date(year, 4, 21),
        channel="electronic",
        receipt_number=f"{company.id}-{year}",
        **period,
    )
    for item in DISCLOSED:
        world.add(
            "publications",
            publication_id=f"{company.id}-{item}-{year}",
            employer_id=company.id,
            kind="placement_disclosure",
            item=item,
            published_on=date(year, 4, 21),
            channel="internet",
            **period,
        )


def collect(world: World, company: Company, category: str, collected_from: date = date(2023, 4, 1)) -> Row:
    """Collect a field of data from job seekers for a purpose published before."""
    return world.add(
        "jobseeker_data_fields",
        field_id=f"{company.id}-{category}",
        employer_id=company.id,
        category=category,
        collected_from=collected_from,
        purpose_published_on=collected_from - timedelta(14),
        indispensable=False,
    )


def place(world: World, company: Company, placement_id: str, placed_on: date, **more: Any) -> Row:
    """Place someone in open-ended office work for 4.8 million yen a year, three weeks before the first day."""
    row = world.add(
        "placements",
        placement_id=placement_id,
        employer_id=company.id,
        jobseeker_id=f"{placement_id}-seeker",
        kind="fee",
        placed_on=placed_on,
        starts_on=placed_on + timedelta(21),
        contract_kind="open_ended",
        occupation="office",
        annual_wage_yen=4_800_000,
        six_month_wage_yen=2_400_000,
    )
    row.update(more)
    return row


def charge(world: World, placement: Row, fee_id: str, amount_yen: int | None = None, **more: Any) -> Row:
    """Charge the employer for a placement, by default 11 % of the wages of six months."""
    row = world.add(
        "fees",
        fee_id=fee_id,
        employer_id=placement["employer_id"],
        placement_id=placement["placement_id"],
        payer="employer",
        kind="placement",
        system="cap",
        occupation=placement["occupation"],
        amount_yen=round(placement["six_month_wage_yen"] * CAP_RATE) if amount_yen is None else amount_yen,
        charged_on=placement["starts_on"],
    )
    row.update(more)
    return row


def file_table(world: World, company: Company, table_id: str, filed_on: date | None, rate_max: float = 0.35) -> Row:
    """File a table of fees."""
    return world.add(
        "fee_tables",
        fee_table_id=table_id,
        employer_id=company.id,
        filed_on=filed_on,
        rate_max=rate_max,
    )


def pay_out(world: World, company: Company, payout_id: str, paid_on: date, **more: Any) -> Row:
    """Refund a job seeker the fare to an interview."""
    row = world.add(
        "payouts",
        payout_id=payout_id,
        employer_id=company.id,
        business="placement",
        jobseeker_id=f"{payout_id}-seeker",
        reason="expenses",
        amount_yen=1200,
        paid_on=paid_on,
    )
    row.update(more)
    return row


def message(world: World, placement: Row, message_id: str, sent_on: date, kind: str = "follow_up") -> Row:
    """Write to someone who was placed."""
    return world.add(
        "placement_messages",
        message_id=message_id,
        employer_id=placement["employer_id"],
        jobseeker_id=placement["jobseeker_id"],
        kind=kind,
        sent_on=sent_on,
    )


def contract_client(world: World, company: Company, contract_id: str, used_from: date, penalty: bool = False) -> Row:
    """Let an employer use the service; penalties of the contract were shown a week before."""
    row = world.add(
        "client_contracts",
        client_contract_id=contract_id,
        employer_id=company.id,
        used_from=used_from,
        penalty_clause=penalty,
    )
    for item in ("amount", "trigger", "cancellation") if penalty else ():
        world.add(
            "client_contract_disclosures",
            client_contract_id=contract_id,
            item=item,
            employer_id=company.id,
            disclosed_on=used_from - timedelta(7),
        )
    return row


def board(world: World, company: Company, board_id: str, started_on: date) -> Row:
    """Run a job board that uses data of job seekers: notified a month before, summed up every August."""
    row = world.add(
        "job_boards",
        board_id=board_id,
        employer_id=company.id,
        uses_jobseeker_data=True,
        started_on=started_on,
    )
    notice = {"kind": "job_board_notification", "filed_on": started_on - timedelta(30)}
    years = [year for year in range(2023, AS_OF.year + 1) if started_on <= date(year, 6, 1)]
    summaries = [
        {"kind": "job_board_summary", "period_end": date(year, 6, 1), "filed_on": date(year, 8, 18)} for year in years
    ]
    for number, filing in enumerate([notice, *summaries]):
        world.add(
            "filings",
            filing_id=f"{board_id}-F{number}",
            employer_id=company.id,
            subject_id=board_id,
            channel="electronic",
            receipt_number=f"{board_id}-{number}",
            **filing,
        )
    return row
