"""What EKS asks of a cluster's API server, as its administrator."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode

Object = dict[str, Any]

SECONDS = 10
MANAGER = "eks"
PLURALS = {
    "Alertmanager": "alertmanagers",
    "ConfigMap": "configmaps",
    "CronJob": "cronjobs",
    "DaemonSet": "daemonsets",
    "Deployment": "deployments",
    "Elasticsearch": "elasticsearches",
    "EndpointSlice": "endpointslices",
    "ExternalSecret": "externalsecrets",
    "Gateway": "gateways",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers",
    "Ingress": "ingresses",
    "IngressClass": "ingressclasses",
    "IngressClassParams": "ingressclassparams",
    "Job": "jobs",
    "Namespace": "namespaces",
    "NetworkPolicy": "networkpolicies",
    "Node": "nodes",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "OpenTelemetryCollector": "opentelemetrycollectors",
    "Pod": "pods",
    "PodDisruptionBudget": "poddisruptionbudgets",
    "PodMonitor": "podmonitors",
    "Probe": "probes",
    "Prometheus": "prometheuses",
    "PrometheusRule": "prometheusrules",
    "Secret": "secrets",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
    "ServiceMonitor": "servicemonitors",
    "StatefulSet": "statefulsets",
    "VirtualService": "virtualservices",
}


class ApiFailure(Exception):
    """An answer that is an error; `status` is that of HTTP, `fields` are those it is about."""

    def __init__(self, status: int, message: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.fields = fields


class Api:
    """One connection, to be used by one thread; as a context manager it is closed at the end."""

    def __init__(self, address: str, port: int, authority: Path, token: str) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        self._connection = http.client.HTTPSConnection(address, port, timeout=SECONDS, context=context)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str) -> bytes:
        return self._ask("GET", path)

    def objects(self, api_version: str, kind: str, namespace: str = "", **query: str) -> Iterator[Object]:
        """All objects of a kind, in a namespace or in all; `labelSelector` and the like in the query."""
        place = f"/namespaces/{quote(namespace)}" if namespace else ""
        proceed = ""
        while True:
            page = {**query, "limit": "500", **({"continue": proceed} if proceed else {})}
            answer = json.loads(self._ask("GET", f"{_base(api_version)}{place}/{PLURALS[kind]}?{urlencode(page)}"))
            yield from answer["items"]
            proceed = answer["metadata"].get("continue", "")
            if not proceed:
                return

    def apply(self, thing: Object, *, force: bool, subresource: str = "") -> Object:
        """Server-side apply; ApiFailure 409 names the managers of the fields that would be taken from them."""
        query = {"fieldManager": MANAGER, "force": str(force).lower()}
        path = f"{path_of(thing)}{subresource}?{urlencode(query)}"
        return dict(json.loads(self._ask("PATCH", path, thing, "application/apply-patch+yaml")))

    def merge(self, thing: Object, change: Object) -> None:
        """Change fields of an object that is there."""
        self._ask("PATCH", f"{path_of(thing)}?fieldManager={MANAGER}", change, "application/merge-patch+json")

    def delete(self, thing: Object) -> None:
        """Remove an object; nothing happens when it is gone."""
        try:
            self._ask("DELETE", path_of(thing), {"propagationPolicy": "Background"}, "application/json")
        except ApiFailure as failure:
            if failure.status != http.HTTPStatus.NOT_FOUND:
                raise

    def evict(self, namespace: str, name: str) -> bool:
        """Ask a pod to go; False when a disruption budget does not let it."""
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}}
        path = f"/api/v1/namespaces/{quote(namespace)}/pods/{quote(name)}/eviction"
        try:
            self._ask("POST", path, body, "application/json")
        except ApiFailure as failure:
            if failure.status == http.HTTPStatus.TOO_MANY_REQUESTS:
                return False
            if failure.status != http.HTTPStatus.NOT_FOUND:
                raise
        return True

    def _ask(self, method: str, path: str, body: Object | None = None, kind: str = "") -> bytes:
        headers = {**self._headers, "Accept": "application/json", **({"Content-Type": kind} if kind else {})}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise _failure(response.status, answer)
        return answer


def path_of(thing: Object) -> str:
    """Where an object is."""
    metadata = thing["metadata"]
    namespace = f"/namespaces/{quote(metadata['namespace'])}" if "namespace" in metadata else ""
    return f"{_base(thing['apiVersion'])}{namespace}/{PLURALS[thing['kind']]}/{quote(metadata['name'])}"


def _base(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _failure(status: int, answer: bytes) -> ApiFailure:
    try:
        found = json.loads(answer)
        causes = (found.get("details") or {}).get("causes") or []
        return ApiFailure(status, str(found["message"]), tuple(cause.get("field", "") for cause in causes))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ApiFailure(status, f"{status}: {answer.decode(errors='replace')[:500]}")
