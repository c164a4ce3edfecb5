"""JUnit, Markdown, OSCAL, HTML and the schema."""

from __future__ import annotations

import copy
import json
import re
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ROOT
from ansible_collections.iworkz.platform.plugins.module_utils._messages import load_catalogue
from ansible_collections.iworkz.platform.plugins.module_utils._report.chart import HEIGHT, PAD, WIDTH, trend_chart
from ansible_collections.iworkz.platform.plugins.module_utils._report.facts import arrange
from ansible_collections.iworkz.platform.plugins.module_utils._report.html import TEMPLATES, html
from ansible_collections.iworkz.platform.plugins.module_utils._report.junit import junit
from ansible_collections.iworkz.platform.plugins.module_utils._report.markdown import markdown
from ansible_collections.iworkz.platform.plugins.module_utils._report.oscal import oscal
from ansible_collections.iworkz.platform.plugins.module_utils._report.schema import SchemaError, validate
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say
from ansible_collections.iworkz.platform.plugins.module_utils._report.verdicts import tally
from ansible_collections.iworkz.platform.tests.unit.report.samples import HOSTILE


def scalar(text: str) -> dict[str, Any]:
    return {"kind": "scalar", "text": text}


def test_the_report_is_what_its_schema_says(report: dict[str, Any]) -> None:
    validate(report)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("decision",), "MAYBE", r"\$\.decision"),
        (("surprise",), 1, "surprise"),
        (("items", 0, "verdict"), "fine", r"\$\.items\[0\]\.verdict"),
        (("items", 0, "evidence", "sha256"), "short", r"\$\.items\[0\]\.evidence\.sha256"),
        (("items", 0, "title"), {"en": "only"}, "ja"),
        (("kpis",), [], r"\$\.kpis"),
        (("summary", "pass"), -1, r"\$\.summary\.pass"),
    ],
)
def test_the_schema_refuses(report: dict[str, Any], path: tuple[Any, ...], value: Any, named: str) -> None:
    broken = copy.deepcopy(report)
    place: Any = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(SchemaError, match=named):
        validate(broken)


def test_junit_has_a_suite_per_phase_and_a_case_per_item(report: dict[str, Any]) -> None:
    root = ElementTree.fromstring(junit(report))
    assert [suite.get("name", "")[0] for suite in root] == list("123456789")
    cases = {case.get("name", "").split()[0]: case for case in root.iter("testcase")}
    assert len(cases) == 123
    expected = {
        "1.1.1.1": ["failure"],
        "1.1.1.2": ["failure"],
        "1.1.1.3": ["error"],
        "1.1.1.5": [],
        "2.1.3.4": ["skipped"],
    }
    assert {name: [child.tag for child in cases[name]] for name in expected} == expected
    for suite in [root, *root]:
        cases_in = list(suite.iter("testcase"))
        assert int(suite.get("tests", "")) == len(cases_in)
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute, "")) == sum(case.find(tag) is not None for case in cases_in)


def test_junit_survives_characters_xml_cannot_hold(report: dict[str, Any]) -> None:
    broken = copy.deepcopy(report)
    broken["items"][0]["message"]["en"] = "esc \x1b[31m nul \x00 pair \ud800 end"
    failure = ElementTree.fromstring(junit(broken)).find(".//failure")
    assert failure is not None
    assert failure.get("message") == "esc \ufffd[31m nul \ufffd pair \ufffd end"


def test_markdown_has_both_languages_and_stays_text(report: dict[str, Any], say: Say) -> None:
    english, japanese = markdown(report, say).split("\n\n---\n\n")
    assert english.startswith("# Launch readiness: NO-GO\n")
    assert japanese.startswith("# ローンチ準備状況: NO-GO\n")
    for part in (english, japanese):
        assert not re.search(r"(?<!\\)(<(?!br>)|&)", part)
        assert len(re.findall(r"^\| K\d+ ", part, re.MULTILINE)) == 10
        rows = [re.sub(r"\\.", "", line).count("|") for line in part.splitlines() if line.startswith("| 1.1.1.1 ")]
        assert rows == [6]
    assert "Not checked yet: 106" in english
    assert "未確認：106件" in japanese


def test_oscal_is_complete_linked_and_deterministic(report: dict[str, Any]) -> None:
    document = oscal(report)["assessment-results"]
    (result,) = document["results"]
    assert document["metadata"]["oscal-version"] == "1.1.2"
    assert len(result["findings"]) == 123
    observations = {each["uuid"]: each for each in result["observations"]}
    assert len(observations) == sum(bool(item["evidence"]["sha256"]) for item in report["items"])
    related = [link["observation-uuid"] for each in result["findings"] for link in each.get("related-observations", [])]
    assert set(related) == set(observations)
    uuids = [document["uuid"], result["uuid"], *observations, *(each["uuid"] for each in result["findings"])]
    assert {UUID(each).version for each in uuids} == {5}
    assert len(set(uuids)) == len(uuids)
    states = {each["target"]["target-id"]: each["target"]["status"] for each in result["findings"]}
    assert states["item-1.1.1.5"] == {"state": "satisfied", "reason": "pass"}
    assert states["item-1.1.1.1"] == {"state": "not-satisfied", "reason": "fail"}
    assert states["item-1.1.1.3"] == {"state": "not-satisfied", "reason": "other"}
    later = oscal({**report, "generated_at": "2027-01-01T00:00:00Z"})["assessment-results"]
    assert later["uuid"] == document["uuid"]
    other = oscal({**report, "decision": "GO"})["assessment-results"]
    assert other["uuid"] != document["uuid"]


