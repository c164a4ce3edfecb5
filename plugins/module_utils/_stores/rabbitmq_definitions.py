# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a RabbitMQ broker is told to have, exported to S3: the only backup of a broker that there can be.

An export is ``rabbitmq/<broker>/<time>.json``: a sealed object with the definitions of the management API, in a fixed
order, without the password hashes of users - their passwords are in Secrets Manager.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import Broken, parse, seal
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq, secrets

SPEC: dict[str, dict[str, Any]] = {
    "broker": {"type": "str", "required": True},
    "admin_secret": {"type": "str", "required": True, "no_log": False},
    "bucket": {"type": "str", "required": True},
    "kms_key": {"type": "str", "no_log": False},
    "max_age_hours": {"type": "float", "default": 24.0},
    "ca_bundle": {"type": "path"},
}
KEYS = frozenset(["schema", "broker", "exported_at", "definitions", "sha256"])
KEPT = (
    *("vhosts", "users", "permissions", "topic_permissions", "parameters", "global_parameters"),
    *("policies", "queues", "exchanges", "bindings"),
)
SECRET = ("password_hash", "hashing_algorithm")

Definitions = dict[str, list[dict[str, Any]]]


def run(params: Mapping[str, Any], *, check_mode: bool, now: datetime | None = None) -> dict[str, Any]:
    """Export the definitions unless the newest export has them and is young enough.

    :raises ReconcileError: when broker or secret is not there; in check mode a broker that is missing is announced.
    """
    now = now or datetime.now(UTC)
    clients = Clients(params)
    broker = rabbitmq.broker(clients, params["broker"])
    result = {"changed": True, "key": None, "count": 0, "api_calls": dict(clients.calls)}
    if broker is None:
        if check_mode:
            return result
        raise ReconcileError(f"broker {params['broker']} does not exist, or has no endpoint yet")
    definitions = read(api_of(clients, broker, params["admin_secret"], params["ca_bundle"]))
    client = clients.client("s3")
    newest = last(client, params["bucket"], broker.name)
    result["count"] = sum(len(items) for items in definitions.values())
    young = newest is not None and time_of(newest) > now - timedelta(hours=params["max_age_hours"])
    if newest and young and _same(client, params["bucket"], newest, definitions):
        return {**result, "changed": False, "key": newest, "api_calls": dict(clients.calls)}
    key = f"{_folder(broker.name)}{now:%Y-%m-%dT%H%M%SZ}.json"
    if not check_mode:
        document = seal(
            {"schema": 1, "broker": broker.name, "exported_at": now.isoformat(), "definitions": definitions}
        )
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": params["kms_key"]} if params["kms_key"] else {}
        client.put_object(
            Bucket=params["bucket"],
            Key=key,
            Body=canonical(document),
            ContentType="application/json",
            ChecksumAlgorithm="SHA256",
            **encryption,
        )
    return {**result, "key": key, "api_calls": dict(clients.calls)}


def api_of(clients: Any, broker: rabbitmq.Broker, secret: str, ca_bundle: str | None) -> rabbitmq.Api:
    """The management API as the administrator whose secret is given. Raises ReconcileError without it."""
    user = secrets.read(clients.client("secretsmanager"), secret)
    if user is None:
        raise ReconcileError(f"secret {secret} of the administrator of {broker.name} does not exist")
    return rabbitmq.Api(broker, user["username"], user["password"], ca_bundle, clients.calls)


def read(api: rabbitmq.Api, vhost: str | None = None) -> Definitions:
    """The definitions of a broker, or of one virtual host, in a fixed order."""
    found = api.get("definitions", *([vhost] if vhost is not None else []))
    kept = {
        kind: [{name: value for name, value in item.items() if name not in SECRET} for item in found[kind]]
        for kind in KEPT
        if kind in found
    }
    return {kind: sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) for kind, items in kept.items()}


def last(client: Any, bucket: str, broker: str) -> str | None:
    """Key of the newest export (s3:ListBucket), None without any."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=_folder(broker))
    keys = [str(entry["Key"]) for page in pages for entry in page.get("Contents", [])]
    return max(keys, default=None)


def fetch(client: Any, bucket: str, key: str) -> dict[str, Any]:
    """An export (s3:GetObject). Raises Broken unless every byte is as it was written."""
    return parse(client.get_object(Bucket=bucket, Key=key)["Body"].read(), canonical, KEYS)


def _same(client: Any, bucket: str, key: str, definitions: Definitions) -> bool:
    try:
        return bool(fetch(client, bucket, key)["definitions"] == definitions)
    except Broken:
        return False


def _folder(broker: str) -> str:
    return f"rabbitmq/{broker}/"


def time_of(key: str) -> datetime:
    """When an export was made."""
    return datetime.strptime(key.rpartition("/")[2], "%Y-%m-%dT%H%M%SZ.json").replace(tzinfo=UTC)
