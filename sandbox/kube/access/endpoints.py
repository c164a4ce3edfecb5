"""What access adds to the API: reviews, tokens, evictions and the pages of the OpenID provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from sandbox.kube.access import eviction, reviews
from sandbox.kube.errors import bad_request, invalid
from sandbox.kube.resources import Resource
from sandbox.kube.routes import Call, endpoint, respond, subresource, virtual
from sandbox.kube.schema import Walk
from sandbox.kube.store import encode

if TYPE_CHECKING:
    from sandbox.kube.access.gate import Gate

Object = dict[str, Any]
KEYS = "/openid/v1/jwks"


def _gate(call: Call) -> Gate:
    """That of the server which got the request."""
    found: Gate = call.request.state.gate
    return found


@virtual(reviews.AUTHORIZATION, "selfsubjectaccessreviews")
def self_subject_access(call: Call) -> Object:
    return reviews.self_subject_access(_gate(call).rbac, call.user, _body(call))


@virtual(reviews.AUTHORIZATION, "subjectaccessreviews")
@virtual(reviews.AUTHORIZATION, "localsubjectaccessreviews")
def subject_access(call: Call) -> Object:
    return reviews.subject_access(_gate(call).rbac, _body(call), call.namespace)


@virtual(reviews.AUTHORIZATION, "selfsubjectrulesreviews")
def self_subject_rules(call: Call) -> Object:
    return reviews.self_subject_rules(_gate(call).rbac, call.user, _body(call))


@virtual(reviews.AUTHENTICATION, "selfsubjectreviews")
def self_subject(call: Call) -> Object:
    return reviews.self_subject(call.user)


@virtual(reviews.AUTHENTICATION, "tokenreviews")
async def token_review(call: Call) -> Object:
    return await reviews.token(_gate(call).authenticator, _body(call))


@subresource("serviceaccounts", "token", "POST")
def token_request(call: Call) -> Object:
    return _gate(call).accounts.issue(call.namespace, call.name, _body(call))


@subresource("pods", "eviction", "POST")
def evict(call: Call) -> Object:
    return eviction.evict(call.api, call.namespace, call.name, _body(call), bool(call.how.get("dry_run")))


@endpoint("GET", "/.well-known/openid-configuration")
def discovery(call: Call) -> Response:
    return respond(_gate(call).signer.discovery(f"https://{call.request.url.netloc}{KEYS}"))


@endpoint("GET", KEYS)
def keys(call: Call) -> Response:
    return Response(encode(_gate(call).signer.keys()), media_type="application/jwk-set+json")


def _body(call: Call) -> Object:
    """The body, of the kind that belongs here; 400 or 422 when it isn't."""
    if not isinstance(call.body, dict):
        raise bad_request("the object provided is unrecognized: the body is no object")
    target = call.target
    known = target.subresources.get(call.subresource)
    api_version, kind = (known.api_version, known.kind) if known else (target.api_version, target.kind)
    given = call.body.get("apiVersion", api_version), call.body.get("kind", kind)
    if given != (api_version, kind):
        raise bad_request(f"{given[1]} in version {given[0]} cannot be handled as a {kind} in version {api_version}")
    walk = Walk(required=False)
    body: Object = call.api.definitions.of_kind(api_version, kind).visit(call.body, "", walk)
    if walk.mistyped:
        faults = "; ".join(f"{cause.field}: {cause.message}" for cause in walk.mistyped)
        raise bad_request(f'{kind} in version "{api_version}" cannot be handled as a {kind}: {faults}')
    if walk.causes:
        group, _, version = api_version.rpartition("/")
        raise invalid(Resource(group, version, kind, "", "", False), call.name, walk.causes)
    return body


@endpoint("GET", "/metrics")
def metrics(call: Call) -> Response:
    """Only what EKS's upgrade insights go by. This server serves no deprecated API, so none has ever been asked for."""
    return Response("# TYPE apiserver_requested_deprecated_apis gauge\n", media_type="text/plain; version=0.0.4")
