from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

URL = "https://token.actions.githubusercontent.com"
AWS_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
ROLE, POLICY = "iworkz-sandbox-reader", "iworkz-sandbox-read"
POLICY_ARN = f"arn:aws:iam::123456789012:policy/{POLICY}"


def document(*actions, **more):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), **more}]}


TRUST = document("sts:AssumeRole", Principal={"Service": "monitoring.rds.amazonaws.com"})
READ = document("s3:GetObject", Resource="*")
DECLARED = {
    "oidc_providers": [{"url": URL, "client_id_list": ["sts.amazonaws.com"]}],
    "policies": [{"policy_name": POLICY, "policy_document": READ}],
    "roles": [
        {
            "role_name": ROLE,
            "description": "Reads",
            "max_session_duration": 7200,
            "assume_role_policy_document": TRUST,
            "attached_policies": [POLICY, AWS_POLICY],
            "inline_policies": {"list": document("s3:ListBucket", Resource="*")},
            "permissions_boundary": POLICY,
        }
    ],
}


@pytest.fixture
def made(account):
    account.converges(ADAPTERS, **DECLARED)
    return account


def attached(account):
    found = account.client("iam").list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
    return {policy["PolicyArn"] for policy in found}


def test_converges_on_a_role_with_everything_attached(made):
    role = made.client("iam").get_role(RoleName=ROLE)["Role"]
    assert role["MaxSessionDuration"] == 7200
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == POLICY_ARN
    assert role["AssumeRolePolicyDocument"] == TRUST
    assert attached(made) == {POLICY_ARN, AWS_POLICY}
    provider = made.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"][0]["Arn"]
    tags = made.client("iam").list_open_id_connect_provider_tags(OpenIDConnectProviderArn=provider)["Tags"]
    assert {"Key": "Platform", "Value": "iworkz"} in tags


def test_mends_a_role(made):
    client = made.client("iam")
    client.update_role(RoleName=ROLE, MaxSessionDuration=43200)
    client.update_assume_role_policy(
        RoleName=ROLE, PolicyDocument=json.dumps(document("sts:AssumeRole", Principal={"AWS": "*"}))
    )
    client.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    client.detach_role_policy(RoleName=ROLE, PolicyArn=AWS_POLICY)
    client.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=json.dumps(document("*", Resource="*")))
    client.delete_role_policy(RoleName=ROLE, PolicyName="list")
    client.untag_role(RoleName=ROLE, TagKeys=["Platform"])
    made.mends(ADAPTERS, f"role {ROLE}", **DECLARED)
    assert attached(made) == {POLICY_ARN, AWS_POLICY}
    assert client.list_role_policies(RoleName=ROLE)["PolicyNames"] == ["list"]
    assert client.get_role(RoleName=ROLE)["Role"]["Description"] == "Reads"


def test_mends_a_provider(made):
    client = made.client("iam")
    arn = client.list_open_id_connect_providers()["OpenIDConnectProviderList"][0]["Arn"]
    client.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="stranger")
    made.mends(ADAPTERS, f"oidc_provider {URL}", **DECLARED)
    found = client.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert found["ClientIDList"] == ["sts.amazonaws.com"]


def test_a_policy_keeps_five_versions_and_the_newest_is_in_force(made):
    client = made.client("iam")
    for number in range(6):
        wanted = document("s3:GetObject", Resource=f"arn:aws:s3:::bucket-{number}/*")
        result = made.run(ADAPTERS, policies=[{"policy_name": POLICY, "policy_document": wanted}])
        assert (result["updated"], result["failed_resources"]) == ([f"policy {POLICY}"], {})
    versions = client.list_policy_versions(PolicyArn=POLICY_ARN)["Versions"]
    assert len(versions) == 5
    default = next(version["VersionId"] for version in versions if version["IsDefaultVersion"])
    found = client.get_policy_version(PolicyArn=POLICY_ARN, VersionId=default)["PolicyVersion"]["Document"]
    assert found == wanted


def test_a_policy_in_other_words_is_no_change(made):
    same = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["*"]}}
    policies = [{"policy_name": POLICY, "policy_document": same}]
    assert not made.run(ADAPTERS, check_mode=True, policies=policies)["changed"]


def test_the_path_cannot_be_changed(made):
    with pytest.raises(InvalidInput, match="path cannot be changed in place"):
        made.run(ADAPTERS, roles=[{**DECLARED["roles"][0], "path": "/platform/"}])


