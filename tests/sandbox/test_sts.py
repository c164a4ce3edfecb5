"""AWS STS as AWS answers: presigned identities, and roles for tokens of EKS clusters, verified."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import jwt
import pytest
from botocore import UNSIGNED
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.aws.call import UnsupportedError
from sandbox.aws.extensions.eks import servers
from sandbox.aws.extensions.sts.trust import allows
from tests.sandbox.eks import ACCOUNT, Eks, make
from tests.sandbox.support import code_of

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp"
SUBJECT = "system:serviceaccount:platform:api"
ALLOW = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithWebIdentity"}
CONTEXT = {"idp:sub": [SUBJECT], "idp:aud": ["sts.amazonaws.com"]}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


# Trust policies


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({}, True),
        ({"StringEquals": {"idp:sub": SUBJECT}}, True),
        ({"StringEquals": {"IDP:sub": SUBJECT}}, True),
        ({"StringEquals": {"idp:sub": [SUBJECT, "other"]}}, True),
        ({"StringEquals": {"idp:sub": SUBJECT.upper()}}, False),
        ({"StringEqualsIgnoreCase": {"idp:sub": SUBJECT.upper()}}, True),
        ({"StringEquals": {"idp:sub": SUBJECT, "idp:aud": "other"}}, False),
        ({"StringEquals": {"idp:sub": "system:serviceaccount:platform:*"}}, False),
        ({"StringLike": {"idp:sub": "system:serviceaccount:platform:*"}}, True),
        ({"StringLike": {"idp:sub": "system:serviceaccount:[p]latform:*"}}, False),
        ({"StringNotEquals": {"idp:sub": SUBJECT}}, False),
        ({"StringNotLike": {"idp:sub": "system:node:*"}}, True),
        ({"StringEquals": {"idp:amr": "x"}}, False),
        ({"StringNotEquals": {"idp:amr": "x"}}, True),
        ({"StringEqualsIfExists": {"idp:amr": "x"}}, True),
        ({"StringEqualsIfExists": {"idp:sub": "x"}}, False),
        ({"Null": {"idp:amr": "true"}}, True),
        ({"Null": {"idp:sub": "true"}}, False),
        ({"ForAnyValue:StringEquals": {"idp:aud": ["sts.amazonaws.com", "x"]}}, True),
        ({"ForAnyValue:StringEquals": {"idp:amr": "x"}}, False),
        ({"ForAllValues:StringEquals": {"idp:amr": "x"}}, True),
        ({"ForAllValues:StringEquals": {"idp:aud": "x"}}, False),
    ],
)
def test_conditions_of_a_trust_policy(condition, allowed):
    assert allows(policy({**ALLOW, "Condition": condition}), PROVIDER, CONTEXT) is allowed


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([{**ALLOW, "Action": "sts:AssumeRole"}], False),
        ([{**ALLOW, "Action": ["sts:*"]}], True),
        ([{**ALLOW, "Principal": {"Federated": PROVIDER + "-2"}}], False),
        ([{**ALLOW, "Principal": {"Service": "ec2.amazonaws.com"}}], False),
        ([{**ALLOW, "Principal": "*"}], True),
        ([ALLOW, {**ALLOW, "Effect": "Deny", "Condition": {"StringEquals": {"idp:sub": SUBJECT}}}], False),
        ([ALLOW, {**ALLOW, "Effect": "Deny", "Condition": {"StringEquals": {"idp:sub": "other"}}}], True),
    ],
)
def test_statements_of_a_trust_policy(statements, allowed):
    assert allows(policy(*statements), PROVIDER, CONTEXT) is allowed


def test_an_operator_that_is_not_known_is_no_yes():
    condition = {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    with pytest.raises(UnsupportedError, match="DateGreaterThan"):
        allows(policy({**ALLOW, "Condition": condition}), PROVIDER, CONTEXT)


# Presigned identities


def presigned(local: Any, access_key: str, seconds_ago: int) -> str:
    signed = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - seconds_ago))
    return (
        f"http://127.0.0.1:{local.port}/?Action=GetCallerIdentity&Version=2011-06-15"
        f"&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={access_key}%2F{signed[:8]}%2Fap-northeast-1%2Fsts"
        f"%2Faws4_request&X-Amz-Date={signed}&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=0"
    )


@pytest.mark.parametrize("seconds_ago", [0, 120, 14 * 60])
def test_a_presigned_identity_is_that_of_its_key(local, clock, seconds_ago):
    iam = local.client("iam")
    iam.create_user(UserName="somebody")
    key = iam.create_access_key(UserName="somebody")["AccessKey"]["AccessKeyId"]
    with urlopen(presigned(local, key, seconds_ago), timeout=10) as answer:
        assert f"<Arn>arn:aws:iam::{ACCOUNT}:user/somebody</Arn>" in answer.read().decode()


def test_a_presigned_identity_is_good_for_a_quarter_of_an_hour(local):
    with pytest.raises(HTTPError) as caught:
        urlopen(presigned(local, "AKIAEXAMPLE", 16 * 60), timeout=10)
    assert caught.value.code == 403
    assert "Signature expired" in caught.value.read().decode()


# Roles for tokens


@pytest.fixture(scope="module")
def key() -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def federation(local, clock, key, monkeypatch) -> Callable[..., dict[str, Any]]:
    """Ask for the role that the ServiceAccount `api` of a cluster may have, with a token that claims what is given."""
    eks: Eks = make(local, "sts")
    issuer = eks.create()["identity"]["oidc"]["issuer"]
    public = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": "one", "alg": "RS256"}
    monkeypatch.setattr(servers, "facts", lambda *_: {"keys": {"keys": [public]}})
    iam = local.client("iam")
    provider = iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["sts.amazonaws.com"])
    statement = {
        **ALLOW,
        "Principal": {"Federated": provider["OpenIDConnectProviderArn"]},
        "Condition": {"StringEquals": {f"{issuer.removeprefix('https://')}:sub": SUBJECT}},
    }
    role = iam.create_role(RoleName="api", AssumeRolePolicyDocument=json.dumps(policy(statement)))["Role"]["Arn"]
    sts = local.client("sts", signature_version=UNSIGNED)

    def assume(signer: Any = key, *, role: str = role, seconds: int = 3600, **changes: Any) -> dict[str, Any]:
        claims = {"iss": issuer, "aud": ["sts.amazonaws.com"], "sub": SUBJECT, "exp": time.time() + 600, **changes}
        token = jwt.encode(claims, signer, algorithm="RS256", headers={"kid": "one"})
        wanted = {"RoleArn": role, "RoleSessionName": "pod", "WebIdentityToken": token, "DurationSeconds": seconds}
        return dict(sts.assume_role_with_web_identity(**wanted))

    return assume


def test_a_good_token_gets_the_role(local, federation):
    answer = federation()
    assert (answer["SubjectFromWebIdentityToken"], answer["Audience"]) == (SUBJECT, "sts.amazonaws.com")
    session = local.client("sts", answer["Credentials"]["AccessKeyId"]).get_caller_identity()
    assert session["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/api/pod"
    assert session["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sub": "system:serviceaccount:platform:other"}, "AccessDenied"),
        ({"role": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "AccessDenied"),
        ({"role": f"arn:aws:iam::{ACCOUNT}:role/sts-node"}, "AccessDenied"),
        ({"aud": "https://kubernetes.default.svc"}, "InvalidIdentityToken"),
        ({"iss": "https://oidc.eks.ap-northeast-1.amazonaws.com/id/ABC"}, "InvalidIdentityToken"),
        ({"exp": 1.0}, "ExpiredTokenException"),
        ({"nbf": 4_000_000_000}, "InvalidIdentityToken"),
        ({"seconds": 7200}, "ValidationError"),
    ],
)
def test_a_token_that_does_not_get_it(federation, changes, code):
    assert code_of(lambda: federation(**changes)) == code


def test_somebody_elses_signature_is_refused(federation):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert code_of(lambda: federation(other)) == "InvalidIdentityToken"


def test_what_is_no_token_is_refused(local):
    sts = local.client("sts", signature_version=UNSIGNED)
    wanted = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/api", "RoleSessionName": "pod", "WebIdentityToken": "nonsense"}
    assert code_of(lambda: sts.assume_role_with_web_identity(**wanted)) == "InvalidIdentityToken"


def test_an_issuer_whose_keys_are_not_to_be_had(federation, monkeypatch):
    monkeypatch.setattr(servers, "facts", lambda *_: {})
    assert code_of(federation) == "InvalidIdentityToken"
