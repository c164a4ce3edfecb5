"""The masking filter, run in LuaJIT as Fluent Bit does it."""

from __future__ import annotations

import json
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools import masking_corpus, masking_table
from tools.masking_filter import DIRECTORY, default, masked

MASKED = [
    ("氏名: 山田太郎", "氏名: [masked:name]"),
    ("氏名「勅使河原」", "氏名「[masked:name]」"),
    ("佐藤様、こんにちは", "[masked:name]様、こんにちは"),
    ("担当佐藤様", "担当[masked:name]様"),
    ("ｻﾄｳ ﾀﾛｳ 様", "[masked:name] 様"),
    ("さとう たろうさん", "[masked:name]さん"),
    ("グエンさん", "[masked:name]さん"),
    ("Taro Sato", "[masked:name]"),
    ("Sato, Taro signed", "[masked:name] signed"),
    ("Sato-san", "[masked:name]-san"),
    ('{"family_name":"佐藤"}', '{"family_name":"[masked:name]"}'),
    (r'{"m":"{\"full_name\":\"\u4f50\u85e4\"}"}', r'{"m":"{\"full_name\":\"[masked:name]\"}"}'),
    ("?full_name=%E4%BD%90%E8%97%A4&x=1", "?full_name=[masked:name]&x=1"),
    ("123456789018", "[masked:my_number]"),
    ("1234 5678 9018", "[masked:my_number]"),
    ("１２３４－５６７８－９０１８", "[masked:my_number]"),
    ("マイナンバー: 123456789012", "マイナンバー: [masked:my_number]"),
    ("TEL-090-1234-5678", "TEL-[masked:phone]"),
    ("(03) 1234-5678", "[masked:phone]"),
    ("03（1234）5678", "[masked:phone]"),
    ("0467-22-1234", "[masked:phone]"),
    ("+81-(0)90-1234-5678", "[masked:phone]"),
    ("０９０ー１２３４ー５６７８", "[masked:phone]"),
    ("taro.sato+x@mail.example.co.jp.", "[masked:email]."),
    ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐへ", "[masked:email]へ"),
    ("a%40example.jp", "[masked:email]"),
    ("AB12345678CD", "[masked:residence_card]"),
    ("在留カード ab12345678cd", "在留カード [masked:residence_card]"),
    ("4111 1111 1111 1111", "[masked:card]"),
    ("3782-822463-10005", "[masked:card]"),
    ("普通 1234567", "普通 [masked:account]"),
]
KEPT = [
    "1234567890123",
    "1-2345-6789-0123",
    "123456789012",
    "order_id=123456789018",
    "arn:aws:iam::123456789018:role/x",
    "123456789018.dkr.ecr.ap-northeast-1.amazonaws.com/x",
    "iworkz-logs-123456789018",
    "550e8400-e29b-41d4-a716-446655440000",
    "2026-11-22T07:15:40.123456Z",
    "0120-123-456",
    "ab12345678cd",
    "千葉県福島市山口町",
    "お客様、皆様、担当者様",
    "氏名: 未入力",
    "仕様と模様",
    "name=billing-api",
    "user@localhost",
    "[masked:name]様",
]
RECORDS = [
    ({"user": {"name": "x"}}, {"user": {"name": "[masked:name]"}}),
    ({"service": {"name": "billing"}}, {"service": {"name": "billing"}}),
    ({"full_name": None, "n": 1}, {"n": 1}),
    ({"full_name": "-"}, {"full_name": "-"}),
    ({"my_number": 123456789012}, {"my_number": "[masked:my_number]"}),
    ({"phone": "ext. 12345 6"}, {"phone": "[masked:phone]"}),
    ({"taro@example.jp": 3}, {"[masked:email]": 3}),
    ({"a": [{"b": ["090-1234-5678", 1, True]}]}, {"a": [{"b": ["[masked:phone]", 1, True]}]}),
]