def test_purge_takes_everything_apart_in_order(made):
    result = made.run(ADAPTERS, purge=True, oidc_providers=[], policies=[], roles=[])
    assert result["failed_resources"] == {}
    assert sorted(result["deleted"]) == [f"oidc_provider {URL}", f"policy {POLICY}", f"role {ROLE}"]


@pytest.mark.parametrize(
    ("declared", "error"),
    [
        ({"roles": [{"role_name": ROLE}]}, "assume_role_policy_document must be a policy document"),
        (
            {"roles": [{"role_name": ROLE, "assume_role_policy_document": TRUST, "inline_policies": {"a": "{}"}}]},
            "inline_policies.a must be a policy document",
        ),
        ({"policies": [{"policy_name": POLICY}]}, "policy_document must be a policy document"),
        ({"oidc_providers": [{"url": "http://issuer"}]}, "url must start with https://"),
    ],
)
def test_refuses_before_the_first_call(account, declared, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, **declared)
    assert error in str(caught.value)
    assert account.mutations() == []


def test_a_service_linked_role_is_made_once_and_never_purged(account):
    declared = {"service_linked_roles": [{"aws_service_name": "opensearchservice.amazonaws.com"}]}
    account.converges(ADAPTERS, **declared)
    assert account.run(ADAPTERS, service_linked_roles=[], purge=True)["deleted"] == []
    assert not account.run(ADAPTERS, **declared)["changed"]


PASSWORD = {"minimum_password_length": 16, "require_symbols": True}
STAFF = {
    "password_policy": PASSWORD,
    "policies": [{"policy_name": POLICY, "policy_document": READ}],
    "groups": [
        {
            "group_name": "iworkz-sandbox-auditors",
            "attached_policies": [POLICY, "arn:aws:iam::aws:policy/SecurityAudit"],
        }
    ],
}


def test_converges_on_groups_and_a_password_policy(account):
    account.converges(ADAPTERS, **STAFF)
    iam = account.client("iam")
    found = iam.list_attached_group_policies(GroupName="iworkz-sandbox-auditors")["AttachedPolicies"]
    assert {one["PolicyArn"] for one in found} == {POLICY_ARN, "arn:aws:iam::aws:policy/SecurityAudit"}
    assert iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 16


def test_what_is_not_declared_of_the_password_policy_stays(account):
    account.client("iam").update_account_password_policy(PasswordReusePrevention=5, MinimumPasswordLength=8)
    account.run(ADAPTERS, password_policy=PASSWORD)
    found = account.client("iam").get_account_password_policy()["PasswordPolicy"]
    assert (found["MinimumPasswordLength"], found["PasswordReusePrevention"]) == (16, 5)


def test_drift_of_a_group_is_mended_and_its_people_stay(account):
    account.run(ADAPTERS, **STAFF)
    iam = account.client("iam")
    iam.create_user(UserName="hanako")
    iam.add_user_to_group(GroupName="iworkz-sandbox-auditors", UserName="hanako")
    iam.detach_group_policy(GroupName="iworkz-sandbox-auditors", PolicyArn=POLICY_ARN)
    iam.put_group_policy(GroupName="iworkz-sandbox-auditors", PolicyName="more", PolicyDocument=json.dumps(READ))
    group = {**STAFF["groups"][0], "inline_policies": {}}
    assert account.run(ADAPTERS, groups=[group])["updated"] == ["group iworkz-sandbox-auditors"]
    assert iam.list_group_policies(GroupName="iworkz-sandbox-auditors")["PolicyNames"] == []
    assert [one["UserName"] for one in iam.get_group(GroupName="iworkz-sandbox-auditors")["Users"]] == ["hanako"]


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (
            {"policies": [{"policy_name": POLICY, "policy_document": document("s3:*", Resource="*")}]},
            r"policy_document allows s3:\* on all resources",
        ),
        (
            {
                "roles": [
                    {
                        **DECLARED["roles"][0],
                        "inline_policies": {"all": document("*", Resource="*")},
                    }
                ]
            },
            r"inline_policies.all allows \* on all resources",
        ),
        (
            {"groups": [{"group_name": "g", "inline_policies": {"all": document("iam:Get*", Resource="*")}}]},
            r"inline_policies.all allows iam:Get\* on all resources",
        ),
        ({"password_policy": {"minimum_password_length": "long"}}, "MinimumPasswordLength"),
    ],
)
def test_what_is_not_bounded_is_refused_before_anything_is_changed(account, declared, message):
    before = account.mutations()
    with pytest.raises(InvalidInput, match=message):
        account.run(ADAPTERS, **declared)
    assert account.mutations() == before
