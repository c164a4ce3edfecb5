# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon Inspector: what it scans for vulnerabilities in a region."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.regional import Switch
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

TYPES = "resource_types"
# Resource type: the member of an account's state that tells of it.
MEMBERS = {"EC2": "ec2", "ECR": "ecr", "LAMBDA": "lambda", "LAMBDA_CODE": "lambdaCode"}
CONFIGURATIONS = ("ec2_configuration", "ecr_configuration")
SCANNING = frozenset({"ENABLED", "ENABLING"})


class Coverage(Switch):
    """BatchGetAccountStatus, GetConfiguration; Enable, Disable, UpdateConfiguration.

    ``resource_types`` is the complete list of what is scanned.
    """

    service = "inspector2"
    kind = "coverage"
    option = "coverage"
    create_operation = "Enable"
    extra = frozenset(CONFIGURATIONS)
    unordered = frozenset({TYPES})
    taggable = False

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        given = {key: value for key, value in item.items() if key in CONFIGURATIONS}
        return errors + shapes.errors_in(shapes.input_shape(self.client, "UpdateConfiguration"), given)

    def on(self) -> State | None:
        (account,) = self.client.batch_get_account_status(accountIds=[self.context.account_id])["accounts"]
        statuses = {name: account["resourceState"].get(member, {}) for name, member in MEMBERS.items()}
        scanned = sorted(name for name, one in statuses.items() if one.get("status") in SCANNING)
        if not scanned:
            return None
        found = self.snake("GetConfiguration", (), self.client.get_configuration())
        ec2, ecr = (found.get(name, {}) for name in CONFIGURATIONS)
        return {
            TYPES: scanned,
            "ec2_configuration": ec2.get("scan_mode_state", {}),
            "ecr_configuration": ecr.get("rescan_duration_state", {}),
            "_statuses": {name: one.get("status") for name, one in statuses.items()},
        }

    def create(self, key: str, desired: State) -> None:
        self._enable(desired[TYPES])
        self._configure(desired, tuple(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._enable(set(desired[TYPES]) - set(current[TYPES]))
        self._disable(set(current[TYPES]) - set(desired[TYPES]))
        self._configure(desired, fields)

    def delete(self, key: str, current: State) -> None:
        self._disable(current[TYPES])

    def ready(self, state: State) -> bool:
        return "ENABLING" not in state["_statuses"].values()

    def _enable(self, names: Iterable[str]) -> None:
        if types := sorted(names):
            self.client.enable(accountIds=[self.context.account_id], resourceTypes=types)

    def _disable(self, names: Iterable[str]) -> None:
        if types := sorted(names):
            self.client.disable(accountIds=[self.context.account_id], resourceTypes=types)

    def _configure(self, desired: State, fields: Iterable[str]) -> None:
        changed = [name for name in CONFIGURATIONS if name in fields]
        if changed:
            self.client.update_configuration(**self.parameters(desired, "UpdateConfiguration", *changed))


ADAPTERS = (Coverage,)
