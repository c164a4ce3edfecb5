"""What a scan amounts to, given the exceptions of docs/scanner.yml that were reviewed. Pure: no scanner, no sandbox.

A scan is what tools/scanner/read.py writes. Nothing is excused without a reason, nor after the exception's day, and an
exception that excuses nothing is a fault, too: the list can't outlive what it was written for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

KINDS = ("deliberate", "emulator", "later", "scanner")
"""Right as it is; a gap of the emulator; built by a later issue (which says when); wrong in the scanner."""
GRAVE = ("critical", "high", "medium")
PATTERNS = {"findings": ("check", "resource"), "unread": ("service", "message")}
"""The two patterns of the exceptions of each list."""

Finding = dict[str, str]
Error = dict[str, str]


@dataclass(frozen=True)
class Exemption:
    """A reviewed exception: two patterns as of fnmatch, why, and the last day on which it holds."""

    patterns: tuple[str, str]
    kind: str
    reason: str
    until: date

    def excuses(self, first: str, seconds: Iterable[str]) -> bool:
        """Whether a check and one of a resource's names, or a service and its error, are what it is about."""
        return fnmatchcase(first, self.patterns[0]) and any(fnmatchcase(one, self.patterns[1]) for one in seconds)

    def __str__(self) -> str:
        return f"{self.patterns[0]} on {self.patterns[1]}"


@dataclass
class Judgement:
    """`faults` decide; the rest is told. `excused` is the number of failures and errors of each kind of exception."""

    faults: list[str] = field(default_factory=list)
    minor: list[str] = field(default_factory=list)
    excused: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, str]] = field(default_factory=Counter)
    silent: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)


def exemptions(reviewed: dict[str, Any], listed: str) -> tuple[list[Exemption], list[str]]:
    """The exceptions of a list of docs/scanner.yml (findings, unread), and what is wrong with the others."""
    first, second = PATTERNS[listed]
    good, wrong = [], []
    for entry in reviewed[listed]:
        problem = _problem(entry, {first, second})
        if problem:
            wrong.append(f"exception {entry.get(first)} on {entry.get(second)}: {problem}")
        else:
            good.append(Exemption((entry[first], entry[second]), entry["kind"], entry["reason"], entry["until"]))
    return good, wrong


def judge(scan: dict[str, Any], reviewed: dict[str, Any], today: date) -> Judgement:
    """Judge a scan. `reviewed` is docs/scanner.yml."""
    result = Judgement()
    findings, wrong = exemptions(reviewed, "findings")
    unread, also_wrong = exemptions(reviewed, "unread")
    result.faults += [*wrong, *also_wrong]
    used: set[Exemption] = set()
    for found in scan["findings"]:
        result.statuses[found["severity"], found["status"]] += 1
        if found["status"] == "FAIL":
            names = (found["resource"], found["name"])
            _settle(result, used, _first(findings, found["check"], names), today, _told(found), found["severity"])
    for error in _distinct(scan["errors"]):
        told = f"could not read  {error['service'] or 'scanner'}: {error['message']}"
        _settle(result, used, _first(unread, error["service"], (error["message"],)), today, told)
    result.faults += [f"unused exception: {one}" for one in (*findings, *unread) if one not in used]
    told_of = {found["check"] for found in scan["findings"]}
    failing = {error["service"] for error in scan["errors"]}
    nothing = [check for check in scan["checks"] if check not in told_of]
    result.blind = [check for check in nothing if check.partition("_")[0] in failing]
    result.silent = [check for check in nothing if check not in result.blind]
    return result


def _settle(
    result: Judgement, used: set[Exemption], exemption: Exemption | None, today: date, told: str, severity: str = "high"
) -> None:
    if exemption:
        used.add(exemption)
    if exemption and today <= exemption.until:
        result.excused[exemption.kind] += 1
    elif exemption:
        result.faults.append(f"{told} (its exception ended on {exemption.until})")
    elif severity in GRAVE:
        result.faults.append(told)
    else:
        result.minor.append(told)


def _first(known: Iterable[Exemption], first: str, seconds: Sequence[str]) -> Exemption | None:
    return next((one for one in known if one.excuses(first, seconds)), None)


def _problem(entry: dict[str, Any], keys: set[str]) -> str:
    expected = keys | {"kind", "reason", "until"}
    if set(entry) != expected:
        return f"has {sorted(entry)}, not {sorted(expected)}"
    if entry["kind"] not in KINDS:
        return f"{entry['kind']} is none of {', '.join(KINDS)}"
    if entry["kind"] == "later" and not re.search(r"\bissue \d+\b", entry["reason"]):
        return "does not say which issue builds it"
    if len(str(entry["reason"]).split()) < 4:
        return "has no reason worth the name"
    if not isinstance(entry["until"], date):
        return f"{entry['until']} is no day"
    return ""


def _distinct(errors: Iterable[Error]) -> list[Error]:
    return [dict(one) for one in dict.fromkeys(tuple(sorted(error.items())) for error in errors)]


def _told(found: Finding) -> str:
    named = f" ({found['name']})" if found["name"] not in found["resource"] else ""
    return f"{found['severity']:<9}{found['check']}  {found['resource']}{named}: {found['detail']}"
