# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What backup_restore_test does: input, guards, lock, one test per recovery point, results; or what one has left."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill import guards, results
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Clock, unfinished
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import (
    StoreLocked,
    locked,
    make_directory,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.refusal import told
from ansible_collections.iworkz.platform.plugins.module_utils._restore import record
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._restore.options import check_input, moment_of, site_of
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Point
from ansible_collections.iworkz.platform.plugins.module_utils._restore.site import KINDS_OF
from ansible_collections.iworkz.platform.plugins.module_utils._restore.stores import TABLE
from ansible_collections.iworkz.platform.plugins.module_utils._restore.table import plan_table, results_table
from ansible_collections.iworkz.platform.plugins.module_utils._restore.trial import Trial, clean_up

SYSTEM = Clock(time.monotonic, lambda: datetime.now(UTC), time.sleep)


class Task:
    """
    :param clients: an ``_aws.session.Clients``.

    ``run`` raises BadInput before anything is read of the platform.
    """

    def __init__(self, params: Mapping[str, Any], clients: Any, *, clock: Clock = SYSTEM) -> None:
        check_input(params, clock.now())
        self.params = params
        self.directory = Path(params["drills_dir"]) / record.DIRECTORY
        site = site_of(params)
        ours = (site.environment, site.account_id)
        kept = [one for one in results.load(self.directory) if (one["environment"], one["account"]) == ours]
        self.context = Context(clients, site, clock, moment_of(params), params["kinds"], kept)

    def run(self, check_mode: bool) -> dict[str, Any]:
        """The module's result."""
        blocked = self._blocked()
        if check_mode:
            return self._plan(blocked)
        if blocked:
            return self._answer([], blocked)
        make_directory(self.directory)
        try:
            with locked(self.directory / "lock", 0):
                return self._locked()
        except StoreLocked as error:
            return self._answer([], [Breach("restore.locked", {"holder": str(error)})])

    def _blocked(self) -> list[Breach]:
        """Why no test may begin at all. Cleaning up is never blocked by a freeze window."""
        site, freeze, clients = self.context.site, self.params["freeze"], self.context.clients
        found = guards.not_confirmed(self.params["confirm"], site.environment)
        if not self.params["resume"]:
            found += guards.frozen(freeze["windows"], freeze["timezone"], self.context.clock.now())
        account = clients.caller()["account"]
        if account != site.account_id:
            found.append(Breach("drill.other_account", {"account": account, "expected": site.account_id}))
        return found

    def _points(self) -> tuple[list[Point], list[Breach]]:
        """The recovery points of all stores that are asked for, and which of them has none to its name."""
        found: list[Point] = []
        missing: list[Breach] = []
        for store in self.params["stores"]:
            if not set(KINDS_OF[store]) & set(self.params["kinds"]):
                continue
            points = TABLE[store](self.context).points()
            found += [point for point in points if not (self.params["due"] and self._proven(point))]
            if not points:
                missing.append(Breach("restore.no_source", {"store": store}))
        return found, missing

    def _proven(self, point: Point) -> bool:
        """Whether the last test of this kind of recovery point passed, and is within its shelf life."""
        tested = [
            one
            for one in self.context.results
            if (one["store"], one["source"], one["kind"]) == (point.store, point.source, point.kind)
        ]
        return (
            bool(tested)
            and tested[-1]["verdict"] == "pass"
            and self.context.clock.now() < datetime.fromisoformat(tested[-1]["expires_at"])
        )

    def _plan(self, blocked: Sequence[Breach]) -> dict[str, Any]:
        """What would be restored, and what would keep it from being."""
        if self.params["resume"]:
            left = [{"id": path.name} for path in unfinished(self.directory / "journal")]
            return {**self._answer([], blocked), "failed": False, "changed": bool(left), "plan": left, "plan_table": []}
        points, missing = self._points()
        problems = [point.problem for point in points if point.problem]
        answer = self._answer([], [*blocked, *missing, *problems])
        restorable = [point for point in points if not point.problem]
        plan = [
            {
                "store": point.store,
                "source": point.source,
                "kind": point.kind,
                "id": point.id,
                "at": point.at.isoformat(),
            }
            for point in restorable
        ]
        # A plan is no failure, whatever stands in its way.
        table = plan_table(restorable, self.params["language"])
        return {**answer, "failed": False, "changed": bool(plan), "plan": plan, "plan_table": table}

    def _locked(self) -> dict[str, Any]:
        left = unfinished(self.directory / "journal")
        if self.params["resume"]:
            return self._answer([self._kept(clean_up(path, self.context, self._shelf_life)) for path in left])
        if left:
            names = ", ".join(path.name for path in left)
            return self._answer([], [Breach("restore.unfinished", {"tests": names})])
        now = self.context.clock.now()
        test = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
        points, missing = self._points()
        caller = self.context.clients.caller()["arn"]
        records = []
        for point in points:
            one = Trial(self.context, TABLE[point.store](self.context), test, now, self.params["revision"], caller)
            records.append(self._kept(one.run(point, self.directory / "journal", self._shelf_life)))
        return self._answer(records, missing)

    def _answer(self, records: Sequence[dict[str, Any]], refused: Sequence[Breach] = ()) -> dict[str, Any]:
        """The module's result: records, verdicts, reasons in words, the table."""
        language = self.params["language"]
        verdicts = [one["verdict"] for one in records] + (["refused"] if refused else [])
        breaches = [*refused, *(Breach(each["id"], each["params"]) for one in records for each in one["reasons"])]
        reasons = [
            {"id": breach.id, "message": told(breach)[language], "remedy": told(breach, "remedy")[language]}
            for breach in breaches
        ]
        answer: dict[str, Any] = {
            "changed": bool(records),
            "tests": list(records),
            "verdicts": verdicts,
            "reasons": reasons,
            "table": results_table(records, language),
            "api_calls": dict(sorted(self.context.clients.calls.items())),
        }
        if set(verdicts) & set(self.params["fail_on"]):
            answer |= {"failed": True, "msg": "\n".join(f"{r['message']} {r['remedy']}" for r in reasons)}
        return answer

    def _kept(self, result: dict[str, Any]) -> dict[str, Any]:
        record.save(result, self.directory)
        return result

    @property
    def _shelf_life(self) -> float:
        return float(self.params["shelf_life_hours"])
