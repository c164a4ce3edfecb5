"""Questions about access: what may I, what may somebody, who am I, whose token is this."""

from __future__ import annotations

from typing import Any

from sandbox.kube.access.authentication import Authenticator
from sandbox.kube.access.rbac import Rbac
from sandbox.kube.access.service_accounts import AUDIENCES
from sandbox.kube.access.users import Attributes, Decision, User
from sandbox.kube.errors import Cause, invalid
from sandbox.kube.resources import Resource

AUTHORIZATION = "authorization.k8s.io/v1"
AUTHENTICATION = "authentication.k8s.io/v1"
Review = dict[str, Any]


def self_subject_access(rbac: Rbac, user: User, body: Review) -> Review:
    return _access(rbac, user, body, "SelfSubjectAccessReview")


def subject_access(rbac: Rbac, body: Review, namespace: str = "") -> Review:
    """A SubjectAccessReview, or in a namespace a LocalSubjectAccessReview."""
    kind = "LocalSubjectAccessReview" if namespace else "SubjectAccessReview"
    spec = body.get("spec") or {}
    if not spec.get("user") and not spec.get("groups"):
        message = 'Invalid value: "": at least one of user or group must be specified'
        raise _invalid(kind, Cause("FieldValueInvalid", "spec.user", message))
    asked = (spec.get("resourceAttributes") or {}).get("namespace", "")
    if namespace and asked != namespace:
        message = f'Invalid value: "{asked}": must match metadata.namespace'
        raise _invalid(kind, Cause("FieldValueInvalid", "spec.resourceAttributes.namespace", message))
    extra = tuple((key, tuple(values)) for key, values in (spec.get("extra") or {}).items())
    subject = User(spec.get("user", ""), spec.get("uid", ""), tuple(spec.get("groups") or ()), extra)
    return _access(rbac, subject, body, kind)


def self_subject_rules(rbac: Rbac, user: User, body: Review) -> Review:
    """What holds for the asker in a namespace; `incomplete` when a role of a binding is missing."""
    namespace = (body.get("spec") or {}).get("namespace", "")
    if not namespace:
        message = "Required value: no namespace on request"
        raise _invalid("SelfSubjectRulesReview", Cause("FieldValueRequired", "spec.namespace", message))
    rules, errors = rbac.rules_for(user, namespace)
    raws = [rule.raw for rule in (*rules, *rbac.granted(user, namespace))]
    status: Review = {
        "incomplete": bool(errors),
        "resourceRules": [raw for raw in raws if raw.get("resources")],
        "nonResourceRules": [raw for raw in raws if raw.get("nonResourceURLs")],
    }
    if errors:
        status["evaluationError"] = ", ".join(errors)
    return _answer(AUTHORIZATION, "SelfSubjectRulesReview", {}, status)


def self_subject(user: User) -> Review:
    """`kubectl auth whoami`."""
    answer = _answer(AUTHENTICATION, "SelfSubjectReview", {}, {"userInfo": user.info()})
    del answer["spec"]
    return answer


async def token(authenticator: Authenticator, body: Review) -> Review:
    """A TokenReview: whose token it is, and for which of the audiences asked for."""
    spec = body.get("spec") or {}
    given = spec.get("token", "")
    if not given:
        raise _invalid("TokenReview", Cause("FieldValueRequired", "spec.token", "Required value"))
    user, audiences = await authenticator.review(given, tuple(spec.get("audiences") or AUDIENCES))
    asked = spec.get("audiences")
    if user is None or (asked and not set(asked) & set(audiences)):
        return _answer(AUTHENTICATION, "TokenReview", spec, {"user": {}, "error": "invalid bearer token"})
    status = {"authenticated": True, "user": user.info(), "audiences": list(audiences)}
    return _answer(AUTHENTICATION, "TokenReview", spec, status)


def _access(rbac: Rbac, user: User, body: Review, kind: str) -> Review:
    spec = body.get("spec") or {}
    resource, path = spec.get("resourceAttributes") or {}, spec.get("nonResourceAttributes") or {}
    if bool(resource) == bool(path):
        message = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise _invalid(kind, Cause("FieldValueInvalid", "spec.resourceAttributes", message))
    fields = ("group", "version", "resource", "subresource", "namespace", "name")
    if resource:
        asked = Attributes(resource.get("verb", ""), **{key: resource.get(key) or "" for key in fields})
    else:
        asked = Attributes(path.get("verb", ""), path=path.get("path", ""))
    decision = rbac.authorize(user, asked)
    answer = _answer(AUTHORIZATION, kind, spec, _status(decision))
    if body.get("metadata", {}).get("namespace"):
        answer["metadata"]["namespace"] = body["metadata"]["namespace"]
    return answer


def _status(decision: Decision) -> Review:
    status: Review = {"allowed": decision.allowed}
    if decision.reason:
        status["reason"] = decision.reason
    return status


def _answer(api_version: str, kind: str, spec: Review, status: Review) -> Review:
    metadata = {"creationTimestamp": None}
    return {"kind": kind, "apiVersion": api_version, "metadata": metadata, "spec": spec, "status": status}


def _invalid(kind: str, cause: Cause) -> Exception:
    group = (AUTHENTICATION if kind == "TokenReview" else AUTHORIZATION).partition("/")[0]
    return invalid(Resource(group, "v1", kind, f"{kind.lower()}s", kind.lower(), False), "", [cause])
