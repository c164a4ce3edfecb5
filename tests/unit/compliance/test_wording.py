from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import wording

TEMPLATES = {"en": "{hours} h on {day}", "ja": "{day}に{hours}時間"}
TITLE = {"en": "Overtime", "ja": "時間外労働"}
VALUES = {"hours": Decimal("45.50"), "day": date(2026, 4, 1)}


@pytest.mark.parametrize(
    ("name", "value", "en", "ja"),
    [
        ("hours", Decimal("100.0000"), "100", "100"),
        ("hours", 45.125, "45.12", "45.12"),
        ("hours", 0.1 + 0.2, "0.3", "0.3"),
        ("hours", -0.001, "0", "0"),
        ("year", 2026, "2026", "2026"),
        ("fee_yen", 1234567, "1,234,567", "1,234,567"),
        ("due_on", date(2026, 4, 1), "2026-04-01", "2026年4月1日"),
        ("month", date(2026, 4, 1), "2026-04", "2026年4月"),
        ("first_month", date(2026, 4, 1), "2026-04", "2026年4月"),
        ("started_at", datetime(2026, 4, 1, 9, 5), "2026-04-01 09:05", "2026年4月1日 09:05"),
        ("closed", True, "yes", "はい"),
        ("closed", False, "no", "いいえ"),
        ("items", ("a", "b"), "a, b", "a、b"),
        ("worker_id", "W1", "W1", "W1"),
        ("due_on", None, "(not known)", "（不明）"),
    ],
)
def test_values(name: str, value: Any, en: str, ja: str) -> None:
    assert (wording.value(name, value, "en"), wording.value(name, value, "ja")) == (en, ja)


@pytest.mark.parametrize(
    ("verdict", "en", "ja"),
    [
        ("violation", "45.5 h on 2026-04-01", "2026年4月1日に45.5時間"),
        ("warning", "Close to a breach: 45.5 h on 2026-04-01", "違反のおそれ：2026年4月1日に45.5時間"),
        (
            "unknown",
            "Overtime: cannot be judged, as these are missing: sector, hours",
            "時間外労働：次の情報がないため判定できない。sector、hours",
        ),
    ],
)
def test_sentences(verdict: str, en: str, ja: str) -> None:
    assert wording.sentences(TEMPLATES, TITLE, verdict, VALUES, ["sector", "hours"]) == {"en": en, "ja": ja}


def test_japanese_names_what_is_missing_in_japanese() -> None:
    named = wording.Templates(TEMPLATES, {}, {"hours": "時間数"})
    said = wording.sentences(named, TITLE, "unknown", VALUES, ["sector", "hours"])
    assert said == {
        "en": "Overtime: cannot be judged, as these are missing: sector, hours",
        "ja": "時間外労働：次の情報がないため判定できない。sector、時間数（hours）",
    }
