# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One rule: the law it stands for, its figures, its query, and what is said of a case."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.parameters import (
    FOREVER,
    Parameter,
    read_parameter,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import Mapped, PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.query import (
    outputs,
    parse,
    parse_condition,
)
from ansible_collections.iworkz.platform.plugins.module_utils._messages import MessageError, placeholders

with suppress(ImportError):  # the module that starts an evaluation says what is missing
    from sqlglot import exp

SEVERITIES = ("critical", "high", "medium", "low", "info")
VERDICTS = ("violation", "warning", "unknown", "ok")
GRAINS = ("day", "week", "month", "year")
TWO_SOURCES = "two or more secondary sources"
VERIFIED = (TWO_SOURCES, "single secondary source", "not verified")
RULE_ID = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
RESERVED = ("verdict", "excepted", "cases")


@dataclass(frozen=True)
class Exemption:
    """An exception of the law: a condition in the terms of the query, and when it holds."""

    when: exp.Expr
    start: date | None
    until: date
    article: dict[str, str]


@dataclass(frozen=True)
class RuleTest:
    """Rows added to the pack's base, and the verdicts they must get.

    :param expect: one word for all cases, "none" for no case, or a list of {column: value ..., verdict}.
    """

    name: str
    as_of: date
    period: tuple[date | None, date | None]
    given: dict[str, list[dict[str, Any]]]
    without: tuple[str, ...]
    expect: Any


@dataclass(frozen=True)
class Rule:
    """A rule as its file has it; select is None for one that people attest (organisational)."""

    id: str
    law: dict[str, str]
    article: dict[str, str]
    title: dict[str, str]
    severity: str
    status: str
    verified: str
    sources: tuple[str, ...]
    note: str | None
    judge_by: str
    grain: str
    parameters: dict[str, Parameter]
    exemptions: tuple[Exemption, ...]
    key: tuple[str, ...]
    select: exp.Select | None
    cap: tuple[str, str] | None
    messages: dict[str, str]
    remedy: dict[str, str]
    reports: tuple[str, ...]
    organisational: dict[str, dict[str, str]] | None
    tests: tuple[RuleTest, ...]

    @property
    def columns(self) -> list[str]:
        """The output columns that tell of a case, without its verdict."""
        if self.select is None:
            raise AssertionError
        return [name for name in outputs(self.select) if name not in ("breached", "approaching")]


def read_rule(document: Any, rule_id: str, as_of: date) -> Rule:
    """Return the rule of a file.

    :param as_of: the day of tests that name none.

    Raises PackError; whether tables and columns are there is for the pack to check.
    """
    mapped = Mapped(document)
    if mapped.take("id", str) != rule_id or not RULE_ID.fullmatch(rule_id):
        raise PackError(f"id must be {rule_id}, the file's own name, in capitals, digits and hyphens")
    law = Mapped(mapped.take("law", dict), "law")
    names = {name: law.take(name, str) for name in ("en", "ja", "number", "url")}
    law.done()
    organisational = mapped.take("organisational", dict, None)
    parameters = mapped.take("parameters", dict, {})
    query = mapped.take("query", str, None)
    if (query is None) == (organisational is None):
        raise PackError("a rule has either query or organisational")
    rule = Rule(
        id=rule_id,
        law=names,
        article=mapped.texts("article"),
        title=mapped.texts("title"),
        severity=mapped.word("severity", SEVERITIES),
        status=mapped.word("status", ("binding", "advisory")),
        verified=mapped.word("verified", VERIFIED),
        sources=tuple(str(each) for each in mapped.take("sources", list)),
        note=mapped.take("note", str, None),
        judge_by=(judge_by := mapped.take("judge_by", str)),
        grain=mapped.word("grain", GRAINS, None) or _grain(judge_by),
        parameters={name: read_parameter(name, each) for name, each in (parameters or {}).items()},
        exemptions=tuple(
            _exemption(f"unless[{number}]", each) for number, each in enumerate(mapped.take("unless", list, []))
        ),
        key=tuple(mapped.take("key", list, [])),
        select=None if query is None else parse(query),
        cap=_cap(mapped.take("cap", dict, None)),
        messages=mapped.texts("messages", {}),
        remedy=mapped.texts("remedy"),
        reports=tuple(mapped.take("reports", list, [])),
        organisational=_organisational(organisational),
        tests=tuple(
            _test(f"tests[{number}]", each, as_of) for number, each in enumerate(mapped.take("tests", list, []))
        ),
    )
    mapped.done()
    _check(rule)
    return rule


