from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver

from ansible_collections.iworkz.platform.plugins.module_utils._sla.html import html
from ansible_collections.iworkz.platform.tests.browser.conftest import visited
from ansible_collections.iworkz.platform.tests.browser.page import Page
from ansible_collections.iworkz.platform.tests.unit.sla.samples import sample, say, troubled

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a month with an outage and a gap, which opens in English."""
    path = tmp_path_factory.mktemp("sla") / "sla.html"
    path.write_text(html(sample("sandbox", troubled()), say(), "en"), encoding="utf-8")
    return path


@pytest.fixture
def sla(chromium: webdriver.Chrome, file: Path) -> Iterator[Page]:
    yield from visited(chromium, file.as_uri())


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_sticks_out(sla: Page, width: int, language: str) -> None:
    sla.size(width, mobile=width < 700)
    sla.open()
    sla.click(f"label[for=language-{language}]")
    assert sla.overflow() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_the_contrast_wcag_aa_asks_for(sla: Page, scheme: str) -> None:
    sla.media(scheme=scheme)
    sla.open()
    found = sla.contrast()
    assert found["seen"] > 80
    assert found["poor"] == []


def test_the_language_is_switched_without_script(sla: Page) -> None:
    sla.open()
    assert "Data incomplete" in sla.find("h1").text
    sla.click("label[for=language-ja]")
    assert sla.find("h1").text == "2026年10月\nデータ欠損"


def test_it_prints_without_the_switch_of_language(sla: Page) -> None:
    sla.open()
    sla.media(media="print", scheme="dark")
    assert sla.visible(".languages") == 0
    assert sla.contrast()["poor"] == []
