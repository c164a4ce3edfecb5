# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Indexes that would help: derived from what statements look rows up by, and kept where the planner gains by them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._queries import indexes
from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import (
    Facts,
    Index,
    Limits,
    Statement,
    Table,
)
from ansible_collections.iworkz.platform.plugins.module_utils._queries.predicates import Unreadable, candidates, uses
from ansible_collections.iworkz.platform.plugins.module_utils._queries.proof import Prover, Unplannable, statement
from ansible_collections.iworkz.platform.plugins.module_utils._queries.statements import is_planned, shown

NAME_BYTES = 63
PARSE = "parse"
"""Why a statement has no plan, beside SQLSTATEs."""
_WORD = re.compile(r'\s*("(?:[^"]|"")*"|[^,]*?)\s*(?:,|$)')


@dataclass(frozen=True)
class Proposal:
    """An index, the statements it is for, and what the planner says of it. Unproven ones are only ideas.

    ``before`` and ``after`` are the planner's costs of all statements by their calls.
    """

    database: str
    table: Table
    columns: tuple[str, ...]
    statements: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    calls: int = 0
    mean_ms: float = 0.0
    before: float = 0.0
    after: float = 0.0
    bytes: int = 0
    proven: bool = False
    foreign_key: str = ""

    @property
    def index(self) -> str:
        """Its name in the table's schema; the same whenever it is proposed."""
        name = "_".join([self.table.name, *self.columns])
        return name.encode()[: NAME_BYTES - 4].decode(errors="ignore") + "_idx"

    @property
    def name(self) -> str:
        return f"{self.database}.{self.table.schema}.{self.index}"

    @property
    def gain_percent(self) -> float:
        return round(100 * (1 - self.after / self.before), 1) if self.before else 0.0

    def params(self) -> dict[str, Any]:
        """Of its message."""
        return {
            "index": self.name,
            "table": self.table.full_name,
            "columns": ", ".join(self.columns),
            "statements": len(self.statements),
            "calls": self.calls,
            "mean_ms": round(self.mean_ms, 1),
            "before": round(self.before, 1),
            "after": round(self.after, 1),
            "gain": self.gain_percent,
            "mb": round(self.bytes / 2**20, 1),
        }

    def told(self) -> dict[str, Any]:
        return {
            **self.params(),
            "columns": list(self.columns),
            "statements": list(self.statements),
            "texts": list(self.texts),
            "foreign_key": self.foreign_key or None,
            "proven": self.proven,
            "rows": int(self.table.rows),
            "writes": self.table.writes,
            "sql": statement(self.table, self.columns, self.index, concurrently=True).as_string(None),
        }


@dataclass
class Advice:
    """``unplannable`` statements by id, with the SQLSTATE that PostgreSQL refuses them with or ``PARSE``."""

    proven: bool
    proposals: list[Proposal] = field(default_factory=list)
    unplannable: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """Something that is looked up: a statement, or what PostgreSQL asks to keep a foreign key."""

    id: str
    text: str
    calls: int
    mean_ms: float
    search_path: str
    foreign_key: str = ""


def advise(facts: Facts, slow: Sequence[Statement], prover: Prover | None, limits: Limits) -> Advice:
    """Propose indexes for slow statements and for foreign keys, on tables of some size."""
    advice = Advice(prover is not None)
    named = {(table.schema, table.name): table for table in facts.tables.values()}
    found: list[tuple[Question, Proposal]] = []
    for one in slow:
        if not is_planned(one.text):
            continue
        question = Question(one.id, one.text, one.calls, one.mean_ms, one.search_path)
        try:
            looked_up = uses(one.text, path_of(one.search_path), named)
        except Unreadable:
            advice.unplannable[one.id] = PARSE
            continue
        wished = [
            (use.table, columns)
            for use in looked_up
            if use.table.bytes >= limits.table_bytes
            for columns in candidates(use, _of(use.table, facts.indexes))
        ]
        found += [(question, each) for each in _best(facts.database, question, wished, prover, limits, advice)]
    for key in indexes.uncovered(facts, limits.rows):
        table = facts.tables[key.table]
        looked = " AND ".join(f"{_quoted(column)} = ${place}" for place, column in enumerate(key.columns, 1))
        # What PostgreSQL itself asks for each row that is deleted in the parent.
        text = f"SELECT 1 FROM ONLY {_quoted(table.schema)}.{_quoted(table.name)} x WHERE {looked} FOR KEY SHARE OF x"
        question = Question("", text, key.parent_deletes, 0.0, table.schema, key.name)
        best = _best(facts.database, question, [(table, key.columns)], prover, limits, advice)
        found += [(question, each) for each in best]
    advice.proposals = _merged(found, prover, limits)
    return advice


