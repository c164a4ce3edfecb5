# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings over time: what an evaluation found, against what the registry knows, by the reference of the case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby, islice
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import Registry, document
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import VERDICTS

BATCH = 5000
COLUMNS = ("reference", "rule", "employer_id", "key", "verdict", "status", "severity", "judged_on")

_WRITE = """
WITH found AS (
    SELECT * FROM jsonb_to_recordset(%(found)s) AS f(
        reference text, rule text, employer_id text, key jsonb, verdict text, status text, severity text,
        judged_on date, article text)
), known AS (
    SELECT reference, resolved_at IS NOT NULL AS gone FROM findings WHERE reference IN (SELECT reference FROM found)
), written AS (
    INSERT INTO findings AS old (reference, rule, employer_id, key, verdict, status, severity, judged_on, article,
                                 first_evaluation, last_evaluation, first_seen_at, last_seen_at)
    SELECT *, %(evaluation)s, %(evaluation)s, %(now)s, %(now)s FROM found
    ON CONFLICT (reference) DO UPDATE SET
        verdict = excluded.verdict, status = excluded.status, severity = excluded.severity,
        judged_on = excluded.judged_on, article = excluded.article,
        last_evaluation = excluded.last_evaluation, last_seen_at = excluded.last_seen_at, resolved_at = NULL,
        first_evaluation = CASE WHEN old.resolved_at IS NULL THEN old.first_evaluation
                                ELSE excluded.first_evaluation END,
        first_seen_at = CASE WHEN old.resolved_at IS NULL THEN old.first_seen_at ELSE excluded.first_seen_at END
)
SELECT reference, gone FROM found LEFT JOIN known USING (reference) WHERE gone IS DISTINCT FROM false
ORDER BY reference
"""

# A case is gone when its rule was judged, for its day, and didn't find it again. Of what the data itself is said of
# (DATA-...), every evaluation sees all. Rules that the pack no longer has are gone, too.
_RESOLVE = """
UPDATE findings SET resolved_at = %(now)s
WHERE resolved_at IS NULL AND last_evaluation <> %(evaluation)s
  AND (rule LIKE 'DATA-%%' OR CASE WHEN %(full)s THEN rule <> ALL(%(rules)s) ELSE rule = ANY(%(rules)s) END)
  AND (judged_on IS NULL OR judged_on BETWEEN %(start)s AND %(end)s)
RETURNING reference
"""

Finding = dict[str, Any]


@dataclass(frozen=True)
class Scope:
    """What an evaluation could see.

    :param rules: those that were judged, or, of a full one, those that could not be.
    """

    full: bool
    rules: tuple[str, ...]
    start: date | None = None
    end: date | None = None


@dataclass
class Merged:
    """References of findings that are new, there again, or gone, and how many are there in all."""

    new: list[str] = field(default_factory=list)
    reopened: list[str] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    there: int = 0


def merge(registry: Registry, evaluation: str, now: datetime, findings: Iterable[Finding], scope: Scope) -> Merged:
    """Merge the findings of an evaluation, which the registry has, in the caller's transaction.

    One that is there again begins anew: first_seen_at is when it came back.

    :param findings: equal references one after the other, as evaluations write them.
    """
    merged = Merged()
    distinct = _distinct(findings)
    while batch := list(islice(distinct, BATCH)):
        params = {"found": document(batch), "evaluation": evaluation, "now": now}
        for row in registry.connection.execute(_WRITE, params):
            (merged.reopened if row["gone"] else merged.new).append(row["reference"])
        merged.there += len(batch)
    limits = {"start": scope.start or date.min, "end": scope.end or date.max}
    params = {"evaluation": evaluation, "now": now, "full": scope.full, "rules": list(scope.rules), **limits}
    merged.resolved = sorted(row["reference"] for row in registry.connection.execute(_RESOLVE, params))
    return merged


def _distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    """One row per case: a query may have several for one, and the worst verdict counts."""
    for _reference, same in groupby(findings, key=lambda each: each["reference"]):
        worst = min(same, key=lambda each: VERDICTS.index(each["verdict"]))
        yield {**{name: worst[name] for name in COLUMNS}, "article": (worst["article"] or {"en": ""})["en"]}
