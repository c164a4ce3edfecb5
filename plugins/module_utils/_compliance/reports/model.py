# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports as a pack describes them (``reports/<id>.yml``): read, and refused with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.compiler import Compiler
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Functions, Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.parameters import (
    FOREVER,
    Parameter,
    read_parameter,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import Mapped, PackError, Problems
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.query import check_columns, outputs, parse
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.deadlines import Due, Every
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import NAME
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import YamlError, read_yaml

with suppress(ImportError):  # evaluate.require() says so
    from sqlglot import exp

Trigger = Literal["calendar", "event"]
Type = Literal["text", "integer", "decimal", "yen", "percent", "boolean", "date"]
TYPES: tuple[Type, ...] = ("text", "integer", "decimal", "yen", "percent", "boolean", "date")
SUMMED = ("integer", "decimal", "yen")
NUMBERS = (*SUMMED, "percent")
FORMATS = ("csv", "pdf", "xlsx")
WHOSE = ("employer_id", "establishment_id", "subject_id", "event")
"""Columns of a query that tell whose report a row is for; a section has those it needs to be told apart by."""


@dataclass(frozen=True)
class Field:
    """One item of a form. ``input``: it is declared by the employer (table ``report_inputs``), not reckoned.

    ``required``: always, never, or for these events. ``words``: what values are called; no other is right, unless
    ``other_words``.
    """

    id: str
    title: dict[str, str]
    type: Type
    required: bool | tuple[str, ...]
    input: bool
    total: bool
    least: Decimal | None
    most: Decimal | None
    words: Mapping[str, dict[str, str]]
    other_words: bool


@dataclass(frozen=True)
class Section:
    """A part of a form: ``form`` has one row, shown as pairs of label and value; ``table`` has any number."""

    id: str
    title: dict[str, str]
    layout: Literal["form", "table"]
    least_rows: int
    fields: tuple[Field, ...]
    select: exp.Select | None

    def field(self, name: str) -> Field:
        """Return a field. Raises PackError naming those there are."""
        for each in self.fields:
            if each.id == name:
                return each
        raise PackError(f"{self.id} has no field {name}; it has {', '.join(each.id for each in self.fields)}")


@dataclass(frozen=True)
class Check:
    """``left`` must equal, or be at most, the sum of ``right``; each is ``section.field``, summed over its rows.

    ``each_row``: all are of one section, and compared row by row.
    """

    left: str
    relation: Literal["equals", "at_most"]
    right: tuple[str, ...]
    each_row: bool


@dataclass(frozen=True)
class Form:
    """A version of the official form, for reports due from a day until another."""

    start: date
    until: date
    number: dict[str, str]
    formats: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """One report. Without sections it is only kept in the register, and made elsewhere. One that is not ``addressed``
    to an authority is kept at the workplace, and never filed.

    ``who`` has a row per report that is owed, ``filed`` one per report that was (None: the table ``filings`` tells).
    """

    id: str
    title: dict[str, str]
    basis: dict[str, str]
    authority: dict[str, str]
    addressed: bool
    channel: dict[str, str]
    confidence: str
    note: str
    trigger: Trigger
    events: Mapping[str, dict[str, str]]
    every: Every | None
    parameters: Mapping[str, Parameter]
    due: tuple[Due, ...]
    who: exp.Select
    filed: exp.Select | None
    forms: tuple[Form, ...]
    sections: tuple[Section, ...]
    checks: tuple[Check, ...]

    def form(self, day: date) -> Form:
        """The form for a report that is due on a day; before the first, the first one."""
        return next((each for each in self.forms if each.start <= day <= each.until), self.forms[0])

    @property
    def queries(self) -> dict[str, exp.Select]:
        """All its queries by where they are."""
        found = {"who": self.who} | ({"filed": self.filed} if self.filed is not None else {})
        return found | {f"{each.id}.query": each.select for each in self.sections if each.select is not None}

    def functions(self, compiler: Compiler, situation: Situation) -> Functions:
        """What replaces functions in its queries: figures of its own are named alone, those of rules RULE.name."""
        return Functions({**compiler.parameters, self.id: self.parameters}, self.id, situation)

    def section(self, name: str) -> Section:
        """Return a section. Raises PackError naming those there are."""
        for each in self.sections:
            if each.id == name:
                return each
        raise PackError(f"no section {name}; there are {', '.join(each.id for each in self.sections)}")

    def referred(self, path: str) -> tuple[Section, Field]:
        """What ``section.field`` names. Raises PackError."""
        section, _dot, field = path.partition(".")
        found = self.section(section)
        return found, found.field(field)


def load(path: Path | str, pack: Pack) -> dict[str, Report]:
    """Read the reports of a pack from its directory, by id.

    Raises PackError with every problem, one a line: file, key, value, what is allowed.
    """
    problems = Problems()
    documents = {folder: _documents(Path(path) / folder, problems) for folder in ("report_sections", "reports")}
    found: dict[str, Report] = {}
    for file, document in documents["reports"].items():
        with problems.of(file):
            shared = {each.stem: section for each, section in documents["report_sections"].items()}
            found[file.stem] = read_report(document, file.stem, shared)
            _check_names(found[file.stem], pack)
    problems.raise_for()
    return found


def _documents(folder: Path, problems: Problems) -> dict[Path, Any]:
    found = {}
    for file in sorted(folder.glob("*.yml")):
        with problems.of(file):
            try:
                found[file] = read_yaml(file)
            except YamlError as error:
                raise PackError(str(error)) from error
    return found


def _check_names(report: Report, pack: Pack) -> None:
    """Raise PackError for tables, columns and figures of the law that the pack does not have."""
    situation = Situation(pack.as_of)
    functions = report.functions(pack.compiler(situation), situation)
    for where, select in report.queries.items():
        check_columns(functions.replace(select.copy()), pack.columns, where)
    for due in report.due:
        for name in due.parameters:
            functions.parameter(name)


def read_report(document: Any, name: str, shared: Mapping[str, Any]) -> Report:
    """Return the report of a file. Raises PackError.

    :param shared: sections that reports name instead of describing them.
    """
    mapped = Mapped(document)
    if mapped.take("id", str) != name or not NAME.fullmatch(name):
        raise PackError(f"id must be {name}, the file's own name, in snake_case")
    trigger: Trigger = mapped.word("trigger", ("calendar", "event"))
    every = Every.read(mapped.take("period", (str, dict))) if trigger == "calendar" else None
    events = Mapped(mapped.take("events", dict, {}), "events")
    given = mapped.take("due", (dict, list))
    filed = mapped.take("filed", str, None)
    report = Report(
        id=name,
        title=mapped.texts("title"),
        basis=mapped.texts("basis"),
        authority=mapped.texts("authority"),
        addressed=mapped.take("addressed", bool, True),
        channel=mapped.texts("channel"),
        confidence=mapped.word("confidence", ("high", "medium", "low")),
        note=mapped.take("note", str, ""),
        trigger=trigger,
        events={each: events.texts(each) for each in (document.get("events") or {})},
        every=every,
        parameters={each: read_parameter(each, one) for each, one in mapped.take("parameters", dict, {}).items()},
        due=tuple(Due.read(each, f"due[{number}]") for number, each in enumerate(_listed(given))),
        who=parse(mapped.take("who", str), "who"),
        filed=None if filed is None else parse(filed, "filed"),
        forms=tuple(_form(each, f"forms[{number}]") for number, each in enumerate(mapped.take("forms", list))),
        sections=tuple(_shared_or_own(each, n, shared) for n, each in enumerate(mapped.take("sections", list, []))),
        checks=tuple(_check(each, f"checks[{number}]") for number, each in enumerate(mapped.take("checks", list, []))),
    )
    mapped.done()
    _check_whole(report)
    return report


def _shared_or_own(document: Any, number: int, shared: Mapping[str, Any]) -> Section:
    if not isinstance(document, str):
        return _section(document, f"sections[{number}]")
    if document not in shared:
        raise PackError(f"sections[{number}] is {document}; shared ones are {', '.join(sorted(shared)) or '(none)'}")
    return _section(shared[document], f"report_sections/{document}.yml")


def _check_whole(report: Report) -> None:
    """Raise PackError for what its parts can't know of each other."""
    if not report.forms:
        raise PackError("forms is empty")
    cases = [each.case for each in report.due]
    if len(set(cases)) != len(cases) or (len(cases) > 1 and "" in cases):
        raise PackError("due: each of several needs its own case")
    needed = ["employer_id"]
    needed += ["subject_id", "event", "event_on"] if report.trigger == "event" else []
    needed += ["due_case"] if len(cases) > 1 else []
    filed = ["employer_id", "filed_on"] if report.filed is not None else []
    missing = [each for each in filed if report.filed is not None and each not in outputs(report.filed)]
    if missing:
        raise PackError(f"filed must have the columns {', '.join(missing)}")
    missing = [each for each in needed if each not in outputs(report.who)]
    if missing:
        raise PackError(f"who must have the columns {', '.join(missing)}")
    if len({each.id for each in report.sections}) != len(report.sections):
        raise PackError("sections: two have the same id")
    for check in report.checks:
        fields = [report.referred(each) for each in (check.left, *check.right)]
        if check.each_row and len({section.id for section, _field in fields}) > 1:
            raise PackError(f"checks: {check.left}: row by row only fields of one section can be compared")
        wrong = [field.id for _section, field in fields if field.type not in SUMMED]
        if wrong:
            raise PackError(f"checks: {check.left}: only numbers are summed, not {', '.join(wrong)}")


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _form(document: Any, where: str) -> Form:
    mapped = Mapped(document, where)
    formats = tuple(mapped.take("formats", list, list(FORMATS)))
    wrong = sorted(set(formats) - set(FORMATS))
    if wrong:
        raise PackError(f"{where}.formats: {', '.join(wrong)}; there are {', '.join(FORMATS)}")
    form = Form(mapped.take("from", date), mapped.take("until", date, FOREVER), mapped.texts("number"), formats)
    mapped.done()
    return form


def _section(document: Any, where: str) -> Section:
    mapped = Mapped(document, where)
    name = mapped.take("id", str)
    query = mapped.take("query", str, None)
    section = Section(
        id=name,
        title=mapped.texts("title"),
        layout=mapped.word("layout", ("form", "table"), "form"),
        least_rows=mapped.take("least_rows", int, 0),
        fields=tuple(_field(each, f"{where}.fields[{n}]") for n, each in enumerate(mapped.take("fields", list))),
        select=None if query is None else parse(query, f"{where}.query"),
    )
    mapped.done()
    columns = [] if section.select is None else outputs(section.select)
    if section.select is not None and "employer_id" not in columns:
        raise PackError(f"{where}.query must have the column employer_id")
    reckoned = [each.id for each in section.fields if not each.input]
    missing = sorted(set(reckoned) - set(columns))
    if missing:
        raise PackError(f"{where}.query has no columns for the fields {', '.join(missing)}")
    if section.layout == "table" and len(reckoned) != len(section.fields):
        raise PackError(f"{where}: only a form has fields that the employer declares")
    return section


def _field(document: Any, where: str) -> Field:
    mapped = Mapped(document, where)
    words = Mapped(mapped.take("words", dict, {}), f"{where}.words")
    required = mapped.take("required", (bool, list), False)
    field = Field(
        id=mapped.take("id", str),
        title=mapped.texts("title"),
        type=mapped.word("type", TYPES),
        required=tuple(required) if isinstance(required, list) else required,
        input=mapped.take("input", bool, False),
        total=mapped.take("total", bool, False),
        least=_number(mapped.take("min", (int, float), None)),
        most=_number(mapped.take("max", (int, float), None)),
        words={each: words.texts(each) for each in (document.get("words") or {})},
        other_words=mapped.take("other_words", bool, False),
    )
    mapped.done()
    if field.total and field.type not in SUMMED:
        raise PackError(f"{where}: a total is of numbers, not {field.type}")
    if not NAME.fullmatch(field.id):
        raise PackError(f"{where}.id: names are snake_case")
    return field


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _check(document: Any, where: str) -> Check:
    mapped = Mapped(document, where)
    check = Check(
        left=mapped.take("field", str),
        relation=mapped.word("is", ("equals", "at_most")),
        right=tuple(_listed(mapped.take("of", (str, list)))),
        each_row=mapped.take("each_row", bool, False),
    )
    mapped.done()
    return check
