# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restore testing of AWS Backup: what is restored by itself, how often, and to prove what."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup_member import Member
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

PLAN, SELECTION = "restore_testing_plan_name", "restore_testing_selection_name"
# Of a selection: they name it and can't be changed.
FIXED = frozenset({PLAN, SELECTION, "protected_resource_type"})


class RestoreTest(Member):
    """ListRestoreTestingPlans, GetRestoreTestingPlan, ListTags; CreateRestoreTestingPlan, UpdateRestoreTestingPlan,
    TagResource, UntagResource, DeleteRestoreTestingPlan. Names have letters, digits and underscores only."""

    kind = "restore_testing_plan"
    option = "restore_testing_plans"
    key = PLAN
    create_operation = "CreateRestoreTestingPlan"
    member = "RestoreTestingPlan"
    depends_on = ("vault",)

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = self.context.pages("backup", "list_restore_testing_plans", "RestoreTestingPlans")
        names = [one["RestoreTestingPlanName"] for one in found]
        wanted = [name for name in names if keys is None or name in keys]
        return dict(self.context.each(self._state, wanted))

    def create(self, key: str, desired: State) -> None:
        document = self.document(desired, "CreateRestoreTestingPlan")
        self.client.create_restore_testing_plan(RestoreTestingPlan=document, Tags=desired["tags"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if set(fields) - {"tags"}:
            document = self.document(desired, "UpdateRestoreTestingPlan")
            self.client.update_restore_testing_plan(RestoreTestingPlanName=key, RestoreTestingPlan=document)
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_restore_testing_plan(RestoreTestingPlanName=key)

    def _state(self, name: str) -> tuple[str, State]:
        found = self.client.get_restore_testing_plan(RestoreTestingPlanName=name)["RestoreTestingPlan"]
        arn = found["RestoreTestingPlanArn"]
        state = self.snake("GetRestoreTestingPlan", ("RestoreTestingPlan",), found)
        return name, {**state, "tags": self.tags_of(arn), "_arn": arn}


class RestoreTestSelection(Member):
    """ListRestoreTestingPlans, ListRestoreTestingSelections, GetRestoreTestingSelection;
    CreateRestoreTestingSelection, UpdateRestoreTestingSelection, DeleteRestoreTestingSelection."""

    kind = "restore_testing_selection"
    option = "restore_testing_selections"
    key = SELECTION
    create_operation = "CreateRestoreTestingSelection"
    member = "RestoreTestingSelection"
    extra = frozenset({PLAN})
    immutable = frozenset({"protected_resource_type"})
    references: ClassVar[dict[str, str]] = {"iam_role_arn": "iam_role"}
    depends_on = ("restore_testing_plan",)
    taggable = False

    def key_of(self, item: dict[str, Any]) -> str | None:
        plan, name = item.get(PLAN), item.get(SELECTION)
        return f"{plan}/{name}" if plan and name else None

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = self.context.pages("backup", "list_restore_testing_plans", "RestoreTestingPlans")
        plans = {one["RestoreTestingPlanName"] for one in found}
        wanted = plans if keys is None else plans & {key.partition("/")[0] for key in keys}
        states: dict[str, State] = {}
        for plan in sorted(wanted):
            for one in self.context.pages(
                "backup", "list_restore_testing_selections", "RestoreTestingSelections", RestoreTestingPlanName=plan
            ):
                name = one["RestoreTestingSelectionName"]
                if keys is None or f"{plan}/{name}" in keys:
                    states[f"{plan}/{name}"] = self._state(plan, name)
        return states

    def owns(self, state: State) -> bool:
        tags = self.context.tags
        prefix = f"{tags.get('Platform')}_{tags.get('Environment')}_"
        return {"Platform", "Environment"} <= tags.keys() and state[PLAN].startswith(prefix)

    def create(self, key: str, desired: State) -> None:
        self.client.create_restore_testing_selection(
            RestoreTestingPlanName=desired[PLAN],
            RestoreTestingSelection=self.document(desired, "CreateRestoreTestingSelection"),
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        kept = {name: value for name, value in desired.items() if name not in FIXED}
        self.client.update_restore_testing_selection(
            RestoreTestingPlanName=desired[PLAN],
            RestoreTestingSelectionName=desired[SELECTION],
            RestoreTestingSelection=self.document(kept, "UpdateRestoreTestingSelection"),
        )

    def delete(self, key: str, current: State) -> None:
        self.client.delete_restore_testing_selection(
            RestoreTestingPlanName=current[PLAN], RestoreTestingSelectionName=current[SELECTION]
        )

    def _state(self, plan: str, name: str) -> State:
        named = {"RestoreTestingPlanName": plan, "RestoreTestingSelectionName": name}
        found = self.client.get_restore_testing_selection(**named)["RestoreTestingSelection"]
        return self.snake("GetRestoreTestingSelection", ("RestoreTestingSelection",), found)
