# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads of one cluster's Kubernetes API, as plain JSON; for checks, which look at hundreds of objects at once."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

with suppress(ImportError):  # comes with botocore, whose absence is reported where clients are made
    import urllib3

from ansible_collections.iworkz.platform.plugins.module_utils._kube.connection import Cluster

PAGE = 500
ATTEMPTS = 6
PROXIED_ATTEMPTS = 1
"""More don't mend a Service that no pod answers for."""
TIMEOUT_SECONDS = 30.0
CONNECTIONS = 8

Objects = list[dict[str, Any]]
Query = Mapping[str, Any]


class KubernetesError(Exception):
    """What the API server refused, or no answer at all. ``code`` is the HTTP status, 0 without an answer."""

    def __init__(self, message: str, code: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class Reader:
    """Every method may be called from any thread; a list is read once, and its objects are shared: never change them.

    :param token: gives a fresh bearer token.
    """

    def __init__(self, cluster: Cluster, token: Callable[[], str]) -> None:
        self.cluster = cluster
        self._token = token
        self._lock = threading.Lock()
        self._lists: dict[tuple[str, str, str], Future[Objects]] = {}
        trusted = ssl.create_default_context(cadata=cluster.authority)
        # A connection that breaks, throttling and a server that restarts are waited out; nothing here writes.
        self._retries = urllib3.Retry(
            ATTEMPTS,
            backoff_factor=0.3,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=("GET", "POST"),
            raise_on_status=False,
        )
        self._pool = urllib3.PoolManager(
            maxsize=CONNECTIONS, timeout=TIMEOUT_SECONDS, retries=self._retries, ssl_context=trusted
        )

    def list(self, api_version: str, plural: str, namespace: str = "") -> Objects:
        """All objects of a kind, as ``list("apps/v1", "deployments")``; none where the cluster knows no such kind."""
        key = (api_version, plural, namespace)
        with self._lock:
            future = self._lists.get(key)
            owner = future is None
            if future is None:
                future = self._lists[key] = Future()
        if owner:
            try:
                future.set_result(self._read_all(*key))
            except BaseException as error:  # handed on, and raised by result() below
                future.set_exception(error)
        return future.result()

    def get(self, api_version: str, plural: str, namespace: str, name: str) -> dict[str, Any] | None:
        """One object, None when there is no such thing."""
        try:
            found: dict[str, Any] = self._request("GET", f"{_path(api_version, plural, namespace)}/{name}")
        except KubernetesError as error:
            if error.code == 404:
                return None
            raise
        return found

    def review(self, plural: str, spec: Mapping[str, Any]) -> dict[str, Any]:
        """The status of a review of authorization.k8s.io/v1, such as ``subjectaccessreviews``: it stores nothing."""
        path = _path("authorization.k8s.io/v1", plural, "")
        return dict(self._request("POST", path, {"apiVersion": "authorization.k8s.io/v1", "spec": spec})["status"])

    def proxied(
        self,
        namespace: str,
        service: str,
        port: str | int,
        path: str,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """What a server in the cluster answers to a GET of ``path``, as JSON, through the API server's proxy.

        :param service: its Service's name, ``https:`` before it where it speaks TLS.
        :param port: name or number of the Service's port.
        :param query: a sequence as value repeats its name, as in ``{"match[]": ["up", "ALERTS"]}``.
        :param body: sent as JSON by a POST in the place of the GET; maybe twice, when a connection breaks.
        """
        asked = f"?{urlencode(query, doseq=True)}" if query else ""
        place = f"{_path('v1', 'services', namespace)}/{service}:{port}/proxy{path}{asked}"
        return self._request("GET" if body is None else "POST", place, body, PROXIED_ATTEMPTS)

    def _read_all(self, api_version: str, plural: str, namespace: str) -> Objects:
        try:
            return pages(lambda path: self._request("GET", path), _path(api_version, plural, namespace))[0]
        except KubernetesError as error:
            if error.code == 404:
                return []
            raise

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None, attempts: int = ATTEMPTS) -> Any:
        headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = self._pool.request(
                method,
                self.cluster.endpoint + path,
                body=None if body is None else json.dumps(body),
                headers=headers,
                retries=self._retries.new(total=attempts),
            )
        except urllib3.exceptions.HTTPError as error:
            raise KubernetesError(f"{self.cluster.endpoint} cannot be reached: {error}") from error
        if answer.status >= 400:
            message, reason = told(answer.data)
            text = f"{method} {path} was answered with {answer.status}: {message}"
            raise KubernetesError(text, answer.status, reason)
        try:
            return json.loads(answer.data)
        except ValueError as error:  # a proxied server's page
            raise KubernetesError(f"{method} {path} was answered with no JSON", answer.status) from error


def _path(api_version: str, plural: str, namespace: str) -> str:
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"


def pages(get: Callable[[str], Any], path: str) -> tuple[Objects, str]:
    """All objects of a list, page by page, and its resourceVersion; ``get`` raises KubernetesError."""
    found: Objects = []
    query: dict[str, Any] = {"limit": PAGE}
    while True:
        try:
            page = get(f"{path}?{urlencode(query)}")
        except KubernetesError as error:
            if error.code == 410 and "continue" in query:  # the list outlived its continuation: begin again
                found, query = [], {"limit": PAGE}
                continue
            raise
        found += page["items"]
        following = page["metadata"].get("continue")
        if not following:
            return found, page["metadata"]["resourceVersion"]
        query["continue"] = following


def told(body: bytes) -> tuple[str, str]:
    """The message and the reason of a Status, of a watch's event that holds one, or of a proxied server's JSON."""
    try:
        status = json.loads(body)
        status = status.get("object", status)
        return str(status.get("message") or status.get("error", "")), str(status.get("reason", ""))
    except (ValueError, AttributeError):  # not from an API server: a proxy's page
        return body[:200].decode(errors="replace"), ""
