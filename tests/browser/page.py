"""The report's page as a reader uses it."""

from __future__ import annotations

import json
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement


class Page:
    """One tab with the page at C(address)."""

    def __init__(self, driver: webdriver.Chrome, address: str) -> None:
        self.driver = driver
        self.address = address

    def reset(self) -> None:
        """Forget what earlier tests chose, and their logs."""
        self.cdp("Emulation.setScriptExecutionDisabled", value=False)
        self.media()
        self.size(1280)
        self.open()
        self.driver.execute_script("localStorage.clear()")
        self.console()
        self.requests()

    def open(self, suffix: str = "") -> None:
        """Load the page anew; a change of the fragment alone would not."""
        self.driver.get("about:blank")
        self.driver.get(self.address + suffix)

    def cdp(self, command: str, **parameters: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.driver.execute_cdp_cmd(command, parameters)
        return result

    def size(self, width: int, mobile: bool = False) -> None:
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=mobile)

    def media(self, media: str = "screen", scheme: str = "light") -> None:
        self.cdp(
            "Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}]
        )

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def click(self, selector: str) -> None:
        """Click at an element's place, scrolled to the middle of the window."""
        element = self.find(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def shown(self) -> list[str]:
        """Ids of the items that can be seen."""
        script = (
            "return [...document.querySelectorAll('.item')].filter(e => e.checkVisibility()).map(e => e.id.slice(5))"
        )
        ids: list[str] = self.driver.execute_script(script)
        return ids

    def visible(self, selector: str) -> int:
        """How many of the selected elements take up room and can be seen."""
        script = """
            const all = [...document.querySelectorAll(arguments[0])];
            return all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 0).length"""
        count: int = self.driver.execute_script(script, selector)
        return count

    def language(self) -> tuple[str, str, str]:
        """The document's language, its title, and the languages of the texts that can be seen."""
        script = """
            const seen = [...document.querySelectorAll('main [lang]')].filter(e => e.checkVisibility());
            return [document.documentElement.lang, document.title, [...new Set(seen.map(e => e.lang))].join()]"""
        return tuple(self.driver.execute_script(script))

    def console(self) -> list[str]:
        """What the console has said since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> set[str]:
        """Addresses asked for since the last call, but for the page itself and what needs no network."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}
        return {url for url in urls if not url.startswith((self.address, "data:", "about:", "blob:"))}
