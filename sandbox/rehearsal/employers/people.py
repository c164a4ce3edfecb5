"""People who are employed, with everything that belongs to it: contract, notice, insurance, leave, residence, wages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sandbox.rehearsal.employers.companies import Company
from sandbox.rehearsal.employers.days import SATURDAY, is_off, months_later
from sandbox.rehearsal.employers.timekeeping import Pattern, record
from sandbox.rehearsal.employers.world import AS_OF, LAST, Row, World

# Everything a notice of working conditions may have to state (LSA 15, Part-time and Fixed-term Act 6), as of 2026.
NOTICE_ITEMS = (
    "contract_period",
    "workplace",
    "workplace_change_scope",
    "duties",
    "duties_change_scope",
    "start_end_time",
    "overtime_yes_no",
    "breaks",
    "holidays",
    "leave",
    "shift_rotation_if_any",
    "wage_determination_calculation_payment",
    "wage_closing_and_pay_dates",
    "retirement_and_dismissal_grounds",
    "renewal_criteria_if_fixed_term",
    "renewal_cap_if_fixed_term",
    "conversion_application",
    "post_conversion_terms",
    "pay_raise",
    "retirement_allowance",
    "bonus",
    "consultation_desk",
    "treatment_explanation_right",
)
# Days of paid leave by agreed days a week (5: full) at 6, 18, 30, 42, 54, 66 and 78 months of service (LSA 39).
LEAVE_DAYS = {
    5: (10, 11, 12, 14, 16, 18, 20),
    4: (7, 8, 9, 10, 12, 13, 15),
    3: (5, 6, 6, 8, 9, 10, 11),
    2: (3, 4, 4, 5, 6, 6, 7),
    1: (1, 2, 2, 2, 3, 3, 3),
}
FULL_LEAVE_HOURS = 30
DUTY_FROM_DAYS = 10
INSURED_HOURS = 20
EXEMPT_FROM_PREMIUMS = ("manager", "watch", "agriculture", "highly_professional")


@dataclass(frozen=True)
class Person:
    """Who is hired, and on what terms; the defaults are those of a regular worker of Japanese nationality.

    :param terms: first and last days of fixed-term contracts in order, none for open-ended employment.
    :param work_site: where the work is done, for dispatched workers the client's workplace; default: the own site.
    :param status: status of residence of foreigners.
    """

    birth_date: date = date(1990, 5, 1)
    sex: str = "female"
    nationality: str = "JP"
    status: str | None = None
    hired_on: date = date(2024, 4, 1)
    left_on: date | None = None
    sector: str = "general"
    occupation: str = "office"
    weekly_hours: float = 40
    hourly_yen: float = 1900
    part_time: bool = False
    student: bool = False
    disability_class: str = "none"
    terms: Sequence[tuple[date, date]] = ()
    system: str = "ordinary"
    exemption: str = "none"
    shift_work: bool = False
    hazard_class: str = "none"
    doctor_level: str | None = None
    work_site: str | None = None
    pattern: Pattern = field(default_factory=Pattern)


def hire(world: World, company: Company, worker_id: str, person: Person | None = None, site: str | None = None) -> Row:
    """Add a worker of a company and all that belongs to the employment until today; return the row of workers.

    Days of leave are taken in the first months after each grant, on days that would have been worked.
    """
    person = person or Person()
    site = site or company.site
    worker = world.add(
        "workers",
        worker_id=worker_id,
        employer_id=company.id,
        establishment_id=site,
        birth_date=person.birth_date,
        sex=person.sex,
        nationality=person.nationality,
        residence_status=person.status,
        hired_on=person.hired_on,
        left_on=person.left_on,
        sector=person.sector,
        occupation=person.occupation,
        weekly_days=person.pattern.weekly_days,
        weekly_hours=person.weekly_hours,
        monthly_wage_yen=round(person.hourly_yen * person.weekly_hours * 52 / 12),
        student=person.student,
        disability_class=person.disability_class,
        expected_end_on=person.terms[-1][1] if person.terms else None,
        insurance_exemption="none",
        age_certificate=True,
        minor_permit=False,
        minimum_wage_permit=False,
    )
    _contracts(world, company.id, worker_id, person)
    world.add(
        "work_arrangements",
        employer_id=company.id,
        worker_id=worker_id,
        starts_on=person.hired_on,
        system=person.system,
        exemption=person.exemption,
        rest_days="weekly",
        shift_work=person.shift_work,
        hazard_class=person.hazard_class,
        doctor_level=person.doctor_level,
    )
    for kind in ("worker_register", "wage_ledger"):
        world.add(
            "records",
            record_id=f"{worker_id}-{kind}",
            employer_id=company.id,
            establishment_id=site,
            worker_id=worker_id,
            kind=kind,
            opened_on=person.hired_on,
            retention_from=person.left_on,
        )
    _insure(world, company.id, worker_id, person)
    if person.nationality != "JP":
        _admit(world, company.id, worker_id, person)
    if person.left_on and not person.terms:
        resign(world, worker, person.left_on)
    away = _leave(world, company.id, worker_id, person)
    record(
        world,
        company.id,
        worker_id,
        site=person.work_site or site,
        pattern=person.pattern,
        hourly_yen=person.hourly_yen,
        first=person.hired_on,
        last=person.left_on,
        away=away,
        premium_due=person.exemption not in EXEMPT_FROM_PREMIUMS,
    )
    return worker


def conclude(
    world: World,
    employer_id: str,
    worker_id: str,
    number: int,
    *,
    starts_on: date,
    ends_on: date | None = None,
    concluded_on: date | None = None,
    part_time: bool = False,
    renewable: bool = True,
    shift_work: bool = False,
) -> Row:
    """Add a contract (fixed-term when it ends), the notice about it and all items; return the row of contracts.

    The contract is ``<worker>-C<number>``, its notice ``<worker>-N<number>``, both of the same day.
    """
    concluded_on = concluded_on or starts_on - timedelta(14)
    contract = world.add(
        "contracts",
        contract_id=f"{worker_id}-C{number}",
        employer_id=employer_id,
        worker_id=worker_id,
        kind="fixed_term" if ends_on else "open_ended",
        part_time=part_time,
        concluded_on=concluded_on,
        starts_on=starts_on,
        ends_on=ends_on,
        renewal_number=number if ends_on else 0,
        ordinary_hours_only=False,
        shift_work=shift_work,
        renewable=renewable if ends_on else None,
        renewal_cap=False if ends_on else None,
        conversion_regime="general",
        expert=False,
        fixed_project=False,
        engagement="ordinary",
    )
    notice_id = f"{worker_id}-N{number}"
    world.add(
        "notices",
        notice_id=notice_id,
        employer_id=employer_id,
        worker_id=worker_id,
        contract_id=contract["contract_id"],
        delivered_on=concluded_on,
        channel="paper",
        electronic_wished=False,
    )
    for item in NOTICE_ITEMS:
        world.add("notice_items", notice_id=notice_id, item=item, employer_id=employer_id)
    return contract


def resign(world: World, worker: Row, last_day: date) -> Row:
    """Add the end of employment at the worker's wish, told a month before; return the row of terminations."""
    return world.add(
        "terminations",
        termination_id=f"{worker['worker_id']}-T",
        employer_id=worker["employer_id"],
        worker_id=worker["worker_id"],
        contract_id=f"{worker['worker_id']}-C0",
        kind="resignation",
        notice_on=last_day - timedelta(35),
        effective_on=last_day,
        pay_in_lieu_days=0,
        office_approved=False,
    )


