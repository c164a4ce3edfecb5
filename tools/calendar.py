"""Make the calendar that deadlines move by: ``python -m tools.calendar rulepacks/jp_employment/tables/calendar.csv``.

A business day is one on which offices of the state are open: no Saturday, no Sunday, no public holiday, and not from
29 December to 3 January (昭和63年法律第91号, article 1). ``next_business_day``
is the first business day on or after the day (article 2). Equinoxes of years whose calendar has not been announced yet
(each February for the next year) are reckoned.
"""

from __future__ import annotations

import csv
import sys
from datetime import date, timedelta
from pathlib import Path

import holidays

FIRST, LAST = date(2010, 1, 1), date(2035, 12, 31)
NEW_YEAR = {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}
NEW_YEAR_JA = "年末年始"
HEADER = ("day", "business_day", "next_business_day", "holiday_ja")


def rows() -> list[tuple[str, str, str, str]]:
    """The calendar's rows, one per day, as text."""
    public = holidays.country_holidays("JP", years=range(FIRST.year, LAST.year + 2), language="ja")

    def name(day: date) -> str:
        return str(public.get(day) or (NEW_YEAR_JA if (day.month, day.day) in NEW_YEAR else ""))

    def is_open(day: date) -> bool:
        return day.weekday() < 5 and not name(day)

    found = []
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        following = day
        while not is_open(following):
            following += timedelta(days=1)
        found.append((day.isoformat(), str(is_open(day)).lower(), following.isoformat(), name(day)))
    return found


def main() -> None:
    """Write the calendar to the file named."""
    with Path(sys.argv[1]).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows())


if __name__ == "__main__":
    main()
