"""A request, how its answer is sent, and the registry of what other parts of the emulator answer."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import yaml
from starlette.requests import Request
from starlette.responses import Response

from sandbox.kube import protobuf
from sandbox.kube.access.users import User
from sandbox.kube.api import Api
from sandbox.kube.declared import How
from sandbox.kube.errors import ApiError, bad_request, unsupported
from sandbox.kube.resources import Resource
from sandbox.kube.store import Object, encode

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SIZE = 3 * 1024 * 1024


@dataclass
class Call:
    """A request: of whom, for what (`resource` None: no resource), and its body once read.

    `how` are the keyword arguments of Api's writes: dry run, field manager, user, field validation, warnings.
    """

    api: Api
    request: Request
    user: User
    resource: Resource | None = None
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    body: Any = None
    warnings: list[str] = field(default_factory=list)

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(self.request.query_params)

    @property
    def target(self) -> Resource:
        """The resource of a call that has one."""
        if self.resource is None:
            raise TypeError("the call is for no resource")
        return self.resource

    @property
    def content_type(self) -> str:
        return self.request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()

    @property
    def accept(self) -> str:
        return self.request.headers.get("accept", "*/*")

    @property
    def chunked(self) -> bool:
        return "transfer-encoding" in self.request.headers

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("true", "1")

    def number(self, name: str) -> int | None:
        value = self.query.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except ValueError as error:
            raise bad_request(f"invalid {name}: {value!r}") from error

    @cached_property
    def how(self) -> How:
        dry_run = self.query.get("dryRun") or (self.body.get("dryRun") if self._has_options else None)
        if dry_run not in (None, "", "All", ["All"], []):
            raise bad_request(f'invalid dryRun: {dry_run!r}: supported values: "All"')
        manager = self.query.get("fieldManager", "")
        if not manager and self.content_type != "application/apply-patch+yaml":
            manager = self.request.headers.get("user-agent", "unknown").partition("/")[0]
        validation = self.query.get("fieldValidation") or "Warn"
        if validation not in ("Strict", "Warn", "Ignore"):
            raise bad_request(f"invalid fieldValidation: {validation!r}: supported values: Ignore, Strict, Warn")
        return {
            "dry_run": bool(dry_run),
            "field_manager": manager[:128],
            "user": self.user,
            "field_validation": validation,
            "warnings": self.warnings,
        }

    @property
    def _has_options(self) -> bool:
        return self.request.method == "DELETE" and isinstance(self.body, dict)

    async def read(self) -> None:
        """The body, of JSON or YAML; 415 for others."""
        raw = await self.request.body()
        if len(raw) > _SIZE:
            raise ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {_SIZE}")
        if not raw:
            return
        try:
            self.body = _decoded(raw, self.content_type)
        except (ValueError, yaml.YAMLError) as error:
            raise bad_request(f"the body of the request can't be read as {self.content_type}: {error}") from error


def _decoded(raw: bytes, kind: str) -> Any:
    """ValueError or YAMLError when it isn't what it says it is."""
    if kind == "application/vnd.kubernetes.protobuf":
        return protobuf.decode(raw)
    if kind == "application/cbor":
        raise unsupported(f"the body of the request was in an unknown format ({kind}): application/json is accepted")
    if kind.endswith("yaml") and raw[:1] not in b"{[":
        return yaml.load(raw, _LOADER)
    return json.loads(raw)


Handler = Callable[[Call], Any]
_Handler = TypeVar("_Handler", bound=Handler)
SUBRESOURCES: dict[tuple[str, str, str], Handler] = {}
RAW: set[Handler] = set()
"""Those of them that read the body themselves."""
VIRTUAL: dict[tuple[str, str], Handler] = {}
ENDPOINTS: dict[tuple[str, str], Handler] = {}


def subresource(resource: str, name: str, *methods: str, raw: bool = False) -> Callable[[_Handler], _Handler]:
    """Register who answers a subresource: `@subresource("pods", "eviction", "POST")`.

    A handler is called (awaited, if it's a coroutine) with the Call, its body read unless it wants that `raw`; what it
    returns is the object to answer (201 after POST, else 200), or a whole Response.
    """

    def register(handler: _Handler) -> _Handler:
        for method in methods:
            SUBRESOURCES[resource, name, method] = handler
        if raw:
            RAW.add(handler)
        return handler

    return register


def virtual(api_version: str, plural: str) -> Callable[[_Handler], _Handler]:
    """Register who answers the creation of what is never kept: `@virtual("authorization.k8s.io/v1", ...)`."""

    def register(handler: _Handler) -> _Handler:
        VIRTUAL[api_version, plural] = handler
        return handler

    return register


def endpoint(method: str, path: str) -> Callable[[_Handler], _Handler]:
    """Register who answers a path that is no resource's: `@endpoint("GET", "/openid/v1/jwks")`."""

    def register(handler: _Handler) -> _Handler:
        ENDPOINTS[method, path] = handler
        return handler

    return register


async def answered(handler: Handler, call: Call) -> Response:
    result = handler(call)
    if inspect.isawaitable(result):
        result = await result
    return result if isinstance(result, Response) else written(call, result, call.request.method == "POST")


def written(call: Call, obj: Object, created: bool = False) -> Response:
    """An object as the answer to a write, with the warnings that came up."""
    response = respond(obj, 201 if created else 200)
    for warning in dict.fromkeys(call.warnings):
        escaped = warning.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
        response.headers.append("Warning", f'299 - "{escaped}"')
    return response


def respond(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = body if isinstance(body, bytes) else encode(body)
    return Response(content, status, headers, media_type="application/json")
