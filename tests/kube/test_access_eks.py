"""Tokens of `aws eks get-token`: read strictly, replayed at the AWS emulator only, mapped by access entries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube import connection
from sandbox.kube.access.authentication import Authenticator
from sandbox.kube.access.eks import Emulator, Refusal, canonical, read
from sandbox.kube.access.rbac import Rbac
from sandbox.kube.access.service_accounts import ServiceAccounts
from sandbox.kube.access.signing import Signer
from sandbox.kube.access.users import Attributes, Grant, User
from sandbox.kube.errors import ApiError
from sandbox.kube.resources import Registry
from sandbox.kube.store import Store
from tests.kube.access import CLUSTER, SESSION, Aws, aws, presigned, with_key
from tests.sandbox.support import Clock

ENDPOINT = "http://127.0.0.1:4600"


@pytest.fixture
def account() -> Iterator[Aws]:
    with aws() as listening:
        yield listening


def authenticator(account: Aws, data: Path, clock: Callable[[], float] = time.time) -> Authenticator:
    accounts = ServiceAccounts(Store(), Registry(), Signer(with_key(data), "https://issuer.example"))
    source = Emulator(account.endpoint, CLUSTER, "ap-northeast-1")
    return Authenticator(data, accounts, source, clock)


def user(found: Authenticator, token: str) -> User:
    return asyncio.run(found.user(f"Bearer {token}", "/api"))


def refuses(found: Authenticator, token: str) -> bool:
    with pytest.raises(ApiError) as refused:
        user(found, token)
    return (refused.value.code, refused.value.message) == (401, "Unauthorized")


def test_the_caller_becomes_the_user_its_access_entry_says(account: Aws, tmp_path: Path) -> None:
    account.groups = ["talent-developers"]
    account.policies = {"AmazonEKSViewPolicy": None, "AmazonEKSEditPolicy": ["talent", "dev-*"]}
    found = user(authenticator(account, tmp_path), presigned())
    assert found.name == "arn:aws:sts::123456789012:assumed-role/deployer/alice-example.com"
    assert found.groups == ("talent-developers", "system:authenticated")
    assert found.grants == (Grant("AmazonEKSViewPolicy"), Grant("AmazonEKSEditPolicy", ("talent", "dev-*")))
    assert found.uid == "aws-iam-authenticator:123456789012:AROATEST"
    assert dict(found.extra)["arn"] == (SESSION,)
    assert dict(found.extra)["canonicalArn"] == ("arn:aws:iam::123456789012:role/deployer",)
    path, headers = account.asked[0]
    assert path.startswith("/?Action=GetCallerIdentity")
    assert headers["x-k8s-aws-id"] == CLUSTER


@pytest.mark.parametrize("endpoint", [None, "https://sts.ap-northeast-1.amazonaws.com"])
def test_tokens_of_the_collection_are_understood(account: Aws, tmp_path: Path, endpoint: str | None) -> None:
    sts = boto3.client(
        "sts",
        region_name="ap-northeast-1",
        endpoint_url=endpoint or account.endpoint,
        aws_access_key_id="AKIATEST",
        aws_secret_access_key="secret",
        aws_session_token="session",
    )
    found = user(authenticator(account, tmp_path), connection.token(sts, CLUSTER))
    assert found.name.endswith("/alice-example.com")


def test_without_an_access_entry_nobody_gets_in(account: Aws, tmp_path: Path) -> None:
    account.entry = False
    assert refuses(authenticator(account, tmp_path), presigned())


def test_what_sts_refuses_is_refused(account: Aws, tmp_path: Path) -> None:
    account.status = 403
    assert refuses(authenticator(account, tmp_path), presigned())


def test_when_aws_cannot_be_asked_nobody_gets_in(tmp_path: Path) -> None:
    assert refuses(authenticator(Aws(endpoint="http://127.0.0.1:9"), tmp_path), presigned())


@pytest.mark.parametrize(
    "token",
    [
        presigned(age=901),
        presigned(host="sts.ap-northeast-1.amazonaws.com.evil.example"),
        presigned(host="evil.example"),
        presigned(host="169.254.169.254"),
        presigned(host="sts.amazonaws.com@evil.example"),
        presigned(host="sts.amazonaws.com:8443"),
    ],
    ids=["expired", "suffixed host", "another host", "metadata service", "user in host", "another port"],
)
def test_expired_and_forged_urls_are_unauthorized_and_nobody_is_asked(account: Aws, tmp_path: Path, token: str) -> None:
    assert refuses(authenticator(account, tmp_path), token)
    assert account.asked == []


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (presigned(scheme="http"), 'unexpected scheme "http"'),
        (presigned(scheme="file", host=""), 'unexpected scheme "file"'),
        (presigned(host="evil.example"), 'unexpected hostname "evil.example"'),
        (presigned(path="/admin"), "unexpected path"),
        (presigned(Action="AssumeRole"), "unexpected action parameter"),
        (presigned(Action=None), "unexpected action parameter"),
        (presigned(RoleArn="arn"), 'non-whitelisted query parameter "rolearn"'),
        (presigned(action="GetCallerIdentity"), "multiple values"),
        (presigned(X_Amz_SignedHeaders="host"), "client did not sign the x-k8s-aws-id header"),
        (presigned(X_Amz_SignedHeaders="host;x-k8s-aws-idx"), "client did not sign the x-k8s-aws-id header"),
        (presigned(X_Amz_Signature=None), "no signature"),
        (presigned(X_Amz_Expires="901"), "invalid X-Amz-Expires"),
        (presigned(X_Amz_Expires="-1"), "invalid X-Amz-Expires"),
        (presigned(X_Amz_Expires=None), "invalid X-Amz-Expires"),
        (presigned(X_Amz_Date=None), "X-Amz-Date"),
        (presigned(X_Amz_Date="yesterday"), "X-Amz-Date"),
        (presigned(age=901), "expired"),
        (presigned(age=-3600), "not yet current"),
        (presigned(X_Amz_Security_Token="x" * 4096), "too large"),
        (presigned() + "=", "illegal base64"),
        (presigned(path="/\r\nHost:evil.example"), "invalid character"),
        (presigned(path="/ "), "invalid character"),
        (presigned(host="[::1"), "(?i)IPv6"),
        ("k8s-aws-v1.!!!", "(?i)base64"),
        ("k8s-aws-v1.", "unexpected scheme"),
    ],
)
def test_a_token_is_nothing_but_a_fresh_get_caller_identity(token: str, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        read(token, ENDPOINT, time.time())


def test_a_token_is_good_for_fifteen_minutes_whatever_the_signature_says(account: Aws, tmp_path: Path) -> None:
    assert user(authenticator(account, tmp_path), presigned(age=890))


def test_an_identity_is_asked_for_once_and_forgotten_when_its_token_expires(account: Aws, tmp_path: Path) -> None:
    clock = Clock()
    clock.now = time.time()
    found = authenticator(account, tmp_path, clock)
    token = presigned()
    for _ in range(3):
        user(found, token)
    assert [path[:2] for path, _ in account.asked].count("/?") == 1
    assert len(account.asked) == 4
    clock.sleep(901)
    assert refuses(found, token)


def test_a_change_of_the_access_entry_holds_a_second_later(account: Aws, tmp_path: Path) -> None:
    clock = Clock()
    clock.now = time.time()
    found = authenticator(account, tmp_path, clock)
    token = presigned()
    assert user(found, token).grants == ()
    account.policies = {"AmazonEKSClusterAdminPolicy": None}
    clock.sleep(1.1)
    assert user(found, token).grants == (Grant("AmazonEKSClusterAdminPolicy"),)
    account.entry = False
    clock.sleep(1.1)
    assert refuses(found, token)


def test_the_last_entry_holds_while_aws_is_away(tmp_path: Path) -> None:
    clock = Clock()
    clock.now = time.time()
    with aws() as account:
        found = authenticator(account, tmp_path, clock)
        token = presigned()
        assert user(found, token)
    clock.sleep(2)
    assert user(found, token)
    assert refuses(found, presigned(X_Amz_Signature="another"))


def test_an_access_policy_lets_its_user_in(account: Aws, tmp_path: Path) -> None:
    account.policies = {"AmazonEKSAdminPolicy": ["talent"]}
    found, rbac = user(authenticator(account, tmp_path), presigned()), Rbac(Store())
    assert rbac.authorize(found, Attributes("create", "apps", "v1", "deployments", namespace="talent")).allowed
    assert not rbac.authorize(found, Attributes("create", "apps", "v1", "deployments", namespace="data")).allowed


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        ("arn:aws:iam::1:role/ops/eu/deployer", "arn:aws:iam::1:role/deployer"),
        ("arn:aws:sts::1:assumed-role/deployer/alice", "arn:aws:iam::1:role/deployer"),
        ("arn:aws-cn:sts::1:assumed-role/deployer/a/b", "arn:aws-cn:iam::1:role/deployer"),
        ("arn:aws:iam::1:user/alice", "arn:aws:iam::1:user/alice"),
        ("arn:aws:iam::1:root", "arn:aws:iam::1:root"),
    ],
)
def test_a_session_and_its_role_are_one_principal(arn: str, principal: str) -> None:
    assert canonical(arn) == principal
