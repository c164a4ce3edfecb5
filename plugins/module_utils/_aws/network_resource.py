# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of the network's adapters: named by the tag Name, read in bulk, tagged through CreateTags and DeleteTags."""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    compare_aws_tags,
)

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_inventory import (
    KINDS,
    Inventory,
    Item,
    name_of,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State


def cidr_errors(cidr: Any) -> list[str]:
    """What is wrong with a CIDR. AWS would clear host bits by itself, and the next run would see a difference."""
    try:
        ipaddress.ip_network(cidr)
    except ValueError as error:
        return [str(error)]
    return []


class NetworkResource(Resource):
    service = "ec2"
    key = "name"
    extra = frozenset({"name"})
    described: ClassVar[str] = ""
    """The kind in the inventory, where it is not ``kind``."""
    resource_type: ClassVar[str]
    """As TagSpecifications calls it."""
    exact: ClassVar[frozenset[str]] = frozenset()
    """Keys whose values are brought to one canonical form and compared as a whole."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.inventory = Inventory.of(context)
        self._has_read = False
        self._doomed: set[str] = set()

    @property
    def noun(self) -> str:
        return self.described or self.kind

    @property
    def id_key(self) -> str:
        return KINDS[self.noun][2]

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, **dict.fromkeys(self.exact, operator.eq)}

    def validate(self, item: dict[str, Any]) -> list[str]:
        return super().validate(item) + (cidr_errors(item["cidr_block"]) if "cidr_block" in item else [])

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        desired["tags"] = {**desired["tags"], "Name": item[self.key]}
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        """The first look may share what another adapter has read; later ones are for what has changed since."""
        items = self.inventory.items(self.noun, again=self._has_read)
        self._has_read = True
        found: dict[str, Item] = {}
        for item in filter(self.visible, items):
            key = self.named(item) or item[self.id_key]
            if key in found and keys is not None and key in keys:
                ids = f"{found[key][self.id_key]} and {item[self.id_key]}"
                raise ReconcileError(f"{self.kind} {key}: {ids} both have this name; rename or remove one")
            found[item[self.id_key] if key in found else key] = item
        wanted = {key: item for key, item in found.items() if keys is None or key in keys}
        return dict(zip(wanted, self.context.each(self._complete, wanted.values()), strict=True))

    def named(self, item: Item) -> str | None:
        return name_of(self.noun, item)

    def visible(self, item: Item) -> bool:
        """EC2 shows what is gone or has failed for an hour: it counts only for the run that waits for it."""
        state = str(item.get("State", "")).lower()
        if state == "deleted":
            return False
        if state == "deleting":
            return item[self.id_key] in self._doomed
        return state != "failed" or item[self.id_key] in self.inventory.made

    def state(self, item: Item) -> State:
        """The comparable state of one described resource."""
        operation, result, _identifier = KINDS[self.noun]
        return self.snake(self.client.meta.method_to_api_mapping[operation], (result,), item)

    def forget(self) -> None:
        self.inventory.drop(self.noun)

    # -- help for adapters ---------------------------------------------------------------------------------------

    def new(self, desired: State, **more: Any) -> str:
        """Create the resource with its declared parameters and tags; its id."""
        answer = self.request(desired, **more)
        made = next(part for part in (answer, *answer.values()) if isinstance(part, dict) and self.id_key in part)
        self.inventory.made.add(made[self.id_key])
        return str(made[self.id_key])

    def request(self, desired: State, **more: Any) -> dict[str, Any]:
        """The answer of ``create_operation``."""
        tags = ansible_dict_to_boto3_tag_list(desired["tags"])
        answer: dict[str, Any] = getattr(self.client, self.method(self.create_operation))(
            **self.parameters(desired, self.create_operation),
            TagSpecifications=[{"ResourceType": self.resource_type, "Tags": tags}],
            **more,
        )
        return answer

    def method(self, operation: str) -> str:
        methods = self.client.meta.method_to_api_mapping
        return next(str(method) for method, name in methods.items() if name == operation)

    def retag(self, identifier: str, current: State, desired: State) -> None:
        to_set, to_remove = compare_aws_tags(current["tags"], desired["tags"], self.context.purge_tags)
        if to_remove:
            self.client.delete_tags(Resources=[identifier], Tags=[{"Key": key} for key in to_remove])
        if to_set:
            self.client.create_tags(Resources=[identifier], Tags=ansible_dict_to_boto3_tag_list(to_set))

    def _complete(self, item: Item) -> State:
        tags = from_list(item.get("Tags"))
        return {**self.state(item), "name": self.named(item), "tags": tags, "_id": item[self.id_key]}


def refuse_unsuccessful(answer: Mapping[str, Any]) -> None:
    """Some operations of EC2 succeed and list their failures.

    :raises ReconcileError: with the texts of those.
    """
    errors = [item["Error"] for item in answer.get("Unsuccessful", ())]
    if errors:
        raise ReconcileError("; ".join(f"{error.get('Code')}: {error.get('Message')}" for error in errors))
