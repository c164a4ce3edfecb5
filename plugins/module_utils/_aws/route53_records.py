# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records of Amazon Route 53, each in the zone with the longest name that its own name ends in."""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_balancers import Balancers
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_common import (
    named_zones,
    plain,
    zone_id,
    zone_tags,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_health_checks import health_check_ids
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

OF_ZONE = frozenset({"NS", "SOA"})
"""Types that Route 53 itself keeps at the apex of a zone."""
NAMES = frozenset({"CNAME", "NS", "PTR"})
"""Types whose values are domain names."""
ALIASES = ("alias_target", "load_balancer")
TARGETS = ("resource_records", *ALIASES, "db_instance")


class Record(Resource):
    """ListHostedZones and ListResourceRecordSets of the zones concerned (all pages); ChangeResourceRecordSets,
    GetChange.

    A record is declared by the members of ResourceRecordSet; ``health_check_id`` may be a name. Instead of
    ``resource_records`` it may have ``db_instance``, the name of the RDS instance of this region whose endpoint it is
    to point at (DescribeDBInstances), or ``load_balancer`` (see ``route53_balancers``). With ``repoint: false`` a
    record that exists keeps pointing where it does; an alias of something else than declared then stays as it is
    altogether, for its health check is that of where it leads. An alias of a load balancer that is gone is repointed.
    """

    service = "route53"
    kind = "record"
    option = "records"
    key = "name"
    create_operation = "ChangeResourceRecordSets"
    extra = frozenset({"db_instance", "load_balancer", "repoint"})
    unordered = frozenset({"resource_records"})
    taggable = False
    depends_on = ("hosted_zone", "health_check")
    poll_seconds = 5.0

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._seen: dict[str, State] = {}
        self._changes: dict[str, str] = {}
        self._databases_declared = False
        self._balancers = Balancers(context)
        self._endpoints: dict[str, str] | None = None
        self._health_checks: dict[str, str] | None = None

    def key_of(self, item: dict[str, Any]) -> str | None:
        if not item.get("name"):
            return None
        parts = (plain(str(item["name"])), str(item.get("type", "")), item.get("set_identifier"))
        return " ".join(str(part) for part in parts if part)

    def validate(self, item: dict[str, Any]) -> list[str]:
        self._databases_declared |= "db_instance" in item
        errors = [*shapes.errors_in(self._shape, item, self.extra), *self._balancers.validate(item)]
        if item.get("repoint") is not None and not {"db_instance", "load_balancer"} & item.keys():
            errors.append("repoint is for records with db_instance or load_balancer")
        targets = [name for name in TARGETS if name in item]
        if len(targets) != 1:
            errors.append(f"declare one of {', '.join(TARGETS)}")
        elif ("ttl" in item) == (targets[0] in ALIASES):
            errors.append("an alias has no ttl; every other record has one")
        if "db_instance" in item and item.get("type") != "CNAME":
            errors.append("a record with db_instance is a CNAME: an endpoint is a name whose address changes")
        return errors

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = in_one_form(copy.deepcopy(item))
        keeps = not desired.pop("repoint", True) and self.key_of(item) in self._seen
        if "health_check_id" in desired:
            desired["health_check_id"] = self._health_check(desired["health_check_id"], strict)
        if "db_instance" in desired:
            if keeps:
                # Where it points now stands for what was declared; an update writes that again.
                del desired["db_instance"]
            elif strict:
                desired["_endpoint"] = self._endpoint(desired["db_instance"])
        if "load_balancer" in desired:
            desired["load_balancer"] = self._balancers.complete(desired["load_balancer"])
            if keeps and self._leads_elsewhere(item, desired):
                seen = self._seen[str(self.key_of(item))]
                return {name: seen[name] for name in desired if name in seen}
            if strict:
                desired["_alias"] = self._balancers.alias(desired["load_balancer"])
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found: dict[str, State] = {}
        zones = self._zones(keys)
        tags = zone_tags(self.context, zones) if keys is None else {zone: {} for zone in zones}
        ours = [zone for zone in zones if keys is not None or self.owns({"tags": tags[zone]})]
        for zone, records in zip(ours, self.context.each(self._listed, ours), strict=True):
            for record in records:
                state = {**self._state(record), "_zone": zone, "_tags": tags[zone]}
                key = str(self.key_of(state))
                kept_by_aws = state["type"] in OF_ZONE and state["name"] == zones[zone]
                if key in keys if keys is not None else not kept_by_aws:
                    found[key] = state
        self._seen = found
        return dict(found)

    def create(self, key: str, desired: State) -> None:
        (zone,) = self._zones([key]) or [None]
        if zone is None:
            raise ReconcileError(f"there is no hosted zone for {desired['name']}: declare it, too")
        self._upsert(key, zone, desired)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        # A record is written as a whole: what is not declared stays as it is.
        whole = {**current, **desired}
        for name in ("ttl", "resource_records") if desired.keys() & set(ALIASES) else ("alias_target",):
            whole.pop(name, None)
        self._upsert(key, current["_zone"], whole)

    def delete(self, key: str, current: State) -> None:
        self._change(key, current["_zone"], "DELETE", current["_record"])

    def ready(self, state: State) -> bool:
        change = self._changes.get(str(self.key_of(state)))
        return change is None or self.client.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC"

    def forget(self) -> None:
        super().forget()
        self._endpoints = self._health_checks = None
        self._balancers.forget()

    @property
    def _shape(self) -> Any:
        batch = shapes.input_shape(self.client, self.create_operation).members["ChangeBatch"]
        return batch.members["Changes"].member.members["ResourceRecordSet"]

    def _zones(self, keys: Collection[str] | None) -> dict[str, str]:
        """Names of the zones concerned, by id, parents before their children."""
        if keys is None:
            found = {name: zone_id(zone) for name, zone in named_zones(self.context, None).items()}
            return {found[name]: name.split()[0] for name in sorted(found, key=len)}
        names = {key.split()[0] for key in keys}
        candidates = named_zones(self.context, {suffix for name in names for suffix in suffixes(name)})
        chosen = {next((suffix for suffix in suffixes(name) if suffix in candidates), None) for name in names}
        return {zone_id(candidates[name]): name for name in sorted((c for c in chosen if c is not None), key=len)}

    def _listed(self, zone: str) -> list[dict[str, Any]]:
        return self.context.pages("route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone)

    def _state(self, record: dict[str, Any]) -> State:
        state = in_one_form(self.snake("ListResourceRecordSets", ("ResourceRecordSets",), record))
        if self._databases_declared:
            values = [one["value"] for one in state.get("resource_records", [])]
            instances = [name for name, address in self._addresses().items() if [address] == values]
            state["db_instance"] = instances[0] if instances else None
        return {**state, **self._balancers.told(state), "_record": record}

    def _upsert(self, key: str, zone: str, desired: State) -> None:
        record = {name: value for name, value in desired.items() if name in self._members}
        if "_endpoint" in desired:
            record["resource_records"] = [{"value": desired["_endpoint"]}]
        if "_alias" in desired:
            record["alias_target"] = desired["_alias"]
        self._change(key, zone, "UPSERT", shapes.to_api(self._shape, record))

    def _change(self, key: str, zone: str, action: str, record: dict[str, Any]) -> None:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        answer = self.client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
        self._changes[key] = answer["ChangeInfo"]["Id"]

    def _leads_elsewhere(self, item: dict[str, Any], desired: State) -> bool:
        have, want = self._seen[str(self.key_of(item))]["load_balancer"], desired["load_balancer"]
        return have is not None and (have["name"], have["region"]) != (want["name"], want["region"])

    @property
    def _members(self) -> frozenset[str]:
        return frozenset(shapes.xform_name(name) for name in self._shape.members)

    def _addresses(self) -> dict[str, str]:
        """Addresses of the region's DB instances by name; one in creation has none."""
        if self._endpoints is None:
            found = self.context.pages("rds", "describe_db_instances", "DBInstances")
            self._endpoints = {
                one["DBInstanceIdentifier"]: plain(one["Endpoint"]["Address"])
                for one in found
                if one.get("Endpoint", {}).get("Address")
            }
        return self._endpoints

    def _endpoint(self, instance: str) -> str:
        address = self._addresses().get(instance)
        if address is None:
            raise ReconcileError(f"DB instance {instance} has no endpoint in {self.context.region}: apply it first")
        return address

    def _health_check(self, name: str, strict: bool) -> str:
        if self._health_checks is None or (strict and name not in self._health_checks):
            self._health_checks = health_check_ids(self.context)  # again, too: this very task may have made it
        if name in self._health_checks.values():
            return name
        if strict and name not in self._health_checks:
            raise ReconcileError(f"health check {name} does not exist: declare it, too")
        return self._health_checks.get(name, name)


def suffixes(name: str) -> list[str]:
    """A name and what is left of it without its first labels, longest first."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def in_one_form(record: State) -> State:
    """The record with its names in the form that ``plain`` gives them."""
    record["name"] = plain(record["name"])
    if record.get("type") in NAMES:
        for one in record.get("resource_records", []):
            one["value"] = plain(one["value"])
    if "alias_target" in record:
        record["alias_target"]["dns_name"] = plain(record["alias_target"]["dns_name"])
    return record
