# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network ACLs: their entries and the subnets they guard, both exactly as declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_inventory import Item
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_resource import (
    NetworkResource,
    cidr_errors,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.shapes import errors_in, input_shape, to_api
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

Entry = dict[str, Any]

CIDRS = ("cidr_block", "ipv6_cidr_block")
PROTOCOLS = {"all": "-1", "tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58"}
KEYS = ("rule_number", "egress", "protocol", "rule_action", *CIDRS, "port_range", "icmp_type_code")
LAST_DECLARABLE = 32766  # the entry after it, shown as *, denies the rest and belongs to AWS
ATTEMPTS = 5


class NetworkAcl(NetworkResource):
    """DescribeNetworkAcls, CreateNetworkAcl, CreateNetworkAclEntry, ReplaceNetworkAclEntry, DeleteNetworkAclEntry,
    ReplaceNetworkAclAssociation, DeleteNetworkAcl.

    ``entries`` have the keys of CreateNetworkAclEntry; protocols may be named. A subnet always has one ACL: one that
    is no longer declared goes back to the VPC's default ACL.
    """

    kind = "network_acl"
    option = "network_acls"
    resource_type = "network-acl"
    create_operation = "CreateNetworkAcl"
    extra = frozenset({"name", "entries", "subnet_ids"})
    depends_on = ("vpc", "subnet")
    references: ClassVar[Mapping[str, str]] = {"vpc_id": "vpc", "subnet_ids": "subnet"}
    immutable = frozenset({"vpc_id"})
    exact = frozenset({"entries", "subnet_ids"})

    def validate(self, item: dict[str, Any]) -> list[str]:
        found = super().validate(item)
        shape = input_shape(self.client, "CreateNetworkAclEntry")
        seen: set[Any] = set()
        for index, entry in enumerate(item.get("entries") or []):
            errors = errors_in(shape, entry, filled=("network_acl_id",)) or _entry_errors(entry)
            number = (entry.get("egress"), entry.get("rule_number"))
            if number in seen:
                errors = [*errors, f"rule_number {number[1]} is declared twice"]
            seen.add(number)
            found += [f"entries[{index}]: {error}" for error in errors]
        return found

    def normalise(self, desired: State) -> State:
        if "entries" in desired:
            desired["entries"] = canonical(desired["entries"])
        if "subnet_ids" in desired:
            desired["subnet_ids"] = sorted(desired["subnet_ids"])
        return desired

    def state(self, item: Item) -> State:
        state = super().state(item)
        state["entries"] = canonical([e for e in state["entries"] if e["rule_number"] <= LAST_DECLARABLE])
        state["subnet_ids"] = sorted(one["SubnetId"] for one in item["Associations"])
        return state

    def create(self, key: str, desired: State) -> None:
        acl = self.new(desired)
        self._bring(acl, desired, {"entries": [], "subnet_ids": []})

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._bring(current["_id"], {name: desired[name] for name in fields}, current)
        if "tags" in fields:
            self.retag(current["_id"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self._leave(current["_id"], current["subnet_ids"])
        self.client.delete_network_acl(NetworkAclId=current["_id"])

    def _bring(self, acl: str, desired: State, current: State) -> None:
        """Entries before subnets: an ACL without entries denies everything."""
        if "entries" in desired:
            self._enter(acl, desired["entries"], current["entries"])
        if "subnet_ids" in desired:
            for subnet in sorted({*desired["subnet_ids"]} - {*current["subnet_ids"]}):
                self._guard(subnet, acl)
            self._leave(acl, sorted({*current["subnet_ids"]} - {*desired["subnet_ids"]}))

    def _enter(self, acl: str, want: list[Entry], have: list[Entry]) -> None:
        before = {(entry["egress"], entry["rule_number"]): entry for entry in have}
        after = {(entry["egress"], entry["rule_number"]): entry for entry in want}
        shape = input_shape(self.client, "CreateNetworkAclEntry")
        for number, entry in after.items():
            if number not in before:
                self.client.create_network_acl_entry(NetworkAclId=acl, **to_api(shape, entry))
            elif before[number] != entry:
                self.client.replace_network_acl_entry(NetworkAclId=acl, **to_api(shape, entry))
        for egress, number in before.keys() - after.keys():
            self.client.delete_network_acl_entry(NetworkAclId=acl, Egress=egress, RuleNumber=number)

    def _leave(self, acl: str, subnets: list[str]) -> None:
        for subnet in subnets:
            self._guard(subnet, None, leaving=acl)

    def _guard(self, subnet: str, acl: str | None, leaving: str | None = None) -> None:
        """Give a subnet to an ACL, None being the default one. ACLs are changed side by side, so an association may
        be replaced between the look and the call; it is then looked for again.

        :param leaving: do nothing unless the subnet is still with this ACL.
        """
        for _attempt in range(ATTEMPTS):
            association, guard, default = self._look(subnet)
            if leaving not in (None, guard):
                return
            try:
                self.client.replace_network_acl_association(AssociationId=association, NetworkAclId=acl or default)
                return
            except self.client.exceptions.ClientError as error:
                if error_code(error) != "InvalidAssociationID.NotFound":
                    raise
        raise ReconcileError(f"the ACL of {subnet} keeps being changed by somebody else")

    def _look(self, subnet: str) -> tuple[str, str, str]:
        """Association, ACL and default ACL of a subnet, as of now."""
        acls = self.context.pages("ec2", "describe_network_acls", "NetworkAcls")
        association = next(one for acl in acls for one in acl["Associations"] if one["SubnetId"] == subnet)
        vpc = next(acl["VpcId"] for acl in acls if acl["NetworkAclId"] == association["NetworkAclId"])
        default = next(acl["NetworkAclId"] for acl in acls if acl["IsDefault"] and acl["VpcId"] == vpc)
        return association["NetworkAclAssociationId"], association["NetworkAclId"], default


def canonical(entries: list[Entry]) -> list[Entry]:
    """Entries as AWS returns them, in the order in which it evaluates them: egress last, by number."""
    return sorted((_canonical(entry) for entry in entries), key=lambda entry: (entry["egress"], entry["rule_number"]))


def _canonical(entry: Entry) -> Entry:
    protocol = str(entry["protocol"])
    result = {key: entry[key] for key in KEYS if key in entry} | {"protocol": PROTOCOLS.get(protocol, protocol)}
    if result["protocol"] not in (PROTOCOLS["tcp"], PROTOCOLS["udp"]):
        result.pop("port_range", None)
    return result


def _entry_errors(entry: Entry) -> list[str]:
    found = []
    number = entry["rule_number"]
    if not 1 <= number <= LAST_DECLARABLE:
        found.append(f"rule_number must be from 1 to {LAST_DECLARABLE}, is {number}")
    if entry["rule_action"] not in ("allow", "deny"):
        found.append(f"rule_action must be allow or deny, is {entry['rule_action']}")
    cidrs = [entry[key] for key in CIDRS if key in entry]
    if len(cidrs) != 1:
        found.append("one of cidr_block, ipv6_cidr_block is needed")
    found += [error for cidr in cidrs for error in cidr_errors(cidr)]
    protocol = PROTOCOLS.get(entry["protocol"], entry["protocol"])
    if protocol in (PROTOCOLS["tcp"], PROTOCOLS["udp"]) and not {"from", "to"} <= entry.get("port_range", {}).keys():
        found.append("port_range with from and to is needed for tcp and udp")
    return found
