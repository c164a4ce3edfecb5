"""Plants of duties of employers: work rules, records, insurance, quota, retirement, publications, safety."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.people import Person, hire
from sandbox.rehearsal.employers.plant import Plant, near_miss, violation
from sandbox.rehearsal.employers.plants_time import NEW
from sandbox.rehearsal.employers.timekeeping import Pattern
from sandbox.rehearsal.employers.world import World

TWENTY_HOURS = replace(NEW, part_time=True, weekly_hours=20, hourly_yen=1500, pattern=Pattern(4, 300))


def work_rules(world: World) -> Iterator[Plant]:
    """LSA 89: work rules of workplaces with ten workers or more, filed with the opinion of their representative."""
    rule = "LSA-089-WORKRULES"
    for what, headcount, breach, title in (
        ("ten", 10, True, "ten workers, no work rules"),
        ("nine", 9, False, "nine workers, no work rules"),
    ):
        company = found(world, f"{rule}-{what}", headcount=headcount)
        world.drop("work_rules", employer_id=company.id)
        yield (violation if breach else near_miss)(rule, company.id, title, establishment_id=company.site)
    company = found(world, f"{rule}-alone", headcount=10)
    world.row("work_rules", employer_id=company.id)["opinion_attached"] = False
    yield violation(rule, company.id, "filed without an opinion", establishment_id=company.site)


def ledgers(world: World) -> Iterator[Plant]:
    """LSA 107, 108: worker register and wage ledger; no register of those hired by the day."""
    rule = "LSA-108-LEDGER"
    company = found(world, rule)
    hire(world, company, f"{rule}-over", NEW)
    world.drop("records", worker_id=f"{rule}-over", kind="wage_ledger")
    yield violation(rule, company.id, "no wage ledger", worker_id=f"{rule}-over", record="wage_ledger")
    hire(world, company, f"{rule}-near", NEW)
    world.drop("records", worker_id=f"{rule}-near", kind="worker_register")
    world.row("contracts", worker_id=f"{rule}-near")["engagement"] = "day_labour"
    yield near_miss(
        rule, company.id, "no register of someone hired by the day", worker_id=f"{rule}-near", record="worker_register"
    )


def retention(world: World) -> Iterator[Plant]:
    """LSA 109: three years for the time being, from the last entry."""
    rule = "LSA-109-RETENTION"
    company = found(world, rule)
    for what, deleted_on in (("over", date(2025, 3, 31)), ("near", date(2025, 4, 2))):
        world.add(
            "records",
            record_id=f"{rule}-{what}",
            employer_id=company.id,
            establishment_id=company.site,
            kind="timesheet",
            opened_on=date(2021, 4, 1),
            retention_from=date(2022, 4, 1),
            deleted_on=deleted_on,
        )
    yield violation(rule, company.id, "deleted in the third year", record_id=f"{rule}-over")
    yield near_miss(rule, company.id, "deleted after three years", record_id=f"{rule}-near")


def pension(world: World) -> Iterator[Plant]:
    """Health and pension insurance from 20 h a week where more than 50 are insured, students left out."""
    rule = "EPI-SIZE"
    large, small = found(world, f"{rule}-51", insured_headcount=51), found(world, f"{rule}-50", insured_headcount=50)
    for company, what in ((large, "over"), (small, "near")):
        hire(world, company, f"{rule}-{what}", TWENTY_HOURS)
        world.drop("enrolments", worker_id=f"{rule}-{what}", scheme="health_pension")
    hire(world, large, f"{rule}-student", replace(TWENTY_HOURS, student=True))
    yield violation(rule, large.id, "20 h, 51 insured", worker_id=f"{rule}-over")
    yield near_miss(rule, small.id, "20 h, 50 insured", worker_id=f"{rule}-near")
    yield near_miss(rule, large.id, "20 h, a student by day", worker_id=f"{rule}-student")


def employment_insurance(world: World) -> Iterator[Plant]:
    """Employment insurance from 20 h a week."""
    rule = "EIA-20H"
    company = found(world, rule)
    hire(world, company, f"{rule}-over", TWENTY_HOURS)
    world.drop("enrolments", worker_id=f"{rule}-over", scheme="employment")
    hire(world, company, f"{rule}-near", replace(TWENTY_HOURS, weekly_hours=19.5, pattern=Pattern(3, 390)))
    yield violation(rule, company.id, "20 h, not insured", worker_id=f"{rule}-over")
    yield near_miss(rule, company.id, "19.5 h, not insured", worker_id=f"{rule}-near")


def quota(world: World) -> Iterator[Plant]:
    """Disability Employment Act 43: 2.7 % from 37.5 regular workers on, rounded down."""
    rule = "DIS-043-QUOTA"
    for what, regular, disabled, breach, title in (
        ("over", 37.5, (), True, "37.5 regular workers, one is due, none is there"),
        ("small", 37, (), False, "37 regular workers, none is there"),
        ("two", 75, (40.0,), True, "75 regular workers, two are due, one is there"),
        ("half", 75, (40.0, 25.0, 25.0), False, "75 regular workers, one and two halves are there"),
    ):
        company = found(world, f"{rule}-{what}", headcount=40, regular_headcount=regular)
        for number, hours in enumerate(disabled):
            pattern = Pattern(5, round(hours * 12))
            person = Person(
                hired_on=NEW.hired_on,
                disability_class="ordinary",
                weekly_hours=hours,
                part_time=hours < 40,
                pattern=pattern,
            )
            hire(world, company, f"{rule}-{what}-{number}", person)
        yield (violation if breach else near_miss)(rule, company.id, title)


def retirement(world: World) -> Iterator[Plant]:
    """Elderly Employment Act 8, 9: retirement at 60 at the earliest, work until 65 for all who wish."""
    rule = "ELD-009-65"
    for what, terms, breach, title in (
        ("early", {"retirement_age": 59}, True, "retirement at 59"),
        ("short", {"continued_employment_to": 64}, True, "employed on to 64"),
        ("chosen", {"continued_employment_selective": True}, True, "employed on by selection"),
        ("near", {}, False, "retirement at 60, employed on to 65"),
    ):
        company = found(world, f"{rule}-{what}")
        world.row("work_rules", employer_id=company.id).update(terms)
        yield (violation if breach else near_miss)(rule, company.id, title, establishment_id=company.site)


def womens_figures(world: World) -> Iterator[Plant]:
    """Women's Advancement Act 20: the pay gap above 300, from business years that end since April 2026 above 100."""
    rule = "WPA-020-DISCLOSE"
    march, june = date(2026, 3, 31), date(2026, 6, 30)
    for what, headcount, year_end, item, breach, title in (
        ("301", 301, march, "pay_gap", True, "301 workers, no pay gap of the year to March 2026"),
        ("300", 300, march, "pay_gap", False, "300 workers, no pay gap of the year to March 2026"),
        ("101", 101, june, "women_manager_ratio", True, "101 workers, no share of women of the year to June 2026"),
        ("100", 100, june, "women_manager_ratio", False, "100 workers, no share of women of the year to June 2026"),
    ):
        company = found(world, f"{rule}-{what}", headcount=headcount)
        if year_end == june:
            world.row("employers", employer_id=company.id)["fiscal_year_end_month"] = 6
            for row in world.rows("publications", employer_id=company.id):
                row["period_end"] = date(row["period_end"].year, 6, 30)
                row["published_on"] = date(row["period_end"].year, 8, 31)
        world.drop("publications", employer_id=company.id, item=item, period_end=year_end)
        yield (violation if breach else near_miss)(rule, company.id, title, year_end=year_end, figure=item)


