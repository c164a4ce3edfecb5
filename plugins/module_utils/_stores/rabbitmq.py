# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RabbitMQ brokers of Amazon MQ: where they are (DescribeBroker), their management HTTP API and AMQP connections.

https://www.rabbitmq.com/docs/http-api-reference, https://docs.aws.amazon.com/amazon-mq/latest/api-reference/
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

with suppress(ImportError):  # comes with botocore, whose absence is reported
    import urllib3
try:
    import pika

    HAS_PIKA = True
except ImportError:
    HAS_PIKA = False

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.trust import context

CONNECTIONS = 8
TIMEOUT_SECONDS = 30
ATTEMPTS = 4


class BrokerError(ReconcileError, OSError):
    """The broker could not be reached, or refused; the text says what was asked and what it answered."""


@dataclass(frozen=True)
class Broker:
    """A broker as DescribeBroker tells it. A cluster has one endpoint for all of its nodes."""

    name: str
    state: str
    deployment_mode: str
    console_url: str
    endpoint: str
    """Host and port for AMQP over TLS, ``amqps://...``."""


def brokers(clients: Any, owns: Callable[[Mapping[str, str]], bool]) -> list[Broker]:
    """The brokers whose tags ``owns`` accepts, those without an endpoint yet left out.

    :param clients: whatever has ``client(service)``.
    """
    described = (_describe(clients.client("mq"), summary["BrokerId"]) for summary in _summaries(clients))
    return [found for one in described if owns(one.get("Tags", {})) and (found := from_description(one)) is not None]


def broker(clients: Any, name: str) -> Broker | None:
    """The broker of this name, None when there is none or it has no endpoint yet."""
    for summary in _summaries(clients):
        if summary["BrokerName"] == name:
            return from_description(_describe(clients.client("mq"), summary["BrokerId"]))
    return None


def from_description(described: Mapping[str, Any]) -> Broker | None:
    """DescribeBroker's answer as a broker; None while it has no endpoint."""
    instance: Mapping[str, Any] = next(iter(described.get("BrokerInstances") or []), {})
    endpoint = next((url for url in instance.get("Endpoints", []) if url.startswith("amqps://")), None)
    if not endpoint or not instance.get("ConsoleURL"):
        return None
    return Broker(
        described["BrokerName"],
        described["BrokerState"],
        described["DeploymentMode"],
        instance["ConsoleURL"].rstrip("/"),
        endpoint,
    )


class Api:
    """The management HTTP API as one user; every method may be called from any thread.

    Path segments are given one by one and are quoted here: ``api.get("queues", "/", "work")``.

    ``writes`` counts the requests that may have changed something.

    :param calls: filled with the number of calls by method and resource, such as ``rabbitmq:PUT queues``.
    """

    def __init__(
        self,
        broker: Broker,
        username: str,
        password: str,
        ca_bundle: str | None,
        calls: Counter[str] | None = None,
    ) -> None:
        self.broker = broker
        self.username = username
        self.writes = 0
        self._calls = Counter() if calls is None else calls
        self._lock = threading.Lock()
        # Every request may be sent again: PUT, DELETE and the POST of a binding say how it must be, not what to add.
        retries = urllib3.Retry(
            ATTEMPTS, backoff_factor=0.2, status_forcelist=(502, 503), allowed_methods=None, raise_on_status=False
        )
        self._pool = urllib3.PoolManager(
            maxsize=CONNECTIONS,
            timeout=TIMEOUT_SECONDS,
            retries=retries,
            ssl_context=context(ca_bundle),
            headers={
                **urllib3.make_headers(basic_auth=f"{username}:{password}"),
                "Content-Type": "application/json",
            },
        )

    def get(self, *path: str, query: str = "") -> Any:
        """The decoded answer, None when there is no such thing."""
        return self._request("GET", path, query=query, absent=None)

    def put(self, *path: str, body: Mapping[str, Any]) -> None:
        self._request("PUT", path, body)

    def post(self, *path: str, body: Mapping[str, Any]) -> None:
        self._request("POST", path, body)

    def delete(self, *path: str) -> None:
        """Idempotent: what is not there is deleted already."""
        self._request("DELETE", path, absent=None)

    def _request(
        self, method: str, path: tuple[str, ...], body: Mapping[str, Any] | None = None, query: str = "", **absent: None
    ) -> Any:
        with self._lock:
            self._calls[f"rabbitmq:{method} {path[0]}"] += 1
            self.writes += method != "GET"
        url = f"{self.broker.console_url}/api/{'/'.join(quote(segment, safe='') for segment in path)}"
        asked = f"{method} /api/{'/'.join(path)} of broker {self.broker.name}"
        try:
            answer = self._pool.request(
                method, f"{url}?{query}" if query else url, body=None if body is None else json.dumps(body)
            )
        except urllib3.exceptions.HTTPError as error:
            raise BrokerError(f"{asked}: {error}") from error
        if answer.status == 404 and "absent" in absent:
            return None
        if answer.status >= 400:
            raise BrokerError(f"{asked} as user {self.username}: HTTP {answer.status}, {_reason(answer.data)}")
        return json.loads(answer.data) if answer.data else None


def amqp(broker: Broker, credentials: Mapping[str, str], vhost: str, ca_bundle: str | None) -> Any:
    """An open ``pika.BlockingConnection`` over TLS.

    :param credentials: ``username`` and ``password``.
    """
    if not HAS_PIKA:
        raise BrokerError("the Python library pika is missing: pip install pika")
    url = urlsplit(broker.endpoint)
    parameters = pika.ConnectionParameters(
        host=url.hostname,
        port=url.port,
        virtual_host=vhost,
        credentials=pika.PlainCredentials(credentials["username"], credentials["password"]),
        ssl_options=pika.SSLOptions(context(ca_bundle), url.hostname),
        socket_timeout=TIMEOUT_SECONDS,
        blocked_connection_timeout=TIMEOUT_SECONDS,
    )
    try:
        return pika.BlockingConnection(parameters)
    except pika.exceptions.AMQPError as error:
        raise BrokerError(f"no AMQP connection to {broker.name}, vhost {vhost}: {error!r}") from error


def _summaries(clients: Any) -> list[dict[str, Any]]:
    pages = clients.client("mq").get_paginator("list_brokers").paginate()
    return [summary for page in pages for summary in page["BrokerSummaries"]]


def _describe(client: Any, identifier: str) -> dict[str, Any]:
    return dict(client.describe_broker(BrokerId=identifier))


def _reason(data: bytes) -> str:
    """What RabbitMQ says: ``{"error": ..., "reason": ...}``, or a proxy's own words."""
    try:
        answer = json.loads(data)
        return str(answer.get("reason") or answer["error"])
    except (ValueError, KeyError, AttributeError):
        return data.decode(errors="replace")[:200]
