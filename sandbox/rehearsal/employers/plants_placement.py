"""Placement agencies and job boards: Employment Security Act, and the guidelines under it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.placing import (
    agency,
    board,
    charge,
    contract_client,
    file_table,
    message,
    pay_out,
    place,
)
from sandbox.rehearsal.employers.plant import Plant, Planter, left_out, near_miss, violation
from sandbox.rehearsal.employers.world import World

REPORT_DUE = date(2026, 4, 30)
YEAR_END = date(2026, 3, 31)


def placement_licence(world: World) -> Iterator[Plant]:
    """Who places people holds a licence that day, three years at first and five after each renewal (30, 32-9, 33)."""
    rule = "ESA-030-LICENCE"
    first: dict[str, Any] = {"grant_kind": "first", "valid_from": date(2023, 4, 1), "valid_to": date(2026, 3, 31)}
    shop = agency(world, rule, **first)
    for name, placed_on, verdict in (
        ("after", date(2026, 4, 1), violation),
        ("last-day", date(2026, 3, 31), near_miss),
    ):
        place(world, shop, f"{rule}-{name}", placed_on)
        key = {"subject": "placement", "subject_id": f"{rule}-{name}"}
        yield verdict(rule, shop.id, f"placed on {placed_on}, the licence ended on 2026-03-31", **key)
    school = agency(world, f"{rule}-free", kind="free_placement")
    place(world, school, f"{rule}-paid", date(2026, 6, 1))
    key = {"subject": "placement", "subject_id": f"{rule}-paid"}
    yield violation(rule, school.id, "a placement for a fee under a licence of free placement", **key)
    place(world, school, f"{rule}-gratis", date(2026, 6, 1), kind="free")
    key = {"subject": "placement", "subject_id": f"{rule}-gratis"}
    yield near_miss(rule, school.id, "a free placement under it", **key)
    for name, last, verdict in (("long", date(2027, 4, 1), violation), ("full", date(2027, 3, 31), near_miss)):
        shop = agency(world, f"{rule}-{name}", grant_kind="first", valid_from=date(2024, 4, 1), valid_to=last)
        key = {"subject": "licence", "subject_id": world.row("licences", employer_id=shop.id)["licence_id"]}
        yield verdict(rule, shop.id, f"a first licence from 2024-04-01 to {last}", **key)


def placement_report(world: World) -> Iterator[Plant]:
    """The report on the year to March is filed by 30 April, whatever was placed (32-16(1))."""
    rule = "ESA-032-16-REPORT"
    for name, filed_on, verdict in (
        ("late", REPORT_DUE + timedelta(1), violation),
        ("never", None, violation),
        ("last-day", REPORT_DUE, near_miss),
    ):
        shop = agency(world, f"{rule}-{name}")
        filing = world.row("filings", employer_id=shop.id, kind="placement_business_report", period_end=YEAR_END)
        filing["filed_on"] = filed_on
        yield verdict(rule, shop.id, f"filed on {filed_on}", period_end=YEAR_END)
    shop = agency(world, f"{rule}-new", grant_kind="first", valid_from=date(2026, 4, 1), valid_to=date(2029, 3, 31))
    yield left_out(rule, shop.id, "licensed the day after the year", period_end=YEAR_END)


def placement_figures(world: World) -> Iterator[Plant]:
    """Figures are published with the report; fee rates by occupation from eleven regular placements on (32-16(3))."""
    rule = "ESA-032-16-DISCLOSE"
    for name, published_on, verdict in (
        ("late", REPORT_DUE + timedelta(1), violation),
        ("last-day", REPORT_DUE, near_miss),
    ):
        shop = agency(world, f"{rule}-{name}")
        figure = {"kind": "placement_disclosure", "item": "refund_scheme", "period_end": YEAR_END}
        world.row("publications", employer_id=shop.id, **figure)["published_on"] = published_on
        yield verdict(
            rule, shop.id, f"refunds published on {published_on}", period_end=YEAR_END, item=str(figure["item"])
        )
    free = agency(world, f"{rule}-free", kind="free_placement").id
    world.drop("publications", employer_id=free, item="fees", period_end=YEAR_END)
    yield near_miss(rule, free, "who places for nothing has no fees", period_end=YEAR_END, item="fees")
    rate = "avg_fee_rate_top5_occupations"
    for name, placements, verdict in (("eleven", 11, violation), ("ten", 10, near_miss)):
        shop = agency(world, f"{rule}-{name}")
        for number in range(placements):
            place(world, shop, f"{rule}-{name}-{number}", date(2025, 5, 7) + timedelta(20 * number))
        # A placement of a day less than four months is no regular one.
        short = {"contract_kind": "fixed_term", "contract_ends_on": date(2025, 10, 30)}
        place(world, shop, f"{rule}-{name}-short", date(2025, 6, 10), starts_on=date(2025, 7, 1), **short)
        world.drop("publications", employer_id=shop.id, item=rate, period_end=YEAR_END)
        yield verdict(rule, shop.id, f"no fee rate, {placements} regular placements", period_end=YEAR_END, item=rate)


def placement_fees(world: World) -> Iterator[Plant]:
    """At most 11 % of six months' wages, or what a filed table says; job seekers pay only in listed work (32-3)."""
    rule = "ESA-032-3-FEES"
    shop = agency(world, rule)
    day = date(2026, 5, 1)

    def fee(name: str, amount: int, wage: int = 4_800_000, **more: Any) -> str:
        fee_id = f"{rule}-{name}"
        placement = place(world, shop, f"{fee_id}-PL", day, annual_wage_yen=wage, six_month_wage_yen=wage // 2)
        charge(world, placement, fee_id, amount, **more)
        return fee_id

    yield violation(rule, shop.id, "a yen above 11 %", fee_id=fee("above", 264_001))
    yield near_miss(rule, shop.id, "exactly 11 %", fee_id=fee("at", 264_000))
    reception: dict[str, Any] = {"kind": "reception", "placement_id": None}
    yield violation(rule, shop.id, "711 yen for reception", fee_id=fee("reception-711", 711, **reception))
    yield near_miss(rule, shop.id, "710 yen for reception", fee_id=fee("reception-710", 710, **reception))
    clerk: dict[str, Any] = {"payer": "jobseeker"}
    yield violation(rule, shop.id, "a clerk pays", fee_id=fee("clerk", 1_000, **clerk))
    model: dict[str, Any] = {"payer": "jobseeker", "occupation": "model"}
    yield near_miss(rule, shop.id, "a model pays", fee_id=fee("model", 264_000, **model))
    head: dict[str, Any] = {"payer": "jobseeker", "occupation": "executive"}
    yield violation(rule, shop.id, "an executive of 7,000,000 yen", fee_id=fee("executive", 1_000, 7_000_000, **head))
    yield near_miss(rule, shop.id, "one of a yen more", fee_id=fee("rich-executive", 1_000, 7_000_001, **head))
    part = fee("two", 200_000)
    whole = charge(world, world.row("placements", placement_id=f"{part}-PL"), f"{part}-2", 64_001)
    yield near_miss(rule, shop.id, "the first of two fees", fee_id=part)
    yield violation(rule, shop.id, "together with the second a yen above 11 %", fee_id=whole["fee_id"])
    for name, filed_on, amount, verdict in (
        ("filed", day, 1_680_000, near_miss),
        ("beyond", day, 1_680_001, violation),
        ("unfiled", None, 480_000, violation),
    ):
        table = file_table(world, shop, f"{rule}-{name}-table", filed_on)
        fee_id = fee(name, amount, system="fee_table", fee_table_id=table["fee_table_id"])
        yield verdict(rule, shop.id, f"{amount} yen by a table of 35 % filed on {filed_on}", fee_id=fee_id)


def board_notices(world: World) -> Iterator[Plant]:
    """A job board that uses data of job seekers notifies before it starts, and sums up by 31 August (43-2, 43-5)."""
    rule = "ESA-043-2-NOTIFY"
    shop = found(world, rule)
    start = date(2026, 2, 2)
    for name, late, verdict in (("late", 1, violation), ("in-time", 0, near_miss)):
        board(world, shop, f"{rule}-{name}", start)
        notice = world.row("filings", subject_id=f"{rule}-{name}", kind="job_board_notification")
        notice["filed_on"] = start + timedelta(late)
        key = {"board_id": f"{rule}-{name}", "duty": "job_board_notification", "due_on": start}
        yield verdict(rule, shop.id, f"notified {late} days after the start", **key)
    unused = board(world, shop, f"{rule}-no-data", start)
    unused["uses_jobseeker_data"] = False
    world.drop("filings", subject_id=unused["board_id"])
    key = {"board_id": unused["board_id"], "duty": "job_board_notification", "due_on": start}
    yield near_miss(rule, shop.id, "no data of job seekers is used", **key)
    due = date(2026, 8, 31)
    for name, filed_on, verdict in (
        ("september", date(2026, 9, 1), violation),
        ("august", due, near_miss),
    ):
        board(world, shop, f"{rule}-{name}", date(2025, 6, 2))
        summary = world.row("filings", subject_id=f"{rule}-{name}", kind="job_board_summary")
        summary["filed_on"] = filed_on
        key = {"board_id": f"{rule}-{name}", "duty": "job_board_summary", "due_on": due}
        yield verdict(rule, shop.id, f"summed up on {filed_on}", **key)


def agency_gifts(world: World) -> Iterator[Plant]:
    """Agencies give no congratulatory money (guideline since 2021, condition of licences since 2025)."""
    rule = "ESA-GIFT-PLACEMENT"
    shop = agency(world, rule)
    for name, day in (("guideline", date(2024, 12, 31)), ("condition", date(2025, 1, 1))):
        pay_out(world, shop, f"{rule}-{name}", day, reason="inducement", amount_yen=10_000)
        yield violation(rule, shop.id, f"10,000 yen on {day}", payout_id=f"{rule}-{name}")
    pay_out(world, shop, f"{rule}-fare", date(2026, 3, 2), amount_yen=10_000)
    yield near_miss(rule, shop.id, "10,000 yen for fares", payout_id=f"{rule}-fare")


def board_gifts(world: World) -> Iterator[Plant]:
    """Job boards give nothing beyond what is usual since April 2025; 500 yen are an example of it."""
    rule = "ESA-GIFT-JOBBOARD"
    shop = found(world, rule)
    gift = {"business": "job_board", "reason": "inducement"}
    for name, day, amount, verdict in (
        ("above", date(2026, 3, 2), 501, violation),
        ("usual", date(2026, 3, 2), 500, near_miss),
        ("first-day", date(2025, 4, 1), 10_000, violation),
        ("day-before", date(2025, 3, 31), 10_000, left_out),
    ):
        pay_out(world, shop, f"{rule}-{name}", day, amount_yen=amount, **gift)
        yield verdict(rule, shop.id, f"{amount} yen on {day}", payout_id=f"{rule}-{name}")


def no_poaching(world: World) -> Iterator[Plant]:
    """An agency doesn't invite whom it placed in open-ended work to leave within two years."""
    rule = "ESA-NO-POACH-2Y"
    shop = agency(world, rule)
    first_day, invited = date(2024, 5, 1), date(2026, 4, 30)
    fixed = {"contract_kind": "fixed_term", "contract_ends_on": date(2026, 12, 31)}
    for name, day, more, verdict in (
        ("last-day", invited, {}, violation),
        ("two-years", invited + timedelta(1), {}, near_miss),
        ("fixed-term", invited, fixed, near_miss),
        ("has-left", invited, {"left_on": invited - timedelta(1)}, near_miss),
    ):
        placement = place(world, shop, f"{rule}-{name}", date(2024, 4, 10), starts_on=first_day, **more)
        message(world, placement, f"{rule}-{name}-M", day, "solicitation")
        key = {"message_id": f"{rule}-{name}-M", "placement_id": f"{rule}-{name}"}
        yield verdict(rule, shop.id, f"at work since {first_day}, invited on {day}", **key)


def shown_penalties(world: World) -> Iterator[Plant]:
    """Amount, trigger and cancellation of a contract's penalty are shown before it is used, since April 2025."""
    rule = "ESA-PENALTY-CLAUSE"
    shop = agency(world, rule)
    item = "cancellation"
    for name, used_from, late, verdict in (
        ("late", date(2026, 6, 1), 1, violation),
        ("same-day", date(2026, 6, 1), 0, near_miss),
        ("before-the-rule", date(2025, 3, 31), 1, left_out),
    ):
        contract_client(world, shop, f"{rule}-{name}", used_from, penalty=True)
        shown = world.row("client_contract_disclosures", client_contract_id=f"{rule}-{name}", item=item)
        shown["disclosed_on"] = used_from + timedelta(late)
        key = {"client_contract_id": f"{rule}-{name}", "item": item}
        yield verdict(rule, shop.id, f"used from {used_from}, shown {late} days later", **key)


PLANTS: tuple[Planter, ...] = (
    placement_licence,
    placement_report,
    placement_figures,
    placement_fees,
    board_notices,
    agency_gifts,
    board_gifts,
    no_poaching,
    shown_penalties,
)
