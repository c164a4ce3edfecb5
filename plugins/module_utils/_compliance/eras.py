# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dates by the Japanese calendar (令和8年4月1日, R8.4.1, 平成31年4月30日), each era held to its own days, in SQL."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Era:
    """An era, by each way it is written, with its first day and its last (ISO 8601)."""

    signs: tuple[str, ...]
    first: str
    last: str

    @property
    def year_before(self) -> int:
        """The year before its first: year 8 of 令和 is 2018 + 8."""
        return int(self.first[:4]) - 1


# A person born before 大正 is older than any employee.
ERAS = (
    Era(("令和", "㋿", "R", "r"), "2019-05-01", "9999-12-31"),
    Era(("平成", "㍻", "H", "h"), "1989-01-08", "2019-04-30"),
    Era(("昭和", "㍼", "S", "s"), "1926-12-25", "1989-01-07"),
    Era(("大正", "㍽", "T", "t"), "1912-07-30", "1926-12-24"),
)
_SIGNS = "|".join(sign for era in ERAS for sign in era.signs)
_PATTERN = rf"({_SIGNS})\.? *(元|[0-9]{{1,2}}) *[年./-] *([0-9]{{1,2}}) *[月./-] *([0-9]{{1,2}}) *日?"


def _choice(value: str) -> str:
    """The day that ``{sign, year, month, day}`` (texts) is; NULL outside the era's days."""
    cases = []
    for era in ERAS:
        signs = ", ".join(f"'{sign}'" for sign in era.signs)
        year = f"{era.year_before} + {value}.year::INTEGER"
        day = f"TRY_CAST({year} || '-' || {value}.month || '-' || {value}.day AS DATE)"
        cases.append(
            f"WHEN {value}.sign IN ({signs}) AND {day} BETWEEN DATE '{era.first}' AND DATE '{era.last}' THEN {day}"
        )
    return f"CASE {' '.join(cases)} END"


MACROS = (
    # Full-width figures, letters and spaces are how Japanese forms write them.
    "CREATE OR REPLACE TEMP MACRO ascii_figures(x) AS "
    "translate(x, '０１２３４５６７８９ＲＨＳＴ．／－　', '0123456789RHST./- ')",
    "CREATE OR REPLACE TEMP MACRO era_parts(x) AS CASE WHEN regexp_full_match(x, '" + _PATTERN + "') THEN "
    "regexp_extract(replace(x, '元', '1'), '" + _PATTERN + "', ['sign', 'year', 'month', 'day']) END",
    # A list of one, since a macro would write its argument out, and have it reckoned, wherever it is used.
    "CREATE OR REPLACE TEMP MACRO era_date(x) AS "
    f"list_transform([era_parts(ascii_figures(x))], lambda parts: {_choice('parts')})[1]",
)
