"""Tokens of ServiceAccounts: issued by TokenRequest, bound to objects, good as long as these exist."""

from __future__ import annotations

import time
import uuid
from typing import Any

import jwt

from sandbox.kube.access.signing import Signer
from sandbox.kube.access.users import User, groups_of_service_account
from sandbox.kube.errors import ApiError, Cause, bad_request, conflict, invalid, not_found
from sandbox.kube.resources import Registry, Resource
from sandbox.kube.store import Store

AUDIENCES = ("https://kubernetes.default.svc",)
"""What the API server calls itself in tokens, as on EKS."""
DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS = 3600, 600, 86_400
"""Seconds a token lives; EKS gives none for more than a day."""
BINDABLE = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}
_TOKEN_REQUEST = Resource("authentication.k8s.io", "v1", "TokenRequest", "tokenrequests", "tokenrequest", True)


class ServiceAccounts:
    def __init__(self, store: Store, registry: Registry, signer: Signer) -> None:
        self._store, self._registry, self._signer = store, registry, signer

    def issue(self, namespace: str, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a TokenRequest (authentication.k8s.io/v1) for a ServiceAccount."""
        account = self._store.get("serviceaccounts", namespace, name)
        if account is None:
            raise not_found(self._registry.named("serviceaccounts"), name)
        spec = dict(request.get("spec") or {})
        seconds = spec.get("expirationSeconds")
        seconds = DEFAULT_SECONDS if seconds is None else seconds
        if seconds < LEAST_SECONDS:
            message = f"Invalid value: {seconds}: may not specify a duration less than 10 minutes"
            raise invalid(_TOKEN_REQUEST, "", [Cause("FieldValueInvalid", "spec.expirationSeconds", message)])
        seconds = min(seconds, MOST_SECONDS)
        bound = self._bound(account, spec.get("boundObjectRef"))
        spec.update(audiences=spec.get("audiences") or list(AUDIENCES), expirationSeconds=seconds)
        now = int(time.time())
        claims = {
            "aud": spec["audiences"],
            "exp": now + seconds,
            "iat": now,
            "nbf": now,
            "jti": str(uuid.uuid4()),
            "kubernetes.io": {"namespace": namespace, "serviceaccount": _identity(account), **bound},
            "sub": f"system:serviceaccount:{namespace}:{name}",
        }
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(claims["exp"]))
        return {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"name": name, "namespace": namespace, "creationTimestamp": None},
            "spec": spec,
            "status": {"token": self._signer.sign(claims), "expirationTimestamp": expires},
        }

    def authenticate(self, token: str, audiences: tuple[str, ...] = AUDIENCES) -> tuple[User, tuple[str, ...]]:
        """(user, those of the audiences the token is for); `jwt.InvalidTokenError` when it isn't good (any more)."""
        claims = self._signer.verify(token, audiences)
        own = claims.get("kubernetes.io")
        if not isinstance(own, dict):
            raise jwt.InvalidTokenError("not a token of a ServiceAccount")
        namespace = own["namespace"]
        account = self._exists("serviceaccounts", namespace, own["serviceaccount"])
        extra = [("authentication.kubernetes.io/credential-id", (f"JTI={claims['jti']}",))]
        for kind, resource in BINDABLE.items():
            reference = own.get(kind.lower())
            if reference is not None:
                self._exists(resource, "" if kind == "Node" else namespace, reference)
                if kind != "Secret":
                    prefix = f"authentication.kubernetes.io/{kind.lower()}"
                    extra += [(f"{prefix}-name", (reference["name"],)), (f"{prefix}-uid", (reference["uid"],))]
        user = User(claims["sub"], account["uid"], groups_of_service_account(namespace), tuple(extra))
        meant = [claims["aud"]] if isinstance(claims["aud"], str) else claims["aud"]
        return user, tuple(audience for audience in audiences if audience in meant)

    def _exists(self, resource: str, namespace: str, reference: dict[str, str]) -> dict[str, str]:
        obj = self._store.get(resource, namespace, reference["name"])
        if obj is None or obj["metadata"]["uid"] != reference["uid"]:
            raise jwt.InvalidTokenError(f"{resource} {namespace}/{reference['name']} of the token is gone")
        return reference

    def _bound(self, account: dict[str, Any], reference: dict[str, Any] | None) -> dict[str, Any]:
        """The claims about the object a token is to be bound to."""
        if not reference:
            return {}
        kind, name = reference.get("kind", ""), reference.get("name", "")
        if kind not in BINDABLE or reference.get("apiVersion") != "v1":
            raise bad_request(f"cannot bind token to object of type {reference.get('apiVersion')}, Kind={kind}")
        resource = self._registry.named(BINDABLE[kind])
        obj = self._store.get(resource.name, account["metadata"]["namespace"] if resource.namespaced else "", name)
        if obj is None:
            raise not_found(resource, name)
        wanted, uid = reference.get("uid"), obj["metadata"]["uid"]
        if wanted and wanted != uid:
            raise _other_uid(resource, name, wanted)
        runs_as = obj["spec"].get("serviceAccountName", "default") if kind == "Pod" else account["metadata"]["name"]
        if runs_as != account["metadata"]["name"]:
            raise bad_request(
                f'cannot bind token for serviceaccount "{account["metadata"]["name"]}" '
                f"to pod running with different serviceaccount name."
            )
        return {kind.lower(): _identity(obj)}


def _other_uid(resource: Resource, name: str, wanted: str) -> ApiError:
    why = (
        f"the UID in the bound object reference ({wanted}) does not match the UID in record. "
        "The object might have been deleted and then recreated"
    )
    return conflict(resource, name, why)


def _identity(obj: dict[str, Any]) -> dict[str, str]:
    return {"name": obj["metadata"]["name"], "uid": obj["metadata"]["uid"]}
