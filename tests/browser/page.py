"""The report's page as a reader uses it."""

from __future__ import annotations

import json
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

# Every text that can be seen against the nearest background that is painted: [text, ratio] below what WCAG AA asks for.
CONTRAST = """
const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1});
const paint = canvas.getContext('2d', {willReadFrequently: true});
const rgba = (color) => {
  paint.clearRect(0, 0, 1, 1); paint.fillStyle = color; paint.fillRect(0, 0, 1, 1);
  return [...paint.getImageData(0, 0, 1, 1).data];
};
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const behind = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const color = rgba(getComputedStyle(each).backgroundColor);
    if (color[3] === 255) return color;
  }
  throw new Error('the page has no background');
};
const poor = [];
let seen = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
  if (!text || element.closest('script') || !element.checkVisibility()) continue;
  seen += 1;
  const style = getComputedStyle(element), size = parseFloat(style.fontSize);
  const color = element.closest('svg') ? style.fill : style.color;
  const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
  const [a, b] = [light(rgba(color)), light(behind(element))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < (large ? 3 : 4.5)) poor.push([text, ratio]);
}
return {seen, poor};
"""


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
            const languages = new Set(seen.map(e => e.getAttribute('lang')));
            return [document.documentElement.lang, document.title, [...languages].join()]"""
        return tuple(self.driver.execute_script(script))

    def contrast(self) -> dict[str, Any]:
        """{"seen": number of texts that can be seen, "poor": those of too little contrast, with their ratio}."""
        found: dict[str, Any] = self.driver.execute_script(CONTRAST)
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        pixels: int = self.driver.execute_script(script)
        return pixels

    def console(self) -> list[str]:
        """What the console has said since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> set[str]:
        """Addresses asked for since the last call, but for the page itself and what needs no network."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}
        return {url for url in urls if not url.startswith((self.address, "data:", "about:", "blob:"))}
