# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An evaluation in the registry: its id, how much of the records it covered, its row, and its findings merged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.evaluate import FINDINGS
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.merge import Finding, Merged, Scope, merge
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.query import relations
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import Registry, document
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256

with suppress(ImportError):  # postgres.require() says so
    import psycopg

# What an evaluation was asked, and what it found.
IDENTITY = ("pack", "snapshot", "as_of", "period", "overrides", "warning_share", "law_date", "findings")
_WRITE = """
INSERT INTO evaluations (id, pack_hash, snapshot_id, as_of, period_start, period_end, started_at, finished_at, complete,
                         counts, coverage, artefact_key)
VALUES (%(id)s, %(pack_hash)s, %(snapshot_id)s, %(as_of)s, %(period_start)s, %(period_end)s, %(started_at)s,
        %(finished_at)s, %(complete)s, %(counts)s, %(coverage)s, %(artefact_key)s)
ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, finished_at = excluded.finished_at
"""
_OVERRIDES = "SELECT parameter, value FROM overrides WHERE set_at < %s AND coalesce(removed_at >= %s, true)"


@dataclass(frozen=True)
class Evaluated:
    """A finished evaluation, before anything of it is recorded.

    :param found: evaluation.json.
    :param counted: rows by table that the source said it sent, None where it didn't say.
    :param full: whether every rule of the pack was to be judged.
    """

    pack: Pack
    snapshot: Snapshot
    found: Mapping[str, Any]
    directory: Path
    counted: Mapping[str, int | None]
    full: bool
    as_of: date
    period: tuple[date | None, date | None]
    started_at: datetime

    @property
    def id(self) -> str:
        """The same for the same question about the same records."""
        asked = {name: self.found[name] for name in IDENTITY}
        return sha256(canonical({**asked, "rules": sorted(self.found["rules"])}))[:32]

    @property
    def artefacts(self) -> str:
        """What the keys of its objects begin with."""
        return f"compliance/evaluations/{self.as_of}/{self.id}/"

    @property
    def problems(self) -> dict[str, str]:
        """Why rules could not be judged, by rule."""
        return {name: each["problem"] for name, each in self.found["rules"].items() if each["problem"]}

    @property
    def scope(self) -> Scope:
        """What it could see."""
        names = self.problems if self.full else [name for name in self.found["rules"] if name not in self.problems]
        return Scope(self.full, tuple(names), *self.period)

    def findings(self) -> Iterator[Finding]:
        """Findings of the rules, and those about the records themselves."""
        with (self.directory / FINDINGS).open(encoding="utf-8") as file:
            yield from map(json.loads, file)

    def coverage(self) -> dict[str, dict[str, Any]]:
        """By table: whether it was delivered, rows at the source, in the snapshot, and before a rule."""
        compiler = self.pack.compiler(Situation(self.as_of))
        read: set[str] = set()
        for name in self.found["rules"].keys() - self.problems.keys():
            select = self.pack.rules[name].select
            if select is None:
                raise AssertionError
            needed = compiler.needed(select)
            read |= relations(select).union(*(relations(self.pack.derived[each].select) for each in needed))
        return {
            name: {
                "delivered": table["delivered"],
                "source": self.counted.get(name),
                "rows": table["rows"],
                "judged": table["rows"] if name in read else 0,
            }
            for name, table in sorted(self.snapshot.tables.items())
        }


def overrides(registry: Registry, day: date, timezone: str) -> dict[str, Any]:
    """The overrides in force at the end of a day: value by ``RULE.parameter``."""
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(timezone))
    return {row["parameter"]: row["value"] for row in registry.rows(_OVERRIDES, (end, end))}


def is_current(registry: Registry, as_of: date) -> bool:
    """Whether an evaluation of a day says what is so now: none of a later day is recorded."""
    latest = registry.rows("SELECT max(as_of) AS day FROM evaluations")[0]["day"]
    return latest is None or as_of >= latest


def is_recorded(registry: Registry, evaluation: str, current: bool) -> bool:
    """Whether there is nothing to record: it is there, and no other was merged since."""
    if current:
        last = registry.last_evaluation(complete=False)
        return last is not None and last["id"] == evaluation
    return bool(registry.rows("SELECT 1 AS one FROM evaluations WHERE id = %s", (evaluation,)))


def record(registry: Registry, evaluated: Evaluated, now: datetime, *, current: bool, keep: bool = True) -> Merged:
    """Write the row of an evaluation and, if it is current, merge its findings: all of it or nothing.

    :param keep: False only finds out what would come of it. Raises psycopg.Error.
    """
    merged = Merged()
    with registry.transaction():
        registry.connection.execute(_WRITE, _row(evaluated, now))
        if current:
            merged = merge(registry, evaluated.id, now, evaluated.findings(), evaluated.scope)
        if not keep:
            raise psycopg.Rollback
    return merged


def _row(evaluated: Evaluated, now: datetime) -> dict[str, Any]:
    found = evaluated.found
    counts = {name: {**each["cases"], "problem": each["problem"] or None} for name, each in found["rules"].items()}
    return {
        "id": evaluated.id,
        "pack_hash": evaluated.pack.hash,
        "snapshot_id": evaluated.snapshot.id,
        "as_of": evaluated.as_of,
        "period_start": evaluated.period[0],
        "period_end": evaluated.period[1],
        "started_at": evaluated.started_at,
        "finished_at": now,
        "complete": evaluated.full and not evaluated.problems,
        "counts": document(counts),
        "coverage": document(evaluated.coverage()),
        "artefact_key": evaluated.artefacts,
    }
