"""Users and user groups (role-based access control); moto has neither groups nor changes of users."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.elasticache import access, servers
from sandbox.aws.extensions.elasticache.tags import arn, forget, tag

USER, GROUP = "elasticache.user", "elasticache.usergroup"
DEFAULT = "default"
SHOWN = {"no-password-required": "no-password"}


def users(call: Call) -> dict[str, Any]:
    """All users by id; every account has one named default, which may do everything."""
    found = call.store("elasticache.users")
    if not found:
        found[DEFAULT] = _record(call, DEFAULT, DEFAULT, "redis", "on ~* +@all", {"Type": "no-password"})
    return found


def groups(call: Call) -> dict[str, Any]:
    return call.store("elasticache.user_groups")


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateUser.html
@operation("elasticache", "CreateUser")
def create_user(call: Call) -> dict[str, Any]:
    params = call.params
    name = params["UserId"].lower()
    if name in users(call):
        raise AwsError("UserAlreadyExists", f"User {name} already exists.")
    mode = _authentication(params)
    if mode is None:
        raise AwsError("InvalidParameterCombination", "An authentication mode is required.")
    if mode["Type"] == "iam" and params["UserName"] != name:
        raise AwsError("InvalidParameterValue", "For IAM authentication, user id and user name must be identical.")
    access.check(params["AccessString"])
    _keep_passwords(call, name, params, mode)
    users(call)[name] = _record(call, name, params["UserName"], params["Engine"], params["AccessString"], mode)
    tag(call, arn(call, "user", name), params.get("Tags", []))
    return _shown_user(call, users(call)[name])


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeUsers.html
@operation("elasticache", "DescribeUsers")
def describe_users(call: Call) -> dict[str, Any]:
    if "UserId" in call.params:
        return {"Users": [_shown_user(call, _user(call, call.params["UserId"]))]}
    return {"Users": [_shown_user(call, user) for user in users(call).values()]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyUser.html
@operation("elasticache", "ModifyUser")
def modify_user(call: Call) -> dict[str, Any]:
    user = _user(call, call.params["UserId"])
    mode = _authentication(call.params)
    if mode:
        user["Authentication"] = mode
        _keep_passwords(call, user["UserId"], call.params, mode)
    if "AccessString" in call.params:
        access.check(call.params["AccessString"])
        user["AccessString"] = call.params["AccessString"]
    keys = servers.configure(call, lambda record: _has_user(call, record, user["UserId"]))
    call.begin(USER, user["UserId"], "modifying", until=servers.in_force(call, keys))
    return _shown_user(call, user)


# A user that goes leaves its groups.
# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteUser.html
@operation("elasticache", "DeleteUser")
def delete_user(call: Call) -> dict[str, Any]:
    user = _user(call, call.params["UserId"])
    member_of = [group for group in groups(call).values() if user["UserId"] in group["UserIds"]]
    if user["UserName"] == DEFAULT and member_of:
        raise AwsError("DefaultUserAssociatedToUserGroup", "The default user is a member of a user group.")
    for group in member_of:
        group["UserIds"].remove(user["UserId"])
    names = {group["UserGroupId"] for group in member_of}
    servers.configure(call, lambda record: not names.isdisjoint(record["UserGroupIds"]))
    del users(call)[user["UserId"]]
    call.store("elasticache.user_secrets").pop(user["UserId"], None)
    forget(call, user["ARN"])
    return {**user, "Status": "deleting"}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateUserGroup.html
@operation("elasticache", "CreateUserGroup")
def create_group(call: Call) -> dict[str, Any]:
    name = call.params["UserGroupId"].lower()
    if name in groups(call):
        raise AwsError("UserGroupAlreadyExists", f"User group {name} already exists.")
    members = sorted(set(call.params.get("UserIds", [])))
    _check_members(call, call.params["Engine"], members)
    groups(call)[name] = {
        "UserGroupId": name,
        "Engine": call.params["Engine"],
        "UserIds": members,
        "MinimumEngineVersion": "7.0" if _any_iam(call, members) else "6.0",
        "ARN": arn(call, "usergroup", name),
    }
    tag(call, arn(call, "usergroup", name), call.params.get("Tags", []))
    call.begin(GROUP, name, "creating")
    return _shown_group(call, groups(call)[name])


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeUserGroups.html
@operation("elasticache", "DescribeUserGroups")
def describe_groups(call: Call) -> dict[str, Any]:
    if "UserGroupId" in call.params:
        return {"UserGroups": [_shown_group(call, _group(call))]}
    return {"UserGroups": [_shown_group(call, group) for group in groups(call).values()]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyUserGroup.html
@operation("elasticache", "ModifyUserGroup")
def modify_group(call: Call) -> dict[str, Any]:
    group = _group(call)
    _check_active(call, group["UserGroupId"])
    members = set(group["UserIds"]) | set(call.params.get("UserIdsToAdd", []))
    members -= set(call.params.get("UserIdsToRemove", []))
    _check_members(call, group["Engine"], sorted(members))
    group["UserIds"] = sorted(members)
    keys = servers.configure(call, lambda record: group["UserGroupId"] in record["UserGroupIds"])
    call.begin(GROUP, group["UserGroupId"], "modifying", until=servers.in_force(call, keys))
    return _shown_group(call, group)


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteUserGroup.html
@operation("elasticache", "DeleteUserGroup")
def delete_group(call: Call) -> dict[str, Any]:
    group = _group(call)
    _check_active(call, group["UserGroupId"])
    if _used_by(call, group["UserGroupId"]):
        raise AwsError(
            "InvalidUserGroupState", f"User group {group['UserGroupId']} is associated to a replication group."
        )
    del groups(call)[group["UserGroupId"]]
    forget(call, group["ARN"])
    return {**group, "Status": "deleting"}


def _record(call: Call, name: str, user_name: str, engine: str, access: str, mode: dict[str, Any]) -> dict[str, Any]:
    return {
        "UserId": name,
        "UserName": user_name,
        "Engine": engine,
        "MinimumEngineVersion": "7.0" if mode["Type"] == "iam" else "6.0",
        "AccessString": access,
        "Authentication": mode,
        "ARN": arn(call, "user", name),
    }


def _authentication(params: dict[str, Any]) -> dict[str, Any] | None:
    """The authentication a request asks for, as it is shown; None when it asks for none."""
    mode = params.get("AuthenticationMode", {})
    kind = mode.get("Type")
    passwords = mode.get("Passwords", []) or params.get("Passwords", [])
    if params.get("NoPasswordRequired"):
        kind = "no-password-required"
    elif passwords and kind is None:
        kind = "password"
    if kind is None:
        return None
    if bool(passwords) != (kind == "password"):
        raise AwsError("InvalidParameterCombination", f"Passwords do not go with authentication type {kind}.")
    if any(not 16 <= len(password) <= 128 for password in passwords):
        raise AwsError("InvalidParameterValue", "Passwords length must be between 16-128 characters.")
    return {"Type": SHOWN.get(kind, kind), **({"PasswordCount": len(passwords)} if passwords else {})}


def _keep_passwords(call: Call, name: str, params: dict[str, Any], mode: dict[str, Any]) -> None:
    """Passwords are kept as digests, for the servers; no answer tells them."""
    passwords = params.get("AuthenticationMode", {}).get("Passwords", []) or params.get("Passwords", [])
    call.store("elasticache.user_secrets")[name] = [servers.digest(p) for p in passwords if mode["Type"] == "password"]


def _has_user(call: Call, record: dict[str, Any], user: str) -> bool:
    return any(user in groups(call)[group]["UserIds"] for group in record["UserGroupIds"])


def _user(call: Call, name: str) -> dict[str, Any]:
    if name.lower() not in users(call):
        raise AwsError("UserNotFound", f"User {name} not found.")
    user: dict[str, Any] = users(call)[name.lower()]
    return user


def _group(call: Call) -> dict[str, Any]:
    name = call.params["UserGroupId"].lower()
    if name not in groups(call):
        raise AwsError("UserGroupNotFound", f"User group {name} not found.")
    group: dict[str, Any] = groups(call)[name]
    return group


def _check_active(call: Call, name: str) -> None:
    if call.state(GROUP, name, "active") != "active":
        raise AwsError("InvalidUserGroupState", f"User group {name} is not in active state.")


def _check_members(call: Call, engine: str, members: Iterable[str]) -> None:
    names = [_user(call, member)["UserName"] for member in members]
    if len(names) != len(set(names)):
        raise AwsError("DuplicateUserName", "A user group cannot have two users of the same name.")
    if engine == "redis" and DEFAULT not in names:
        raise AwsError("DefaultUserRequired", "A user named default must be in the user group.")


def _any_iam(call: Call, members: Iterable[str]) -> bool:
    return any(_user(call, member)["Authentication"]["Type"] == "iam" for member in members)


def _used_by(call: Call, name: str) -> list[str]:
    return [key for key, group in call.store("elasticache.groups").items() if name in group.get("UserGroupIds", [])]


def _shown_user(call: Call, user: dict[str, Any]) -> dict[str, Any]:
    member_of = [name for name, group in groups(call).items() if user["UserId"] in group["UserIds"]]
    return {**user, "Status": call.state(USER, user["UserId"], "active"), "UserGroupIds": member_of}


def _shown_group(call: Call, group: dict[str, Any]) -> dict[str, Any]:
    name = group["UserGroupId"]
    return {**group, "Status": call.state(GROUP, name, "active"), "ReplicationGroups": _used_by(call, name)}
