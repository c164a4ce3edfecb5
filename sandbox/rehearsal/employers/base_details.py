"""What else happens among the lawful employers: systems of working time, absences, bonuses, digital wages, cases."""

from __future__ import annotations

from datetime import date
from random import Random

from sandbox.rehearsal.employers.days import month_end, months
from sandbox.rehearsal.employers.world import World

SYSTEMS = {"KENSETSU": "one_year_variable", "BYOIN": "one_month_variable", "SHOTEN": "flextime"}
LARGE = "YAMATO"
BONUS_MONTHS = (date(2025, 6, 1), date(2025, 12, 1), date(2026, 6, 1))
ABSENT_FROM, ABSENT_TO = date(2026, 6, 1), date(2026, 8, 31)


def populate(world: World, random: Random) -> None:
    """Change and add rows of the employers of ``base``, which must be there."""
    for employer, system in SYSTEMS.items():
        for arrangement in world.rows("work_arrangements", employer_id=employer, exemption="none"):
            arrangement["system"] = system
    _bonuses(world, random)
    _digital_wages(world)
    _childcare_leave(world)
    _seasonal_work(world)
    _cases(world)


def _bonuses(world: World, random: Random) -> None:
    """One to two and a half months' wages in summer and winter, for the regular workers of the large employer."""
    for worker in world.rows("workers", employer_id=LARGE, left_on=None):
        for month in BONUS_MONTHS:
            if worker["hired_on"] < month and worker["weekly_hours"] == 40:
                payday = month_end(month).replace(day=10)
                world.add(
                    "payslips",
                    payslip_id=f"{worker['worker_id']}-{month:%Y%m}-bonus",
                    employer_id=LARGE,
                    worker_id=worker["worker_id"],
                    month=month,
                    kind="bonus",
                    scheduled_on=payday,
                    paid_on=payday,
                    channel="bank",
                    base_yen=worker["monthly_wage_yen"] * random.randrange(10, 26) // 10,
                    overtime_yen=0,
                    holiday_yen=0,
                    night_yen=0,
                    replaced_overtime_min=0,
                )


def _digital_wages(world: World) -> None:
    """Two workers are paid into accounts of a designated operator, which swaps what is above the cap out."""
    for worker in ("SHO-001", "SHO-002"):
        for payslip in world.rows("payslips", worker_id=worker):
            payslip["channel"] = "digital"
            world.add(
                "digital_wage_payments",
                employer_id=payslip["employer_id"],
                payslip_id=payslip["payslip_id"],
                operator_designated=True,
                consented_on=date(2024, 3, 1),
                balance_after_yen=420_000,
            )


def _childcare_leave(world: World) -> None:
    """A father is on childcare leave for three months; he was hired in April, so his paid leave is taken by then."""
    father = next(
        worker
        for worker in world.rows("workers", employer_id=LARGE, sex="male", left_on=None, weekly_hours=40)
        if worker["hired_on"] == date(2020, 4, 1)
    )
    world.add(
        "absences",
        absence_id=f"{father['worker_id']}-childcare",
        employer_id=LARGE,
        worker_id=father["worker_id"],
        kind="childcare",
        starts_on=ABSENT_FROM,
        ends_on=ABSENT_TO,
    )
    for month in months(ABSENT_FROM, ABSENT_TO):
        payslip = world.row("payslips", worker_id=father["worker_id"], month=month, kind="monthly")["payslip_id"]
        world.drop("payslips", payslip_id=payslip)
        world.drop("wage_deductions", payslip_id=payslip)
    days = [row["work_date"] for row in world.rows("timesheets", worker_id=father["worker_id"])]
    for day in days:
        if ABSENT_FROM <= day <= ABSENT_TO:
            world.drop("timesheets", worker_id=father["worker_id"], work_date=day)


def _seasonal_work(world: World) -> None:
    """Contracts for a season at the farm, and one for a project that ends with it."""
    for contract in world.rows("contracts", employer_id="NOEN", kind="fixed_term"):
        contract["engagement"] = "seasonal"
    for contract in world.rows("contracts", worker_id="YMT-019"):
        contract["fixed_project"] = True


def _cases(world: World) -> None:
    """A complaint looked into at once, an accident reported, a whistle-blower heard, an exemption from overtime."""
    world.add(
        "harassment_cases",
        case_id=f"{LARGE}-case-1",
        employer_id=LARGE,
        kind="power_harassment",
        opened_on=date(2026, 10, 5),
        first_action_on=date(2026, 10, 7),
    )
    world.add(
        "accidents",
        accident_id=f"{LARGE}-accident-1",
        employer_id=LARGE,
        establishment_id=f"{LARGE}-S2",
        worker_id="YMT-100",
        occurred_on=date(2026, 7, 6),
        fatal=False,
        absence_days=6,
    )
    world.add(
        "filings",
        filing_id=f"{LARGE}-accident-1-report",
        employer_id=LARGE,
        establishment_id=f"{LARGE}-S2",
        kind="accident_report",
        subject_id=f"{LARGE}-accident-1",
        filed_on=date(2026, 7, 13),
        channel="electronic",
        receipt_number="A-2026-0713",
    )
    world.add(
        "whistle_reports",
        report_id=f"{LARGE}-report-1",
        employer_id=LARGE,
        reporter_id="YMT-140",
        received_on=date(2026, 9, 8),
    )
    world.add(
        "overtime_exemption_requests",
        request_id="YMT-120-exempt",
        employer_id=LARGE,
        worker_id="YMT-120",
        child_id="YMT-120-child",
        starts_on=date(2026, 10, 1),
        ends_on=date(2026, 10, 31),
        refusal_ground="operations",
    )