def _contracts(world: World, employer_id: str, worker_id: str, person: Person) -> None:
    terms: Sequence[tuple[date, date | None]] = person.terms or [(person.hired_on, None)]
    for number, (starts_on, ends_on) in enumerate(terms):
        conclude(
            world,
            employer_id,
            worker_id,
            number,
            starts_on=starts_on,
            ends_on=ends_on,
            part_time=person.part_time,
            shift_work=person.shift_work,
        )


def _insure(world: World, employer_id: str, worker_id: str, person: Person) -> None:
    """Enrol in both insurances from the first day whoever works 20 hours a week and is no daytime student."""
    if person.weekly_hours >= INSURED_HOURS and not person.student:
        for scheme in ("health_pension", "employment"):
            world.add(
                "enrolments",
                enrolment_id=f"{worker_id}-{scheme}",
                employer_id=employer_id,
                worker_id=worker_id,
                scheme=scheme,
                acquired_on=person.hired_on,
                lost_on=person.left_on + timedelta(1) if person.left_on else None,
            )


def _admit(world: World, employer_id: str, worker_id: str, person: Person) -> None:
    """Check the residence card of a foreigner on the first day, and notify hire and separation within the week."""
    card_id = f"{worker_id}-card"
    world.add(
        "residence_cards",
        card_id=card_id,
        employer_id=employer_id,
        worker_id=worker_id,
        card_number=f"AB{sum(map(ord, worker_id)) % 10**8:08d}CD",
        kind="ordinary",
        issued_on=months_later(person.hired_on, -3),
        expires_on=date(2028, 3, 31),
    )
    world.add(
        "card_checks",
        check_id=f"{card_id}-check",
        employer_id=employer_id,
        card_id=card_id,
        checked_on=person.hired_on,
        method="ic_chip",
    )
    for event, day in (("hire", person.hired_on), ("separation", person.left_on)):
        if day:
            world.add(
                "filings",
                filing_id=f"{worker_id}-{event}",
                employer_id=employer_id,
                kind="foreign_employment",
                subject_id=worker_id,
                event=event,
                filed_on=day + timedelta(5),
                channel="electronic",
                receipt_number=f"{worker_id}-{event}",
                card_number_given=True,
            )


