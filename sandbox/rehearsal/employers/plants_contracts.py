"""Plants of the law on contracts: terms, notices, conversion, ends, part-time and fixed-term work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.people import Person, hire
from sandbox.rehearsal.employers.plant import Plant, near_miss, violation
from sandbox.rehearsal.employers.plants_time import NEW
from sandbox.rehearsal.employers.timekeeping import Pattern
from sandbox.rehearsal.employers.world import World

LAST_DAY = date(2026, 3, 31)


def yearly_terms(first: int, last: int = 2026) -> list[tuple[date, date]]:
    """Fixed terms of a year from April, the first of them in one year, the last in another."""
    return [(date(year, 4, 1), date(year + 1, 3, 31)) for year in range(first, last + 1)]


def on_terms(first: int, last: int = 2026) -> Person:
    """Return a worker on yearly contracts, gone when the last has run out."""
    terms = yearly_terms(first, last)
    return Person(hired_on=terms[0][0], left_on=terms[-1][1] if last < 2026 else None, terms=terms)


def longest_term(world: World) -> Iterator[Plant]:
    """LSA 14: three years, five for experts and people of 60 and more."""
    rule = "LSA-014-TERM"
    company = found(world, rule)
    first = date(2025, 4, 1)
    cases = (
        ("over", date(2028, 4, 1), date(1990, 5, 1), True, "three years and a day"),
        ("near", date(2028, 3, 31), date(1990, 5, 1), False, "three years"),
        ("sixty", date(2030, 3, 31), date(1960, 5, 1), False, "five years with someone of 64"),
        ("sixty-over", date(2030, 4, 1), date(1960, 5, 1), True, "five years and a day with someone of 64"),
    )
    for what, last, born, breach, title in cases:
        hire(world, company, f"{rule}-{what}", Person(hired_on=first, birth_date=born, terms=[(first, last)]))
        yield (violation if breach else near_miss)(rule, company.id, title, contract_id=f"{rule}-{what}-C0")


def stated_conditions(world: World) -> Iterator[Plant]:
    """LSA 15: everything in writing when the contract is concluded; electronically as the worker wishes."""
    rule = "LSA-015-DISCLOSURE"
    company = found(world, rule)
    for what in ("scope", "shifts", "mail", "wished", "late"):
        hire(world, company, f"{rule}-{what}", NEW)
    notice = {what: f"{rule}-{what}-N0" for what in ("scope", "shifts", "mail", "wished", "late")}
    world.drop("notice_items", notice_id=notice["scope"], item="workplace_change_scope")
    yield violation(
        rule, company.id, "the range of change of the workplace isn't stated", contract_id=f"{rule}-scope-C0"
    )
    world.drop("notice_items", notice_id=notice["shifts"], item="shift_rotation_if_any")
    yield near_miss(rule, company.id, "shifts aren't stated, and there are none", contract_id=f"{rule}-shifts-C0")
    for what, wished in (("mail", False), ("wished", True)):
        world.row("notices", notice_id=notice[what]).update(channel="email", electronic_wished=wished)
    yield violation(rule, company.id, "by e-mail, not asked for", contract_id=f"{rule}-mail-C0")
    yield near_miss(rule, company.id, "by e-mail, as the worker wished", contract_id=f"{rule}-wished-C0")
    late = world.row("notices", notice_id=notice["late"])
    late["delivered_on"] += timedelta(1)
    yield violation(rule, company.id, "a day after the conclusion", contract_id=f"{rule}-late-C0")


def conversion_told(world: World) -> Iterator[Plant]:
    """Rule 5(5): at the renewal that brings the total above five years, the right to convert is stated."""
    rule = "LSA-015-CONVERSION-NOTICE"
    company = found(world, rule)
    for what, first, number in (("over", 2020, 5), ("near", 2021, 4)):
        hire(world, company, f"{rule}-{what}", on_terms(first))
        world.drop("notice_items", notice_id=f"{rule}-{what}-N{number}", item="conversion_application")
    yield violation(rule, company.id, "not told at the renewal for the sixth year", contract_id=f"{rule}-over-C5")
    yield near_miss(rule, company.id, "not told at the renewal for the fifth year", contract_id=f"{rule}-near-C4")


def conversion(world: World) -> Iterator[Plant]:
    """Labour Contracts Act 18: who has more than five years applies, and the employer is held to accept."""
    rule = "LCA-018-CONVERT"
    company = found(world, rule)
    cooled = yearly_terms(2018, 2022) + yearly_terms(2024)
    away = [(date(year, 9, 1), date(year + 1, 8, 31)) for year in range(2023, 2027)]
    people = {
        "over": on_terms(2020),
        "near": on_terms(2021, 2025),
        "cooled": Person(hired_on=date(2018, 4, 1), terms=cooled),
        "gap": Person(hired_on=date(2018, 4, 1), terms=yearly_terms(2018, 2022) + away),
        "expert": on_terms(2020),
    }
    for what, person in people.items():
        hire(world, company, f"{rule}-{what}", person)
        world.add(
            "requests",
            request_id=f"{rule}-{what}",
            employer_id=company.id,
            worker_id=f"{rule}-{what}",
            kind="conversion",
            requested_on=date(2025, 10, 1),
            answer="refused",
            answered_on=date(2025, 10, 9),
        )
    for contract in world.rows("contracts", worker_id=f"{rule}-expert"):
        contract["conversion_regime"] = "certified_expert"
    yield violation(rule, company.id, "refused in the sixth year", contract_id=f"{rule}-over-C5")
    yield violation(rule, company.id, "refused, five months away after five years", contract_id=f"{rule}-gap-C7")
    yield near_miss(rule, company.id, "refused to a certified expert", contract_id=f"{rule}-expert-C5")
    yield near_miss(rule, company.id, "refused in the fifth year", contract_id=f"{rule}-near-C4")
    yield near_miss(rule, company.id, "refused in the second year after a year away", contract_id=f"{rule}-cooled-C6")


def renewal_refused(world: World) -> Iterator[Plant]:
    """Standards on non-renewal 1: thirty days' notice after a year of service or three renewals."""
    rule = "LCA-019-NONRENEWAL"
    company = found(world, rule)
    for what, days in (("over", 29), ("near", 30)):
        worker = hire(world, company, f"{rule}-{what}", on_terms(2024, 2025))
        world.add(
            "terminations",
            termination_id=f"{rule}-{what}-T",
            employer_id=company.id,
            worker_id=worker["worker_id"],
            contract_id=f"{rule}-{what}-C1",
            kind="non_renewal",
            notice_on=LAST_DAY - timedelta(days),
            effective_on=LAST_DAY,
            pay_in_lieu_days=0,
            office_approved=False,
        )
    yield violation(rule, company.id, "told 29 days before, after two years", termination_id=f"{rule}-over-T")
    yield near_miss(rule, company.id, "told 30 days before, after two years", termination_id=f"{rule}-near-T")


