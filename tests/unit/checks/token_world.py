"""The mesh of mesh_cluster, and the keys of tokens in KMS."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _iam_facts, _token_keys, _token_trial
from ansible_collections.iworkz.platform.plugins.module_utils._jwt import keys as jwt
from tests.unit.checks import mesh_cluster
from tests.unit.checks.facts import NOW
from tests.unit.checks.kube_facts import Cluster, ClusterWorld
from tests.unit.kube import mesh_declared

REQUIRED = {"key_age_days": 365, "jwks_seconds": 2400}
KID = "iworkz-sandbox-tokens-2026-11"


@cache
def _der() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def key(**changes: Any) -> _token_trial.Key:
    facts = {"KeyState": "Enabled", "KeyUsage": "SIGN_VERIFY", "CreationDate": NOW - timedelta(days=3), **changes}
    return _token_trial.Key(KID, facts, _der())


def jwk(**changes: Any) -> dict[str, Any]:
    """The key as it is to be published."""
    return {**jwt.published(KID, _der()), **changes}


def document(*keys: dict[str, Any], **changes: Any) -> _token_keys.Document:
    """What the issuer serves: by default the one key."""
    return replace(_token_keys.Document(200, "application/json", "max-age=300", keys or (jwk(),)), **changes)


class TokenWorld(ClusterWorld):
    """Facts of AWS are given; those of the cluster are read from its objects."""

    def __init__(self, objects: Cluster, declared: dict[str, Any], given: dict[Any, Any]) -> None:
        super().__init__(objects, declared)
        self.given = given

    def once(self, fn: Any) -> Any:
        return self.given[fn] if fn in self.given else super().once(fn)


def in_aws(
    keys: list[_token_trial.Key] | None = None,
    roles: list[dict[str, Any]] | None = None,
    served: _token_keys.Document | None = None,
) -> dict[Any, Any]:
    """Facts of AWS, and what the issuer serves.

    :param roles: the platform's, in the form of GetAccountAuthorizationDetails, with inline policies only.
    """
    return {
        _token_trial.published: [key()] if keys is None else keys,
        _token_keys.served: served or document(),
        _iam_facts.platform_roles: roles or [],
        _iam_facts.identities: _iam_facts.Identities([], [], roles or [], {}),
    }


def world(objects: Cluster, **facts: Any) -> TokenWorld:
    declared = mesh_cluster.world({}).platform.declared
    declared["mesh"]["audiences"] = mesh_declared.OPTIONS["audiences"]
    declared["mesh"]["jwks_uri"] = mesh_declared.OPTIONS["jwks_uri"]
    declared["tokens"] = {"issuer": "identity", "published": ["2026-11"]}
    return TokenWorld(objects, declared, in_aws(**facts))
