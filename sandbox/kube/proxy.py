"""The proxy of Services: `/api/v1/namespaces/{namespace}/services/[scheme:]name[:port]/proxy/{path}`.

No container runs here. What answers for a Service is what an engine of the data planes has registered for it
(sandbox/planes/backends.py), as long as a pod of the Service is ready.
https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls
"""

from __future__ import annotations

import asyncio
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

from starlette.responses import RedirectResponse, Response

from sandbox.kube.api import Api
from sandbox.kube.errors import ApiError, bad_request
from sandbox.kube.routes import Call, subresource

Object = dict[str, Any]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SECONDS = 60
# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1, and the credentials, which were for the API server.
NOT_FORWARDED = frozenset({"authorization", "connection", "content-length", "host", "keep-alive", "te", "trailer",
                           "transfer-encoding", "upgrade"})  # fmt: skip


class Way(NamedTuple):
    """Where a Service's port leads: an address of a ready pod, and the port's name and number."""

    address: str
    name: str
    number: int
    target: int


class _Passed(urllib.request.HTTPRedirectHandler):
    """Redirects are the client's to follow."""

    def redirect_request(self, *_: Any) -> None:
        return None


@subresource("services", "proxy", *METHODS, raw=True)
async def proxy(call: Call) -> Response:
    raw: bytes = call.request.scope["raw_path"]
    # /api/v1/namespaces/{namespace}/services/{id}/proxy[/...]
    parts = raw.split(b"/", 8)
    way = _way(call.api, call.namespace, call.name)
    if len(parts) < 9 and call.request.method in ("GET", "HEAD"):
        return RedirectResponse(f"{raw.decode('ascii')}/", 301)
    found = _backend(call.api, call.namespace, _service(call.name)[0], way)
    if found is None:
        raise _unreachable(f"dial tcp {way.address}:{way.target}: connect: connection refused")
    query = call.request.scope["query_string"].decode("ascii")
    path = parts[8].decode("ascii") if len(parts) == 9 else ""
    headers = {name: value for name, value in call.request.headers.items() if name not in NOT_FORWARDED}
    request = urllib.request.Request(
        f"{found}/{path}{'?' if query else ''}{query}",
        data=await call.request.body() or None,
        headers=headers,
        method=call.request.method,
    )
    return await asyncio.to_thread(_forward, request, call.api.settings.extra.get("ca"))


def _service(identity: str) -> tuple[str, str]:
    """(name, port) of `[scheme:]name[:port]`."""
    parts = identity.split(":")
    if len(parts) > 3 or (len(parts) == 3 and parts[0] not in ("", "http", "https")):
        raise bad_request(f'invalid service request "{identity}"')
    name, port = parts[1:] if len(parts) == 3 else (*parts, "")[:2]
    if not name:
        raise bad_request(f'invalid service request "{identity}"')
    return name, port


def _way(api: Api, namespace: str, identity: str) -> Way:
    """As the API server finds it: by the Service's Endpoints."""
    name, port = _service(identity)
    ports = api.get(api.registry.named("services"), namespace, name)["spec"].get("ports") or []
    if port.isdigit():
        named = [one for one in ports if one["port"] == int(port)]
        if not named:
            raise _unavailable(f'no service port {port} found for service "{name}"')
        port = named[0].get("name", "")
    subsets = api.get(api.registry.named("endpoints"), namespace, name).get("subsets") or []
    if not subsets:
        raise _unavailable(f'no endpoints available for service "{name}"')
    for subset in subsets:
        for each in subset.get("ports") or []:
            if each.get("name", "") == port and subset.get("addresses"):
                number = next(one["port"] for one in ports if one.get("name", "") == port)
                return Way(subset["addresses"][0]["ip"], port, number, each["port"])
    raise _unavailable(f'no endpoints available for service "{identity}"')


def _backend(api: Api, namespace: str, service: str, way: Way) -> str | None:
    path = api.settings.extra.get("backends")
    if path is None or not Path(path).exists():
        return None
    known = json.loads(Path(path).read_text(encoding="utf-8")).get(f"{namespace}/{service}", {})
    return known.get(way.name) or known.get(str(way.number))


def _forward(request: urllib.request.Request, authority: str | None) -> Response:
    handlers: list[Any] = [urllib.request.ProxyHandler({}), _Passed]
    if request.type == "https":
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cadata=authority)))
    opener = urllib.request.build_opener(*handlers)
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            return _answered(answer)
    except urllib.error.HTTPError as answer:
        with answer:
            return _answered(answer)
    except OSError as error:
        raise _unreachable(str(getattr(error, "reason", error))) from error


def _answered(answer: Any) -> Response:
    headers = {name: value for name, value in answer.headers.items() if name.lower() not in NOT_FORWARDED}
    return Response(answer.read(), answer.status, headers)


def _unreachable(why: str) -> ApiError:
    return _unavailable(f"error trying to reach service: {why}")


def _unavailable(message: str) -> ApiError:
    return ApiError(503, "ServiceUnavailable", message)
