"""Judges the rehearsal's employers by the rule pack: every planted breach is found, and nothing else."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.rehearsal.employers.deliver import write_csv
from sandbox.rehearsal.employers.generate import Generated, generate
from sandbox.rehearsal.employers.plant import Plant
from sandbox.rehearsal.employers.world import AS_OF, PERIOD
from tools.summary import ROOT

if "ansible_collections" not in sys.modules:
    from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

    _AnsibleCollectionFinder(paths=[str(ROOT / ".ansible" / "collections"), *sys.path])._install()

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.dialects import generate as sql_of
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.engine import Engine
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.evaluate import FINDINGS, evaluate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.findings import plain_value
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.intake import take
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack, load
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import Rule
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import QUALITY
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.sources import Directory

PACK = ROOT / "rulepacks" / "jp_employment"
HEADINGS = ("rule", "planted", "found", "precision", "recall", "near misses", "lawful", "warnings", "unknown", "cases")

Case = tuple[str, ...]


@dataclass
class Score:
    """What became of the plants of one rule; found are all violations, by case."""

    planted: dict[Case, Plant] = field(default_factory=dict)
    near: dict[Case, Plant] = field(default_factory=dict)
    left_out: dict[Case, Plant] = field(default_factory=dict)
    found: set[Case] = field(default_factory=set)
    unknown: set[Case] = field(default_factory=set)
    verdicts: dict[Case, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""

    @property
    def precision(self) -> float:
        """Share of the violations found that are planted."""
        return len(self.found & self.planted.keys()) / len(self.found) if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the planted violations that are found."""
        return len(self.found & self.planted.keys()) / len(self.planted) if self.planted else 1.0

    @property
    def lawful(self) -> int:
        """Near misses that were judged and found lawful, or rightly not judged."""
        judged = sum(self.verdicts.get(case) in ("ok", "warning") for case in self.near)
        return judged + sum(case not in self.verdicts for case in self.left_out)

    def wrong(self) -> list[str]:
        """Say what isn't as planted."""
        lines = [
            f"not found: {' '.join(case)} ({plant.title})"
            for case, plant in sorted(self.planted.items())
            if case not in self.found
        ]
        lines += [f"not planted: {' '.join(case)}" for case in sorted(self.found - self.planted.keys())]
        lines += [f"unknown: {' '.join(case)}" for case in sorted(self.unknown)]
        lines += [
            f"near miss is {self.verdicts.get(case, 'not judged')}: {' '.join(case)} ({plant.title})"
            for case, plant in sorted(self.near.items())
            if self.verdicts.get(case) not in ("ok", "warning")
        ]
        lines += [
            f"is no case, but {self.verdicts[case]}: {' '.join(case)} ({plant.title})"
            for case, plant in sorted(self.left_out.items())
            if case in self.verdicts
        ]
        return [self.problem, *lines] if self.problem else lines


class _Cases(Engine):
    """An engine that tells the verdict of each case, also of those that are lawful."""

    def verdicts(self, rule: Rule, employers: Iterable[str]) -> dict[Case, str]:
        assert rule.select is not None
        for name in self.compiler.needed(rule.select):
            self._make(name)
        columns = ", ".join(f'"{name}"' for name in (*_names(rule), "verdict"))
        places = ", ".join("?" for _ in employers)
        sql = sql_of(self.compiler.rule(rule, inline=False), "duckdb")
        cursor = self._connection.execute(
            f"SELECT {columns} FROM ({sql}) WHERE employer_id IN ({places})", list(employers)
        )
        return {_case(row[:-1]): row[-1] for row in cursor.fetchall()}


def judge(made: Generated, directory: Path, pack: Pack) -> tuple[dict[str, Score], list[Any]]:
    """Take a snapshot of what was generated, and judge it by the whole pack.

    Returns the scores by rule, and the findings about the quality of the data (there should be none).
    """
    write_csv(made.tables, directory / "delivered")
    snapshot = take(Directory(directory / "delivered"), pack.schema, directory / "snapshot")
    evaluation = evaluate(pack, snapshot, as_of=AS_OF, period=PERIOD, directory=directory / "evaluation")
    scored = {name: Score() for name, rule in sorted(pack.rules.items()) if rule.select is not None}
    for plant in made.plants:
        score = scored[plant.rule]
        cases = {"violation": score.planted, "ok": score.near, "none": score.left_out}[plant.verdict]
        key = {**plant.key, "employer_id": plant.employer_id}
        case = _case(key[name] for name in _names(pack.rules[plant.rule]))
        if case in cases:
            raise ValueError(f"{plant.rule} has two plants of {' '.join(case)}")
        cases[case] = plant
    for finding in _lines(directory / "evaluation" / FINDINGS):
        key = {**finding["key"], "employer_id": finding["employer_id"]}
        case = _case(key[name] for name in _names(pack.rules[finding["rule"]]))
        score = scored[finding["rule"]]
        if finding["verdict"] == "violation":
            score.found.add(case)
        elif finding["verdict"] == "unknown":
            score.unknown.add(case)
    for name, judged in evaluation.document["rules"].items():
        scored[name].counts, scored[name].problem = judged["cases"], judged["problem"]
    compiler = pack.compiler(Situation(AS_OF, PERIOD))
    engine = _Cases(pack, snapshot, compiler, str(directory), 1024, 2)
    with engine:
        for name, score in scored.items():
            looked_at = {case[0] for case in (*score.near, *score.left_out)}
            if looked_at:
                score.verdicts = engine.verdicts(pack.rules[name], sorted(looked_at))
    return scored, list(_lines(directory / "snapshot" / QUALITY))


def _names(rule: Rule) -> list[str]:
    """Columns that tell the cases of a rule apart."""
    return ["employer_id", *(name for name in rule.key if name != "employer_id")]


def _case(values: Iterable[Any]) -> Case:
    return tuple(str(plain_value(value)) for value in values)


def _lines(path: Path) -> Iterable[Any]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def table(scored: Mapping[str, Score]) -> list[str]:
    """Return the table: one line per rule, and the sums."""
    rows: list[tuple[str, ...]] = [HEADINGS]
    for name, score in scored.items():
        shares = (f"{score.precision:.0%}", f"{score.recall:.0%}")
        planted, near = len(score.planted), len(score.near) + len(score.left_out)
        rest = (score.counts["warning"], score.counts["unknown"], sum(score.counts.values()))
        rows.append((name, *map(str, (planted, len(score.found))), *shares, *map(str, (near, score.lawful, *rest))))
    sums = Counter[int]()
    for row in rows[1:]:
        for place in (1, 2, 5, 6, 7, 8, 9):
            sums[place] += int(row[place])
    rows.append(
        tuple("all" if place == 0 else str(sums[place]) if place in sums else "" for place in range(len(HEADINGS)))
    )
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]


def main() -> int:
    """Print the table; 1 when something isn't as planted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="keep data, snapshot and findings in this new directory")
    parser.add_argument("--lawful", action="store_true", help="judge the lawful population only, without plants")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        directory = options.keep or Path(scratch)
        scored, quality = judge(generate(planted=not options.lawful), directory, load(PACK))
    print("\n".join(table(scored)))
    wrong = [f"{name}: {line}" for name, score in scored.items() for line in score.wrong()]
    wrong += [f"{finding['rule']}: {finding['key']}" for finding in quality]
    print("\n".join(wrong) or "Everything is as planted.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