def dismissal(world: World) -> Iterator[Plant]:
    """LSA 20: thirty days' notice, or average wages for the days that lack."""
    rule = "LSA-020-DISMISSAL"
    company = found(world, rule)
    gone = Person(hired_on=date(2025, 4, 1), left_on=date(2026, 5, 29))
    trial = Person(hired_on=date(2026, 5, 1), left_on=date(2026, 5, 14))
    cases = (
        ("over", gone, 29, 0, True, "29 days' notice, nothing paid"),
        ("near", gone, 30, 0, False, "30 days' notice"),
        ("paid", gone, 20, 10, False, "20 days' notice, 10 days paid"),
        ("short", gone, 20, 9, True, "20 days' notice, 9 days paid"),
        ("trial", trial, 0, 0, False, "dismissed at once on the 14th day of a trial"),
        ("trial-over", replace(trial, left_on=date(2026, 5, 15)), 0, 0, True, "at once on the 15th day of a trial"),
    )
    for what, person, notice, paid, breach, title in cases:
        worker = f"{rule}-{what}"
        hire(world, company, worker, person)
        assert person.left_on
        world.row("terminations", worker_id=worker).update(
            kind="dismissal", notice_on=person.left_on - timedelta(notice), pay_in_lieu_days=paid
        )
        if person is not gone:
            world.row("contracts", worker_id=worker)["probation_until"] = date(2026, 7, 31)
        yield (violation if breach else near_miss)(rule, company.id, title, termination_id=f"{worker}-T")


def part_time_notice(world: World) -> Iterator[Plant]:
    """Part-time and Fixed-term Act 6: from October 2026 on the right to an explanation is stated, too."""
    rule = "PTA-006-NOTICE"
    company = found(world, rule)
    helper = Person(
        hired_on=date(2026, 10, 15), part_time=True, weekly_hours=24, pattern=Pattern(weekly_days=4, daily_min=360)
    )
    for what, concluded, item in (
        ("over", date(2026, 10, 1), "treatment_explanation_right"),
        ("near", date(2026, 9, 30), "treatment_explanation_right"),
        ("bonus", date(2026, 9, 30), "bonus"),
    ):
        worker = f"{rule}-{what}"
        hire(world, company, worker, helper)
        world.row("contracts", worker_id=worker)["concluded_on"] = concluded
        world.row("notices", worker_id=worker)["delivered_on"] = concluded
        world.drop("notice_items", notice_id=f"{worker}-N0", item=item)
    yield violation(rule, company.id, "the right isn't stated on 1 October", contract_id=f"{rule}-over-C0")
    yield near_miss(rule, company.id, "the right isn't stated on 30 September", contract_id=f"{rule}-near-C0")
    yield violation(rule, company.id, "whether there is a bonus isn't stated", contract_id=f"{rule}-bonus-C0")


def equal_treatment(world: World) -> Iterator[Plant]:
    """Part-time and Fixed-term Act 8, 14: no unreasonable difference, and an explanation of differences."""
    rule = "PTA-008-EQUAL"
    company = found(world, rule)
    helper = replace(NEW, part_time=True, weekly_hours=24, pattern=Pattern(weekly_days=4, daily_min=360))
    hire(world, company, f"{rule}-helper", helper)
    for item, assessment in (("bonus", "unreasonable"), ("housing_allowance", "reasonable")):
        world.row("treatments", employer_id=company.id, item=item).update(
            differs=True, assessment=assessment, assessed_on=date(2026, 9, 1)
        )
    yield violation(rule, company.id, "no bonus, held unreasonable", matter="treatment", subject="bonus")
    yield near_miss(
        rule, company.id, "no housing allowance, held reasonable", matter="treatment", subject="housing_allowance"
    )
    for what, answer in (("refused", "refused"), ("explained", "granted")):
        world.add(
            "requests",
            request_id=f"{rule}-{what}",
            employer_id=company.id,
            worker_id=f"{rule}-helper",
            kind="treatment_explanation",
            requested_on=date(2026, 9, 1),
            answer=answer,
            answered_on=date(2026, 9, 8),
        )
    yield violation(rule, company.id, "an explanation refused", matter="explanation", subject=f"{rule}-refused")
    yield near_miss(rule, company.id, "explained in a week", matter="explanation", subject=f"{rule}-explained")


PLANTS = (
    longest_term,
    stated_conditions,
    conversion_told,
    conversion,
    renewal_refused,
    dismissal,
    part_time_notice,
    equal_treatment,
)
