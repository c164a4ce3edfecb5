from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_attachments import same_documents
from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_policy import ManagedPolicy
from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_role import Role
from tests.unit.aws.scripted import context

A = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*"}]}
A_AGAIN = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": ["*"]}}
B = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}]}


@pytest.mark.parametrize(
    ("current", "desired", "same"),
    [
        ({}, {}, True),
        ({"x": A}, {"x": A_AGAIN}, True),
        ({"x": A}, {"x": B}, False),
        ({"x": A}, {}, False),
        ({"x": A}, {"y": A}, False),
    ],
)
def test_inline_policies_are_compared_by_name_and_meaning(current, desired, same):
    assert same_documents(current, desired) is same


CURRENT = {
    "description": "old",
    "max_session_duration": 3600,
    "attached_policies": ["arn:a", "arn:b"],
    "inline_policies": {"x": A, "y": A},
    "tags": {},
}


@pytest.mark.parametrize(
    ("desired", "calls"),
    [
        (
            {"max_session_duration": 7200},
            [("UpdateRole", {"RoleName": "r", "Description": "old", "MaxSessionDuration": 7200})],
        ),
        ({"description": "new"}, [("UpdateRole", {"RoleName": "r", "Description": "new", "MaxSessionDuration": 3600})]),
        (
            {"assume_role_policy_document": A},
            [("UpdateAssumeRolePolicy", {"RoleName": "r", "PolicyDocument": json.dumps(A)})],
        ),
        (
            {"permissions_boundary": "arn:p"},
            [("PutRolePermissionsBoundary", {"RoleName": "r", "PermissionsBoundary": "arn:p"})],
        ),
        (
            {"attached_policies": ["arn:b", "arn:c"]},
            [
                ("AttachRolePolicy", {"RoleName": "r", "PolicyArn": "arn:c"}),
                ("DetachRolePolicy", {"RoleName": "r", "PolicyArn": "arn:a"}),
            ],
        ),
        (
            {"inline_policies": {"x": A_AGAIN, "z": B}},
            [
                ("PutRolePolicy", {"RoleName": "r", "PolicyName": "z", "PolicyDocument": json.dumps(B)}),
                ("DeleteRolePolicy", {"RoleName": "r", "PolicyName": "y"}),
            ],
        ),
        (
            {"tags": {"Platform": "iworkz"}},
            [("TagRole", {"RoleName": "r", "Tags": [{"Key": "Platform", "Value": "iworkz"}]})],
        ),
    ],
)
def test_an_update_makes_exactly_these_calls(desired, calls):
    clients, shared = context({name: {} for name, _ in calls})
    Role(shared).update("r", desired, CURRENT, tuple(desired))
    assert clients.made == calls


def test_all_roles_take_two_reads():
    role = {"RoleName": "r", "Path": "/", "Arn": "arn:r", "MaxSessionDuration": 3600}
    service = {"RoleName": "AWSServiceRoleForRDS", "Path": "/aws-service-role/rds.amazonaws.com/"}
    detail = {
        "RoleName": "r",
        "AssumeRolePolicyDocument": A,
        "AttachedManagedPolicies": [{"PolicyArn": "arn:b"}, {"PolicyArn": "arn:a"}],
        "RolePolicyList": [{"PolicyName": "x", "PolicyDocument": B}],
        "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:p"},
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    clients, shared = context(
        {
            "ListRoles": {"Roles": [role, service]},
            "GetAccountAuthorizationDetails": {"RoleDetailList": [detail, {"RoleName": "AWSServiceRoleForRDS"}]},
        }
    )
    assert Role(shared).read(None) == {
        "r": {
            "role_name": "r",
            "path": "/",
            "description": "",
            "max_session_duration": 3600,
            "assume_role_policy_document": A,
            "attached_policies": ["arn:a", "arn:b"],
            "inline_policies": {"x": B},
            "permissions_boundary": "arn:p",
            "tags": {"a": "b"},
            "_arn": "arn:r",
        }
    }
    assert len(clients.made) == 2


@pytest.mark.parametrize(("versions", "default", "dropped"), [(4, 4, []), (5, 5, ["v1"]), (5, 1, ["v2"])])
def test_the_oldest_version_makes_room_but_never_the_one_in_force(versions, default, dropped):
    listed = [
        {"VersionId": f"v{n}", "IsDefaultVersion": n == default, "CreateDate": datetime(2026, 1, n, tzinfo=UTC)}
        for n in range(1, versions + 1)
    ]
    clients, shared = context(
        {"ListPolicyVersions": {"Versions": listed[::-1]}, "DeletePolicyVersion": {}, "CreatePolicyVersion": {}}
    )
    ManagedPolicy(shared).update("p", {"policy_document": A}, {"_arn": "arn:p"}, ("policy_document",))
    deleted = [given["VersionId"] for name, given in clients.made if name == "DeletePolicyVersion"]
    assert deleted == dropped
    assert clients.made[-1] == (
        "CreatePolicyVersion",
        {"PolicyArn": "arn:p", "PolicyDocument": json.dumps(A), "SetAsDefault": True},
    )
