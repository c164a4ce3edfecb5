from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.given import dates, rows
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from tests.unit.compliance.packs import pack as written

APRIL = date(2026, 4, 1)


@pytest.fixture(name="small")
def _small(tmp_path: Path) -> Pack:
    return written(tmp_path)


def made(small: Pack, *given: dict[str, Any]) -> list[dict[str, Any]]:
    return rows(small.schema, small.base, {"months": list(given)})["months"]


def test_examples_fill_in_what_a_row_leaves_out(small: Pack) -> None:
    (row,) = made(small, {"month": APRIL})
    assert row == {
        "worker_id": "W1", "employer_id": "E1", "month": APRIL,
        "overtime_min": 0, "sector": "general", "started_at": None,
    }  # fmt: skip


def test_a_row_with_a_key_of_the_base_changes_it(small: Pack) -> None:
    found = rows(small.schema, small.base, {"employers": [{"size_class": "sme"}, {"employer_id": "E2"}]})
    assert [(row["employer_id"], row["size_class"]) for row in found["employers"]] == [("E1", "sme"), ("E2", "large")]
    assert rows(small.schema, small.base, {}, ("employers",)) == {}


def test_a_text_key_that_is_not_named_is_numbered(small: Pack) -> None:
    assert [row["worker_id"] for row in made(small, {"month": APRIL}, {"month": APRIL})] == ["W1", "W1-2"]


def test_one_row_a_day_with_times_of_that_day(small: Pack) -> None:
    period = {"from": date(2026, 4, 3), "to": date(2026, 4, 6), "only": "weekdays"}
    found = made(small, {"dates": period, "started_at": "29:30"})
    assert [(row["month"], row["started_at"]) for row in found] == [
        (date(2026, 4, 3), datetime(2026, 4, 4, 5, 30)),
        (date(2026, 4, 6), datetime(2026, 4, 7, 5, 30)),
    ]


@pytest.mark.parametrize(
    ("document", "days"),
    [
        ({"from": APRIL, "to": date(2026, 6, 30), "every": "month"}, [(4, 1), (5, 1), (6, 1)]),
        ({"from": APRIL, "to": date(2026, 4, 20), "every": "week"}, [(4, 1), (4, 8), (4, 15)]),
        ({"from": APRIL, "to": date(2026, 4, 12), "only": "weekends"}, [(4, 4), (4, 5), (4, 11), (4, 12)]),
        ({"from": APRIL, "to": date(2026, 4, 12), "only": "friday"}, [(4, 3), (4, 10)]),
        ({"from": APRIL, "to": date(2026, 4, 4), "only": ["friday", "saturday"]}, [(4, 3), (4, 4)]),
        ({"from": date(2024, 2, 28), "to": date(2024, 3, 1)}, [(2, 28), (2, 29), (3, 1)]),
    ],
)
def test_dates(document: dict[str, Any], days: list[tuple[int, int]]) -> None:
    assert [(day.month, day.day) for day in dates(document)[1]] == days


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"strangers": [{}]}, "given.strangers: no such table"),
        ({"months": {}}, "given.months must be a list of rows"),
        ({"months": ["x"]}, r"given.months\[0\]: 'x': a row is a mapping"),
        ({"months": [{}]}, r"given.months\[0\]: month has no value"),
        (
            {"months": [{"month": APRIL, "nobody": 1}]},
            r"given.months\[0\]: months has no column nobody; it has worker_id",
        ),
        ({"months": [{"month": APRIL, "overtime_min": 1.5}]}, "overtime_min is 1.5, and must be integer"),
        ({"months": [{"month": APRIL, "overtime_min": True}]}, "overtime_min is True, and must be integer"),
        ({"months": [{"month": APRIL, "employer_id": None}]}, "employer_id has no value"),
        ({"months": [{"month": "2026-02-30"}]}, "month is '2026-02-30', and must be date"),
        ({"months": [{"month": APRIL, "started_at": "2026-04-01T09:00:00+09:00"}]}, "must be timestamp"),
        ({"employers": [{"size_class": "huge"}]}, "size_class is 'huge', and must be one of large, sme"),
        ({"months": [{"worker_id": "W1", "month": APRIL}] * 2}, "is there twice"),
        ({"months": [{"dates": {"from": APRIL, "to": APRIL, "only": "moonday"}}]}, "dates.only is 'moonday'"),
        ({"employers": [{"dates": {"from": APRIL, "to": APRIL}}]}, "which column they fill isn't clear"),
    ],
)
def test_wrong_rows_are_explained(small: Pack, given: dict[str, Any], said: str) -> None:
    with pytest.raises(PackError, match=said):
        rows(small.schema, small.base, given)
