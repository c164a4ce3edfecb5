# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Add-ons of Amazon EKS."""

from __future__ import annotations

import json
import operator
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_member import Member, split
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_state import configuration, issues, settled
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

VALUES = "configuration_values"
CONFLICTS = "resolve_conflicts"


class Addon(Member):
    """ListAddons, DescribeAddon, DescribePodIdentityAssociation; CreateAddon, UpdateAddon, DeleteAddon.

    ``configuration_values`` is a dict. ``resolve_conflicts`` (default ``OVERWRITE``) says what becomes of fields that
    somebody else changed; it is no property of the add-on.
    """

    kind = "addon"
    option = "addons"
    key = "addon_name"
    create_operation = "CreateAddon"
    extra = frozenset({VALUES, CONFLICTS})
    unordered = frozenset({"pod_identity_associations"})
    references: ClassVar = {
        "service_account_role_arn": "iam_role",
        "pod_identity_associations.role_arn": "iam_role",
    }
    listing = ("list_addons", "addons")
    timeout = 1800

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, VALUES: operator.eq}

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        if not isinstance(item.get(VALUES, {}), dict):
            errors.append(f"{VALUES} must be a dict")
        return errors

    def normalise(self, desired: State) -> State:
        desired["_resolve_conflicts"] = desired.pop(CONFLICTS, "OVERWRITE")
        return desired

    def where(self, key: str) -> dict[str, Any]:
        cluster, name = split(key)
        return {"clusterName": cluster, "addonName": name}

    def state(self, cluster: str, one: Any) -> State:
        described = self.client.describe_addon(clusterName=cluster, addonName=one)["addon"]
        state = settled(self.snake("DescribeAddon", ("addon",), described))
        return {
            "tags": {},
            **state,
            VALUES: configuration(described.get("configurationValues")),
            "pod_identity_associations": [
                self._association(cluster, arn) for arn in described.get("podIdentityAssociations", ())
            ],
            "_arn": described["addonArn"],
            "_status": described["status"],
        }

    def create(self, key: str, desired: State) -> None:
        self.client.create_addon(
            **self.parameters(desired, "CreateAddon"), **self._manner(desired), tags=self.tag_list(desired)
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)
        if set(fields) - {"tags"}:
            # What is left out keeps its value, but for the associations, of which those left out go.
            names = {*fields, "pod_identity_associations"} - {"tags", VALUES}
            params = self.parameters(desired, "UpdateAddon", *names)
            self.change("update_addon", self.where(key), **params, **self._manner(desired))

    def delete(self, key: str, current: State) -> None:
        if current["_status"] != "DELETING":
            self.client.delete_addon(**self.where(key))

    def ready(self, state: State) -> bool:
        if state["_status"] in ("CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED"):
            raise TerminalState(f"is {state['_status']}: {issues(state)}")
        return bool(state["_status"] == "ACTIVE")

    def _manner(self, desired: State) -> dict[str, Any]:
        values = {"configurationValues": json.dumps(desired[VALUES], sort_keys=True)} if desired.get(VALUES) else {}
        return {"resolveConflicts": desired["_resolve_conflicts"], **values}

    def _association(self, cluster: str, arn: str) -> State:
        identifier = arn.rsplit("/", 1)[-1]
        told = self.client.describe_pod_identity_association(clusterName=cluster, associationId=identifier)
        association = told["association"]
        return {"service_account": association["serviceAccount"], "role_arn": association["roleArn"]}
