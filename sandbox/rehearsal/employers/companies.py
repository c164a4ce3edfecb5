"""Employers and their workplaces, with everything the law asks of them by the size and business they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sandbox.rehearsal.employers.world import World

FISCAL_YEAR_STARTS = (date(2024, 4, 1), date(2025, 4, 1), date(2026, 4, 1))
YEAR_ENDS = (date(2025, 3, 31), date(2026, 3, 31))
POLICIES = {
    "power_harassment": ("policy", "desk", "response"),
    "customer_harassment": ("policy", "desk", "response", "privacy", "no_retaliation"),
    "jobseeker_harassment": ("policy", "interview_rules", "desk", "response"),
    "whistleblowing": ("desk", "officer"),
    "childcare_flexible": ("start_time_change", "telework", "childcare_support", "short_hours"),
}
TREATMENTS = (
    "base_pay",
    "bonus",
    "commuting_allowance",
    "retirement_allowance",
    "family_allowance",
    "housing_allowance",
    "welfare",
    "sick_leave",
    "summer_winter_leave",
)
STRESS_CHECK_FROM = 50


@dataclass(frozen=True)
class Company:
    """An employer and its workplaces, the first of them its head office."""

    id: str
    sites: tuple[str, ...]

    @property
    def site(self) -> str:
        """The head office."""
        return self.sites[0]


def found(
    world: World,
    employer_id: str,
    *,
    industry: str = "information",
    size_class: str = "sme",
    headcount: int = 8,
    insured_headcount: int | None = None,
    regular_headcount: float | None = None,
    prefectures: Sequence[str] = ("13",),
    sector: str = "general",
    special_clause: bool = False,
    special_month_hours: float = 90,
    special_year_hours: float = 700,
) -> Company:
    """Add an employer with a workplace in each prefecture (codes of JIS X 0401).

    With policies, work rules, agreements on overtime (April to March, filed before), stress checks, publications and
    compared treatments. Headcounts are told, not counted; that of the employer is shared by its workplaces.
    """
    world.add(
        "employers",
        employer_id=employer_id,
        industry=industry,
        size_class=size_class,
        headcount=headcount,
        insured_headcount=headcount if insured_headcount is None else insured_headcount,
        fiscal_year_end_month=3,
        regular_headcount=min(headcount, 37) if regular_headcount is None else regular_headcount,
        quota_exclusion_rate=0,
    )
    share = -(-headcount // len(prefectures))
    sites = []
    for number, prefecture in enumerate(prefectures, 1):
        site = f"{employer_id}-S{number}"
        sites.append(site)
        open_site(world, employer_id, site, prefecture=prefecture, sector=sector, headcount=share)
        conclude_agreements(
            world,
            employer_id,
            site,
            special_clause=special_clause,
            special_month_hours=special_month_hours,
            special_year_hours=special_year_hours,
        )
    for kind, items in POLICIES.items():
        for item in items:
            world.add("policies", employer_id=employer_id, kind=kind, item=item, set_up_on=date(2022, 3, 1))
    for item in TREATMENTS:
        world.add("treatments", employer_id=employer_id, item=item, differs=False)
    publish(world, employer_id)
    return Company(employer_id, tuple(sites))


def open_site(world: World, employer_id: str, site: str, *, prefecture: str, sector: str, headcount: int) -> None:
    """Add a workplace with its work rules, and a stress check of this year where 50 or more work."""
    world.add(
        "establishments",
        establishment_id=site,
        employer_id=employer_id,
        prefecture_code=prefecture,
        sector=sector,
        headcount=headcount,
        opened_on=date(2010, 4, 1),
    )
    world.add(
        "work_rules",
        work_rules_id=f"{site}-R2025",
        employer_id=employer_id,
        establishment_id=site,
        adopted_on=date(2025, 3, 1),
        filed_on=date(2025, 3, 20),
        opinion_attached=True,
        retirement_system="age",
        retirement_age=60,
        continued_employment_to=65,
        continued_employment_selective=False,
        effort_to=70,
    )
    if headcount >= STRESS_CHECK_FROM:
        for year in (2024, 2025, 2026):
            world.add(
                "stress_checks",
                stress_check_id=f"{site}-{year}",
                employer_id=employer_id,
                establishment_id=site,
                held_on=date(year, 6, 30),
            )
            world.add(
                "filings",
                filing_id=f"{site}-stress-{year}",
                employer_id=employer_id,
                establishment_id=site,
                kind="stress_check",
                period_start=date(year, 4, 1),
                period_end=date(year + 1, 3, 31),
                filed_on=date(year, 7, 20),
                channel="electronic",
                receipt_number=f"{site}-{year}",
            )


def conclude_agreements(
    world: World,
    employer_id: str,
    site: str,
    *,
    special_clause: bool = False,
    special_month_hours: float = 90,
    special_year_hours: float = 700,
) -> None:
    """Add the agreements on overtime (LSA 36) of a workplace: one each year from April, concluded and filed before."""
    for start in FISCAL_YEAR_STARTS:
        world.add(
            "agreements36",
            agreement_id=f"{site}-G{start.year}",
            employer_id=employer_id,
            establishment_id=site,
            concluded_with="representative",
            representative_chosen_by="vote",
            filed_on=start.replace(month=3, day=20),
            valid_from=start,
            valid_to=date(start.year + 1, 3, 31),
            year_start_on=start,
            special_clause=special_clause,
            month_hours=45,
            year_hours=360,
            special_month_hours=special_month_hours if special_clause else None,
            special_year_hours=special_year_hours if special_clause else None,
        )


def publish(world: World, employer_id: str) -> None:
    """Publish what large employers must, two months after each business year; small ones do so by choice."""
    for year_end in YEAR_ENDS:
        figures = (
            ("childcare_leave_rate", "rate", 0.62),
            ("womens_advancement", "pay_gap", 0.81),
            ("womens_advancement", "women_manager_ratio", 0.24),
        )
        for kind, item, value in figures:
            world.add(
                "publications",
                publication_id=f"{employer_id}-{item}-{year_end.year}",
                employer_id=employer_id,
                kind=kind,
                item=item,
                period_start=date(year_end.year - 1, 4, 1),
                period_end=year_end,
                published_on=date(year_end.year, 5, 29),
                channel="internet",
                value=value,
            )
