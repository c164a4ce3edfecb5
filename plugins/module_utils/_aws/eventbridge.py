# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon EventBridge: rules of the default event bus, and where they lead."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.documents import Documented
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import same_elements
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

TARGETS = "targets"


class Rule(Documented):
    """ListRules, ListTargetsByRule, ListTagsForResource; PutRule, PutTargets, RemoveTargets, TagResource,
    UntagResource, DeleteRule.

    ``event_pattern`` is the pattern as a dictionary; ``targets`` is the complete list of targets.
    """

    service = "events"
    kind = "rule"
    option = "rules"
    key = "name"
    create_operation = "PutRule"
    extra = frozenset({TARGETS})
    unordered = frozenset({TARGETS})
    documents = frozenset({"event_pattern"})
    references: ClassVar[dict[str, str]] = {f"{TARGETS}.role_arn": "iam_role"}

    def validate(self, item: dict[str, Any]) -> list[str]:
        shape = shapes.input_shape(self.client, "PutTargets").members["Targets"].member
        errors = super().validate(item)
        for index, target in enumerate(item.get(TARGETS) or []):
            errors += [f"{TARGETS}[{index}]: {error}" for error in shapes.errors_in(shape, target)]
        return errors

    def normalise(self, desired: State) -> State:
        desired.setdefault("state", "ENABLED")
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        rules = self.context.pages("events", "list_rules", "Rules")
        wanted = [one for one in rules if not one.get("ManagedBy") and (keys is None or one["Name"] in keys)]
        return dict(self.context.each(self._state, wanted))

    def create(self, key: str, desired: State) -> None:
        self.client.put_rule(**self.parameters(self.texts(desired), "PutRule"), Tags=self.tag_list(desired))
        self._put_targets(key, desired.get(TARGETS, []))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if set(fields) - {TARGETS, "tags"}:
            # What is not given is taken away.
            kept = {name: value for name, value in current.items() if not name.startswith("_")}
            self.client.put_rule(**self.parameters(self.texts({**kept, **desired}), "PutRule"))
        if TARGETS in fields:
            self._remove_targets(key, {one["id"] for one in current[TARGETS]} - {one["id"] for one in desired[TARGETS]})
            changed = [
                one for one in desired[TARGETS] if not any(same_elements([had], [one]) for had in current[TARGETS])
            ]
            self._put_targets(key, changed)
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self._remove_targets(key, {one["id"] for one in current[TARGETS]})
        self.client.delete_rule(Name=key)

    def _put_targets(self, rule: str, targets: list[dict[str, Any]]) -> None:
        if targets:
            shape = shapes.input_shape(self.client, "PutTargets").members["Targets"]
            _refuse(self.client.put_targets(Rule=rule, Targets=shapes.to_api(shape, targets)))

    def _remove_targets(self, rule: str, ids: Iterable[str]) -> None:
        if names := sorted(ids):
            _refuse(self.client.remove_targets(Rule=rule, Ids=names))

    def _state(self, rule: dict[str, Any]) -> tuple[str, State]:
        name = rule["Name"]
        targets = self.context.pages("events", "list_targets_by_rule", "Targets", Rule=name)
        path = ("Targets",)
        return name, {
            **self.parsed(self.snake("ListRules", ("Rules",), rule)),
            TARGETS: [self.snake("ListTargetsByRule", path, one) for one in targets],
            "tags": from_list(self.client.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]),
            "_arn": rule["Arn"],
        }


def _refuse(answer: dict[str, Any]) -> None:
    """Raise what failed: the answer is a success all the same."""
    if answer["FailedEntryCount"]:
        failed = "; ".join(f"{one['TargetId']}: {one['ErrorMessage']}" for one in answer["FailedEntries"])
        raise ReconcileError(f"targets: {failed}")


ADAPTERS = (Rule,)
