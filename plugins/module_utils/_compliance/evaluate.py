# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judges a snapshot by a pack, and writes down what was found: the same bytes for the same question."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.engine import Engine, Judged
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import WARNING_SHARE, Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.lines import Lines
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import VERDICTS
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, plain

LIBRARIES = ("duckdb", "pyarrow", "sqlglot")

FINDINGS = "findings.jsonl"
EVALUATION = "evaluation.json"
PERIOD = (None, None)


def require() -> None:
    """Raise PackError naming the libraries of the engine that are missing."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise PackError(f"{', '.join(missing)} is missing: pip install -r requirements.txt")


@dataclass(frozen=True)
class Evaluation:
    """The result: document is evaluation.json, seconds by rule or derived relation are not in it."""

    document: dict[str, Any]
    seconds: dict[str, float]

    @property
    def complete(self) -> bool:
        """Whether every rule could be judged."""
        return bool(self.document["complete"])


def evaluate(
    pack: Pack,
    snapshot: Snapshot,
    *,
    as_of: date,
    directory: Path,
    period: tuple[date | None, date | None] = PERIOD,
    rules: Iterable[str] | None = None,
    overrides: Mapping[str, Any] | None = None,
    warning_share: Decimal = WARNING_SHARE,
    law_date: date | None = None,
    memory_mib: int = 1024,
    threads: int = 2,
) -> Evaluation:
    """Judge a snapshot; write findings.jsonl and evaluation.json to the directory.

    Both are the same, byte for byte, for the same arguments. Findings are sorted by rule, employer and key; those about
    the data itself, which the snapshot brings, come last.

    :param period: first and last day of what is judged, None where it is open.
    :param law_date: apply the law of that day to all cases (what if it were in force?).

    Raises PackError for unknown rules and looser overrides. A rule that fails is reported, and makes it incomplete.
    """
    require()
    chosen = sorted(pack.rules if rules is None else set(rules))
    unknown = [name for name in chosen if name not in pack.rules]
    if unknown:
        raise PackError(f"no such rule: {', '.join(unknown)}")
    situation = Situation(as_of, period, warning_share, law_date)
    compiler = pack.compiler(situation, dict(overrides or {}))
    directory.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    judged: dict[str, Judged] = {}
    with (
        tempfile.TemporaryDirectory(prefix=".spill-", dir=directory) as spill,
        _written(directory / FINDINGS) as file,
        Engine(pack, snapshot, compiler, spill, memory_mib, threads) as engine,
    ):
        origin = {"pack": f"{pack.id} {pack.version}", "pack_hash": pack.hash, "snapshot": snapshot.id}
        with Lines(file) as lines:
            for name in chosen:
                if pack.rules[name].select is not None:
                    judged[name] = engine.judge(pack.rules[name], origin, lines)
                    seconds[name] = judged[name].seconds
        seconds.update(engine.seconds)
        doubts = Counter[str]()
        for finding in snapshot.findings():
            doubts[finding["rule"]] += 1
            file.write(canonical({**finding, **origin}) + b"\n")
    document = _document(pack, snapshot, situation, dict(overrides or {}), chosen, judged)
    document["data"] = dict(sorted(doubts.items()))
    document["findings"] = {"file": FINDINGS, "sha256": _hash(directory / FINDINGS)}
    with _written(directory / EVALUATION) as file:
        file.write(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n")
    return Evaluation(document, seconds)


def _document(
    pack: Pack,
    snapshot: Snapshot,
    situation: Situation,
    overrides: Mapping[str, Any],
    chosen: list[str],
    judged: Mapping[str, Judged],
) -> dict[str, Any]:
    totals = {verdict: sum(each.counts[verdict] for each in judged.values()) for verdict in VERDICTS}
    return {
        "schema": 1,
        "pack": {"id": pack.id, "version": pack.version, "hash": pack.hash},
        "snapshot": snapshot.id,
        "as_of": situation.as_of.isoformat(),
        "period": plain(situation.period),
        "law_date": plain(situation.law_date),
        "overrides": plain(overrides),
        "warning_share": str(situation.warning_share),
        "rules": {
            name: {
                "status": pack.rules[name].status,
                "severity": pack.rules[name].severity,
                "cases": each.counts,
                "problem": each.problem,
            }
            for name, each in sorted(judged.items())
        },
        "attested": [name for name in chosen if pack.rules[name].select is None],
        "cases": totals,
        "complete": not any(each.problem for each in judged.values()),
    }


@contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of the one of that name when all of it is written."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        os.replace(partial, path)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
