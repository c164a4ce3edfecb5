# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon SQS: queues with their policy, key and attributes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_map
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

# Declared key: the attribute that holds it.
NAMED = {"kms_master_key_id": "KmsMasterKeyId", "policy": "Policy"}


class Queue(Resource):
    """ListQueues, GetQueueAttributes, ListQueueTags; CreateQueue, SetQueueAttributes, TagQueue, UntagQueue,
    DeleteQueue.

    ``attributes`` holds further attributes under the API's own names, as text.
    """

    service = "sqs"
    kind = "queue"
    option = "queues"
    key = "queue_name"
    create_operation = "CreateQueue"
    extra = frozenset(NAMED)
    policies = frozenset({"policy"})
    references: ClassVar[dict[str, str]] = {"kms_master_key_id": "kms_key"}

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        declared = item.get("attributes")
        errors += [
            f"attributes.{name}: declare it as {key}"
            for key, name in NAMED.items()
            if isinstance(declared, dict) and name in declared
        ]
        if "policy" in item and not isinstance(item["policy"], dict):
            errors.append("policy must be a policy document")
        return errors

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        urls = {str(url).rpartition("/")[2]: str(url) for url in self.context.pages("sqs", "list_queues", "QueueUrls")}
        wanted = [item for item in urls.items() if keys is None or item[0] in keys]
        return dict(found for found in self.context.each(self._state, wanted) if found is not None)

    def create(self, key: str, desired: State) -> None:
        self.client.create_queue(QueueName=key, Attributes=_attributes(desired, desired), tags=desired["tags"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if changed := _attributes(desired, fields):
            self.client.set_queue_attributes(QueueUrl=current["_url"], Attributes=changed)
        if "tags" in fields:
            self.retag(current["_url"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_queue(QueueUrl=current["_url"])

    def _state(self, queue: tuple[str, str]) -> tuple[str, State] | None:
        """None for a queue that is gone: SQS lists it for up to a minute after its deletion."""
        name, url = queue
        try:
            found = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            tags = self.client.list_queue_tags(QueueUrl=url).get("Tags")
        except self.client.exceptions.QueueDoesNotExist:
            return None
        state: State = {
            "queue_name": name,
            "attributes": {key: value for key, value in found.items() if key not in NAMED.values()},
            "policy": json.loads(found.get("Policy") or "{}"),
            "tags": from_map(tags),
            "_url": url,
        }
        if "KmsMasterKeyId" in found:
            # SQS keeps the alias where one was given.
            state["kms_master_key_id"] = self.context.references.resolve("kms_key", found["KmsMasterKeyId"], False)
        return name, state


def _attributes(desired: Mapping[str, Any], fields: Collection[str]) -> dict[str, str]:
    """The declared values of ``fields`` as SQS takes them."""
    given = dict(desired.get("attributes", {})) if "attributes" in fields else {}
    for key, name in NAMED.items():
        if key in fields:
            given[name] = json.dumps(desired[key]) if key == "policy" else desired[key]
    return given


ADAPTERS = (Queue,)
