# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users and user groups of Amazon ElastiCache (Redis role-based access control)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State
from ansible_collections.iworkz.platform.plugins.module_utils._stores import secrets

# As declared, and as DescribeUsers tells it.
NO_PASSWORD = {"no-password-required": "no-password"}


class User(Resource):
    """DescribeUsers (all pages) and ListTagsForResource of each; CreateUser, ModifyUser, DeleteUser.

    Users authenticate by IAM or need no password (a disabled default user). The password of one that can do neither is
    made by Secrets Manager and kept in ``secret`` (``name``, ``kms_key_id``): none is ever in a variable.
    """

    service = "elasticache"
    kind = "user"
    option = "users"
    key = "user_id"
    create_operation = "CreateUser"
    extra = frozenset({"secret"})
    immutable = frozenset({"user_name"})
    timeout = 600

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        if "passwords" in item or "passwords" in (item.get("authentication_mode") or {}):
            errors.append("passwords are not taken, so that none is ever in a variable: use authentication by IAM")
        by_password = (item.get("authentication_mode") or {}).get("type") == "password"
        if by_password != bool((item.get("secret") or {}).get("name")):
            errors.append("authentication_mode of type password goes with a secret, and a secret with no other type")
        if item.get("no_password_required") is not None:
            errors.append("declare authentication_mode: {type: no-password-required} instead of no_password_required")
        return errors

    def normalise(self, desired: State) -> State:
        # ElastiCache stores rules with single blanks between them.
        if "access_string" in desired:
            desired["access_string"] = " ".join(desired["access_string"].split())
        if "secret" in desired:
            desired["_secret"] = desired.pop("secret")
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        users = self.context.pages("elasticache", "describe_users", "Users")
        return dict(self.context.each(self._state, [u for u in users if keys is None or u["UserId"] in keys]))

    def create(self, key: str, desired: State) -> None:
        self.client.create_user(**self._parameters(desired, "CreateUser"), Tags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        changed = {"access_string", "authentication_mode", "engine"} & set(fields)
        if changed:
            self.client.modify_user(UserId=key, **self._parameters(desired, "ModifyUser", *changed))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_user(UserId=key)

    def ready(self, state: State) -> bool:
        return bool(state["_status"] == "active")

    def _parameters(self, desired: State, operation: str, *names: str) -> dict[str, Any]:
        params = self.parameters(desired, operation, *names)
        if "_secret" in desired and "AuthenticationMode" in params:
            params["AuthenticationMode"]["Passwords"] = [self._password(desired)]
        return params

    def _password(self, desired: State) -> str:
        kept = secrets.ensure(
            self.context.client("secretsmanager"),
            desired["_secret"]["name"],
            lambda password: {"username": desired["user_name"], "password": password},
            desired["tags"],
            desired["_secret"].get("kms_key_id"),
        )
        return kept["password"]

    def _state(self, user: dict[str, Any]) -> tuple[str, State]:
        told = user["Authentication"]["Type"]
        declared = {answer: name for name, answer in NO_PASSWORD.items()}.get(told, told)
        return user["UserId"], {
            "user_id": user["UserId"],
            "user_name": user["UserName"],
            "engine": user["Engine"],
            "access_string": user["AccessString"],
            "authentication_mode": {"type": declared},
            "tags": from_list(self.client.list_tags_for_resource(ResourceName=user["ARN"])["TagList"]),
            "_arn": user["ARN"],
            "_status": user["Status"],
        }


class UserGroup(Resource):
    """DescribeUserGroups (all pages) and ListTagsForResource of each; CreateUserGroup, ModifyUserGroup,
    DeleteUserGroup. Users on their way in or out count as in or out.
    """

    service = "elasticache"
    kind = "user_group"
    option = "user_groups"
    key = "user_group_id"
    create_operation = "CreateUserGroup"
    depends_on = ("user",)
    unordered = frozenset({"user_ids"})
    timeout = 600

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        groups = self.context.pages("elasticache", "describe_user_groups", "UserGroups")
        return dict(self.context.each(self._state, [g for g in groups if keys is None or g["UserGroupId"] in keys]))

    def create(self, key: str, desired: State) -> None:
        self.client.create_user_group(**self.parameters(desired, "CreateUserGroup"), Tags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "user_ids" in fields:
            have, want = set(current["user_ids"]), set(desired["user_ids"])
            changes = {"UserIdsToAdd": sorted(want - have), "UserIdsToRemove": sorted(have - want)}
            self.client.modify_user_group(UserGroupId=key, **{name: ids for name, ids in changes.items() if ids})
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_user_group(UserGroupId=key)

    def ready(self, state: State) -> bool:
        return bool(state["_status"] == "active")

    def _state(self, group: dict[str, Any]) -> tuple[str, State]:
        pending = group.get("PendingChanges", {})
        users = set(group.get("UserIds", [])) - set(pending.get("UserIdsToRemove", []))
        return group["UserGroupId"], {
            "user_group_id": group["UserGroupId"],
            "engine": group["Engine"],
            "user_ids": sorted(users | set(pending.get("UserIdsToAdd", []))),
            "tags": from_list(self.client.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]),
            "_arn": group["ARN"],
            "_status": group["Status"],
        }
