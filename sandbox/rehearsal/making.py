"""What the makers of rows share: today, ids, and who applied where."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from sandbox.rehearsal.persons import SEED, Person, of_kind

Row = dict[str, Any]
Tables = dict[str, list[Row]]
"""Rows by table (`schema.table`), each a dictionary by column, in the order in which they can be written."""

TODAY = datetime(2026, 11, 20, 9, tzinfo=timezone(timedelta(hours=9)))
COMPANIES = 12
POSTINGS = 60


def ago(random: Random, least: int, most: int) -> datetime:
    """A moment that many days before today."""
    return TODAY - timedelta(days=random.randint(least, most), minutes=random.randrange(600))


def posting(random: Random) -> str:
    return f"P-{random.randint(1, POSTINGS):05d}"


def company(random: Random) -> str:
    return f"E-{random.randint(1, COMPANIES):04d}"


def closed(one: Person) -> datetime | None:
    """Every fifteenth has left, up to four years ago."""
    return TODAY - timedelta(days=one.number * 7) if one.number % 15 == 0 else None


def applications() -> Iterator[tuple[str, Person, str]]:
    """Id, applicant and posting; the first two are of the person who is everywhere."""
    random = Random(f"{SEED}/applications")
    candidates = of_kind("candidate")
    for number in range(1, 241):
        one = candidates[0] if number <= 2 else random.choice(candidates)
        yield f"A-{number:06d}", one, posting(random)
