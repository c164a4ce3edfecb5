# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RabbitMQ: the newest export of a broker's definitions, imported into virtual hosts of the test's own on that broker.

A broker keeps no other backup, and messages are in none. Users, permissions and parameters of the broker itself are
compared with those in force and imported nowhere: they are not a virtual host's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.waiting import StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import Broken
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._restore.copies import TAG, Copies, check_own
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison, Point, Unit
from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq, rabbitmq_definitions
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_definitions import Definitions

STORE = "rabbitmq"
KIND = "vhost"
IN_VHOST = ("parameters", "policies", "queues", "exchanges", "bindings")


class RabbitMQ:
    """See proof.Store."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def points(self) -> list[Point]:
        context = self._context
        client, bucket = context.client("s3"), context.site.definitions_bucket
        there = bucket in [each["Name"] for each in client.list_buckets()["Buckets"]]
        found = []
        for broker in rabbitmq.brokers(context.clients, context.site.owns):
            key = rabbitmq_definitions.last(client, bucket, broker.name) if there else None
            at = rabbitmq_definitions.time_of(key) if key else context.clock.now()
            point = Point(STORE, "definitions", broker.name, f"s3://{bucket}/{key}", "export", at, details={"key": key})
            problem = Breach("restore.no_point", {"store": STORE, "source": broker.name, "kind": "definitions"})
            found.append(point if key else replace(point, problem=problem))
        return found

    def prepare(self, point: Point) -> Point:
        return point

    def restore(self, point: Point, copies: Copies) -> Copy:
        context = self._context
        try:
            export = rabbitmq_definitions.fetch(
                context.client("s3"), context.site.definitions_bucket, point.details["key"]
            )
        except Broken as error:
            raise StepFailed(f"the export is not as it was written: {error}") from error
        api = _api(context, point.source)
        definitions: Definitions = export["definitions"]
        names = {}
        for number, vhost in enumerate(sorted(each["name"] for each in definitions["vhosts"])):
            names[vhost] = f"{copies.name}-{number}"
            copies.making(KIND, name=names[vhost], broker=point.source)
            api.put("vhosts", names[vhost], body={"description": f"{TAG}: {copies.id}"})
            api.post("definitions", names[vhost], body=_of(definitions, vhost))
        return Copy(api, definitions, names)


@dataclass(frozen=True)
class Copy:
    """See proof.Restored.

    :param names: of the virtual hosts that the definitions were imported into, by those they are of.
    """

    api: rabbitmq.Api
    definitions: Definitions
    names: Mapping[str, str]

    def compare(self) -> Comparison:
        live = rabbitmq_definitions.read(self.api)
        found = Comparison(unproven=["restore.unproven_messages"])
        reasons = []
        for vhost, name in self.names.items():
            exported, imported = _of(self.definitions, vhost), _of(rabbitmq_definitions.read(self.api, name), None)
            unit = _unit(f"vhost {vhost}", _of(live, vhost), imported)
            unit.differences = sum(item not in imported[kind] for kind in IN_VHOST for item in exported[kind])
            found.units.append(unit)
            if unit.differences:
                reasons.append(Breach("restore.rows_differ", {"table": unit.name, "rows": unit.differences}))
        kinds = [kind for kind in self.definitions if kind not in IN_VHOST]
        for kind in kinds:
            theirs = {
                kind: [item for item in live.get(kind, []) if item.get("vhost", item.get("name")) not in self._own]
            }
            found.units.append(_unit(kind, theirs, {kind: self.definitions[kind]}))
        found.judge("restore.proven_definitions", reasons)
        return found

    @property
    def _own(self) -> set[str]:
        return set(self.names.values())


def destroy(context: Context, identifier: str, what: Mapping[str, Any]) -> None:
    """See copies.Destroy."""
    api = _api(context, what["broker"])
    found = api.get("vhosts", what["name"])
    if found is None:
        return
    description = (found.get("metadata") or found).get("description", "")
    check_own(f"virtual host {what['name']}", {TAG: description.removeprefix(f"{TAG}: ")}, identifier)
    api.delete("vhosts", what["name"])


def _api(context: Context, name: str) -> rabbitmq.Api:
    broker = rabbitmq.broker(context.clients, name)
    if broker is None:
        raise StepFailed(f"there is no broker {name}, or it has no endpoint")
    return rabbitmq_definitions.api_of(context.clients, broker, context.site.broker_secret, context.site.ca_bundle)


def _of(definitions: Definitions, vhost: str | None) -> Definitions:
    """What belongs to a virtual host, as it is imported into another one; None: of one that is exported alone."""
    return {
        kind: [
            {name: value for name, value in item.items() if name != "vhost"}
            for item in definitions.get(kind, [])
            if vhost is None or item["vhost"] == vhost
        ]
        for kind in IN_VHOST
    }


def _unit(name: str, source: Definitions, copy: Definitions) -> Unit:
    """How many are on both sides, and on one only: they were changed since the export."""
    ours = [(kind, item) for kind, items in source.items() for item in items]
    theirs = [(kind, item) for kind, items in copy.items() for item in items]
    same = sum(item in theirs for item in ours)
    return Unit(name, len(ours), len(theirs), compared=same, moved=len(ours) + len(theirs) - 2 * same)
