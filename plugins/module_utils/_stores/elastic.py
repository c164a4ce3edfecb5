# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The REST APIs of an Elasticsearch and its Kibana that the Elastic operator runs, as the superuser it made.

https://www.elastic.co/docs/api/doc/elasticsearch, https://www.elastic.co/docs/api/doc/kibana
"""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

with suppress(ImportError):  # comes with botocore, whose absence is reported
    import urllib3

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.pool import EMULATION, pool

USER = "elastic"
BOUNDARY = "iworkz-platform-objects"

Secret = Callable[[str, str, str, str], "dict[str, Any] | None"]
"""Reads one object of a cluster: api version, plural, namespace, name."""


class ElasticError(ReconcileError, OSError):
    """A server could not be reached, or refused; the text says what was asked and what it answered."""


def password(get: Secret, namespace: str, elasticsearch: str) -> str | None:
    """The superuser's password, as the operator keeps it in the cluster; None when it has made none yet."""
    found = get("v1", "secrets", namespace, f"{elasticsearch}-es-{USER}-user")
    data = (found or {}).get("data", {}).get(USER)
    return base64.b64decode(data).decode() if data else None


class Api:
    """One server's API; every method may be called from any thread. Path segments are given one by one and quoted here.

    :param name: what counts of calls and errors call it: ``elasticsearch`` or ``kibana``.
    :param calls: filled with the number of calls, such as ``kibana:POST api/spaces``.
    """

    def __init__(
        self, name: str, url: str, secret: str, ca_bundle: str | None, calls: Counter[str] | None = None
    ) -> None:
        self.name = name
        self.emulation: str | None = None
        self._url = url.rstrip("/")
        self._calls = Counter() if calls is None else calls
        self._lock = threading.Lock()
        token = base64.b64encode(f"{USER}:{secret}".encode()).decode()
        # Kibana asks every client that writes for its own header, so that no page of another site can.
        self._headers = {"Authorization": f"Basic {token}", "kbn-xsrf": "iworkz.platform"}
        self._pool = pool(ca_bundle)

    def get(self, *path: str, query: str = "") -> Any:
        """The decoded answer, None when there is no such thing."""
        return self._json("GET", path, query=query, absent=True)

    def put(self, *path: str, body: Mapping[str, Any]) -> Any:
        return self._json("PUT", path, json.dumps(body).encode())

    def post(self, *path: str, body: Mapping[str, Any], query: str = "") -> Any:
        return self._json("POST", path, json.dumps(body).encode(), query=query)

    def exported(self, *path: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The objects of an answer in NDJSON."""
        answer = self._ask("POST", path, json.dumps(body).encode())
        return [json.loads(line) for line in (answer or b"").splitlines() if line.strip()]

    def imported(self, *path: str, objects: Sequence[Mapping[str, Any]], query: str = "") -> Any:
        """Send objects as a file of NDJSON, as Kibana's import takes them."""
        lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in objects)
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="objects.ndjson"\r\n'
        body = f"{head}Content-Type: application/ndjson\r\n\r\n{lines}\r\n--{BOUNDARY}--\r\n"
        return self._json("POST", path, body.encode(), query, f"multipart/form-data; boundary={BOUNDARY}")

    def _json(self, *arguments: Any, **options: Any) -> Any:
        answer = self._ask(*arguments, **options)
        return json.loads(answer) if answer else None

    def _ask(
        self,
        method: str,
        path: Sequence[str],
        body: bytes = b"",
        query: str = "",
        content_type: str = "application/json",
        absent: bool = False,
    ) -> bytes | None:
        place = "/".join(quote(segment, safe="*,/") for segment in path)
        asked = f"{method} /{place} of {self.name}"
        with self._lock:
            self._calls[f"{self.name}:{method} {path[0]}"] += 1
        url = f"{self._url}/{place}{f'?{query}' if query else ''}"
        headers = {**self._headers, **({"Content-Type": content_type} if body else {})}
        try:
            answer = self._pool.request(method, url, body=body or None, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise ElasticError(f"{asked}: platform_reach.logs must lead there from here: {error}") from error
        self.emulation = answer.headers.get(EMULATION)
        if answer.status == 404 and absent:
            return None
        if answer.status >= 400:
            raise ElasticError(f"{asked}: HTTP {answer.status}, {reason(answer.data)}")
        data: bytes = answer.data
        return data


def reason(data: bytes) -> str:
    """What Elasticsearch ({"error": {"type", "reason"}}) or Kibana ({"message"}) says, or a proxy's own words."""
    try:
        told = json.loads(data)
        error = told.get("error")
        return f"{error['type']}: {error['reason']}" if isinstance(error, dict) else str(told["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return data.decode(errors="replace")[:300]
