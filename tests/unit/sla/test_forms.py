"""The report as people and programs read it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._messages import load_catalogue
from ansible_collections.iworkz.platform.plugins.module_utils._sla.figures import NO_CALLER, VERDICTS
from ansible_collections.iworkz.platform.plugins.module_utils._sla.html import TEMPLATES, html
from ansible_collections.iworkz.platform.plugins.module_utils._sla.markdown import markdown
from ansible_collections.iworkz.platform.plugins.module_utils._sla.readings import Readings
from ansible_collections.iworkz.platform.plugins.module_utils._sla.report import build
from tests.unit.sla.samples import MONTH, NOW, TERMS, context, sample, say, steady, troubled

OF_THE_PLATFORM = tuple(each for each in VERDICTS if each != NO_CALLER)


class Page(HTMLParser):
    """Texts by language, and what the page would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.seen = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self.fetched += [
            str(named[key]) for key in ("src", "href") if key in named and not str(named[key]).startswith("data:")
        ]
        if tag == "script":
            self.fetched.append("script")

    def handle_data(self, data: str) -> None:
        self.seen += data


def test_the_page_has_both_languages_and_fetches_nothing() -> None:
    text = html(sample(), say(), "ja")
    page = Page(text)
    assert page.fetched == []
    assert 'id="language-ja" value="ja" checked' in text
    for words in (
        "2026-10",
        "2026年10月",
        "稼働率",
        "Availability",
        "99.98 %",
        "71 ms",
        "193.8 ms",
        "SLOErrorBudgetBurn page",
    ):
        assert words in page.seen, words
    assert "sla.ui" not in page.seen


@pytest.mark.parametrize("verdict", OF_THE_PLATFORM)
def test_every_verdict_of_the_platform_is_told_in_both_languages(verdict: str) -> None:
    report = sample()
    report["platform"]["verdict"] = verdict
    words = say()(f"sla.ui_verdict_{verdict}")
    text, page = markdown(report, say()), Page(html(report, say(), "en"))
    assert f"# Service levels 2026-10: {words['en']}\n" in text
    assert f"# サービスレベル報告 2026-10: {words['ja']}\n" in text
    assert words["en"] in page.seen
    assert words["ja"] in page.seen


def test_what_is_missing_is_told() -> None:
    report = sample(gateway=troubled())
    assert report["platform"]["verdict"] == "incomplete"
    for text in (markdown(report, say()), html(report, say(), "en")):
        assert "120" in text
        assert "2026-10-18 08:40 JST – 2026-10-18 10:40 JST" in re.sub(r"\s+", " ", text)


def test_a_service_that_nobody_may_call_is_named_with_the_reason_and_misses_nothing() -> None:
    text = markdown(sample(), say())
    assert "| back-office | No caller is allowed | 0 | - / 99.9 % | - | - / 100 ms | - | 0 | 0 |" in text
    assert "| back-office | 呼び出し元の許可なし |" in text
    assert "| reporting | No data |" in text
    assert {"No caller is allowed", "呼び出し元の許可なし"} <= set(re.findall(r"[^<>]+", html(sample(), say(), "en")))


def test_a_service_that_nobody_may_call_but_somebody_did_is_judged_with_its_gaps() -> None:
    found = build(MONTH, {"api-gateway": steady(), "back-office": troubled()}, TERMS, context())["services"][1]
    assert (found["verdict"], found["missing_minutes"]) == ("incomplete", 120)


def test_the_sandbox_says_that_it_is_one() -> None:
    assert "no statement about customers" in html(sample("sandbox"), say(), "en")
    assert "no statement about customers" not in html(sample(), say(), "en")
    assert "模擬トラフィック" in markdown(sample("sandbox"), say())


def test_a_month_without_incidents_says_so() -> None:
    report = sample(gateway=steady())
    report["incidents"] = []
    assert "ありません。" in markdown(report, say())


def test_names_are_text_in_every_form() -> None:
    report = sample()
    report["services"][0]["name"] = "<b>|x"
    report["incidents"][0]["service"] = "<b>|x"
    assert "<b>|x" not in html(report, say(), "en")
    assert "\\<b\\>\\|x" in markdown(report, say())


def test_figures_without_requests_are_dashes() -> None:
    text = markdown(sample(gateway=Readings(requests=dict.fromkeys(MONTH.grid(NOW), 0.0))), say())
    assert "| Platform | No traffic | 0 | - / 99.9 % | - | - / 100 ms | - | 0 | 0 |" in text


def test_every_label_is_used_and_there() -> None:
    directory = TEMPLATES.parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*directory.glob("*.py"), *TEMPLATES.glob("*.j2")])
    there = {name.removeprefix("sla.ui_") for name in load_catalogue() if name.startswith("sla.ui_")}
    families = ("verdict_", "means_", "kind_", "term_")
    assert {name for name in there if not re.search(rf"[\"_]{name}\"", text) and not name.startswith(families)} == set()
    assert {name for name in there if name.startswith("verdict_")} == {f"verdict_{each}" for each in VERDICTS}
    assert {name for name in there if name.startswith("means_")} == {f"means_{each}" for each in OF_THE_PLATFORM}