def path_of(search_path: str) -> list[str]:
    """Names in a search path."""
    words = (found.strip() for found in _WORD.findall(search_path))
    return [word[1:-1].replace('""', '"') if word.startswith('"') else word.lower() for word in words if word]


def _best(
    database: str,
    question: Question,
    wished: Sequence[tuple[Table, tuple[str, ...]]],
    prover: Prover | None,
    limits: Limits,
    advice: Advice,
) -> list[Proposal]:
    """The one candidate that the planner gains most by, the narrower of equals; without a prover the first of each
    table, unproven."""
    if not wished:
        return []
    plain = [_proposal(database, question, *each) for each in wished]
    if prover is None:
        return list({each.table.oid: each for each in reversed(plain)}.values())
    proven: list[Proposal] = []
    try:
        before = prover.plan(question.text, wished[0][0].owner, question.search_path).cost
        for each in plain:
            tried = _tried(prover, question, each, before)
            if tried is not None and tried.gain_percent >= limits.gain_percent:
                proven.append(tried)
    except Unplannable as error:
        if question.id:
            advice.unplannable[question.id] = str(error)
        return []
    # Costs within a hundredth are equal.
    cheapest = min((each.after for each in proven), default=0.0)
    equals = [each for each in proven if each.after <= cheapest * 1.01]
    return [min(equals, key=lambda each: (len(each.columns), each.bytes))] if equals else []


def _tried(prover: Prover, question: Question, one: Proposal, before: float) -> Proposal | None:
    try:
        supposed = prover.suppose(one.table, one.columns)
        if supposed is None:
            return None
        plan = prover.plan(question.text, one.table.owner, question.search_path)
    finally:
        prover.forget()
    if supposed.name not in plan.indexes:
        return None
    weight = max(1, question.calls)
    return replace(one, before=before * weight, after=plan.cost * weight, bytes=supposed.bytes, proven=True)


def _proposal(database: str, question: Question, table: Table, columns: tuple[str, ...]) -> Proposal:
    return Proposal(
        database,
        table,
        columns,
        statements=(question.id,) if question.id else (),
        texts=(shown(question.text),),
        calls=question.calls,
        mean_ms=question.mean_ms,
        foreign_key=question.foreign_key,
    )


def _merged(found: Iterable[tuple[Question, Proposal]], prover: Prover | None, limits: Limits) -> list[Proposal]:
    """One of each index; a shorter one is left to a longer one that begins with it and is proven to do as well. Who
    gains most comes first."""
    groups: list[list[Proposal]] = []
    for question, each in sorted(found, key=lambda pair: -len(pair[1].columns)):
        for group in groups:
            if (served := _served(group[0], question, each, prover, limits)) is not None:
                group.append(served)
                break
        else:
            groups.append([each])
    merged = [
        replace(
            group[0],
            statements=tuple(dict.fromkeys(id for each in group for id in each.statements)),
            texts=tuple(dict.fromkeys(text for each in group for text in each.texts)),
            calls=sum(each.calls for each in group),
            mean_ms=max(each.mean_ms for each in group),
            before=sum(each.before for each in group),
            after=sum(each.after for each in group),
            foreign_key=next((each.foreign_key for each in group if each.foreign_key), ""),
        )
        for group in groups
    ]
    return sorted(merged, key=lambda each: (not each.proven, each.after - each.before, each.name))


def _served(
    longer: Proposal, question: Question, one: Proposal, prover: Prover | None, limits: Limits
) -> Proposal | None:
    """What another proposal does for a question; None where that is another index, or too long to gain enough."""
    if longer.table.oid != one.table.oid or longer.columns[: len(one.columns)] != one.columns:
        return None
    if prover is None or longer.columns == one.columns:
        return one
    before = one.before / max(1, question.calls)
    tried = _tried(prover, question, replace(one, columns=longer.columns), before)
    return tried if tried is not None and tried.gain_percent >= limits.gain_percent else None


def _of(table: Table, every: Iterable[Index]) -> list[Index]:
    return [index for index in every if index.table == table.oid]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
