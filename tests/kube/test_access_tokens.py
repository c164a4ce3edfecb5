"""Tokens of ServiceAccounts and of the administrator: what is accepted, and what no longer is, or never was."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.kube.access.authentication import TOKEN_FILE, Authenticator
from sandbox.kube.access.eks import Emulator
from sandbox.kube.access.service_accounts import AUDIENCES, ServiceAccounts
from sandbox.kube.access.signing import Signer
from sandbox.kube.access.users import User
from sandbox.kube.errors import ApiError
from sandbox.kube.resources import Registry
from sandbox.kube.store import Store
from tests.kube.access import ISSUER, with_key

NOWHERE = "http://127.0.0.1:9"


class Cluster:
    """One with the ServiceAccount talent/profile and a pod of it, of another, and a secret."""

    def __init__(self, data: Path) -> None:
        self.store = Store()
        for resource, name, fields in (
            ("serviceaccounts", "profile", {}),
            ("pods", "profile-1", {"spec": {"serviceAccountName": "profile"}}),
            ("pods", "other-1", {"spec": {"serviceAccountName": "other"}}),
            ("secrets", "bound", {}),
        ):
            metadata = {"name": name, "namespace": "talent", "uid": f"uid-{name}"}
            self.store.put(resource, {"metadata": metadata, **fields})
        self.signer = Signer(data, ISSUER)
        self.accounts = ServiceAccounts(self.store, Registry(), self.signer)
        self.authenticator = Authenticator(data, self.accounts, Emulator(NOWHERE, "c", "r"))

    def token(self, **spec: Any) -> str:
        answer = self.accounts.issue("talent", "profile", {"spec": spec})
        return str(answer["status"]["token"])

    def user(self, token: str, path: str = "/api") -> User:
        return asyncio.run(self.authenticator.user(f"Bearer {token}", path))

    def refuses(self, authorization: str | None, path: str = "/api") -> bool:
        with pytest.raises(ApiError) as refused:
            asyncio.run(self.authenticator.user(authorization, path))
        return (refused.value.code, refused.value.reason, refused.value.message) == (
            401,
            "Unauthorized",
            "Unauthorized",
        )

    def forget(self, resource: str, name: str) -> None:
        obj = self.store.get(resource, "talent", name)
        assert obj
        self.store.remove(resource, obj)


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(with_key(tmp_path))


def test_a_token_makes_its_service_account_the_user(cluster: Cluster) -> None:
    user = cluster.user(cluster.token())
    assert user.name == "system:serviceaccount:talent:profile"
    assert user.uid == "uid-profile"
    assert user.groups == ("system:serviceaccounts", "system:serviceaccounts:talent", "system:authenticated")


def test_claims_are_those_of_a_real_cluster(cluster: Cluster) -> None:
    before = int(time.time())
    request = {
        "spec": {"expirationSeconds": 7200, "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "profile-1"}}
    }
    answer = cluster.accounts.issue("talent", "profile", request)
    claims = jwt.decode(answer["status"]["token"], options={"verify_signature": False})
    assert claims.pop("jti")
    assert before <= claims["iat"] == claims["nbf"] <= time.time()
    assert claims.pop("exp") == claims.pop("iat") + 7200
    claims.pop("nbf")
    assert claims == {
        "aud": list(AUDIENCES),
        "iss": ISSUER,
        "sub": "system:serviceaccount:talent:profile",
        "kubernetes.io": {
            "namespace": "talent",
            "pod": {"name": "profile-1", "uid": "uid-profile-1"},
            "serviceaccount": {"name": "profile", "uid": "uid-profile"},
        },
    }
    assert answer["spec"] == {**request["spec"], "audiences": list(AUDIENCES)}


def test_anybody_can_verify_a_token_with_the_published_keys(cluster: Cluster) -> None:
    token = cluster.token(audiences=["sts.amazonaws.com"])
    found = cluster.signer.discovery("https://127.0.0.1/openid/v1/jwks")
    assert (found["issuer"], found["jwks_uri"]) == (ISSUER, "https://127.0.0.1/openid/v1/jwks")
    keys = jwt.PyJWKSet.from_dict(cluster.signer.keys())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, ["RS256"], audience="sts.amazonaws.com", issuer=ISSUER)
    assert claims["sub"] == "system:serviceaccount:talent:profile"


def test_tokens_outlive_a_restart_and_keys_are_the_owners_only(cluster: Cluster, tmp_path: Path) -> None:
    token, admin = cluster.token(), (tmp_path / TOKEN_FILE).read_text()
    again = Cluster(tmp_path)
    assert again.user(token).uid == "uid-profile"
    assert again.user(admin).groups == ("system:masters", "system:authenticated")
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "service-account.key": 0o600,
        TOKEN_FILE: 0o600,
    }


def test_a_token_dies_with_its_account_even_when_one_of_the_same_name_follows(cluster: Cluster) -> None:
    token = cluster.token()
    cluster.forget("serviceaccounts", "profile")
    assert cluster.refuses(f"Bearer {token}")
    cluster.store.put("serviceaccounts", {"metadata": {"name": "profile", "namespace": "talent", "uid": "uid-new"}})
    assert cluster.refuses(f"Bearer {token}")


@pytest.mark.parametrize(("kind", "resource", "name"), [("Pod", "pods", "profile-1"), ("Secret", "secrets", "bound")])
def test_a_token_dies_with_the_object_it_is_bound_to(cluster: Cluster, kind: str, resource: str, name: str) -> None:
    token = cluster.token(boundObjectRef={"apiVersion": "v1", "kind": kind, "name": name})
    extra = dict(cluster.user(token).extra)
    assert extra.get("authentication.kubernetes.io/pod-name") == (("profile-1",) if kind == "Pod" else None)
    cluster.forget(resource, name)
    assert cluster.refuses(f"Bearer {token}")


def segment(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def none_algorithm(cluster: Cluster) -> str:
    return f"{segment({'alg': 'none', 'typ': 'JWT'})}.{segment(claims_of(cluster.token()))}."


def signed_by_somebody_else(cluster: Cluster) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    token = cluster.token()
    return jwt.encode(claims_of(token), key, "RS256", headers={"kid": jwt.get_unverified_header(token)["kid"]})


def signed_with_the_public_key(cluster: Cluster) -> str:
    """The key's public half taken for a shared secret."""
    secret = json.dumps(cluster.signer.keys()["keys"][0]).encode()
    signed = f"{segment({'alg': 'HS256', 'typ': 'JWT'})}.{segment(claims_of(cluster.token()))}"
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def changed_after_signing(cluster: Cluster) -> str:
    head, body, signature = cluster.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    return f"{head}.{segment({**claims, 'sub': 'system:serviceaccount:kube-system:root'})}.{signature}"


