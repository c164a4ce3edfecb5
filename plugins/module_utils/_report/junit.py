# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report as JUnit XML: a suite per phase, a case per item. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

# What a verdict is to a CI system; the others are passed cases.
OUTCOMES = {"fail": "failure", "expired": "failure", "unknown": "error", "not_applicable": "skipped"}

# Characters XML 1.0 cannot hold, which an observed error text may.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Mapping[str, Any]) -> bytes:
    """Return the XML document, UTF-8."""
    root = ElementTree.Element("testsuites", _attributes("readiness", report["summary"]))
    for phase in report["phases"]:
        name = f"{phase['id']} {phase['title']['en']}"
        attributes = _attributes(name, phase["summary"]) | {"timestamp": report["generated_at"].rstrip("Z")}
        suite = ElementTree.SubElement(root, "testsuite", attributes)
        for item in report["items"]:
            if item["phase"] == phase["id"]:
                _case(suite, item)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _attributes(name: str, summary: Mapping[str, int]) -> dict[str, str]:
    return {
        "name": name,
        "tests": str(sum(summary.values())),
        "failures": str(summary["fail"] + summary["expired"]),
        "errors": str(summary["unknown"]),
        "skipped": str(summary["not_applicable"]),
        "time": "0",
    }


def _case(suite: ElementTree.Element, item: Mapping[str, Any]) -> None:
    name = f"{item['id']} {item['title']['en']}"
    case = ElementTree.SubElement(suite, "testcase", {"classname": item["role"], "name": name, "time": "0"})
    if item["verdict"] not in OUTCOMES:
        return
    message, remedy = _clean(item["message"]["en"]), _clean(item["remedy"]["en"])
    attributes = {"message": message}
    outcome = OUTCOMES[item["verdict"]]
    if outcome != "skipped":
        attributes["type"] = item["verdict"]
    ElementTree.SubElement(case, outcome, attributes).text = remedy


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)