def _grain(judge_by: str) -> str:
    """What is judged as one, from the words that say which date counts: the month worked, the day of hiring."""
    words = judge_by.lower().replace("-", " ").split()
    return next((grain for grain in GRAINS if grain in words), "day")


def _exemption(where: str, document: Any) -> Exemption:
    mapped = Mapped(document, where)
    found = Exemption(
        when=parse_condition(mapped.take("when", str), f"{where}.when"),
        start=mapped.take("from", date, None),
        until=mapped.take("until", date, FOREVER),
        article=mapped.texts("article"),
    )
    mapped.done()
    return found


def _cap(document: Any) -> tuple[str, str] | None:
    if document is None:
        return None
    mapped = Mapped(document, "cap")
    found = (mapped.take("measured", str), mapped.take("allowed", str))
    mapped.done()
    return found


def _organisational(document: Any) -> dict[str, dict[str, str]] | None:
    if document is None:
        return None
    mapped = Mapped(document, "organisational")
    found = {name: mapped.texts(name) for name in ("reason", "question")}
    mapped.done()
    return found


def _test(where: str, document: Any, as_of: date) -> RuleTest:
    mapped = Mapped(document, where)
    period = mapped.take("period", list, [None, None])
    found = RuleTest(
        name=mapped.take("name", str),
        as_of=mapped.take("as_of", date, as_of),
        period=(period[0], period[1]) if len(period) == 2 else (None, None),
        given=mapped.take("given", dict, {}),
        without=tuple(mapped.take("without", list, [])),
        expect=mapped.take("expect", (str, list)),
    )
    mapped.done()
    if len(period) != 2 or not all(day is None or isinstance(day, date) for day in period):
        raise PackError(f"{where}.period is {period!r}, and must be two dates, or null where it is open")
    words = [found.expect] if isinstance(found.expect, str) else [_expected(where, each) for each in found.expect]
    wrong = set(words) - {*VERDICTS, "none"}
    if wrong:
        raise PackError(f"{where}.expect: {', '.join(sorted(wrong))}: must be one of {', '.join(VERDICTS)}, none")
    return found


def _expected(where: str, document: Any) -> str:
    if not isinstance(document, dict) or not isinstance(document.get("verdict"), str):
        raise PackError(f"{where}.expect is a word, or a list of mappings with columns and verdict")
    return document["verdict"]


def _check(rule: Rule) -> None:
    if rule.status == "binding" and (rule.verified != TWO_SOURCES or len(rule.sources) < 2):
        raise PackError(f"status is binding, which needs verified: {TWO_SOURCES}, and two sources; else advisory")
    repeated = [each.name for each in rule.tests if [other.name for other in rule.tests].count(each.name) > 1]
    if repeated:
        raise PackError(f"tests named twice: {', '.join(sorted(set(repeated)))}")
    if rule.select is None:
        return
    found = outputs(rule.select)
    for name in ("employer_id", "judged_on", "breached", *rule.key, *([rule.cap[0]] if rule.cap else [])):
        if name not in found:
            raise PackError(f"query has no output column {name}; it has {', '.join(found)}")
    reserved = [name for name in found if name in RESERVED or name.startswith("engine_")]
    if reserved:
        raise PackError(f"query: output columns {', '.join(reserved)}: these names are the engine's own")
    if not rule.key:
        raise PackError("key is empty: name the output columns that identify a case")
    known = {*found, *rule.parameters}
    if rule.cap and rule.cap[1] not in known:
        raise PackError(f"cap.allowed: {rule.cap[1]}: neither output column nor parameter")
    _check_messages(rule, known)


def _check_messages(rule: Rule, known: set[str]) -> None:
    if not rule.messages:
        raise PackError("messages is missing")
    for name, texts in (("messages", rule.messages), ("remedy", rule.remedy)):
        try:
            asked = {language: placeholders(text) for language, text in texts.items()}
        except MessageError as error:
            raise PackError(f"{name}: {error}") from error
        if asked["en"] != asked["ja"]:
            raise PackError(f"{name} has {sorted(asked['en'])} in en and {sorted(asked['ja'])} in ja")
        unknown = asked["en"] - known
        if unknown:
            raise PackError(f"{name}: {', '.join(sorted(unknown))}: neither output column nor parameter")
