"""Plants of the law on wages: in full and on the day, digital payment, premiums, minimum wages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.days import overtime
from sandbox.rehearsal.employers.people import Person, hire, working
from sandbox.rehearsal.employers.plant import Plant, near_miss, violation
from sandbox.rehearsal.employers.plants_time import HOUR, JUNE, NEW
from sandbox.rehearsal.employers.world import Row, World


def _payslip(world: World, worker_id: str, month: date = JUNE) -> Row:
    return world.row("payslips", worker_id=worker_id, month=month)


def paid_in_full(world: World) -> Iterator[Plant]:
    """LSA 24: on the fixed day, and nothing deducted without a law or an agreement."""
    rule = "LSA-024-PAY"
    company = found(world, rule)
    for what in ("late", "day", "deducted", "agreed", "unpaid"):
        hire(world, company, f"{rule}-{what}", NEW)
    late = _payslip(world, f"{rule}-late")
    late["paid_on"] = late["scheduled_on"] + timedelta(1)
    yield violation(rule, company.id, "paid a day late", worker_id=f"{rule}-late", month=JUNE)
    yield near_miss(rule, company.id, "paid on the day", worker_id=f"{rule}-day", month=JUNE)
    for what, basis in (("deducted", "none"), ("agreed", "agreement")):
        world.add(
            "wage_deductions",
            employer_id=company.id,
            payslip_id=_payslip(world, f"{rule}-{what}")["payslip_id"],
            item="dormitory",
            amount_yen=18000,
            basis=basis,
        )
    yield violation(rule, company.id, "rent deducted without agreement", worker_id=f"{rule}-deducted", month=JUNE)
    yield near_miss(rule, company.id, "rent deducted by agreement", worker_id=f"{rule}-agreed", month=JUNE)
    unpaid = _payslip(world, f"{rule}-unpaid")
    unpaid["paid_on"] = None
    yield violation(rule, company.id, "June's wage is still unpaid", worker_id=f"{rule}-unpaid", month=JUNE)


def digital_wages(world: World) -> Iterator[Plant]:
    """Rule 7-2: wages into accounts of designated operators, with consent, up to a million yen."""
    rule = "LSA-024-DIGITAL"
    company = found(world, rule)
    cases = (
        ("over", {"balance_after_yen": 1_000_001}, True, "a balance of 1,000,001 yen"),
        ("near", {"balance_after_yen": 1_000_000}, False, "a balance of 1,000,000 yen"),
        ("later", {"consented_on": date(2026, 7, 26)}, True, "consent a day after the payment"),
        ("same", {"consented_on": date(2026, 7, 25)}, False, "consent on the day of the payment"),
        ("operator", {"operator_designated": False}, True, "an operator that isn't designated"),
    )
    for what, told, breach, title in cases:
        hire(world, company, f"{rule}-{what}", NEW)
        payslip = _payslip(world, f"{rule}-{what}")
        payslip["channel"] = "digital"
        plain = {"operator_designated": True, "consented_on": date(2026, 4, 1), "balance_after_yen": 300_000}
        world.add("digital_wage_payments", employer_id=company.id, payslip_id=payslip["payslip_id"], **(plain | told))
        yield (violation if breach else near_miss)(rule, company.id, title, payslip_id=payslip["payslip_id"])


def premiums(world: World) -> Iterator[Plant]:
    """LSA 37: 25 % for overtime, 50 % from the 61st hour on, 35 % on rest days, 25 % at night."""
    rule = "LSA-037-PREMIUM"
    company = found(world, rule, special_clause=True)
    base = replace(NEW, hourly_yen=2000)
    ten, seventy = overtime(JUNE, 10 * HOUR), overtime(JUNE, 70 * HOUR)
    sunday = date(2026, 6, 14)
    people = {
        "over": working(base, extra=ten),
        "near": working(base, extra=ten),
        "sixty": working(base, extra=seventy),
        "sixty-near": working(base, extra=seventy),
        "holiday": working(base, rest_day={sunday: 480}),
        "holiday-near": working(base, rest_day={sunday: 480}),
        # From 14:00 to 23:00 on 22 days.
        "night": working(base, start=14 * HOUR),
        "manager": replace(working(base, extra=ten), exemption="manager"),
        "night-near": working(base, start=14 * HOUR),
    }
    cases = (
        ("over", "overtime_yen", 24_999, True, "10 h of overtime paid a yen below 125 %"),
        ("near", "overtime_yen", 25_000, False, "10 h of overtime paid with 125 %"),
        ("sixty", "overtime_yen", 175_000, True, "70 h, the last ten with 125 %"),
        ("sixty-near", "overtime_yen", 180_000, False, "70 h, the last ten with 150 %"),
        ("holiday", "holiday_yen", 20_000, True, "8 h on a rest day with 125 %"),
        ("holiday-near", "holiday_yen", 21_600, False, "8 h on a rest day with 135 %"),
        ("night", "night_yen", 10_999, True, "22 h at night paid a yen below 25 %"),
        ("night-near", "night_yen", 11_000, False, "22 h at night paid with 25 %"),
        ("manager", "overtime_yen", 0, False, "10 h of a manager without overtime pay"),
    )
    for what, column, yen, breach, title in cases:
        hire(world, company, f"{rule}-{what}", people[what])
        _payslip(world, f"{rule}-{what}")[column] = yen
        yield (violation if breach else near_miss)(rule, company.id, title, worker_id=f"{rule}-{what}", month=JUNE)


def minimum_wages(world: World) -> Iterator[Plant]:
    """Minimum Wage Act 4: that of the prefecture where the work is done, on the day it is done."""
    rule = "MWA-004-REGIONAL"
    tokyo_from, aomori_from = date(2025, 10, 3), date(2025, 11, 21)
    company = found(world, rule)
    for what, yen in (("over", 1225), ("near", 1226)):
        hire(world, company, f"{rule}-{what}", NEW)
        _payslip(world, f"{rule}-{what}")["hourly_equivalent_yen"] = yen
    place = {"month": JUNE, "establishment_id": company.site, "effective_from": tokyo_from}
    yield violation(rule, company.id, "1,225 yen in Tokyo, 1,226 are due", worker_id=f"{rule}-over", **place)
    yield near_miss(rule, company.id, "1,226 yen in Tokyo", worker_id=f"{rule}-near", **place)
    # An agency in Aomori (1,029 yen) dispatches to Tokyo.
    agency = found(world, f"{rule}-north", prefectures=("02",))
    for what, site in (("client", company.site), ("home", agency.site)):
        worker = f"{rule}-{what}"
        hire(world, agency, worker, Person(hired_on=NEW.hired_on, work_site=site))
        _payslip(world, worker)["hourly_equivalent_yen"] = 1100
    place = {"month": JUNE, "establishment_id": company.site, "effective_from": tokyo_from}
    yield violation(rule, agency.id, "1,100 yen for work in Tokyo", worker_id=f"{rule}-client", **place)
    place = {"month": JUNE, "establishment_id": agency.site, "effective_from": aomori_from}
    yield near_miss(rule, agency.id, "1,100 yen for work in Aomori", worker_id=f"{rule}-home", **place)


PLANTS = (paid_in_full, digital_wages, premiums, minimum_wages)
