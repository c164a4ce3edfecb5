"""Equal chances and safe places to work: limits in recruitment, harassment, whistle-blowers, graduates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sandbox.rehearsal.employers.companies import found
from sandbox.rehearsal.employers.plant import Plant, Planter, left_out, near_miss, violation
from sandbox.rehearsal.employers.recruiting import answer_graduate, limit, post
from sandbox.rehearsal.employers.world import AS_OF, World

SHOWN = date(2026, 10, 15)
# The duties on harassment by customers and of job seekers came with Act 63 of 2025.
AMENDED = date(2026, 10, 1)


def no_sex_limits(world: World) -> Iterator[Plant]:
    """No limits by sex, height or weight, but for measures in favour of women, actors, or good grounds (EEO 5 to 9)."""
    rule = "EEO-005-SEX"
    shop = found(world, rule).id
    for name, item, reason, verdict in (
        ("men-only", "sex", None, violation),
        ("women-promoted", "sex", "positive_action", near_miss),
        ("actress", "sex", "genuine_occupation", near_miss),
        ("tall", "height", None, violation),
        ("flight-deck", "height", "reasonable_ground", near_miss),
        ("light", "weight", "positive_action", violation),
    ):
        posting_id = f"{rule}-{name}"
        post(world, shop, posting_id, SHOWN)
        limit(world, posting_id, item, reason=reason)
        yield verdict(rule, shop, f"a limit of {item}, reason: {reason}", posting_id=posting_id, item=item)


def no_age_limits(world: World) -> Iterator[Plant]:
    """No limit of age but in the listed cases with the reason shown (LMA 9, Rule 1-3)."""
    rule = "LMA-009-AGE"
    shop = found(world, rule).id
    retirement = {"age_max": 59, "reason": "retirement_age"}
    for name, kind, values, shown, verdict in (
        ("young", "open_ended", {"age_max": 35}, False, violation),
        ("team", "open_ended", {"age_max": 35, "reason": "team_spirit"}, True, violation),
        ("hidden", "open_ended", retirement, False, violation),
        ("retirement", "open_ended", retirement, True, near_miss),
        ("fixed-term", "fixed_term", retirement, True, violation),
        ("career", "open_ended", {"age_max": 30, "reason": "long_term_career"}, True, near_miss),
        ("career-from", "open_ended", {"age_min": 22, "reason": "long_term_career"}, True, violation),
        ("night-work", "open_ended", {"age_min": 18, "reason": "legal_restriction"}, True, near_miss),
    ):
        posting_id = f"{rule}-{name}"
        post(world, shop, posting_id, SHOWN, contract_kind=kind)
        limit(world, posting_id, "age", reason_shown=shown, **values)
        yield verdict(rule, shop, f"{values}, shown: {shown}", posting_id=posting_id)


def power_harassment(world: World) -> Iterator[Plant]:
    """Policy, desk and response against harassment by superiors; cases are met promptly (LMA 30-2; 7 days: policy)."""
    yield from _harassment(world, "LMA-030-2-POWER", "power_harassment", "desk", date(2026, 9, 1))


def customer_harassment(world: World) -> Iterator[Plant]:
    """The same against harassment by customers, with privacy and no retaliation, from October 2026 on."""
    yield from _harassment(world, "LMA-CUSTOMER-HARASS", "customer_harassment", "no_retaliation", AMENDED)
    yield _unmet_before_the_duty(world, "LMA-CUSTOMER-HARASS", "customer_harassment")


def jobseeker_harassment(world: World) -> Iterator[Plant]:
    """The same against sexual harassment of job seekers, with rules for interviews, from October 2026 on."""
    yield from _harassment(world, "EEO-JOBHUNT-HARASS", "jobseeker_harassment", "interview_rules", AMENDED)
    yield _unmet_before_the_duty(world, "EEO-JOBHUNT-HARASS", "jobseeker_harassment")


def _harassment(world: World, rule: str, kind: str, measure: str, opened_on: date) -> Iterator[Plant]:
    for name, withdrawn_on, verdict in (
        ("withdrawn", AS_OF - timedelta(1), violation),
        ("last-day", AS_OF, near_miss),
    ):
        shop = found(world, f"{rule}-{name}").id
        world.row("policies", employer_id=shop, kind=kind, item=measure)["withdrawn_on"] = withdrawn_on
        key = {"subject": "measure", "subject_id": measure}
        yield verdict(rule, shop, f"{measure} in place until {withdrawn_on}", **key)
    shop = found(world, f"{rule}-missing").id
    world.drop("policies", employer_id=shop, kind=kind, item=measure)
    yield violation(rule, shop, f"no {measure}", subject="measure", subject_id=measure)
    shop = found(world, f"{rule}-cases").id
    for name, days, verdict in (("late", 8, violation), ("week", 7, near_miss)):
        _complain(world, shop, f"{rule}-{name}", kind, opened_on, opened_on + timedelta(days))
        title = f"met {days} days after it was brought"
        yield verdict(rule, shop, title, subject="case", subject_id=f"{rule}-{name}")


def _unmet_before_the_duty(world: World, rule: str, kind: str) -> Plant:
    shop = found(world, f"{rule}-before").id
    _complain(world, shop, f"{rule}-before-case", kind, AMENDED - timedelta(1), None)
    return left_out(rule, shop, "brought the day before the duty", subject="case", subject_id=f"{rule}-before-case")


def _complain(world: World, employer_id: str, case_id: str, kind: str, opened_on: date, met_on: date | None) -> None:
    world.add(
        "harassment_cases",
        case_id=case_id,
        employer_id=employer_id,
        kind=kind,
        opened_on=opened_on,
        first_action_on=met_on,
    )


def whistleblowing(world: World) -> Iterator[Plant]:
    """More than 300 workers: a desk and an officer for whistle-blowers (Whistleblower Protection Act 11)."""
    rule = "WBP-011-SYSTEM"
    for headcount, verdict in ((301, violation), (300, near_miss)):
        shop = found(world, f"{rule}-{headcount}", headcount=headcount).id
        world.drop("policies", employer_id=shop, kind="whistleblowing", item="officer")
        yield verdict(rule, shop, f"{headcount} workers, no officer", subject="measure", subject_id="officer")


def graduates(world: World) -> Iterator[Plant]:
    """A graduate who asks is told an item of each of three groups (Youth Employment Act 13; 14 days are policy)."""
    rule = "YEA-013-INFO"
    shop = found(world, rule).id
    asked = date(2026, 6, 1)
    for name, days, verdict in (("day-15", 15, violation), ("day-14", 14, near_miss)):
        request_id = f"{rule}-{name}"
        answer_graduate(world, shop, request_id, asked)
        late = world.row("graduate_request_items", request_id=request_id, item_group="working")
        late["given_on"] = asked + timedelta(days)
        title = f"hours were told after {days} days"
        yield verdict(rule, shop, title, request_id=request_id, item_group="working")
    answer_graduate(world, shop, f"{rule}-two", asked)
    world.drop("graduate_request_items", request_id=f"{rule}-two", item_group="training")
    yield violation(rule, shop, "nothing of training", request_id=f"{rule}-two", item_group="training")


PLANTS: tuple[Planter, ...] = (
    no_sex_limits,
    no_age_limits,
    power_harassment,
    customer_harassment,
    jobseeker_harassment,
    whistleblowing,
    graduates,
)
