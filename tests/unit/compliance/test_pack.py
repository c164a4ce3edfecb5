from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import load, read_reference
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from tests.unit.compliance.packs import files, write

RULE = "rules/CAP.yml"
OPEN = {"from": "2019-04-01", "value": 1}


def _set(document: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split("/")
    for each in parents:
        document = document[int(each)] if isinstance(document, list) else document[each]
    document[int(last) if isinstance(document, list) else last] = value


@pytest.mark.parametrize(
    ("file", "path", "value", "said"),
    [
        (RULE, "severity", "bad", "severity is 'bad', and must be one of critical, high, medium, low, info"),
        (RULE, "status", "maybe", "status is 'maybe', and must be one of binding, advisory"),
        (RULE, "verified", "single secondary source", "status is binding, which needs verified: two or more"),
        (RULE, "sources", ["one"], "status is binding, which needs verified: two or more"),
        (RULE, "id", "OTHER", "id must be CAP"),
        (RULE, "surprise", 1, "unknown: surprise"),
        (RULE, "key", ["nobody"], "query has no output column nobody; it has employer_id, worker_id"),
        (RULE, "key", [], "key is empty"),
        (RULE, "cap/measured", "minutes", "query has no output column minutes"),
        (RULE, "cap/allowed", "above", "cap.allowed: above: neither output column nor parameter"),
        (RULE, "messages/en", "{worker_id} {month} {hours}", "messages has ['hours', 'month', 'worker_id'] in en and"),
        (RULE, "messages", {"en": "{salary}", "ja": "{salary}"}, "salary: neither output column nor parameter"),
        (RULE, "remedy", {"en": "x"}, "remedy.ja is missing"),
        (RULE, "law/url", 5, "law.url is 5, and must be str"),
        (RULE, "parameters/below/stricter", "more", "sets take more, figures lower or higher"),
        (RULE, "parameters/below/versions", [], "parameters.below.versions is empty"),
        (RULE, "parameters/below/versions/0/until", "x", "versions[0].until is 'x', and must be date"),
        (RULE, "parameters/below/versions/0/value", "many", "values must be of one type, not number, str"),
        (RULE, "unless/0/when", "h.sector =", "unless[0].when: "),
        (RULE, "unless/0/when", "1 = 1 FROM x", "unless[0].when"),
        (RULE, "unless/0/when", "h.nobody = 1", "nobody"),
        (RULE, "query", "SELECT 1 AS a", "query has no output column employer_id; it has a"),
        (RULE, "query", None, "query is None, and must be str"),
        ("schema/months.yml", "columns/month/type", "era", "columns.month.type is 'era', and must be one of text"),
        (
            "schema/months.yml",
            "columns/month/example",
            "soon",
            "columns.month.example: month is 'soon', and must be date",
        ),
        ("schema/months.yml", "columns/month/null", True, "columns.month: a key can't be missing"),
        ("schema/months.yml", "name", "weeks", "name must be months"),
        ("derived/hours.yml", "columns", ["worker_id"], "columns are worker_id; the query's are employer_id"),
        ("derived/hours.yml", "query", "SELECT param('below', month) AS x FROM months", "columns are"),
        ("pack.yml", "as_of", "today", "as_of is 'today', and must be date"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path: Path, file: str, path: str, value: Any, said: str) -> None:
    documents = files()
    _set(documents[file], path, value)
    with pytest.raises(PackError) as error:
        load(write(tmp_path, documents))
    assert said in str(error.value)
    assert file in str(error.value) or str(tmp_path) in str(error.value)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT nobody AS employer_id FROM months", "'nobody' could not be resolved"),
        ("SELECT m.nobody AS employer_id FROM months m", "nobody"),
        ("SELECT employer_id FROM strangers", "no such table: strangers"),
        (
            "WITH months AS (SELECT 'E1' AS employer_id) SELECT employer_id FROM months",
            "WITH hides a table of the pack",
        ),
    ],
)
def test_a_relation_reads_only_what_is_there(tmp_path: Path, query: str, said: str) -> None:
    documents = files()
    documents["derived/extra.yml"] = {
        "name": "extra",
        "en": "x",
        "grain": "x",
        "columns": ["employer_id"],
        "query": query,
    }
    with pytest.raises(PackError, match=said):
        load(write(tmp_path, documents))


def test_derived_relations_may_not_need_each_other(tmp_path: Path) -> None:
    documents = files()
    for one, other in (("a", "b"), ("b", "a")):
        query = f"SELECT employer_id FROM {other}"
        documents[f"derived/{one}.yml"] = {
            "name": one, "en": "x", "grain": "x", "columns": ["employer_id"], "query": query,
        }  # fmt: skip
    with pytest.raises(PackError, match="derived relations need each other: a -> b"):
        load(write(tmp_path, documents))


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    documents = files()
    documents[RULE]["severity"] = "bad"
    documents["schema/employers.yml"]["name"] = "bosses"
    with pytest.raises(PackError) as error:
        load(write(tmp_path, documents))
    assert "severity" in str(error.value)
    assert "name must be employers" in str(error.value)


def test_another_rule_may_be_broken_while_one_is_written(tmp_path: Path) -> None:
    documents = files()
    documents["rules/BROKEN.yml"] = "id: ["
    root = write(tmp_path, documents)
    with pytest.raises(PackError, match=r"BROKEN\.yml"):
        load(root)
    assert load(root, ["CAP"]).rules["CAP"].severity == "high"
    with pytest.raises(PackError, match="no such rule: NONE"):
        load(root, ["NONE"])


def test_what_one_rule_needs_may_not_be_broken(tmp_path: Path) -> None:
    documents = files()
    documents["schema/months.yml"]["columns"]["month"]["type"] = "era"
    with pytest.raises(PackError, match=r"months\.yml: columns\.month\.type"):
        load(write(tmp_path, documents), ["CAP"])


def test_the_hash_is_that_of_the_content(tmp_path: Path) -> None:
    one = load(write(tmp_path / "one", files()))
    turned = {name: dict(reversed(list(document.items()))) for name, document in reversed(list(files().items()))}
    root = write(tmp_path / "other", turned)
    os.utime(root / RULE, (1, 1))
    assert load(root).hash == one.hash
    changed = files()
    changed[RULE]["remedy"]["en"] = "Even less"
    assert load(write(tmp_path / "changed", changed)).hash != one.hash


def test_types_of_a_reference_table() -> None:
    found = read_reference(
        "t", "code,day,yen,rate,open,name\n01,2026-04-01,1075,0.25,true,\n13,2026-04-02,960,2,false,x\n"
    )
    types = {name: (each.type, each.null) for name, each in found.table.columns.items()}
    assert types == {
        "code": ("text", False),
        "day": ("date", False),
        "yen": ("integer", False),
        "rate": ("decimal", False),
        "open": ("boolean", False),
        "name": ("text", True),
    }
    with pytest.raises(PackError, match="every line must have 2 values"):
        read_reference("t", "a,b\n1\n")