def test_oscal_without_evidence_has_no_empty_lists(report: dict[str, Any]) -> None:
    bare = copy.deepcopy(report)
    for item in bare["items"]:
        item["evidence"] = dict.fromkeys(item["evidence"])
    (result,) = oscal(bare)["assessment-results"]["results"]
    assert "observations" not in result
    assert result["start"] == bare["generated_at"]


def test_html_keeps_hostile_evidence_inert(report: dict[str, Any], say: Say) -> None:
    page = html(report, say, "en")
    assert HOSTILE in [item["observed"].get("note") for item in report["items"]]
    assert "<img" not in page
    assert "&gt;{{ 7 * 7 }}&lt;!-- &amp;amp;" in page
    assert page.count("</script>") == 2
    embedded = re.search(r'<script type="application/json" id="readiness">(.*?)</script>', page, re.DOTALL)
    assert embedded is not None
    assert json.loads(embedded[1]) == report


def test_html_shows_the_statement_behind_an_attested_verdict(report: dict[str, Any], say: Say) -> None:
    attested = copy.deepcopy(report)
    item = next(each for each in attested["items"] if each["verdict"] == "pass")
    item["verdict"] = "attested"
    item["evidence"]["attestation"] = {"person": "Sato Hanako", "document": {"uri": "https://example.com/report"}}
    validate(attested)
    page = html(attested, say, "en")
    assert '<span class="value">Sato Hanako</span>' in page
    assert '<span class="value">https://example.com/report</span>' in page
    assert '<a href="https://example.com' not in page


def test_html_names_nothing_outside_itself(report: dict[str, Any], say: Say) -> None:
    page = html(report, say, "en")
    assert not re.findall(r"<(?:link|script|img|iframe)[^>]*(?:src|href)=\"(?!data:|#)", page)
    assert not re.findall(r"url\(|@import", (TEMPLATES / "readiness.css").read_text(encoding="utf-8"))
    assert "default-src 'none'" in page


@pytest.mark.parametrize("language", ["en", "ja"])
def test_html_opens_in_the_language_asked_for(report: dict[str, Any], say: Say, language: str) -> None:
    page = html(report, say, language)  # type: ignore[arg-type]
    assert f'<html lang="{language}"' in page
    assert f'id="language-{language}" value="{language}" checked' in page


def test_every_label_used_is_in_the_catalogue_and_every_label_there_is_used() -> None:
    directory = ROOT / "plugins" / "module_utils" / "_report"
    sources = [*directory.glob("*.py"), *TEMPLATES.glob("*.j2"), ROOT / "plugins" / "action" / "readiness_report.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    used = set(re.findall(r"label\(\"(\w+)\"[,)]", text)) | set(re.findall(r"label\('(\w+)'[,)]", text))
    used |= {name for name in re.findall(r"report\.ui_(\w+)\"", text) if not name.endswith("_")}
    used |= set(re.findall(r"label\(\"(\w+)\" if .* else \"\w+\"\)", text))
    used |= set(re.findall(r"label\(\"\w+\" if .* else \"(\w+)\"\)", text))
    families = set(re.findall(r"label\(f?[\"'](\w+_)[\"'{]", text)) | set(re.findall(r"report\.ui_(\w+_){", text))
    there = {name.removeprefix("report.ui_") for name in load_catalogue() if name.startswith("report.ui_")}
    assert used <= there
    assert {name for name in there - used if not name.startswith(tuple(families))} == set()


@pytest.mark.parametrize(
    ("value", "node"),
    [
        (None, scalar("-")),
        (True, scalar("true")),
        (1.5, scalar("1.5")),
        ([], {"kind": "list", "nodes": []}),
        (["a", 1], {"kind": "list", "nodes": [scalar("a"), scalar("1")]}),
        ({}, {"kind": "map", "plain": [], "nested": []}),
        (
            {"a": 1, "b": {"c": 2}},
            {
                "kind": "map",
                "plain": [["a", scalar("1")]],
                "nested": [["b", {"kind": "map", "plain": [["c", scalar("2")]], "nested": []}]],
            },
        ),
        (
            {"x": {"a": 1}, "y": {"a": 2, "b": [3]}},
            {
                "kind": "grid",
                "columns": ["a", "b"],
                "rows": [
                    ["x", [scalar("1"), scalar("-")]],
                    ["y", [scalar("2"), {"kind": "list", "nodes": [scalar("3")]}]],
                ],
            },
        ),
        (
            [{"a": 1}, {"a": 2}],
            {"kind": "grid", "columns": ["a"], "rows": [["1", [scalar("1")]], ["2", [scalar("2")]]]},
        ),
    ],
)
def test_facts_are_arranged_as_tables(value: Any, node: dict[str, Any]) -> None:
    assert arrange(value) == node


def test_wide_or_deep_mappings_are_no_grid() -> None:
    wide = {name: {f"key{number}": number for number in range(8)} for name in "ab"}
    deep = {name: {"inner": {"a": {"b": 1}}} for name in "ab"}
    assert [arrange(value)["kind"] for value in (wide, deep)] == ["map", "map"]


def test_the_chart_keeps_its_lines_inside() -> None:
    trend = [{"summary": tally(["pass"] * good + ["fail"] * bad)} for good, bad in ((0, 23), (11, 12), (23, 0))]
    chart = trend_chart(trend)
    assert chart is not None
    assert chart["top"] == 30
    assert [x for x, _y in chart["ready"]] == [PAD, WIDTH / 2, WIDTH - PAD]
    assert chart["ready"][0][1] == HEIGHT - PAD
    assert chart["ready"][2] == (WIDTH - PAD, chart["failing"][0][1])
    assert trend_chart(trend[:1]) is None
