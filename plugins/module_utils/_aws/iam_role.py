# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS IAM roles with everything that is attached to them."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import iam_document
from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_attachments import (
    attach,
    put_inline,
    same_documents,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_policy import IamResource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import TagApi, from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

AWS_PATH = "/aws-service-role/"
DOCUMENTS = ("assume_role_policy_document",)


class Role(IamResource):
    """All roles at once by GetAccountAuthorizationDetails (policies, boundary, tags) and ListRoles (description,
    session duration), which together say what GetRole and four more calls say of one; CreateRole, UpdateRole,
    UpdateAssumeRolePolicy, AttachRolePolicy, DetachRolePolicy, PutRolePolicy, DeleteRolePolicy,
    PutRolePermissionsBoundary, DeleteRole.

    ``attached_policies`` (ARNs, or names of the account's own) and ``inline_policies`` (documents by name) are
    complete: what else a role has is taken from it.
    """

    kind = "role"
    option = "roles"
    key = "role_name"
    create_operation = "CreateRole"
    # The boundary may be a name, which CreateRole's shape would refuse before it is resolved.
    extra = frozenset({*DOCUMENTS, "attached_policies", "inline_policies", "permissions_boundary"})
    filled = frozenset({*DOCUMENTS})
    depends_on = ("policy", "oidc_provider")
    policies = frozenset({*DOCUMENTS})
    unordered = frozenset({"attached_policies"})
    immutable = frozenset({"path"})
    references: ClassVar[dict[str, str]] = {
        "attached_policies": "iam_policy",
        "permissions_boundary": "iam_policy",
    }
    tag_api = TagApi("tag_role", "untag_role", "RoleName")

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, "inline_policies": same_documents}

    def validate(self, item: dict[str, Any]) -> list[str]:
        trust = iam_document.errors_in(DOCUMENTS[0], item.get(DOCUMENTS[0]), iam_document.TRUST_SIZE)
        return super().validate(item) + trust + iam_document.inline_errors(item, iam_document.ROLE_INLINE_SIZE)

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        listed = {
            role["RoleName"]: role
            for role in self.context.pages("iam", "list_roles", "Roles")
            if not role["Path"].startswith(AWS_PATH) and (keys is None or role["RoleName"] in keys)
        }
        if not listed:
            return {}
        details = self.context.pages("iam", "get_account_authorization_details", "RoleDetailList", Filter=["Role"])
        return {d["RoleName"]: _state(listed[d["RoleName"]], d) for d in details if d["RoleName"] in listed}

    def create(self, key: str, desired: State) -> None:
        boundary = {"PermissionsBoundary": desired["permissions_boundary"]} if "permissions_boundary" in desired else {}
        self.client.create_role(
            **self.parameters(desired, "CreateRole"),
            **boundary,
            AssumeRolePolicyDocument=json.dumps(desired["assume_role_policy_document"]),
            Tags=self.tag_list(desired),
        )
        attach(self.client, "role", key, [], desired.get("attached_policies", []))
        put_inline(self.client, "role", key, {}, desired.get("inline_policies", {}))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if {"description", "max_session_duration"} & set(fields):
            # UpdateRole resets whichever of the two is left out.
            both = {name: desired.get(name, current[name]) for name in ("description", "max_session_duration")}
            self.client.update_role(RoleName=key, **self.parameters(both, "UpdateRole"))
        if "assume_role_policy_document" in fields:
            document = json.dumps(desired["assume_role_policy_document"])
            self.client.update_assume_role_policy(RoleName=key, PolicyDocument=document)
        if "permissions_boundary" in fields:
            boundary = desired["permissions_boundary"]
            self.client.put_role_permissions_boundary(RoleName=key, PermissionsBoundary=boundary)
        if "attached_policies" in fields:
            attach(self.client, "role", key, current["attached_policies"], desired["attached_policies"])
        if "inline_policies" in fields:
            put_inline(self.client, "role", key, current["inline_policies"], desired["inline_policies"])
        if "tags" in fields:
            self.retag(key, current, desired)

    def delete(self, key: str, current: State) -> None:
        attach(self.client, "role", key, current["attached_policies"], [])
        put_inline(self.client, "role", key, current["inline_policies"], {})
        self.client.delete_role(RoleName=key)


def _state(role: dict[str, Any], detail: dict[str, Any]) -> State:
    """A role from its entry in ListRoles and the one in GetAccountAuthorizationDetails."""
    state: State = {
        "role_name": role["RoleName"],
        "path": role["Path"],
        "description": role.get("Description", ""),
        "max_session_duration": role["MaxSessionDuration"],
        "assume_role_policy_document": detail["AssumeRolePolicyDocument"],
        "attached_policies": sorted(one["PolicyArn"] for one in detail["AttachedManagedPolicies"]),
        "inline_policies": {one["PolicyName"]: one["PolicyDocument"] for one in detail["RolePolicyList"]},
        "tags": from_list(detail.get("Tags")),
        "_arn": role["Arn"],
    }
    if "PermissionsBoundary" in detail:
        state["permissions_boundary"] = detail["PermissionsBoundary"]["PermissionsBoundaryArn"]
    return state
