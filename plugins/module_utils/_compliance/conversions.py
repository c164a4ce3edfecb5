# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text read as a column's type, in DuckDB: NULL for what cannot be read, which is how intake finds it.

Casts of DuckDB alone would take too much: 8.5 as 9, infinity and epoch as days, and a zone they would drop.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import eras
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Type

_DAY = r"(1[89]|2[0-9]|99)[0-9]{2}[-/][0-9]{1,2}[-/][0-9]{1,2}"
_TIME = r"([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
_MIDNIGHT = r"00:00(:00([.]0+)?)?"
_LATE = r"(2[4-9]|3[0-9]|4[0-7]):[0-5][0-9](:00)?"
_ZONE = r" ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)"

MACROS = (
    *eras.MACROS,
    # A cell with nothing but spaces says nothing.
    "CREATE OR REPLACE TEMP MACRO cell(x) AS nullif(trim(x), '')",
    "CREATE OR REPLACE TEMP MACRO as_text(x) AS x",
    "CREATE OR REPLACE TEMP MACRO as_integer(x) AS "
    "CASE WHEN regexp_full_match(x, '[+-]?[0-9]{1,15}([.]0*)?') THEN TRY_CAST(x AS BIGINT) END",
    "CREATE OR REPLACE TEMP MACRO as_decimal(x) AS "
    "CASE WHEN regexp_full_match(x, '[+-]?[0-9]{1,14}([.][0-9]*)?') THEN TRY_CAST(x AS DECIMAL(18, 4)) END",
    "CREATE OR REPLACE TEMP MACRO as_boolean(x) AS "
    "CASE WHEN lower(x) IN ('true', 't', 'yes', '1') THEN TRUE "
    "WHEN lower(x) IN ('false', 'f', 'no', '0') THEN FALSE END",
    "CREATE OR REPLACE TEMP MACRO kanji_date(x) AS "
    "CASE WHEN regexp_full_match(x, '[12][0-9]{3}年[0-9]{1,2}月[0-9]{1,2}日') "
    "THEN TRY_CAST(replace(translate(x, '年月', '--'), '日', '') AS DATE) END",
    "CREATE OR REPLACE TEMP MACRO as_date(x) AS CASE "
    f"WHEN regexp_full_match(x, '{_DAY}([T ]{_MIDNIGHT})?') THEN TRY_CAST(x AS DATE) "
    "WHEN regexp_full_match(x, '[12][0-9]{7}') THEN CAST(TRY_STRPTIME(x, '%Y%m%d') AS DATE) "
    "ELSE COALESCE(kanji_date(ascii_figures(x)), era_date(x)) END",
    # 25:30 is how Japanese timesheets write half past one of the night after.
    "CREATE OR REPLACE TEMP MACRO late_time(x) AS TRY_CAST(regexp_extract(x, '^([^T ]+)', 1) AS DATE)"
    " + to_minutes(60 * regexp_extract(x, '([0-9]+):([0-9]+)', 1)::BIGINT"
    " + regexp_extract(x, '([0-9]+):([0-9]+)', 2)::BIGINT)",
    "CREATE OR REPLACE TEMP MACRO as_timestamp(x) AS CASE "
    f"WHEN regexp_full_match(x, '{_DAY}[T ]{_TIME}') THEN TRY_CAST(x AS TIMESTAMP) "
    f"WHEN regexp_full_match(x, '{_DAY}[T ]{_TIME}{_ZONE}') THEN timezone('Asia/Tokyo', TRY_CAST(x AS TIMESTAMPTZ)) "
    f"WHEN regexp_full_match(x, '{_DAY}[T ]{_LATE}') THEN late_time(x) END",
)


def install(connection: Any) -> None:
    """Make the macros in a connection; a time with a zone from a Parquet file is written out in UTC."""
    connection.execute("SET TimeZone = 'UTC'")
    for macro in MACROS:
        connection.execute(macro)


def cell(column: str) -> str:
    """The text of a column, whatever its type in the source; NULL when blank."""
    return f'cell("{column}"::VARCHAR)'


def typed(text: str, kind: Type) -> str:
    """A text as a type, NULL when it can't be read."""
    return f"as_{kind}({text})"
