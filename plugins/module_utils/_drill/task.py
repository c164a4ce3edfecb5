# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What dr_failover_test does: input, guards, lock, drills or the resumption of an interrupted one, results."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.suggest import did_you_mean
from ansible_collections.iworkz.platform.plugins.module_utils._drill import guards, results
from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import ACTIONS
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._drill.drill import Drill, Heading, compose
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Clock, Journal, unfinished
from ansible_collections.iworkz.platform.plugins.module_utils._drill.names import filled
from ansible_collections.iworkz.platform.plugins.module_utils._drill.options import site_of
from ansible_collections.iworkz.platform.plugins.module_utils._drill.preconditions import answered
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.kit import Kit, StoreKit
from ansible_collections.iworkz.platform.plugins.module_utils._drill.resume import resume
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Scenario, Variant
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import (
    SCENARIOS,
    load_scenarios,
    select,
)
from ansible_collections.iworkz.platform.plugins.module_utils._drill.table import plan_table, results_table
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import (
    StoreLocked,
    locked,
    make_directory,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.refusal import told

SYSTEM = Clock(time.monotonic, lambda: datetime.now(UTC), time.sleep)


class Task:
    """
    :param clients: an ``_aws.session.Clients``.

    The methods raise BadInput and ScenarioError before anything is read of the platform.
    """

    def __init__(
        self, params: Mapping[str, Any], clients: Any, *, clock: Clock = SYSTEM, kit: Kit | None = None
    ) -> None:
        self.params = params
        self.clients = clients
        self.clock = clock
        self.kit = kit or StoreKit()
        self.site = site_of(params)
        self.directory = Path(params["drills_dir"])

    def run(self, check_mode: bool) -> dict[str, Any]:
        """The module's result."""
        guards.check_input(self.site, self.params["repeat"])
        scenarios = self.scenarios()
        blocked = self.blocked()
        if check_mode:
            return self.plan(scenarios, blocked)
        if blocked:
            return self.answer([], blocked)
        make_directory(self.directory)
        try:
            with locked(self.directory / "lock", 0):
                return self._locked(scenarios)
        except StoreLocked as error:
            return self.answer([], [Breach("drill.locked", {"holder": str(error)})])

    def scenarios(self) -> list[Scenario]:
        """What to drill: nothing when resuming, and with ``due`` only what is due."""
        if self.params["resume"]:
            return []
        chosen = select(self.params["scenario"] or "", load_scenarios(Path(self.params["scenarios_dir"] or SCENARIOS)))
        for scenario in chosen:
            self._variants(scenario)
        return [scenario for scenario in chosen if not self.params["due"] or self._due(scenario.name)]

    def blocked(self) -> list[Breach]:
        """Why no drill may begin at all. The way back is never blocked by a freeze window."""
        found = guards.not_confirmed(self.params["confirm"], self.site.environment)
        freeze = self.params["freeze"]
        if not self.params["resume"]:
            found += guards.frozen(freeze["windows"], freeze["timezone"], self.clock.now())
        caller = self.clients.caller()
        if caller["account"] != self.site.account_id:
            params = {"account": caller["account"], "expected": self.site.account_id}
            found.append(Breach("drill.other_account", params))
        return found

    def plan(self, scenarios: Sequence[Scenario], blocked: Sequence[Breach]) -> dict[str, Any]:
        """What would be done, and what would keep it from being done."""
        steps, reasons = [], list(blocked)
        if self.params["resume"]:
            steps = [_resumption(path.name) for path in unfinished(self.directory / "journal")]
        for scenario in scenarios:
            reasons += self.preconditions(scenario)
            steps += [
                {
                    "scenario": scenario.name,
                    "stage": stage,
                    "step": step.id,
                    "what": filled(step.what[self.params["language"]], self.site.names),
                    "calls": list(ACTIONS[step.action].calls),
                }
                for stage, step in scenario.steps()
            ]
        unique = [breach for at, breach in enumerate(reasons) if breach not in reasons[:at]]
        answer = self.answer([], unique)
        # A plan is no failure, whatever stands in its way.
        return {**answer, "failed": False, "changed": bool(steps), "plan": steps, "plan_table": plan_table(steps)}

    def preconditions(self, scenario: Scenario) -> list[Breach]:
        context = Context(self.clients, self.site, self.clock)
        return [
            breach
            for each in scenario.preconditions
            for breach in answered(
                context, each.check, {key: filled(value, self.site.names) for key, value in each.params.items()}
            )
        ]

    def answer(self, drills: Sequence[dict[str, Any]], refused: Sequence[Breach] = ()) -> dict[str, Any]:
        """The module's result: drills, verdicts, reasons in words, the table."""
        language = self.params["language"]
        verdicts = [drill["verdict"] for drill in drills] + (["refused"] if refused else [])
        breaches = [*refused, *(Breach(r["id"], r["params"]) for drill in drills for r in drill["reasons"])]
        reasons = [
            {"id": breach.id, "message": told(breach)[language], "remedy": told(breach, "remedy")[language]}
            for breach in breaches
        ]
        answer: dict[str, Any] = {
            "changed": bool(drills),
            "drills": list(drills),
            "verdicts": verdicts,
            "reasons": reasons,
            "table": results_table(drills, language),
            "api_calls": dict(sorted(self.clients.calls.items())),
        }
        if set(verdicts) & set(self.params["fail_on"]):
            answer |= {"failed": True, "msg": "\n".join(f"{r['message']} {r['remedy']}" for r in reasons)}
        return answer

    def _locked(self, scenarios: Sequence[Scenario]) -> dict[str, Any]:
        left = unfinished(self.directory / "journal")
        if self.params["resume"]:
            return self.answer([self._kept(resume(path, self.clients, self.clock, self.kit)) for path in left])
        if left:
            return self.answer([], [Breach("drill.unfinished", {"drills": ", ".join(path.name for path in left)})])
        drills: list[dict[str, Any]] = []
        for scenario in scenarios:
            drills.append(self._kept(self._drill(scenario)))
            if unfinished(self.directory / "journal"):
                break
        return self.answer(drills)

    def _drill(self, scenario: Scenario) -> dict[str, Any]:
        now = self.clock.now()
        identifier = f"{now:%Y%m%dT%H%M%S}-{scenario.name}-{secrets.token_hex(2)}"
        heading = Heading(
            id=identifier,
            scenario=scenario.name,
            environment=self.site.environment,
            account=self.site.account_id,
            region=self.site.region,
            revision=self.params["revision"],
            caller=self.clients.caller()["arn"],
            started_at=now.isoformat(),
        )
        context = Context(self.clients, self.site, self.clock)
        # A guard that refuses leaves a result, but no journal: nothing was begun.
        directory = self.directory / "journal" / identifier
        refused = self.preconditions(scenario)
        variants = self._variants(scenario)
        if refused:
            nothing: dict[str, list[dict[str, Any]]] = {variant.name: [] for variant in variants}
            return compose(heading, scenario, nothing, "refused", refused, self.site.targets, 0.0)
        journal = Journal(directory, self.clock)
        return Drill(heading, scenario, variants, self.params["repeat"], context, journal, self.kit).execute()

    def _variants(self, scenario: Scenario) -> list[Variant]:
        known = [variant.name for variant in scenario.variants]
        for name in self.params["variants"]:
            if name not in known:
                raise guards.BadInput(f"{scenario.name} has no variant {name}{did_you_mean(name, known)}")
        wanted = self.params["variants"] or known
        return [variant for variant in scenario.variants if variant.name in wanted]

    def _kept(self, result: dict[str, Any]) -> dict[str, Any]:
        results.save(result, self.directory)
        return result

    def _due(self, scenario: str) -> bool:
        """Whether the last drill that passed is older than the scenario's interval, or there is none."""
        hours = self.params["intervals"].get(scenario)
        if hours is None:
            return False
        since = self.clock.now() - timedelta(hours=float(hours))
        return not any(
            result["scenario"] == scenario
            and result["verdict"] == "pass"
            and result["environment"] == self.site.environment
            and datetime.fromisoformat(result["ended_at"]) > since
            for result in results.load(self.directory)
        )


def _resumption(drill: str) -> dict[str, Any]:
    return {"scenario": drill, "stage": "resume", "step": "put_back", "what": "", "calls": []}
