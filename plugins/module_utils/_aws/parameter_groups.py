# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameter groups, which RDS and ElastiCache have alike."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

PARAMETERS_PER_CALL = 20


def as_text(value: Any) -> str:
    """A parameter's value as the API has it: booleans are 1 and 0."""
    return str(int(value)) if isinstance(value, bool) else str(value)


class ParameterGroups(Resource):
    """``parameters`` maps names to values. Only what a user has set is compared; a parameter declared with the value
    that the engine has anyway needs nothing, because the service does not count it as set.

    A concrete class names its operations and says how a parameter is sent.
    """

    groups: ClassVar[tuple[str, str]]
    """Describe operation in the API's spelling, and the member of its answer that lists the groups."""
    arn: ClassVar[str]
    """The member of a group that holds its ARN, in snake case."""
    parameters_operation: ClassVar[str]
    name_parameter: ClassVar[str]
    """What operations call the group's name."""
    extra = frozenset({"parameters"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._set: dict[str, dict[str, str]] = {}
        self._catalogues: dict[str, dict[str, dict[str, Any]]] = {}

    def send(self, key: str, parameters: dict[str, str], catalogue: dict[str, dict[str, Any]]) -> None:
        """Set up to ``PARAMETERS_PER_CALL`` parameters; ``catalogue`` describes each as the API does."""
        raise NotImplementedError

    def normalise(self, desired: State) -> State:
        if "parameters" not in desired:
            return desired
        wanted = {name: as_text(value) for name, value in desired["parameters"].items()}
        have = self._set.get(desired[self.key])
        if have is not None and not wanted.keys() <= have.keys():
            defaults = self._catalogue(desired[self.key])
            wanted = {
                name: value
                for name, value in wanted.items()
                if name in have or defaults.get(name, {}).get("ParameterValue") != value
            }
        return {**desired, "parameters": wanted}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        operation, result = self.groups
        listed = self.context.pages(self.service, shapes.xform_name(operation), result)
        states = [self.snake(operation, (result,), group) for group in listed]
        found = [state for state in states if keys is None or state[self.key] in keys]
        return dict(self.context.each(self._state, found))

    def create(self, key: str, desired: State) -> None:
        create = getattr(self.client, shapes.xform_name(self.create_operation))
        create(**self.parameters(desired, self.create_operation), Tags=self.tag_list(desired))
        self._modify(key, desired.get("parameters", {}))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "parameters" in fields:
            have = current["parameters"]
            self._modify(key, {n: v for n, v in desired["parameters"].items() if have.get(n) != v})
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def _modify(self, key: str, parameters: dict[str, str]) -> None:
        if not parameters:
            return
        catalogue = self._catalogue(key)
        unknown = sorted(parameters.keys() - catalogue)
        if unknown:
            raise ReconcileError(
                "; ".join(f"unknown parameter {name}{shapes.did_you_mean(name, catalogue)}" for name in unknown)
            )
        ordered = sorted(parameters.items())
        for start in range(0, len(ordered), PARAMETERS_PER_CALL):
            self.send(key, dict(ordered[start : start + PARAMETERS_PER_CALL]), catalogue)

    def _catalogue(self, key: str) -> dict[str, dict[str, Any]]:
        """Every parameter of the group, by name; several pages, so read only when something has to be looked up."""
        if key not in self._catalogues:
            self._catalogues[key] = {parameter["ParameterName"]: parameter for parameter in self._listed(key)}
        return self._catalogues[key]

    def _listed(self, key: str, **params: str) -> list[dict[str, Any]]:
        operation = shapes.xform_name(self.parameters_operation)
        return self.context.pages(self.service, operation, "Parameters", **{self.name_parameter: key}, **params)

    def _state(self, group: State) -> tuple[str, State]:
        name, arn = group[self.key], group.pop(self.arn)
        user = {
            p["ParameterName"]: p["ParameterValue"] for p in self._listed(name, Source="user") if "ParameterValue" in p
        }
        self._set[name] = user
        self._catalogues.pop(name, None)
        tags = self.client.list_tags_for_resource(ResourceName=arn)["TagList"]
        return name, {**group, "parameters": user, "tags": from_list(tags), "_arn": arn}
