# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Domains of Amazon OpenSearch Service: where they are (DescribeDomain), and their REST API with signed requests.

https://docs.aws.amazon.com/opensearch-service/latest/developerguide/request-signing.html
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

with suppress(ImportError):  # AnsibleAWSModule reports what is missing
    import urllib3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import RefreshableCredentials

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.pool import EMULATION, pool

SERVICE = "es"
SESSION = "iworkz-platform"
NAMES_PER_CALL = 5


class DomainError(ReconcileError, OSError):
    """The domain could not be reached, or refused; the text says what was asked and what it answered."""


@dataclass(frozen=True)
class Domain:
    """``endpoint`` is host, and port where it is not 443."""

    name: str
    endpoint: str


def domains(clients: Any, owns: Callable[[Mapping[str, str]], bool]) -> list[dict[str, Any]]:
    """The domains whose tags ``owns`` accepts, as DescribeDomains has them (ListDomainNames, ListTags).

    :param clients: whatever has ``client(service)``.
    """
    client = clients.client("opensearch")
    names = [entry["DomainName"] for entry in client.list_domain_names()["DomainNames"]]
    found: list[dict[str, Any]] = []
    for start in range(0, len(names), NAMES_PER_CALL):
        found += client.describe_domains(DomainNames=names[start : start + NAMES_PER_CALL])["DomainStatusList"]
    return [
        domain
        for domain in found
        if not domain["Deleted"] and owns(from_list(client.list_tags(ARN=domain["ARN"])["TagList"]))
    ]


def domain(clients: Any, name: str) -> Domain | None:
    """The domain of this name, None when there is none or it has no endpoint yet (DescribeDomains)."""
    found = clients.client("opensearch").describe_domains(DomainNames=[name])["DomainStatusList"]
    return from_description(found[0]) if found else None


def from_description(described: Mapping[str, Any]) -> Domain | None:
    """One domain of DescribeDomains' answer; None while it has no endpoint or is being deleted."""
    endpoint = described.get("Endpoints", {}).get("vpc") or described.get("Endpoint")
    return Domain(described["DomainName"], endpoint) if endpoint and not described.get("Deleted") else None


def assume(clients: Any, role_arn: str) -> Any:
    """Credentials of a role (AssumeRole), made anew before their hour is over: inside a domain, roles are what has
    rights."""

    def assumed() -> dict[str, str]:
        answer = clients.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=SESSION)["Credentials"]
        return {
            "access_key": answer["AccessKeyId"],
            "secret_key": answer["SecretAccessKey"],
            "token": answer["SessionToken"],
            "expiry_time": answer["Expiration"].isoformat(),
        }

    return RefreshableCredentials.create_from_metadata(assumed(), refresh_using=assumed, method="sts-assume-role")


class Api:
    """The REST API of a domain; every method may be called from any thread.

    Path segments are given one by one and are quoted here: ``api.get("_index_template", "jobs")``. ``emulation`` is
    what the endpoint says of itself when it is no OpenSearch but the sandbox's emulation of it; known after one call.

    :param credentials: who signs, see ``assume``.
    :param calls: filled with the number of calls by method and resource, such as ``opensearch:PUT _index_template``.
    """

    def __init__(
        self,
        domain: Domain,
        region: str,
        credentials: Any,
        ca_bundle: str | None,
        calls: Counter[str] | None = None,
    ) -> None:
        self.domain = domain
        self.emulation: str | None = None
        self._calls = Counter() if calls is None else calls
        self._lock = threading.Lock()
        self._signer = SigV4Auth(credentials, SERVICE, region)
        self._pool = pool(ca_bundle)

    def get(self, *path: str, query: str = "") -> Any:
        """The decoded answer, None when there is no such thing."""
        return self._request("GET", path, query=query, absent=None)

    def put(self, *path: str, body: Mapping[str, Any], query: str = "") -> Any:
        return self._request("PUT", path, body, query)

    def post(self, *path: str, body: Mapping[str, Any], query: str = "") -> Any:
        return self._request("POST", path, body, query)

    def delete(self, *path: str) -> None:
        """Idempotent: what is not there is deleted already."""
        self._request("DELETE", path, absent=None)

    def _request(
        self,
        method: str,
        path: Sequence[str],
        body: Mapping[str, Any] | None = None,
        query: str = "",
        **absent: None,
    ) -> Any:
        with self._lock:
            self._calls[f"opensearch:{method} {_resource(path)}"] += 1
        asked = f"{method} /{'/'.join(path)} of domain {self.domain.name}"
        url = f"https://{self.domain.endpoint}/{'/'.join(quote(segment, safe='*,') for segment in path)}"
        data = b"" if body is None else json.dumps(body).encode()
        url = f"{url}?{query}" if query else url
        try:
            answer = self._pool.request(method, url, body=data, headers=self._signed(method, url, data))
        except urllib3.exceptions.HTTPError as error:
            raise DomainError(f"{asked}: {error}") from error
        self.emulation = answer.headers.get(EMULATION)
        if answer.status == 404 and "absent" in absent:
            return None
        if answer.status >= 400:
            raise DomainError(f"{asked}: HTTP {answer.status}, {reason(answer.data)}")
        return json.loads(answer.data) if answer.data else None

    def _signed(self, method: str, url: str, data: bytes) -> dict[str, str]:
        request = AWSRequest(method, url, data=data, headers={"Content-Type": "application/json"})
        # The body is part of what the service verifies.
        request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(data).hexdigest()
        self._signer.add_auth(request)
        return dict(request.headers.items())


def writable(indices: Mapping[str, Any]) -> dict[str, bool]:
    """Aliases, of GET /_alias, and whether each has an index that it writes to."""
    flags: dict[str, list[bool | None]] = {}
    for index in indices.values():
        for alias, facts in index["aliases"].items():
            flags.setdefault(alias, []).append(facts.get("is_write_index"))
    # An alias of one index writes to it, unless told otherwise.
    return {alias: any(found) or found == [None] for alias, found in flags.items()}


def reason(data: bytes) -> str:
    """What OpenSearch says: the reasons of an error and its causes, or a proxy's own words."""
    try:
        error = json.loads(data)["error"]
    except (ValueError, KeyError, TypeError):
        return data.decode(errors="replace")[:300]
    reasons = []
    while isinstance(error, dict):
        reasons.append(f"{error.get('type')}: {error.get('reason')}")
        error = error.get("caused_by")
    return "; caused by ".join(reasons) or str(error)


def _resource(path: Sequence[str]) -> str:
    """What kind of thing a path is about: its API, or ``index``."""
    return next((segment for segment in path if segment.startswith("_") and segment != "_plugins"), "index")
