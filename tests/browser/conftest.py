"""The sample report and the runbooks in Debian's Chromium, driven by Debian's chromedriver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from ansible_collections.iworkz.platform.plugins.module_utils._drill import runbooks
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import load_scenarios
from ansible_collections.iworkz.platform.plugins.module_utils._report.publish import FILES, publish
from ansible_collections.iworkz.platform.tests.browser.page import Page
from ansible_collections.iworkz.platform.tests.unit.drill.runbook_samples import PLACE
from ansible_collections.iworkz.platform.tests.unit.report.samples import sample_report

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
PACKAGES = "chromium chromium-driver fonts-noto-cjk"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def report_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with every form of the sample report."""
    directory = tmp_path_factory.mktemp("browser")
    report, say = sample_report(directory)
    publish(report, directory / "report", say, "en")
    return directory / "report"


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    missing = [str(path) for path in (CHROMIUM, DRIVER) if not path.exists()]
    if missing:
        pytest.fail(f"{', '.join(missing)} missing: apt-get install {PACKAGES}")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def runbooks_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the runbooks of the collection's scenarios."""
    directory = tmp_path_factory.mktemp("runbooks")
    runbooks.replace(directory, runbooks.generate(load_scenarios(), PLACE))
    return directory


@pytest.fixture
def page(chromium: webdriver.Chrome, report_dir: Path) -> Iterator[Page]:
    """The report, as ``visited`` has it."""
    yield from visited(chromium, (report_dir / FILES["html"]).as_uri())


@pytest.fixture
def runbook(chromium: webdriver.Chrome, runbooks_dir: Path) -> Iterator[Page]:
    """The runbook of a lost region in English, as ``visited`` has it."""
    yield from visited(chromium, (runbooks_dir / "database_region.en.html").as_uri())


def visited(chromium: webdriver.Chrome, address: str) -> Iterator[Page]:
    """A page, not yet opened, at desktop width, in light colours and with nothing remembered.

    Afterwards the console must be empty and nothing but the file itself may have been asked for.
    """
    page = Page(chromium, address)
    page.reset()
    yield page
    assert page.console() == []
    assert page.requests() == set()
