from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from ansible_collections.iworkz.platform.plugins.module_utils._report.publish import FILES
from ansible_collections.iworkz.platform.tests.browser.page import Page

pytestmark = pytest.mark.browser

ENGLISH = ("en", "Launch readiness of sandbox: NO-GO", "en")
JAPANESE = ("ja", "sandboxのローンチ準備状況：NO-GO", "ja")


@pytest.mark.parametrize(
    ("suffix", "language"),
    [("", ENGLISH), ("?lang=en", ENGLISH), ("?lang=ja", JAPANESE), ("#ja", JAPANESE), ("?lang=xx#ja", JAPANESE)],
)
def test_the_address_chooses_the_language(page: Page, suffix: str, language: tuple[str, str, str]) -> None:
    page.open(suffix)
    assert page.language() == language


def test_the_switch_changes_the_language_and_is_remembered(page: Page) -> None:
    page.open()
    page.click("label[for=language-ja]")
    assert page.language() == JAPANESE
    assert page.find("#item-1\\.1\\.1\\.1 h4").text == "PostgreSQLがMulti-AZで稼働し自動バックアップされる"
    page.open()
    assert page.language() == JAPANESE
    page.click("label[for=language-en]")
    page.open()
    assert page.language() == ENGLISH


def test_the_decision_comes_first_and_says_it_is_a_rehearsal(page: Page) -> None:
    page.open()
    assert page.find("h1").text == "NO-GO"
    assert page.find(".rehearsal").text.startswith("Rehearsal")
    first_screen = page.driver.execute_script("return document.querySelector('.reasons').getBoundingClientRect().top")
    assert first_screen < 200
    page.click("#summary")
    assert len(page.shown()) == 123


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "differs from what is declared in tags.Component"), ("ja", "tags.Componentが宣言と異なります")],
)
def test_drift_leads_to_its_items_and_back_to_what_differs(page: Page, language: str, told: str) -> None:
    page.open(f"?lang={language}")
    assert told in page.find(".drift").text
    page.click(".drift a[href='#item-1.2.2.2']")
    assert told in page.find("#item-1\\.2\\.2\\.2 details[open]:last-of-type").text


def test_filters_narrow_the_list_and_are_cleared(page: Page) -> None:
    page.open()
    page.click("label[for=filter-fail]")
    assert page.shown() == ["1.1.1.1", "2.1.3.2"]
    page.click("label[for=filter-phase-2]")
    assert page.shown() == ["2.1.3.2"]
    assert page.find(".shown-count").text == "1"
    page.find("#search").send_keys("nothing like it")
    assert page.shown() == []
    assert page.find(".shown-none").is_displayed()
    page.click(".controls button[type=reset]")
    WebDriverWait(page.driver, 5).until(lambda _driver: len(page.shown()) == 123)
    assert not page.find(".shown-none").is_displayed()


@pytest.mark.parametrize(
    ("words", "items"),
    [
        ("pgbouncer", ["1.1.1.3"]),
        ("ＰｇＢｏｕｎｃｅｒ", ["1.1.1.3"]),
        ("デッドレター 再試行", ["1.3.2.3"]),
        ("reporting 35", ["1.1.1.1"]),
    ],
)
def test_search_finds_text_of_both_languages_and_the_evidence(page: Page, words: str, items: list[str]) -> None:
    page.open()
    page.find("#search").send_keys(words)
    assert page.shown() == items


def test_the_keyboard_reaches_language_filters_and_evidence(page: Page) -> None:
    page.open()
    keys = ActionChains(page.driver)
    keys.send_keys(Keys.TAB, Keys.ARROW_RIGHT).perform()
    assert page.language() == JAPANESE
    page.driver.execute_script("document.getElementById('filter-fail').focus()")
    ActionChains(page.driver).send_keys(Keys.SPACE).perform()
    assert len(page.shown()) == 2
    page.driver.execute_script("document.querySelector('#item-1\\\\.1\\\\.1\\\\.1 summary').focus()")
    ActionChains(page.driver).send_keys(Keys.ENTER).perform()
    assert page.find("#item-1\\.1\\.1\\.1 .seal").is_displayed()


def test_a_reason_leads_to_its_item_through_any_filter(page: Page) -> None:
    page.open()
    page.click("label[for=filter-pass]")
    assert "1.1.1.1" not in page.shown()
    page.click(".reasons a[href='#item-1.1.1.1']")
    WebDriverWait(page.driver, 5).until(lambda _driver: "1.1.1.1" in page.shown())
    assert page.find("#item-1\\.1\\.1\\.1 .seal").is_displayed()
    assert page.driver.switch_to.active_element.get_attribute("id") == "item-1.1.1.1"


def test_evidence_shows_what_was_required_observed_and_sealed(page: Page, report_dir: Path) -> None:
    page.open()
    page.click("#item-1\\.1\\.1\\.1 summary")
    item = json.loads((report_dir / FILES["json"]).read_bytes())["items"][0]
    text = page.find("#item-1\\.1\\.1\\.1").text
    for expected in (
        "iworkz-sandbox-reporting runs in one zone only",
        "Set multi_az: true for iworkz-sandbox-reporting",
        "backup_retention_days 14",
        "iworkz-sandbox-postgres true true 35",
        "2026-11-21 17:40 JST",
        "2026-11-21 08:40 UTC",
        item["evidence"]["caller"],
        item["evidence"]["sha256"],
        item["evidence"]["previous"],
    ):
        assert expected in text


