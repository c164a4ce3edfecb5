# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rule packs: read from a directory, checked as a whole, and named by the hash of their content."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.compiler import Compiler, Derived
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.parameters import override
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import (
    Mapped,
    PackError,
    Problems,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.query import (
    check_columns,
    other_rules,
    outputs,
    parse,
    relations,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import Rule, read_rule
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Column, Table, Type, read_table
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.wording import Templates, Words
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.words import (
    Codes,
    labels,
    read_labels,
    read_words,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, plain, sha256
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import YamlError, read_yaml

with suppress(ImportError):  # the module that starts an evaluation says what is missing
    from sqlglot.schema import MappingSchema

WORDS, LABELS = "words.yml", "labels.yml"
SHAPES: dict[Type, re.Pattern[str]] = {
    "boolean": re.compile("true|false"),
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "integer": re.compile(r"-?(0|[1-9]\d*)"),
    "decimal": re.compile(r"-?(0|[1-9]\d*)(\.\d+)?"),
}


@dataclass(frozen=True)
class Reference:
    """A table of the pack itself, with its rows."""

    table: Table
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Pack:
    """A pack that is whole: every rule compiles over its own schema.

    :param base: the rows every test starts from, by table.
    :param words: for codes in messages, by column and code.
    """

    id: str
    version: str
    hash: str
    title: dict[str, str]
    timezone: str
    as_of: date
    schema: dict[str, Table]
    derived: dict[str, Derived]
    tables: dict[str, Reference]
    rules: dict[str, Rule]
    base: dict[str, list[dict[str, Any]]]
    words: Words

    def compiler(self, situation: Situation, overrides: dict[str, Any] | None = None) -> Compiler:
        """The compiler of its rules. Raises PackError for an override that is looser than the law."""
        parameters = override({rule.id: rule.parameters for rule in self.rules.values()}, overrides or {})
        return Compiler(self.derived, parameters, situation)

    @cached_property
    def columns(self) -> MappingSchema:
        """The columns of every table and derived relation. Their types are left to DuckDB, which checks them better."""
        names: dict[str, Iterable[str]] = {name: table.columns for name, table in self.schema.items()}
        names |= {name: one.table.columns for name, one in self.tables.items()}
        names |= {name: one.columns for name, one in self.derived.items()}
        return MappingSchema({name: dict.fromkeys(each, "text") for name, each in names.items()}, dialect="duckdb")


def load(path: Path | str, only: Iterable[str] | None = None) -> Pack:
    """Read a pack.

    :param only: ids of rules: others, and tables that these don't need, may be wrong meanwhile.

    Raises PackError with every problem, one a line: file, key, value, what is allowed.
    """
    reader = _Reader(Path(path))
    pack = reader.read()
    if only is None:
        reader.check(pack, pack.derived, pack.rules)
        reader.problems.raise_for()
        return pack
    wanted = set(only)
    missing = sorted(name for name in wanted if not reader.file("rules", name).exists())
    if missing:
        raise PackError(f"{path}: no such rule: {', '.join(missing)}")
    files = reader.needed(pack, wanted)
    reader.check(
        pack, [name for name in pack.derived if reader.file("derived", name) in files], wanted & set(pack.rules)
    )
    reader.problems.raise_for(files)
    return pack


class _Reader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems = Problems()
        self.documents: dict[str, Any] = {}

    def file(self, folder: str, name: str) -> Path:
        return self.root / folder / f"{name}.yml"

    def read(self) -> Pack:
        try:
            header = Mapped(self._document(self.root / "pack.yml"))
            base = self._document(self.root / "base.yml")
            identity, version = header.take("id", str), header.take("version", str)
            title, timezone, as_of = header.texts("title"), header.take("timezone", str), header.take("as_of", date)
            header.take("licence", str, None)
            header.done()
        except PackError as error:
            raise PackError(f"{self.root}: {error}") from error
        schema: dict[str, Table] = {}
        derived: dict[str, Derived] = {}
        tables: dict[str, Reference] = {}
        rules: dict[str, Rule] = {}
        for path in sorted((self.root / "schema").glob("*.yml")):
            with self.problems.of(path):
                schema[path.stem] = read_table(self._document(path), path.stem)
        for path in sorted((self.root / "tables").glob("*.csv")):
            with self.problems.of(path):
                tables[path.stem] = self._reference(path)
        for path in sorted((self.root / "derived").glob("*.yml")):
            with self.problems.of(path):
                derived[path.stem] = _derived(self._document(path), path.stem)
        words: Words = {}
        for path in self.root.glob(WORDS):
            with self.problems.of(path):
                words = read_words(self._document(path))
        named: dict[str, str] = {}
        for path in self.root.glob(LABELS):
            with self.problems.of(path):
                named = read_labels(self._document(path))
        called = labels(schema, named)
        for path in sorted((self.root / "rules").glob("*.yml")):
            with self.problems.of(path):
                rule = read_rule(self._document(path), path.stem, as_of.replace(day=1))
                messages, remedy = (Templates(texts, words, called) for texts in (rule.messages, rule.remedy))
                rules[path.stem] = replace(rule, messages=messages, remedy=remedy)
        # Forms of reports are read by whoever makes them; a pack with another form is another pack.
        for path in sorted(self.root.glob("report*/*.yml")):
            with self.problems.of(path):
                self._document(path)
        digest = sha256(canonical(plain(self.documents)))
        return Pack(
            identity, version, digest, title, timezone, as_of, schema, derived, tables, rules, base or {}, words
        )

    def _document(self, path: Path) -> Any:
        try:
            document = read_yaml(path)
        except YamlError as error:
            raise PackError(str(error)) from error
        self.documents[path.relative_to(self.root).as_posix()] = document
        return document

    def _reference(self, path: Path) -> Reference:
        text = path.read_text(encoding="utf-8")
        self.documents[path.relative_to(self.root).as_posix()] = text
        return read_reference(path.stem, text)

    def check(self, pack: Pack, derived: Iterable[str], rules: Iterable[str]) -> None:
        """Check what files of relations and rules say of others: relations, columns, parameters."""
        compiler = pack.compiler(Situation(pack.as_of))
        for name in derived:
            one = pack.derived[name]
            with self.problems.of(self.file("derived", name)):
                if name in pack.schema or name in pack.tables:
                    raise PackError(f"name: {name} is a table, too")
                compiler.needed(one.select)
                check_columns(compiler.relation(name), pack.columns)
        codes = Codes(pack.schema, pack.derived, compiler.relation)
        reports = {path.stem for path in (self.root / "reports").glob("*.yml")}
        for name in rules:
            rule = pack.rules[name]
            with self.problems.of(self.file("rules", name)):
                if unknown := sorted(set(rule.reports) - reports):
                    raise PackError(f"reports: no such report: {', '.join(unknown)}")
                if rule.select is not None:
                    tree = compiler.rule(rule, inline=False)
                    check_columns(tree, pack.columns)
                    codes.check(rule, tree, pack.words)

    def needed(self, pack: Pack, rules: set[str]) -> set[Path]:
        """The files that these rules need, themselves among them."""
        files = {self.root / WORDS, self.root / LABELS, *(self.file("rules", name) for name in rules)}
        for name in rules & set(pack.rules):
            select = pack.rules[name].select
            if select is not None:
                compiler = pack.compiler(Situation(pack.as_of))
                try:
                    names = compiler.needed(select)
                except PackError:  # a circle, which is a problem of each file in it
                    names = list(pack.derived)
                read = relations(select).union(*(relations(pack.derived[each].select) for each in names))
                files |= {self.file("derived", each) for each in {*names, *read}}
                files |= {self.file("schema", each) for each in read}
                files |= {self.root / "tables" / f"{each}.csv" for each in read}
                trees = [select, *(pack.derived[each].select for each in names)]
                files |= {self.file("rules", each) for tree in trees for each in other_rules(tree)}
        return files


def _derived(document: Any, name: str) -> Derived:
    mapped = Mapped(document)
    if mapped.take("name", str) != name:
        raise PackError(f"name must be {name}, the file's own name")
    title = {"en": mapped.take("en", str), "ja": mapped.take("ja", str, "")}
    found = Derived(
        name=name,
        title=title,
        grain=mapped.take("grain", str),
        columns=tuple(mapped.take("columns", list)),
        select=parse(mapped.take("query", str)),
    )
    mapped.done()
    if outputs(found.select) != list(found.columns):
        raise PackError(f"columns are {', '.join(found.columns)}; the query's are {', '.join(outputs(found.select))}")
    return found


def read_reference(name: str, text: str) -> Reference:
    """Return a reference table of CSV: a column's type is the narrowest that all its values are of."""
    header, *lines = csv.reader(StringIO(text))
    if any(len(line) != len(header) for line in lines):
        raise PackError(f"every line must have {len(header)} values")
    columns = {}
    for number, each in enumerate(header):
        values = [line[number] for line in lines]
        columns[each] = Column(
            each, _type(values), False, "" in values, "none", (), None, None, {"en": each, "ja": each}
        )
    rows = [
        tuple(columns[each].read(value or None) for each, value in zip(header, line, strict=True)) for line in lines
    ]
    return Reference(Table(name, {"en": name, "ja": name}, columns), rows)


def _type(values: list[str]) -> Type:
    """A number with leading zeros is a code."""
    given = [each for each in values if each]
    return next((kind for kind, shape in SHAPES.items() if given and all(map(shape.fullmatch, given))), "text")