def fathers_leave(world: World) -> Iterator[Plant]:
    """CCA 22-2: the share of men on childcare leave, above 300 workers from April 2025."""
    rule = "CCA-DISCLOSE"
    for headcount in (301, 300):
        company = found(world, f"{rule}-{headcount}", headcount=headcount)
        world.drop("publications", employer_id=company.id, kind="childcare_leave_rate", period_end=date(2025, 3, 31))
        yield (violation if headcount > 300 else near_miss)(
            rule, company.id, f"{headcount} workers, nothing published", year_start=date(2025, 4, 1)
        )


def stress_checks(world: World) -> Iterator[Plant]:
    """ISH 66-10: every year from 50 workers on, with a report."""
    rule = "ISH-066-10-STRESS"
    for what, table, duty in (("check", "stress_checks", "stress_check"), ("report", "filings", "report")):
        company = found(world, f"{rule}-{what}", headcount=50)
        number = {"stress_checks": "stress_check_id", "filings": "filing_id"}[table]
        for row in world.rows(table, establishment_id=company.site):
            if row[number].endswith("2026"):
                world.drop(table, **{number: row[number]})
        yield violation(rule, company.id, f"50 workers, no {what} in 2026", establishment_id=company.site, duty=duty)
    company = found(world, f"{rule}-49", headcount=49)
    yield near_miss(rule, company.id, "49 workers, never checked", establishment_id=company.site, duty="stress_check")


def accidents(world: World) -> Iterator[Plant]:
    """ISH Rule 97: reports of accidents, electronically since 2025, without delay from four days of absence."""
    rule = "ISH-097-ACCIDENT"
    company = found(world, rule, industry="manufacturing")
    hire(world, company, f"{rule}-worker", NEW)
    occurred = date(2026, 8, 3)
    for what, days, filed_on, channel, breach, title in (
        ("paper", 5, date(2026, 8, 10), "paper", True, "reported on paper"),
        ("near", 5, date(2026, 8, 10), "electronic", False, "reported electronically in a week"),
        ("never", 4, None, None, True, "four days of absence, not reported"),
        ("quarter", 3, date(2026, 10, 31), "electronic", False, "three days of absence, reported in October"),
        ("late", 3, date(2026, 11, 1), "electronic", True, "three days of absence, reported in November"),
    ):
        accident = f"{rule}-{what}"
        world.add(
            "accidents",
            accident_id=accident,
            employer_id=company.id,
            establishment_id=company.site,
            worker_id=f"{rule}-worker",
            occurred_on=occurred,
            fatal=False,
            absence_days=days,
        )
        if filed_on:
            world.add(
                "filings",
                filing_id=f"{accident}-report",
                employer_id=company.id,
                establishment_id=company.site,
                kind="accident_report",
                subject_id=accident,
                filed_on=filed_on,
                channel=channel,
            )
        yield (violation if breach else near_miss)(rule, company.id, title, accident_id=accident)


PLANTS = (
    work_rules,
    ledgers,
    retention,
    pension,
    employment_insurance,
    quota,
    retirement,
    womens_figures,
    fathers_leave,
    stress_checks,
    accidents,
)