@pytest.mark.parametrize(("line", "expected"), MASKED)
def test_masks(line: str, expected: str) -> None:
    assert masked(line) == expected


@pytest.mark.parametrize("line", KEPT)
def test_keeps(line: str) -> None:
    assert masked(line) == line


@pytest.mark.parametrize(("record", "expected"), RECORDS)
def test_records(record: dict[str, object], expected: dict[str, object]) -> None:
    assert masked(record) == expected


def test_answers_fluent_bit_with_its_codes() -> None:
    assert default().record({"message": "started"})[0] == 0
    assert default().record({"message": "090-1234-5678"})[0] == 2


def test_masks_however_deep() -> None:
    deep: dict[str, object] = {"message": "090-1234-5678"}
    for _ in range(60):
        deep = {"a": deep}
    assert "090" not in json.dumps(masked(deep))


def test_withholds_what_cannot_be_masked() -> None:
    code, record = default().raw("no table at all")
    assert (code, record["message"]) == (2, "[masked:record]")


def test_helm_leaves_the_scripts_as_they_are() -> None:
    """The chart of Fluent Bit takes scripts for templates."""
    assert not [path.name for path in DIRECTORY.glob("*.lua") if "{{" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("half", masking_corpus.SEEDS)
def test_corpus_is_what_is_made(half: str) -> None:
    found = (masking_corpus.DIRECTORY / f"{half}.jsonl").read_text(encoding="utf-8")
    assert found == masking_corpus.text(half), "python -m tools.masking_corpus"


@pytest.mark.parametrize("half", masking_corpus.SEEDS)
def test_targets_are_met(half: str) -> None:
    assert masking_table.measure(half).failures() == []


PIECES = st.sampled_from(
    [
        *(line for line, _ in MASKED), *KEPT, "氏名", ":", "様", " ", "-", "+", "(", "@",
        "%4", "\\u4", "佐藤", "太郎", "ー", "ﾞ",
        "0", "12", "0901234", "\n", "\\", '"', "{", "}", "[masked:", "T", "Sato",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=8).map("".join))


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_masking_again_changes_nothing(line: str) -> None:
    once = masked(line)
    assert masked(once) == once


@given(st.text(alphabet="abcdefghijklmnop .,;/_-<>|\n\t", max_size=200))
@settings(max_examples=200, deadline=None)
def test_what_holds_no_candidate_is_left_alone(line: str) -> None:
    assert masked(line) == line


@given(
    st.recursive(
        TEXTS | st.integers(-5, 5), lambda inner: st.dictionaries(st.text("abc", min_size=1), inner), max_leaves=8
    )
)
@settings(max_examples=200, deadline=None)
def test_json_stays_json(value: object) -> None:
    record = {"a": value}
    text = json.dumps(record, ensure_ascii=False)
    assert json.loads(masked(text)).keys() == record.keys()
    assert json.loads(masked(json.dumps(record))).keys() == record.keys()


@pytest.mark.parametrize(
    "piece",
    [
        "a.",
        "0-",
        "1 ",
        "佐藤",
        "さ",
        "カ",
        "氏名:",
        "A",
        "Sato ",
        "様",
        "a@",
        "%",
        "\\u",
        "(",
        "名: ",
        "a-",
        "0901234",
        "林 ",
        "グ・",
    ],
)
def test_time_grows_with_length_only(piece: str) -> None:
    def seconds(count: int) -> float:
        line = piece * count
        began = time.process_time()
        masked(line)
        return time.process_time() - began

    masked(piece * 1000)
    short, long = (min(seconds(count) for _ in range(3)) for count in (5_000, 40_000))
    assert long < max(24 * short, 0.5)


def test_pieces_are_pairwise_idempotent() -> None:
    """Every two things beside each other: where a rule looks left or right, it meets a mask the second time."""
    lines = [line for line, _ in MASKED]
    for one, other in pairwise([*lines, *lines[::-1]]):
        once = masked(f"{one} {other}")
        assert masked(once) == once
