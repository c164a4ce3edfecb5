# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Health checks of Amazon Route 53, named by their tag Name."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_common import (
    HEALTH_CHECK,
    change_tags,
    tags_of,
)
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

FIXED = ("type", "request_interval", "measure_latency")
"""What UpdateHealthCheck cannot change."""


def health_check_ids(context: Context) -> dict[str, str]:
    """Ids by name (ListHealthChecks, ListTagsForResources)."""
    ids = [one["Id"] for one in context.pages("route53", "list_health_checks", "HealthChecks")]
    return {tags["Name"]: one for one, tags in tags_of(context, HEALTH_CHECK, ids).items() if "Name" in tags}


class HealthCheck(Resource):
    """ListHealthChecks (all pages), ListTagsForResources; CreateHealthCheck, UpdateHealthCheck, ChangeTagsForResource,
    DeleteHealthCheck.
    """

    service = "route53"
    kind = "health_check"
    option = "health_checks"
    key = "name"
    create_operation = "CreateHealthCheck"
    extra = frozenset({"name"})
    filled = frozenset({"caller_reference"})

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        return {**desired, "tags": {**desired["tags"], "Name": item["name"]}}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = {one["Id"]: one for one in self.context.pages("route53", "list_health_checks", "HealthChecks")}
        states: dict[str, State] = {}
        for identifier, tags in tags_of(self.context, HEALTH_CHECK, found).items():
            name = tags.get("Name", identifier)
            if keys is not None and name not in keys:
                continue
            if name in states:
                raise ReconcileError(f"health checks {states[name]['_id']} and {identifier} are both called {name}")
            answer = self.snake("ListHealthChecks", ("HealthChecks",), found[identifier])
            config = answer["health_check_config"]
            states[name] = {"name": name, "health_check_config": config, "tags": tags, "_id": identifier}
        return states

    def create(self, key: str, desired: State) -> None:
        answer = self.client.create_health_check(
            **self.parameters(desired, "CreateHealthCheck"), CallerReference=str(uuid.uuid4())
        )
        change_tags(self.client, HEALTH_CHECK, answer["HealthCheck"]["Id"], {}, desired["tags"], purge=False)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "health_check_config" in fields:
            have, want = current["health_check_config"], desired["health_check_config"]
            fixed = [name for name in FIXED if name in want and want[name] != have.get(name)]
            if fixed:
                raise ReconcileError(f"{', '.join(fixed)} cannot be changed in place: declare another health check")
            shape = shapes.input_shape(self.client, "UpdateHealthCheck")
            changes = shapes.to_api(shape, {name: value for name, value in want.items() if name not in FIXED})
            self.client.update_health_check(HealthCheckId=current["_id"], **changes)
        if "tags" in fields:
            change_tags(
                self.client, HEALTH_CHECK, current["_id"], current["tags"], desired["tags"], self.context.purge_tags
            )

    def delete(self, key: str, current: State) -> None:
        self.client.delete_health_check(HealthCheckId=current["_id"])
