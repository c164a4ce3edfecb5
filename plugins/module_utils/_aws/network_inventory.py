# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What EC2 describes, read once per kind for all adapters of a task: their states and the names they refer to.

Whole kinds are read, without filters: one answer then also holds what carries no name and is needed all the same
(default groups and ACLs, main route tables, associations to be replaced).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.references import EC2_KINDS as KINDS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.references import References

if TYPE_CHECKING:
    from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context

Item = dict[str, Any]

# EC2 may not know for some seconds what it has just made.
_UNKNOWN = frozenset(
    {
        "InvalidAllocationID.NotFound",
        "InvalidGroup.NotFound",
        "InvalidInternetGatewayID.NotFound",
        "InvalidNetworkAclID.NotFound",
        "InvalidRouteTableID.NotFound",
        "InvalidSecurityGroupID.NotFound",
        "InvalidSubnetID.NotFound",
        "InvalidVpcID.NotFound",
        "NatGatewayNotFound",
    }
)
_ATTEMPTS = 8
_LONGEST_PAUSE = 5.0

_PREFIX_LIST_ID = re.compile(r"^pl-[0-9a-f]{8,17}$")


def name_of(kind: str, item: Mapping[str, Any]) -> str | None:
    """What a resource is called: a security group by its own name, anything else by its tag Name."""
    if kind == "security_group":
        return str(item["GroupName"])
    return next((str(tag["Value"]) for tag in item.get("Tags") or () if tag["Key"] == "Name"), None)


class Inventory(References):
    """The references of a task that applies the network: one describe per kind serves states and references."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.made: set[str] = set()
        """Ids of what this run has created."""
        self._items: dict[str, list[Item]] = {}
        self._locks = {kind: threading.Lock() for kind in KINDS}
        context.client("ec2").meta.events.register("needs-retry.ec2", self._not_yet)

    @classmethod
    def of(cls, context: Context) -> Inventory:
        """The one inventory of a context."""
        if not isinstance(context.references, cls):
            context.references = cls(context)
        return context.references

    def items(self, kind: str, *, again: bool = False) -> list[Item]:
        """Everything of a kind, as the API describes it; from memory unless forgotten or asked for ``again``."""
        with self._locks[kind]:
            if again or kind not in self._items:
                operation, result, _identifier = KINDS[kind]
                self._items[kind] = self._context.pages("ec2", operation, result)
            return self._items[kind]

    def resolve(self, kind: str, name: Any, strict: bool) -> Any:
        if kind == "prefix_list" and isinstance(name, str) and _PREFIX_LIST_ID.match(name):
            return name
        return super().resolve(kind, name, strict)

    def known(self, kind: str) -> dict[str, str]:
        if kind in KINDS:
            return self._ec2(kind)
        if kind != "prefix_list":
            return super().known(kind)
        with self._lock:
            if kind not in self._known:
                self._known[kind] = self._prefix_lists()
            return self._known[kind]

    def drop(self, kind: str) -> None:
        """Forget one kind."""
        with self._locks[kind]:
            self._items.pop(kind, None)

    def forget(self) -> None:
        super().forget()
        self._items.clear()

    def _not_yet(self, response: Any, attempts: int, request_dict: dict[str, Any], **_event: Any) -> float | None:
        """Seconds until a call is tried again because EC2 doesn't know yet what it was about; else None (botocore's
        event needs-retry)."""
        code = response[1].get("Error", {}).get("Code") if response else None
        if code not in _UNKNOWN or attempts >= _ATTEMPTS or self.made.isdisjoint(request_dict["body"].values()):
            return None
        return float(min(0.2 * 2**attempts, _LONGEST_PAUSE))

    def _prefix_lists(self) -> dict[str, str]:
        lists = self._context.pages("ec2", "describe_managed_prefix_lists", "PrefixLists")
        return {one["PrefixListName"]: one["PrefixListId"] for one in lists}

    def _ec2(self, kind: str) -> dict[str, str]:
        identifier = KINDS[kind][2]
        gone = ("deleted", "deleting", "failed")
        return {
            name: item[identifier]
            for item in self.items(kind)
            if item.get("State") not in gone and (name := name_of(kind, item))
        }
