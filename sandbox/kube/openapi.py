"""OpenAPI v3 of what is served: for kubectl's explain, apply and validation."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.responses import Response

from sandbox.kube.api import Api
from sandbox.kube.resources import Resource
from sandbox.kube.routes import Call, encode, respond

Object = dict[str, Any]
_DEFS, _COMPONENTS = "#/$defs/", "#/components/schemas/"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation")


class Documents:
    """A document per group and version, made when asked for and kept until the resources change."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._generation = -1
        self._documents: dict[str, bytes] = {}

    def answer(self, call: Call) -> Response | None:
        path = call.request.url.path.rstrip("/")
        if not path.startswith("/openapi/v3"):
            return None
        if self._generation != self._api.registry.generation:
            self._generation, self._documents = self._api.registry.generation, {}
        served = {_path(each): each for each in self._api.registry}
        name = path.removeprefix("/openapi/v3").strip("/")
        if not name:
            # The hash is of what decides a document: the definitions of the version, and custom resources.
            paths = {each: {"serverRelativeURL": f"/openapi/v3/{each}?hash={self._hash(each)}"} for each in served}
            return respond({"paths": paths})
        if name not in served:
            return None
        if name not in self._documents:
            self._documents[name] = encode(self._document(served[name]))
        return respond(self._documents[name])

    def _hash(self, path: str) -> str:
        custom = [each.schema for each in self._api.registry if each.custom and _path(each) == path]
        content = encode([self._api.settings.version, path, custom])
        return hashlib.sha256(content).hexdigest()[:32].upper()

    def _document(self, sample: Resource) -> Object:
        definitions = self._api.definitions
        schemas: Object = {}
        paths: Object = {}
        wanted: list[str] = []
        for each in self._api.registry:
            if (each.group, each.version) != (sample.group, sample.version):
                continue
            name = definitions.definition_name(each)
            if each.schema is not None:
                name = _custom_name(each)
                schemas[name] = _custom(each, each.schema)
                wanted.append(_META)
            elif name:
                wanted.append(name)
            if name:
                paths.update(_paths(each, name))
        while wanted:
            name = wanted.pop()
            if name not in schemas:
                schemas[name] = _converted(definitions.raw[name], wanted)
        info = {"title": "Kubernetes", "version": f"v{self._api.settings.version}.0"}
        return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _path(resource: Resource) -> str:
    return f"apis/{resource.api_version}" if resource.group else f"api/{resource.version}"


def _custom_name(resource: Resource) -> str:
    return ".".join([*reversed(resource.group.split(".")), resource.version, resource.kind])


def _custom(resource: Resource, schema: Object) -> Object:
    properties = {
        **schema.get("properties", {}),
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"$ref": _COMPONENTS + _META},
    }
    gvk = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    return {**schema, "type": "object", "properties": properties, "x-kubernetes-group-version-kind": [gvk]}


def _converted(schema: Any, wanted: list[str]) -> Any:
    """JSON schema as kubernetes-validate has it as OpenAPI; notes the definitions that it refers to."""
    if isinstance(schema, list):
        return [_converted(each, wanted) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result: Object = {}
    for key, value in schema.items():
        if key == "$ref" and isinstance(value, str):
            name = value.removeprefix(_DEFS)
            wanted.append(name)
            result[key] = _COMPONENTS + name
        elif key == "type" and isinstance(value, list):
            result[key] = value[0]
        elif key == "enum" and isinstance(value, list):
            result[key] = [each for each in value if each is not None]
        elif not key.startswith("x-key-") and not key.startswith("x-duplicates-"):
            result[key] = _converted(value, wanted)
    return result


def _paths(resource: Resource, name: str) -> Object:
    base = f"/{_path(resource)}" + ("/namespaces/{namespace}" if resource.namespaced else "") + f"/{resource.plural}"
    gvk = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    body = {"schema": {"$ref": _COMPONENTS + name}}
    answers = {"200": {"description": "OK", "content": {"application/json": body}}}
    parameters = [{"name": each, "in": "query", "schema": {"type": "string"}} for each in _PARAMETERS]

    def operation(action: str, accepted: str = "") -> Object:
        made: Object = {"responses": answers, "x-kubernetes-action": action, "x-kubernetes-group-version-kind": gvk}
        if action in ("post", "put", "patch", "delete"):
            made["parameters"] = parameters
        if accepted:
            made["requestBody"] = {"content": dict.fromkeys(accepted.split(), body)}
        return made

    patches = "application/apply-patch+yaml application/json-patch+json application/merge-patch+json"
    if not resource.custom:
        patches += " application/strategic-merge-patch+json"
    paths: Object = {base: {"post": operation("post", "application/json")}}
    if not resource.only_created:
        paths[base]["get"] = operation("list")
        paths[f"{base}/{{name}}"] = {
            "get": operation("get"),
            "put": operation("put", "application/json"),
            "patch": operation("patch", patches),
            "delete": operation("delete"),
        }
    return paths
