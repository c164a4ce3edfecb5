"""What clients ask first: versions, health, which groups and resources there are, in the old form and aggregated."""

from __future__ import annotations

from typing import Any

from starlette.responses import PlainTextResponse, Response

from sandbox.kube.resources import Resource
from sandbox.kube.routes import Call, encode, respond

Object = dict[str, Any]
_AGGREGATED = "as=APIGroupDiscoveryList"


def answer(call: Call) -> Response | None:
    """None when the path is none of these."""
    path = call.request.url.path.rstrip("/") or "/"
    if path.partition("/")[2].partition("/")[0] in ("healthz", "livez", "readyz"):
        return PlainTextResponse("ok")
    if path == "/version":
        return respond(version(call))
    if path in ("/api", "/apis") and _AGGREGATED in call.accept:
        return _aggregated(call, path == "/api")
    groups = call.api.registry.groups()
    if path == "/":
        return respond({"paths": ["/api", "/api/v1", "/apis", *(f"/apis/{each}" for each in groups if each)]})
    if path == "/api":
        server = {"clientCIDR": "0.0.0.0/0", "serverAddress": call.request.url.netloc}
        return respond({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [server]})
    if path == "/apis":
        listed = [_group(name, versions) for name, versions in groups.items() if name]
        return respond({"kind": "APIGroupList", "apiVersion": "v1", "groups": listed})
    parts = path.split("/")[1:]
    if parts[0] == "api" and len(parts) == 2:
        return _resources(call, "", parts[1])
    if parts[0] == "apis" and len(parts) == 2 and parts[1] in groups:
        return respond({"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1], groups[parts[1]])})
    return _resources(call, parts[1], parts[2]) if parts[0] == "apis" and len(parts) == 3 else None


def version(call: Call) -> Object:
    major, minor = call.api.settings.version.split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{major}.{minor}.0-sandbox",
        "gitCommit": "0" * 40,
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "none",
        "compiler": "none",
        "platform": "linux/amd64",
    }


def _group(name: str, versions: list[str]) -> Object:
    listed = [{"groupVersion": f"{name}/{each}", "version": each} for each in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def _of(call: Call, group: str, version: str) -> list[Resource]:
    return [each for each in call.api.registry if each.group == group and each.version == version]


def _resources(call: Call, group: str, version: str) -> Response | None:
    resources = _of(call, group, version)
    if not resources:
        return None
    listed: list[Object] = []
    for each in resources:
        row: Object = {
            "name": each.plural,
            "singularName": each.singular,
            "namespaced": each.namespaced,
            "kind": each.kind,
            "verbs": list(each.verbs),
        }
        if each.short_names:
            row["shortNames"] = list(each.short_names)
        if each.categories:
            row["categories"] = list(each.categories)
        listed.append(row)
        for name, sub in each.subresources.items():
            row = {
                "name": f"{each.plural}/{name}",
                "singularName": "",
                "namespaced": each.namespaced,
                "kind": sub.kind,
                "verbs": list(sub.verbs),
            }
            if sub.api_version != each.api_version:
                row["group"], _, row["version"] = sub.api_version.rpartition("/")
            listed.append(row)
    body = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": resources[0].api_version}
    return respond({**body, "resources": listed})


def _aggregated(call: Call, legacy: bool) -> Response:
    groups = call.api.registry.groups()
    items = [
        {
            "metadata": {"name": group or None, "creationTimestamp": None},
            "versions": [
                {
                    "version": each,
                    "freshness": "Current",
                    "resources": [_described(resource) for resource in _of(call, group, each)],
                }
                for each in versions
            ],
        }
        for group, versions in groups.items()
        if bool(group) != legacy
    ]
    wanted = "v2" if "v=v2;" in call.accept.replace(" ", "") or "v=v2," in call.accept else "v2beta1"
    body = {"kind": "APIGroupDiscoveryList", "apiVersion": f"apidiscovery.k8s.io/{wanted}", "metadata": {}}
    media = f"application/json;g=apidiscovery.k8s.io;v={wanted};as=APIGroupDiscoveryList"
    return Response(encode({**body, "items": items}), media_type=media)


def _described(resource: Resource) -> Object:
    body: Object = {
        "resource": resource.plural,
        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        body["shortNames"] = list(resource.short_names)
    if resource.categories:
        body["categories"] = list(resource.categories)
    subresources = []
    for name, sub in resource.subresources.items():
        group, _, version = sub.api_version.rpartition("/")
        kind = {"group": group, "version": version, "kind": sub.kind}
        subresources.append({"subresource": name, "responseKind": kind, "verbs": list(sub.verbs)})
    if subresources:
        body["subresources"] = subresources
    return body
