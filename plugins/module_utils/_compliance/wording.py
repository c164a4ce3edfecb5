# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values and sentences as people read them, in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

Texts = Mapping[str, str]
Words = Mapping[str, Mapping[str, Texts]]
LANGUAGES = ("en", "ja")
MISSING = {"en": "(not known)", "ja": "（不明）"}
YES = {"en": "yes", "ja": "はい"}
NO = {"en": "no", "ja": "いいえ"}
COMMA = {"en": ", ", "ja": "、"}
UNKNOWN = {
    "en": "{title}: cannot be judged, as these are missing: {missing}",
    "ja": "{title}：次の情報がないため判定できない。{missing}",
}
WARNING = {"en": "Close to a breach: {sentence}", "ja": "違反のおそれ：{sentence}"}
DECIMALS = 2
SEPARATOR = ", "
NO_WORDS: Words = {}
Labels = Mapping[str, str]


class Templates(dict[str, str]):
    """A text in each language to be filled in, the words for coded values, by column and code, and what Japanese calls
    a column."""

    def __init__(self, texts: Texts, words: Words, labels: Labels | None = None) -> None:
        super().__init__(texts)
        self.words = words
        self.labels = labels or {}


def value(name: str, given: Any, language: str, words: Words | None = None) -> str:
    """Return a value as text: months, dates, money and numbers as the language writes them, codes as its words.

    :param name: of the column or parameter: month and ..._month are months, ..._yen money.
    :param words: by column; several codes are joined by ", ", and those without a word stay.
    """
    if given is None:
        return MISSING[language]
    if isinstance(given, bool):
        return (YES if given else NO)[language]
    if isinstance(given, datetime):
        return f"{value('', given.date(), language)} {given:%H:%M}"
    if isinstance(given, date):
        return _date(given, language, month=name == "month" or name.endswith("_month"))
    if isinstance(given, (int, float, Decimal)):
        return _number(given, "," if name.endswith("_yen") else "")
    if isinstance(given, (list, tuple)):
        return COMMA[language].join(value(name, each, language, words) for each in given)
    if words and name in words:
        codes = str(given).split(SEPARATOR)
        return COMMA[language].join(words[name][each][language] if each in words[name] else each for each in codes)
    return str(given)


@lru_cache(maxsize=4096)
def _date(day: date, language: str, *, month: bool) -> str:
    if language == "ja":
        return f"{day.year}年{day.month}月" + ("" if month else f"{day.day}日")
    return f"{day:%Y-%m}" if month else day.isoformat()


@lru_cache(maxsize=4096)
def _number(number: float | Decimal, separator: str) -> str:
    text = f"{Decimal(str(number)):{separator}.{DECIMALS}f}"
    text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def sentences(
    templates: Texts, title: Texts, verdict: str, values: Mapping[str, Any], missing: Sequence[str]
) -> dict[str, str]:
    """Return what is said of a case in each language; of an unknown one, only what is missing."""
    if verdict == "unknown":
        labels = templates.labels if isinstance(templates, Templates) else {}
        named = {"en": missing, "ja": [f"{labels[name]}（{name}）" if name in labels else name for name in missing]}
        return {
            each: UNKNOWN[each].format(title=title[each], missing=COMMA[each].join(named[each])) for each in LANGUAGES
        }
    said = fill(templates, values)
    if verdict == "warning":
        return {each: WARNING[each].format(sentence=said[each]) for each in LANGUAGES}
    return said


class _Worded:
    """Values by name, made text when a template asks for them: most are not said."""

    def __init__(self, values: Mapping[str, Any], language: str, words: Words) -> None:
        self._values = values
        self._language = language
        self._words = words

    def __getitem__(self, name: str) -> str:
        return value(name, self._values[name], self._language, self._words)


def fill(templates: Texts, values: Mapping[str, Any]) -> dict[str, str]:
    """Return a text in each language with its placeholders filled in."""
    words = templates.words if isinstance(templates, Templates) else NO_WORDS
    return {each: _filled(templates[each], _Worded(values, each, words)) for each in LANGUAGES}


def _filled(template: str, values: _Worded) -> str:
    return template.format_map(values) if "{" in template or "}" in template else template
