# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The few calls a rollout needs, patient with a server that throttles, restarts or no longer takes a token."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlencode

with suppress(ImportError):  # comes with botocore, whose absence is reported where clients are made
    import urllib3

from ansible_collections.iworkz.platform.plugins.module_utils._kube.connection import Cluster
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError, Objects, pages, told

TIMEOUT_SECONDS = 30.0
WATCH_SECONDS = 30
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
TRANSIENT = frozenset({0, 408, 409, 429, 500, 502, 503, 504})
APPLY = "application/apply-patch+yaml"

Clock = Callable[[], float]


class Api:
    """One cluster's API. Not for several threads at once, except that a watch may run beside the rest.

    :param token: gives a bearer token; asked with True where the last one was refused, so that it makes a new one.
    :param patience: seconds for which a call is tried again.
    """

    def __init__(
        self,
        cluster: Cluster,
        token: Callable[[bool], str],
        patience: float = 120.0,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint = cluster.endpoint
        self._token = token
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        trusted = ssl.create_default_context(cadata=cluster.authority) if cluster.authority else None
        self._pool = urllib3.PoolManager(maxsize=4, timeout=TIMEOUT_SECONDS, retries=False, ssl_context=trusted)

    def list(self, path: str) -> tuple[Objects, str]:
        """All objects below a path, page by page, and the resourceVersion to watch from. Raises KubernetesError."""
        return pages(lambda page: self._call("GET", page), path)

    def get(self, path: str) -> dict[str, Any] | None:
        """One object, None when there is no such thing. Raises KubernetesError."""
        try:
            return dict(self._call("GET", path))
        except KubernetesError as error:
            if error.code == 404:
                return None
            raise

    def apply(self, path: str, body: Mapping[str, Any], manager: str, dry_run: bool = False) -> dict[str, Any]:
        """Server-side apply, taking over what others own. Raises KubernetesError."""
        query = {"fieldManager": manager, "force": "true", **({"dryRun": "All"} if dry_run else {})}
        return dict(self._call("PATCH", f"{path}?{urlencode(query)}", body))

    def delete(self, path: str) -> None:
        """Delete an object, and what it owns after it; nothing where there is no such thing. Raises KubernetesError."""
        try:
            self._call("DELETE", f"{path}?propagationPolicy=Background")
        except KubernetesError as error:
            if error.code != 404:
                raise

    def watch(self, path: str, version: str) -> Iterator[dict[str, Any]]:
        """Events after ``version`` until the server ends the stream. Raises KubernetesError, 410 when it is too old."""
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": WATCH_SECONDS,
        }
        try:
            answer = self._send("GET", f"{path}?{urlencode(query)}", None, stream=True)
            with closing(answer):
                if answer.status >= 400:
                    raise _refusal(answer.status, answer.read())
                for line in _lines(answer.stream(65536)):
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        raise _refusal(int(event["object"].get("code", 500)), line)
                    yield event
        except (urllib3.exceptions.HTTPError, ValueError) as error:  # ValueError: a line was cut off
            raise KubernetesError(f"the watch of {self.endpoint} was dropped: {error}") from error
        except KubernetesError as error:
            if error.code == 401:
                self._token(True)
            raise

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One request, tried again while the failure may pass."""
        until, pause, renewed = self._clock() + self._patience, FIRST_PAUSE, False
        while True:
            wait = pause
            try:
                answer = self._send(method, path, body)
                if answer.status < 400:
                    return json.loads(answer.data)
                refusal = _refusal(answer.status, answer.data)
                wait = max(pause, _retry_after(answer.headers))
            except urllib3.exceptions.HTTPError as error:
                refusal = KubernetesError(f"{self.endpoint} cannot be reached: {error}")
            if refusal.code == 401 and not renewed:
                renewed = True
                self._token(True)
                continue
            if refusal.code not in TRANSIENT or self._clock() + wait > until:
                raise refusal
            self._sleep(wait)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None, stream: bool = False) -> Any:
        headers = {"Authorization": f"Bearer {self._token(False)}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = APPLY
        return self._pool.request(
            method,
            self.endpoint + path,
            body=None if body is None else json.dumps(body),
            headers=headers,
            preload_content=not stream,
            timeout=urllib3.Timeout(connect=TIMEOUT_SECONDS, read=(WATCH_SECONDS + 15) if stream else TIMEOUT_SECONDS),
        )


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds the server asks for; the header's other form, a date, is not used by API servers."""
    given = headers.get("Retry-After", "")
    return float(given) if given.isdigit() else 0.0


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line for line in whole if line)


def _refusal(code: int, body: bytes) -> KubernetesError:
    message, reason = told(body)
    return KubernetesError(message or f"the API server answered with {code}", code, reason)
