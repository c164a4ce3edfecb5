# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How messages go on a broker: exchanges, policies, queues and bindings, and the message that must outlive restarts.

Policies come before the queues, so that a queue never runs without the one that governs it.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State
from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq_sentinel as sentinel
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_resource import (
    Management,
    RabbitResource,
)

TYPE = "x-queue-type"
NO_KEY = "~"


class Exchange(RabbitResource):
    """PUT and DELETE /api/exchanges. Nothing of an exchange can be changed in place."""

    kind = "exchange"
    option = source = "exchanges"
    immutable = frozenset({"type", "durable", "auto_delete", "internal", "arguments"})

    @property
    def equal(self) -> dict[str, Equal]:
        return {"arguments": operator.eq}

    def create(self, key: str, desired: State) -> None:
        self.api.put("exchanges", desired["vhost"], desired["name"], body=_body(desired))

    def delete(self, key: str, current: State) -> None:
        self.api.delete("exchanges", current["vhost"], current["name"])


class Policy(RabbitResource):
    """PUT and DELETE /api/policies. The definition is compared as a whole: that is how it is put."""

    kind = "policy"
    option = source = "policies"

    @property
    def equal(self) -> dict[str, Equal]:
        return {"definition": operator.eq}

    def state(self, item: Mapping[str, Any]) -> State:
        return {name.replace("-", "_"): value for name, value in item.items()}

    def create(self, key: str, desired: State) -> None:
        body = {name.replace("_", "-"): value for name, value in _body(desired).items()}
        self.api.put("policies", desired["vhost"], desired["name"], body=body)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, {**current, **desired})

    def delete(self, key: str, current: State) -> None:
        self.api.delete("policies", current["vhost"], current["name"])


class Queue(RabbitResource):
    """PUT and DELETE /api/queues. Nothing of a queue can be changed in place; one with messages is not deleted."""

    kind = "queue"
    option = source = "queues"
    depends_on = ("vhost", "policy")
    immutable = frozenset({"type", "durable", "auto_delete", "arguments"})

    @property
    def equal(self) -> dict[str, Equal]:
        return {"arguments": operator.eq}

    def state(self, item: Mapping[str, Any]) -> State:
        arguments = dict(item["arguments"])
        return {**item, "type": arguments.pop(TYPE, "classic"), "arguments": arguments}

    def create(self, key: str, desired: State) -> None:
        body = _body(desired)
        body["arguments"] = {**body.get("arguments", {}), TYPE: body.pop("type")}
        self.api.put("queues", desired["vhost"], desired["name"], body=body)

    def delete(self, key: str, current: State) -> None:
        # RabbitMQ refuses if-empty for quorum queues.
        with self.management.connect(current["vhost"]) as connection:
            messages = sentinel.count(connection, current["name"])
        if messages:
            raise ReconcileError(f"holds {messages} messages: consume, move or purge them first")
        self.api.delete("queues", current["vhost"], current["name"])


class Binding(RabbitResource):
    """POST and DELETE /api/bindings. A binding is what it binds: all of it is its key."""

    kind = "binding"
    option = source = "bindings"
    depends_on = ("exchange", "queue")

    def key_of(self, item: dict[str, Any]) -> str | None:
        if not item.get("vhost") or not item.get("source") or not item.get("destination"):
            return None
        arguments = json.dumps(item["arguments"], sort_keys=True) if item.get("arguments") else ""
        kind = "" if item.get("destination_type", "queue") == "queue" else "exchange "
        path = f"{item['source']} -> {kind}{item['destination']}"
        return f"{item['vhost']}/{path} [{item.get('routing_key') or ''}]{arguments}"

    def create(self, key: str, desired: State) -> None:
        body = {name: value for name, value in desired.items() if name in ("routing_key", "arguments")}
        self.api.post(*self._path(desired), body=body)

    def delete(self, key: str, current: State) -> None:
        for one in self.api.get(*self._path(current)) or []:
            if self.key_of(one) == key:
                self.api.delete(*self._path(current), one["properties_key"] or NO_KEY)

    def owns(self, state: State) -> bool:
        return state["vhost"] in self.management.vhosts

    def _path(self, state: State) -> tuple[str, ...]:
        kind = "q" if state["destination_type"] == "queue" else "e"
        return "bindings", state["vhost"], "e", state["source"], kind, state["destination"]


class Sentinel(RabbitResource):
    """A persistent message in a queue, published with confirms where the queue is empty, and never taken away."""

    kind = "sentinel"
    option = "sentinels"
    depends_on = ("binding",)

    def __init__(self, management: Management, declared: Collection[str]) -> None:
        """:param declared: keys of the declared ones; other queues are nobody's to look into."""
        super().__init__(management)
        self.declared = frozenset(declared)

    def key_of(self, item: dict[str, Any]) -> str | None:
        return f"{item['vhost']}/{item['queue']}" if item.get("vhost") and item.get("queue") else None

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        existing = {f"{queue['vhost']}/{queue['name']}": queue for queue in self.management.definitions("queues")}
        found = {}
        for key in sorted(existing.keys() & (self.declared if keys is None else set(keys))):
            queue = existing[key]
            with self.management.connect(queue["vhost"]) as connection:
                if sentinel.count(connection, queue["name"]):
                    found[key] = {"vhost": queue["vhost"], "queue": queue["name"]}
        return found

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {"vhost": item["vhost"], "queue": item["queue"], "_exchange": item["exchange"]}

    def create(self, key: str, desired: State) -> None:
        with self.management.connect(desired["vhost"]) as connection:
            sentinel.publish(connection, desired["_exchange"], datetime.now(UTC))

    def owns(self, state: State) -> bool:
        return False


def _body(desired: State) -> dict[str, Any]:
    return {name: value for name, value in desired.items() if name not in ("vhost", "name")}
