# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The test of one recovery point, on the journal from the first to the last, and the cleaning up after one that was
interrupted."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import explain
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Journal, read
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._restore.copies import Copies, destroy, prefix
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison, Point, Store
from ansible_collections.iworkz.platform.plugins.module_utils._restore.record import Heading, Outcome, compose
from ansible_collections.iworkz.platform.plugins.module_utils._restore.stores import DESTROY

HOUR = 3600


@dataclass
class Trial:
    """
    :param test: id of the run, which looked for recovery points at ``began``.
    """

    context: Context
    store: Store
    test: str
    began: datetime
    revision: str
    caller: str

    def run(self, point: Point, journals: Path, shelf_life_hours: float) -> dict[str, Any]:
        """Restore, compare, destroy; the record. Only what could not be destroyed leaves the journal open."""
        identifier = secrets.token_hex(4)
        heading = self._heading(point, identifier)
        if point.problem:
            outcome = Outcome(None, "fail", [point.problem], Comparison())
            return compose(heading, outcome, self.context.clock.now(), shelf_life_hours)
        journal = Journal(journals / heading.id, self.context.clock)
        journal.write("opened", heading=asdict(heading), identifier=identifier)
        copies = Copies(self.context, journal, identifier)
        outcome = self._proof(point, copies)
        left = destroy(self.context, journal, identifier, read(journal.directory), DESTROY)
        if left:
            outcome = replace(outcome, left=left, verdict="aborted" if outcome.verdict == "pass" else outcome.verdict)
        return closed(journal, compose(heading, outcome, self.context.clock.now(), shelf_life_hours))

    def _proof(self, point: Point, copies: Copies) -> Outcome:
        clock, took, found = self.context.clock, None, Comparison()
        try:
            point = self.store.prepare(point)
            began = clock.monotonic()
            try:
                copy = self.store.restore(point, copies)
            except Exception as error:  # pylint: disable=broad-except # whatever it is, there is no copy of that point
                params = {"source": point.source, "point": point.id, "error": explain(error)}
                return Outcome(point, "fail", [Breach("restore.not_restored", params)], found)
            took = clock.monotonic() - began
            found = copy.compare()
        except Exception as error:  # pylint: disable=broad-except # told in the record, and the other stores go on
            params = {"source": point.source, "error": explain(error)}
            return Outcome(point, "aborted", [*found.reasons, Breach("restore.not_compared", params)], found, took)
        reasons = [*self._too_old(point), *found.reasons]
        return Outcome(point, "fail" if reasons else "pass", reasons, found, took)

    def _too_old(self, point: Point) -> list[Breach]:
        hours = (self.began - point.at).total_seconds() / HOUR
        limit = self.context.site.limits.age_hours[point.store]
        if hours <= limit:
            return []
        params = {"source": point.source, "point": point.id, "hours": round(hours, 1), "limit": limit}
        return [Breach("restore.point_old", params)]

    def _heading(self, point: Point, identifier: str) -> Heading:
        site = self.context.site
        return Heading(
            id=f"{self.test}-{point.store}-{point.kind}-{identifier}",
            test=self.test,
            store=point.store,
            kind=point.kind,
            source=point.source,
            copy=None if point.problem else prefix(self.context) + identifier,
            environment=site.environment,
            account=site.account_id,
            region=site.region,
            revision=self.revision,
            caller=self.caller,
            started_at=self.began.isoformat(),
        )


def clean_up(directory: Path, context: Context, shelf_life_hours: float) -> dict[str, Any]:
    """Destroy what an interrupted test has made, from its journal alone; its record. Raises JournalDamaged, OSError."""
    events = read(directory)
    opened = next(event for event in events if event["event"] == "opened")
    heading = Heading(**opened["heading"])
    journal = Journal(directory, context.clock)
    left = destroy(context, journal, opened["identifier"], events, DESTROY)
    reasons = [Breach("restore.interrupted", {"source": heading.source})]
    outcome = Outcome(None, "aborted", reasons, Comparison(), left=left)
    return closed(journal, compose(heading, outcome, context.clock.now(), shelf_life_hours))


def closed(journal: Journal, record: dict[str, Any]) -> dict[str, Any]:
    """The record, once the journal of a test that has left nothing says that it is over."""
    if record["destroyed"]:
        journal.write("closed", verdict=record["verdict"])
    journal.close()
    return record
