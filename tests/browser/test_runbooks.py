from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import load_scenarios
from ansible_collections.iworkz.platform.tests.browser.page import Page

pytestmark = pytest.mark.browser

PAGES = [f"{name}.{language}.html" for name in (*load_scenarios(), "index") for language in ("en", "ja")]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_sticks_out(runbook: Page, runbooks_dir: Path, name: str, width: int) -> None:
    runbook.address = (runbooks_dir / name).as_uri()
    runbook.size(width, mobile=width < 700)
    runbook.open()
    assert runbook.find("h1").is_displayed()
    assert runbook.overflow() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_the_contrast_wcag_aa_asks_for(runbook: Page, scheme: str) -> None:
    runbook.media(scheme=scheme)
    runbook.open()
    found = runbook.contrast()
    assert found["seen"] > 50
    assert found["poor"] == []


def test_the_other_language_and_the_index_are_a_click_away(runbook: Page) -> None:
    runbook.open()
    assert runbook.find("html").get_attribute("lang") == "en"
    runbook.click(".languages a[lang=ja]")
    assert runbook.driver.current_url.endswith("database_region.ja.html")
    assert runbook.find("html").get_attribute("lang") == "ja"
    runbook.click(".brand a")
    assert runbook.driver.current_url.endswith("index.ja.html")
    runbook.click(".runbooks a[href='database_region.ja.html']")
    assert runbook.find("h1").text == load_scenarios()["database_region"].title["ja"]
    runbook.requests()


def test_steps_are_ticked_off(runbook: Page) -> None:
    runbook.open()
    box = runbook.find("ol li input")
    assert not box.is_selected()
    runbook.click("ol li label")
    assert box.is_selected()


def test_targets_and_commands_stand_out(runbook: Page) -> None:
    runbook.open()
    assert [each.text for each in runbook.driver.find_elements("css selector", ".target dd")] == ["3600 s", "300 s"]
    commands = [each.text for each in runbook.driver.find_elements("css selector", "pre")]
    assert any(command.startswith("aws rds promote-read-replica --region ap-northeast-3") for command in commands)


def test_it_prints_without_the_switch_of_language(runbook: Page) -> None:
    runbook.open()
    runbook.media(media="print", scheme="dark")
    assert runbook.visible(".languages") == 0
    assert runbook.contrast()["poor"] == []
    pdf = base64.b64decode(runbook.cdp("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert pdf.startswith(b"%PDF-")
