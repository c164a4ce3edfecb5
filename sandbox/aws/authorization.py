"""Policies of IAM, enforced on request (POST /_sandbox/authorization): what a user or role is not allowed is refused.

The key `sandbox`, and any other that IAM does not know, is the account's owner and may do anything. There are actions,
resources that a parameter names (arns.py), permission boundaries, iam:PassRole, and conditions on the region, on who
asks, on encryption on the way, and, of EC2's resources and of keys, on tags. Resources that no parameter names and all
other conditions are taken to be met; resource policies, session policies and organizations are not looked at, nor what
a service itself does with others in the caller's name. docs/policies/README.md says it in full.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from sandbox.aws import tags
from sandbox.aws.actions import actions
from sandbox.aws.arns import arns, passed
from sandbox.aws.call import AwsError, Call
from sandbox.aws.documents import Policy, as_list, documents, managed
from sandbox.aws.extensions.sts.trust import Context, compares

CODES = {"ec2": "UnauthorizedOperation"}
JSON_CODE, QUERY_CODE = "AccessDeniedException", "AccessDenied"
QUERY = ("query", "rest-xml")


def authorize(call: Call) -> None:
    """Raise what AWS answers when the caller of an operation is not allowed its actions."""
    principal = _principal(call)
    if principal is None:
        return
    arn, policies, boundary = principal
    context = _context(call, arn)
    resources: list[str | None] = [*arns(call)] or [None]
    asked = [(action, resource) for action in actions(call.service, call.operation) for resource in resources]
    for action, resource in (*asked, *(("iam:PassRole", role) for role in passed(call))):
        if not _allowed(policies, boundary, action, resource, {**context, **_of_resource(call, resource)}):
            raise _denied(call, arn, action, resource)


def _allowed(
    policies: list[Policy], boundary: Policy | None, action: str, resource: str | None, context: Context
) -> bool:
    ceilings = [] if boundary is None else [boundary]
    if any(_says("Deny", document, action, resource, context) for document in (*policies, *ceilings)):
        return False
    granted = any(_says("Allow", document, action, resource, context) for document in policies)
    return granted and (boundary is None or _says("Allow", boundary, action, resource, context))


def _says(effect: str, document: Policy, action: str, resource: str | None, context: Context) -> bool:
    return any(
        statement["Effect"] == effect
        and _concerns(statement, action)
        and _reaches(statement, resource)
        and _holds(statement.get("Condition", {}), context, unknown=effect == "Allow")
        for statement in as_list(document["Statement"])
    )


def _concerns(statement: Policy, action: str) -> bool:
    if "NotAction" in statement:
        return not _matches(action.lower(), (str(one).lower() for one in as_list(statement["NotAction"])))
    return _matches(action.lower(), (str(one).lower() for one in as_list(statement.get("Action"))))


def _reaches(statement: Policy, resource: str | None) -> bool:
    """An unknown resource is taken to be a right one."""
    if resource is None:
        return True
    if "NotResource" in statement:
        return not _matches(resource, as_list(statement["NotResource"]))
    return _matches(resource, as_list(statement.get("Resource")))


def _matches(value: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(value, str(pattern).replace("[", "[[]")) for pattern in patterns)


def _holds(conditions: Mapping[str, Mapping[str, Any]], context: Context, unknown: bool) -> bool:
    """Whether the conditions are met; those on keys that are not known here count as `unknown`."""
    return all(
        unknown
        if (values := _values(context, key.lower())) is None
        else compares(operator.replace("Bool", "StringEquals").replace("Arn", "String"), values, wanted)
        for operator, keys in conditions.items()
        for key, value in keys.items()
        for wanted in [[str(one) for one in as_list(value)]]
    )


def _values(context: Context, key: str) -> list[str] | None:
    """The values of a condition key; [] of one that the call does not have, None of one that is not known here."""
    family = key.partition("/")[0]
    return context.get(key, [] if f"{family}/" in context else None)


def _of_resource(call: Call, resource: str | None) -> Context:
    """What is known of the resource, and of the tags that are given to it."""
    families = {"aws:resourcetag/": tags.held(call, resource), "aws:requesttag/": tags.asked(call)}
    aliases = tags.aliases(call, resource)
    # The bare name of a family says that its keys are known.
    found = {
        f"{family}{key}".lower(): [value]
        for family, known in families.items()
        if known is not None
        for key, value in {"": "", **known}.items()
    }
    return found if aliases is None else {**found, "kms:resourcealiases": aliases}


def _context(call: Call, arn: str) -> Context:
    return {
        "aws:requestedregion": [call.region],
        "aws:principalarn": [arn],
        # The sandbox speaks HTTP; what it stands for does not.
        "aws:securetransport": ["true"],
        "aws:multifactorauthpresent": ["false"],
    }


def _principal(call: Call) -> tuple[str, list[Policy], Policy | None] | None:
    """ARN, policies and boundary of the user or role that a key is of; None where IAM knows no such key."""
    iam = call.backend("iam")
    for user in iam.users.values():
        if any(key.access_key_id == call.access_key for key in user.access_keys):
            groups = [group for group in iam.groups.values() if user in group.users]
            return user.arn, [one for holder in (user, *groups) for one in documents(holder)], _boundary(iam, user)
    for session in call.backend("sts").assumed_roles:
        if session.access_key_id == call.access_key:
            role = next(role for role in iam.roles.values() if role.arn == session.role_arn)
            return role.arn, list(documents(role)), _boundary(iam, role)
    return None


def _boundary(iam: Any, holder: Any) -> Policy | None:
    arn = getattr(holder, "permissions_boundary_arn", None)
    return managed(iam.managed_policies[arn]) if arn else None


def _denied(call: Call, arn: str, action: str, resource: str | None) -> AwsError:
    code = CODES.get(call.service, QUERY_CODE if call.target.protocol in QUERY else JSON_CODE)
    where = f" on resource: {resource}" if resource else ""
    message = f"User: {arn} is not authorized to perform: {action}{where} because no identity-based policy allows it"
    return AwsError(code, message, 403)