def re_signed(cluster: Cluster, **changes: Any) -> str:
    """Signed with the cluster's own key, but with other claims."""
    claims = {**claims_of(cluster.token()), **changes}
    return cluster.signer.sign({key: value for key, value in claims.items() if value is not None})


FORGERIES = {
    "alg none": none_algorithm,
    "another key": signed_by_somebody_else,
    "public key as secret": signed_with_the_public_key,
    "changed": changed_after_signing,
    "expired": lambda cluster: re_signed(cluster, exp=int(time.time()) - 1),
    "no expiry": lambda cluster: re_signed(cluster, exp=None),
    "not yet": lambda cluster: re_signed(cluster, nbf=int(time.time()) + 60),
    "another audience": lambda cluster: cluster.token(audiences=["sts.amazonaws.com"]),
    "no audience": lambda cluster: re_signed(cluster, aud=None),
    "another issuer": lambda cluster: Signer.sign(_issuing_elsewhere(cluster), claims_of(cluster.token())),
    "no account": lambda cluster: re_signed(cluster, **{"kubernetes.io": None}),
    "no token": lambda _: "",
    "not a token": lambda _: "abc.def",
    "not ASCII": lambda _: "日本語",
}


def _issuing_elsewhere(cluster: Cluster) -> Signer:
    signer = Signer.__new__(Signer)
    signer.__dict__.update(cluster.signer.__dict__, issuer="https://elsewhere.example")
    return signer


@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_other_token_is_accepted(cluster: Cluster, forgery: str) -> None:
    assert cluster.refuses(f"Bearer {FORGERIES[forgery](cluster)}")


def test_only_bearer_tokens_are_and_without_one_only_a_few_paths(cluster: Cluster) -> None:
    assert cluster.refuses(f"Basic {cluster.token()}")
    assert cluster.refuses(cluster.token())
    assert cluster.refuses(None)
    assert cluster.refuses(None, "/healthzz")
    assert cluster.refuses("Bearer wrong", "/healthz")
    for path in (
        "/healthz",
        "/readyz",
        "/livez",
        "/version",
        "/.well-known/openid-configuration",
        "/openid/v1/jwks",
    ):
        assert asyncio.run(cluster.authenticator.user(None, path)).name == "system:anonymous"


@pytest.mark.parametrize(
    ("spec", "code", "message"),
    [
        ({"expirationSeconds": 599}, 422, "may not specify a duration less than 10 minutes"),
        ({"boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "gone"}}, 404, 'pods "gone" not found'),
        (
            {"boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "profile-1", "uid": "old"}},
            409,
            "the UID in the bound object reference (old) does not match the UID in record",
        ),
        (
            {"boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "other-1"}},
            400,
            'cannot bind token for serviceaccount "profile" to pod running with different serviceaccount name.',
        ),
        (
            {"boundObjectRef": {"apiVersion": "v1", "kind": "ConfigMap", "name": "x"}},
            400,
            "cannot bind token to object",
        ),
    ],
)
def test_token_requests_that_make_no_sense_are_refused(
    cluster: Cluster, spec: dict[str, Any], code: int, message: str
) -> None:
    with pytest.raises(ApiError, match=message.replace("(", r"\(").replace(")", r"\)")) as refused:
        cluster.token(**spec)
    assert refused.value.code == code


def test_a_token_for_an_account_that_is_not_there_is_refused(cluster: Cluster) -> None:
    with pytest.raises(ApiError, match='serviceaccounts "gone" not found'):
        cluster.accounts.issue("talent", "gone", {})


def test_no_token_lives_longer_than_a_day(cluster: Cluster) -> None:
    claims = claims_of(cluster.token(expirationSeconds=10**7))
    assert claims["exp"] - claims["iat"] == 86_400
