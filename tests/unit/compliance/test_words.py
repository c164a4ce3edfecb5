from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import load
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.wording import fill
from tests.unit.compliance.packs import files, write

RULE = "rules/CAP.yml"
LARGE = {"en": "large employers", "ja": "大企業"}
SME = {"en": "small employers", "ja": "中小企業"}
SHORT = {"en": "short", "ja": "短い"}


def spoken(query: str, words: dict[str, Any] | None = None, derived: str | None = None) -> dict[str, Any]:
    """A pack whose rule says what its column size_class is."""
    documents = files()
    rule = documents[RULE]
    rule["messages"] = {"en": "{worker_id} {size_class}", "ja": "{size_class} {worker_id}"}
    rule["query"] = query
    del rule["cap"], rule["unless"]
    if derived is not None:
        documents["derived/sizes.yml"] = {
            "name": "sizes",
            "en": "Sizes",
            "grain": "one row per employer",
            "columns": ["employer_id", "size"],
            "query": derived,
        }
    if words is not None:
        documents["words.yml"] = words
    return documents


def judged(size: str, source: str = "JOIN employers e ON e.employer_id = m.employer_id", before: str = "") -> str:
    return (
        f"{before} SELECT m.employer_id, m.worker_id, m.month, m.month AS judged_on, {size} AS size_class, "
        f"FALSE AS breached FROM months m {source}"
    )


FROM_DERIVED = "JOIN sizes e ON e.employer_id = m.employer_id"
DERIVED = "SELECT e.employer_id, {} AS size FROM employers e"


@pytest.mark.parametrize(
    ("query", "derived", "codes"),
    [
        (judged("e.size_class"), None, "large, sme"),
        (judged("MAX(e.size_class) OVER (ORDER BY m.month)"), None, "large, sme"),
        (judged("CASE WHEN e.size_class = 'sme' THEN 'short' ELSE '-' END"), None, "short"),
        (judged("COALESCE(e.size_class, 'short')"), None, "large, short, sme"),
        (judged("e.size", FROM_DERIVED), DERIVED.format("size_class"), "large, sme"),
        (judged("e.size", FROM_DERIVED), DERIVED.format("COALESCE(e.size_class, '')"), "large, sme"),
        (judged("k.size", "JOIN (VALUES (1, 'short'), (2, 'long')) AS k(number, size) ON TRUE"), None, "long, short"),
        (
            judged(
                "u.size",
                "JOIN u ON TRUE",
                "WITH s AS (SELECT * FROM employers), u AS (SELECT 'short' AS size UNION ALL SELECT size_class FROM s)",
            ),
            None,
            "large, short, sme",
        ),
    ],
)
def test_a_code_without_a_word_is_refused(tmp_path: Path, query: str, derived: str | None, codes: str) -> None:
    with pytest.raises(PackError) as error:
        load(write(tmp_path, spoken(query, derived=derived)))
    assert str(error.value).endswith(f"{RULE}: words.yml has no word for size_class: {codes}")


@pytest.mark.parametrize("query", [judged("m.sector"), judged("UPPER(e.size_class)"), judged("e.size_class || '!'")])
def test_text_that_is_no_code_needs_no_word(tmp_path: Path, query: str) -> None:
    assert load(write(tmp_path, spoken(query))).words == {}


def test_messages_say_the_words_of_codes_and_a_pack_with_others_is_another_one(tmp_path: Path) -> None:
    words = {"size_class": {"large": LARGE, "sme": SME}}
    pack = load(write(tmp_path / "one", spoken(judged("e.size_class"), words)))
    values = {"worker_id": "large", "size_class": "large, sme, huge"}
    assert fill(pack.rules["CAP"].messages, values) == {
        "en": "large large employers, small employers, huge",
        "ja": "大企業、中小企業、huge large",
    }
    other = load(
        write(tmp_path / "other", spoken(judged("e.size_class"), {"size_class": {"large": SHORT, "sme": SME}}))
    )
    assert other.hash != pack.hash


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"size_class": {"large": {"en": "large"}}}, "size_class.large.ja is missing"),
        ({"size_class": "large"}, "size_class is 'large', and must be dict"),
    ],
)
def test_words_in_one_language_are_refused(tmp_path: Path, words: dict[str, Any], said: str) -> None:
    with pytest.raises(PackError, match=rf"words\.yml: {said}"):
        load(write(tmp_path, spoken(judged("e.size_class"), words)))


def test_columns_are_called_as_declared_or_as_all_tables_call_them(tmp_path: Path) -> None:
    documents = files()
    documents["schema/months.yml"]["columns"]["sector"]["ja"] = "業種（空欄は一般）"
    documents["schema/months.yml"]["columns"]["employer_id"]["ja"] = "所属"
    documents["labels.yml"] = {"hours": "時間数"}
    labels = load(write(tmp_path, documents)).rules["CAP"].messages.labels
    assert {name: labels.get(name) for name in ("hours", "sector", "employer_id")} == {
        "hours": "時間数",
        "sector": "業種",
        "employer_id": None,
    }
    documents["labels.yml"] = {"hours": {"ja": "時間数"}}
    with pytest.raises(PackError, match=r"labels\.yml: hours is .*, and must be str"):
        load(write(tmp_path / "wrong", documents))


def test_a_report_that_is_not_described_is_refused(tmp_path: Path) -> None:
    documents = files()
    documents[RULE]["reports"] = ["levy"]
    with pytest.raises(PackError, match="reports: no such report: levy"):
        load(write(tmp_path / "without", documents))
    documents["reports/levy.yml"] = {"id": "levy"}
    assert load(write(tmp_path / "with", documents)).rules["CAP"].reports == ("levy",)