def test_without_script_everything_can_be_read_in_both_languages(page: Page) -> None:
    page.cdp("Emulation.setScriptExecutionDisabled", value=True)
    page.open()
    assert not page.find(".controls").is_displayed()
    title = page.find("#item-1\\.1\\.1\\.1 h4")
    assert title.text == "PostgreSQL runs Multi-AZ with automated backups"
    page.click("label[for=language-ja]")
    assert title.text == "PostgreSQLがMulti-AZで稼働し自動バックアップされる"
    page.click("#item-1\\.1\\.1\\.1 summary")
    assert page.find("#item-1\\.1\\.1\\.1 .seal").is_displayed()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [320, 375, 768])
def test_nothing_sticks_out_on_small_screens(page: Page, width: int, language: str) -> None:
    page.size(width, mobile=True)
    page.open(f"?lang={language}")
    page.click("#expand")
    assert page.driver.execute_script("return document.documentElement.scrollWidth") == width


def test_print_shows_the_evidence_and_no_controls(page: Page) -> None:
    page.open("?lang=ja")
    page.media(media="print")
    assert page.visible(".seal") == page.driver.execute_script("return document.querySelectorAll('.seal').length") > 0
    assert page.visible(".controls, .languages") == 0
    assert page.language() == JAPANESE
    pdf = base64.b64decode(page.cdp("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert pdf.startswith(b"%PDF-")
    assert not page.driver.execute_script("return document.querySelector('.item details').open")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_the_contrast_wcag_aa_asks_for(page: Page, scheme: str) -> None:
    page.media(scheme=scheme)
    page.open()
    page.click("#expand")
    everything: dict[str, Any] = page.contrast()
    assert everything["seen"] > 1000
    assert everything["poor"] == []
    page.click("label[for=filter-fail]")
    page.click("label[for=filter-phase-1]")
    assert page.contrast()["poor"] == []


def test_every_control_and_region_has_a_name(page: Page) -> None:
    page.open("?lang=ja")
    tree = page.cdp("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "checkbox", "radio", "link", "searchbox", "region", "heading", "DisclosureTriangle"}
    named = [node for node in tree if not node["ignored"] and node["role"]["value"] in roles]
    assert len(named) > 200
    assert [node["role"]["value"] for node in named if not node["name"]["value"].strip()] == []


def test_hostile_evidence_does_nothing(page: Page) -> None:
    page.open()
    page.click("#expand")
    assert page.driver.execute_script("return [window.pwned ?? null, document.images.length]") == [None, 0]
    assert "window.pwned='yes'" in page.find("#item-1\\.2\\.2\\.3").text


def test_the_data_can_be_saved(page: Page, report_dir: Path, tmp_path: Path) -> None:
    page.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    page.open()
    page.click("#save")
    saved = tmp_path / "readiness.json"
    WebDriverWait(page.driver, 10).until(lambda _driver: saved.exists())
    assert json.loads(saved.read_bytes()) == json.loads((report_dir / FILES["json"]).read_bytes())


# Texts of pictures that stick out of the page, and pairs of them that overlap, of what can be seen.
PICTURES = """
const seen = [...document.querySelectorAll('.drills svg text')].filter(e => e.checkVisibility());
const boxes = seen.map(e => [e.textContent, e.closest('svg'), e.getBoundingClientRect()]);
const width = document.documentElement.clientWidth;
const outside = boxes.filter(([, , b]) => b.left < 0 || b.right > width).map(([text]) => text);
const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4;
const overlapping = boxes.flatMap(([text, svg, box], i) =>
  boxes.slice(i + 1).filter(([, other, b]) => other === svg && over(box, b)).map(([other]) => [text, other]));
return {seen: seen.length, outside, overlapping};
"""


def test_drills_show_verdicts_figures_and_pictures(page: Page) -> None:
    page.open()
    database = page.find("#drill-database_az").text
    assert "Recovered within the targets" in database
    assert "1.9 1.9 120 0 0 0" in database
    assert "first good write 2 s" in page.find("#drill-database_az .timeline svg").text
    assert "4 drills since 2026-10-10" in page.find("#drill-database_az .development").text
    assert "Missed the targets" in page.find("#drill-cache_node").text
    assert page.visible(".timeline svg") == 3
    assert page.visible(".drills .gap") == 5
    page.click("label[for=language-ja]")
    assert "最初の書き込み成功 2 s" in page.find("#drill-database_az .timeline svg").text
    assert "first good write" not in page.find("#drill-database_az .timeline svg").text


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_pictures_of_drills_keep_their_texts_apart_and_inside(page: Page, width: int, language: str) -> None:
    page.size(width, mobile=width < 700)
    page.open(f"?lang={language}")
    found = page.driver.execute_script(PICTURES)
    assert found["seen"] > 15
    assert (found["outside"], found["overlapping"]) == ([], [])


def test_drills_are_printed_whole(page: Page) -> None:
    page.open()
    page.media(media="print")
    assert page.visible(".timeline svg") == 3
    assert page.visible(".figures") == 3
    assert page.contrast()["poor"] == []
