# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS IAM: what holds for all people of an account, and the groups they are in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import iam_document
from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_attachments import (
    attach,
    put_inline,
    same_documents,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State


class PasswordPolicy(Resource):
    """GetAccountPasswordPolicy, UpdateAccountPasswordPolicy.

    The operation sets what is left out back to AWS's own, so what is not declared is given again as it is.
    """

    service = "iam"
    kind = "password_policy"
    option = "password_policy"
    singleton = True
    taggable = False
    create_operation = "UpdateAccountPasswordPolicy"

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = answered(self.client.get_account_password_policy, "NoSuchEntity")
        if found is None:
            return {}
        state = self.snake("GetAccountPasswordPolicy", ("PasswordPolicy",), found["PasswordPolicy"])
        # What is off may be told as 0, which the operation would refuse.
        return {self.kind: {name: value for name, value in state.items() if value or isinstance(value, bool)}}

    def create(self, key: str, desired: State) -> None:
        self.client.update_account_password_policy(**self.parameters(desired, self.create_operation))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, {**current, **desired})

    def owns(self, state: State) -> bool:
        return False


class Group(Resource):
    """GetAccountAuthorizationDetails; CreateGroup, AttachGroupPolicy, DetachGroupPolicy, PutGroupPolicy,
    DeleteGroupPolicy, DeleteGroup.

    ``attached_policies`` (ARNs, or names of the account's own) and ``inline_policies`` (documents by name) are
    complete. Who is in a group is not declared. Groups have no tags: a platform's begin with its prefix.
    """

    service = "iam"
    kind = "group"
    option = "groups"
    key = "group_name"
    taggable = False
    create_operation = "CreateGroup"
    extra = frozenset({"attached_policies", "inline_policies"})
    depends_on = ("policy",)
    unordered = frozenset({"attached_policies"})
    immutable = frozenset({"path"})
    references: ClassVar[dict[str, str]] = {"attached_policies": "iam_policy"}

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, "inline_policies": same_documents}

    def validate(self, item: dict[str, Any]) -> list[str]:
        return super().validate(item) + iam_document.inline_errors(item, iam_document.GROUP_INLINE_SIZE)

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        details = self.context.pages("iam", "get_account_authorization_details", "GroupDetailList", Filter=["Group"])
        return {one["GroupName"]: _state(one) for one in details if keys is None or one["GroupName"] in keys}

    def owns(self, state: State) -> bool:
        return self.named_ours(state["group_name"])

    def create(self, key: str, desired: State) -> None:
        self.client.create_group(**self.parameters(desired, self.create_operation))
        attach(self.client, "group", key, [], desired.get("attached_policies", []))
        put_inline(self.client, "group", key, {}, desired.get("inline_policies", {}))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "attached_policies" in fields:
            attach(self.client, "group", key, current["attached_policies"], desired["attached_policies"])
        if "inline_policies" in fields:
            put_inline(self.client, "group", key, current["inline_policies"], desired["inline_policies"])

    def delete(self, key: str, current: State) -> None:
        for user in self.context.pages("iam", "get_group", "Users", GroupName=key):
            self.client.remove_user_from_group(GroupName=key, UserName=user["UserName"])
        attach(self.client, "group", key, current["attached_policies"], [])
        put_inline(self.client, "group", key, current["inline_policies"], {})
        self.client.delete_group(GroupName=key)


def _state(detail: dict[str, Any]) -> State:
    return {
        "group_name": detail["GroupName"],
        "path": detail["Path"],
        "attached_policies": sorted(one["PolicyArn"] for one in detail["AttachedManagedPolicies"]),
        "inline_policies": {one["PolicyName"]: one["PolicyDocument"] for one in detail["GroupPolicyList"]},
    }
