# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Selections of AWS Backup: what a plan backs up, by ARN and by tags."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup_member import Member, in_order
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

PLAN = "backup_plan_name"
LISTS = ("resources", "not_resources", "list_of_tags")


class Selection(Member):
    """ListBackupPlans, ListBackupSelections, GetBackupSelection; CreateBackupSelection, DeleteBackupSelection.

    A selection cannot be changed: the former one is deleted and made anew, between two runs of its plan.
    """

    kind = "selection"
    option = "selections"
    key = "selection_name"
    create_operation = "CreateBackupSelection"
    member = "BackupSelection"
    extra = frozenset({PLAN})
    references: ClassVar[dict[str, str]] = {"iam_role_arn": "iam_role"}
    depends_on = ("backup_plan",)
    taggable = False

    def key_of(self, item: dict[str, Any]) -> str | None:
        plan, name = item.get(PLAN), item.get(self.key)
        return f"{plan}/{name}" if plan and name else None

    def normalise(self, desired: State) -> State:
        return _ordered(desired)

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        plans = self._plans()
        wanted = plans.keys() if keys is None else plans.keys() & {key.partition("/")[0] for key in keys}
        states: dict[str, State] = {}
        for plan in sorted(wanted):
            for one in self.context.pages(
                "backup", "list_backup_selections", "BackupSelectionsList", BackupPlanId=plans[plan]
            ):
                key = f"{plan}/{one['SelectionName']}"
                if keys is None or key in keys:
                    states[key] = self._state(plan, one)
        return states

    def owns(self, state: State) -> bool:
        return self.named_ours(state[PLAN])

    def create(self, key: str, desired: State) -> None:
        plan = self._plans().get(desired[PLAN])
        if plan is None:
            raise ReconcileError(f"backup plan {desired[PLAN]} does not exist: apply it first")
        document = self.document(desired, "CreateBackupSelection")
        self.client.create_backup_selection(BackupPlanId=plan, BackupSelection=document)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.delete(key, current)
        self.create(key, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_backup_selection(BackupPlanId=current["_plan"], SelectionId=current["_id"])

    def _plans(self) -> dict[str, str]:
        found = self.context.pages("backup", "list_backup_plans", "BackupPlansList")
        return {one["BackupPlanName"]: one["BackupPlanId"] for one in found}

    def _state(self, plan: str, one: dict[str, Any]) -> State:
        ids = {"BackupPlanId": one["BackupPlanId"], "SelectionId": one["SelectionId"]}
        found = self.client.get_backup_selection(**ids)["BackupSelection"]
        state = self.snake("GetBackupSelection", ("BackupSelection",), found)
        return {**_ordered(state), PLAN: plan, "_plan": ids["BackupPlanId"], "_id": ids["SelectionId"]}


def _ordered(state: State) -> State:
    """Lists in one order; operators without a condition are none."""
    conditions = {operator: in_order(tests) for operator, tests in state.get("conditions", {}).items() if tests}
    lists = {name: in_order(state[name]) for name in LISTS if name in state}
    return {**state, **lists, **({"conditions": conditions} if "conditions" in state else {})}