def _leave(world: World, employer_id: str, worker_id: str, person: Person) -> frozenset[date]:
    """Grant annual leave as the law has it on each day it is due, and take seven days of it; return these days."""
    days_a_week = person.pattern.weekly_days
    full = person.weekly_hours >= FULL_LEAVE_HOURS or days_a_week > 4
    away: set[date] = set()
    for year in range(100):
        service_months = 6 + 12 * year
        due_on = months_later(person.hired_on, service_months)
        if due_on > AS_OF or (person.left_on and due_on > person.left_on):
            break
        world.add(
            "attendance",
            worker_id=worker_id,
            service_months=service_months,
            employer_id=employer_id,
            working_days=days_a_week * (26 if year == 0 else 52) - 8,
            attended_days=days_a_week * (26 if year == 0 else 52) - 10,
            weekly_days=days_a_week,
            weekly_hours=person.weekly_hours,
        )
        grant = world.add(
            "leave_grants",
            grant_id=f"{worker_id}-L{service_months}",
            employer_id=employer_id,
            worker_id=worker_id,
            granted_on=due_on,
            days=LEAVE_DAYS[5 if full else days_a_week][min(year, 6)],
            expires_on=months_later(due_on, 24) - timedelta(1),
        )
        away |= _take(world, grant, person)
    return frozenset(away)


def _take(world: World, grant: Row, person: Person) -> set[date]:
    """Take a day of leave every four weeks from the grant: seven days, or three by those who got fewer than ten."""
    wanted = 7 if grant["days"] >= DUTY_FROM_DAYS else 3
    last = min(person.left_on or LAST, LAST)
    taken: set[date] = set()
    day = grant["granted_on"] + timedelta(9)
    while len(taken) < wanted and day <= last:
        if day.weekday() < min(person.pattern.weekly_days, SATURDAY) and not is_off(day) and person.pattern.usual(day):
            taken.add(day)
            world.add(
                "leave_taken",
                leave_id=f"{grant['worker_id']}-{day:%Y%m%d}",
                employer_id=grant["employer_id"],
                worker_id=grant["worker_id"],
                kind="annual",
                taken_on=day,
                unit="day",
                days=1,
            )
            day += timedelta(27)
        day += timedelta(1)
    return taken


def working(person: Person, **pattern: Any) -> Person:
    """Return the person with another pattern of work: ``working(person, extra=overtime(month, 600))``."""
    return replace(person, pattern=replace(person.pattern, **pattern))
