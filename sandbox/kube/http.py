"""The API over HTTP: one ASGI application. What others answer (evictions, reviews ...) is registered in routes.py."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.kube import discovery, openapi, proxy, routes, writes  # noqa: F401 (the proxy registers itself)
from sandbox.kube.access.users import Attributes, Decision, User
from sandbox.kube.access.users import forbidden as not_allowed
from sandbox.kube.api import Api
from sandbox.kube.errors import ApiError, internal, method_not_allowed, no_container, no_such_path
from sandbox.kube.reads import get, list_objects
from sandbox.kube.routes import Call, endpoint, respond, subresource, virtual
from sandbox.kube.watch import watch

__all__ = ["Call", "app", "endpoint", "subresource", "virtual"]

Authenticate = Callable[[Request], "User | Awaitable[User]"]
Authorize = Callable[[User, Attributes], Decision]
log = logging.getLogger(__name__)
_VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_INTERACTIVE = ("exec", "attach", "portforward", "log")


def app(api: Api, authenticate: Authenticate, authorize: Authorize) -> ASGIApp:
    """The application; `authenticate` raises ApiError 401 for whom it doesn't know."""
    documents = openapi.Documents(api)

    async def answer(request: Request) -> Response:
        found = authenticate(request)
        user = await found if inspect.isawaitable(found) else found
        path = request.url.path
        call = _resolved(api, request, user)
        allowed = _attributes(call, path)
        decision = authorize(user, allowed)
        if not decision.allowed:
            raise not_allowed(user, allowed, decision.reason)
        if call.resource is None:
            handler = routes.ENDPOINTS.get((request.method, path))
            if handler:
                return await routes.answered(handler, call)
            return discovery.answer(call) or documents.answer(call) or _missing()
        return await _serve(call)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        if scope["type"] == "websocket":
            return await _refuse_socket(send)
        request = Request(scope, receive)
        try:
            response = await answer(request)
        except ApiError as error:
            headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
            response = respond(error.status(), error.code, headers)
        except ClientDisconnect:
            return None
        except Exception:
            log.exception("%s %s failed", request.method, request.url.path)
            failure = internal("see the log of the emulator")
            response = respond(failure.status(), failure.code)
        return await response(scope, receive, send)

    return application


def _missing() -> Response:
    raise no_such_path()


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _refuse_socket(send: Send) -> None:
    """exec, attach and port-forward of new clients."""
    body = routes.encode(no_container().status())
    headers = [(b"content-type", b"application/json")]
    await send({"type": "websocket.http.response.start", "status": 400, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


def _resolved(api: Api, request: Request, user: User) -> Call:
    """What the path names: a resource (None: something else), namespace, name and subresource."""
    call = Call(api, request, user)
    parts = [part for part in request.url.path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return call
    if rest[0] == "namespaces" and len(rest) > 2 and (group or rest[2] not in ("status", "finalize")):
        call.namespace, rest = rest[1], rest[2:]
    call.resource = api.registry.at(group, version, rest[0])
    longer = len(rest) > 3 and rest[2] != "proxy"
    if call.resource is None or longer or (call.namespace and not call.resource.namespaced):
        raise no_such_path()
    call.name, call.subresource = (*rest[1:], "", "")[:2]
    if (
        call.resource.namespaced
        and not call.namespace
        and (call.name or request.method not in ("GET", "HEAD", "POST", "DELETE"))
    ):
        raise no_such_path()
    return call


def _attributes(call: Call, path: str) -> Attributes:
    verb = _VERBS.get(call.request.method)
    if verb is None:
        raise method_not_allowed()
    resource = call.resource
    if resource is None:
        return Attributes(verb, path=path)
    name = call.name
    if verb == "get" and not name:
        verb = "watch" if call.flag("watch") else "list"
        fields = dict(part.partition("=")[::2] for part in call.query.get("fieldSelector", "").split(","))
        name = fields.get("metadata.name", "")
    elif verb == "delete" and not name:
        verb = "deletecollection"
    return Attributes(verb, resource.group, resource.version, resource.plural, call.subresource, call.namespace, name)


async def _serve(call: Call) -> Response:
    resource, method = call.resource, call.request.method
    assert resource is not None
    extra = routes.SUBRESOURCES.get((resource.name, call.subresource, method)) if call.subresource else None
    if resource.only_created:
        extra = routes.VIRTUAL.get((resource.api_version, resource.plural)) if method == "POST" else None
    if extra:
        if extra not in routes.RAW:
            await call.read()
        return await routes.answered(extra, call)
    if call.subresource in _INTERACTIVE and resource.name == "pods":
        call.api.get(resource, call.namespace, call.name)
        raise no_container()
    if resource.only_created:
        raise method_not_allowed()
    if call.subresource and call.subresource not in resource.subresources:
        raise no_such_path()
    if method in ("GET", "HEAD"):
        if call.name:
            return get(call)
        return watch(call) if call.flag("watch") else list_objects(call)
    if method != "DELETE" or call.request.headers.get("content-length", "0") != "0" or call.chunked:
        await call.read()
    if call.subresource:
        return writes.subresource(call)
    handler = {
        "POST": writes.create,
        "PUT": writes.update,
        "PATCH": writes.patch,
        "DELETE": writes.delete if call.name else writes.delete_collection,
    }[method]
    if bool(call.name) != (method in ("PUT", "PATCH")) and method != "DELETE":
        raise method_not_allowed()
    result: Any = handler(call)
    return result
