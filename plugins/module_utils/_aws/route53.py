# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon Route 53: hosted zones, health checks and records."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_common import (
    ZONE,
    change_tags,
    named_zones,
    plain,
    zone_id,
    zone_tags,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_health_checks import HealthCheck
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_records import Record
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State


class HostedZone(Resource):
    """ListHostedZones (all pages), ListTagsForResources, GetHostedZone of each private one; CreateHostedZone,
    UpdateHostedZoneComment, AssociateVPCWithHostedZone, DisassociateVPCFromHostedZone, ChangeTagsForResource,
    DeleteHostedZone.

    ``vpcs`` lists where a private zone is seen, as ``vpc_id`` (id or name) and ``vpc_region`` (default: the task's);
    with ``purge_vpcs: false`` others may see it, too.
    """

    service = "route53"
    kind = "hosted_zone"
    option = "zones"
    key = "name"
    create_operation = "CreateHostedZone"
    extra = frozenset({"purge_vpcs", "vpcs"})
    filled = frozenset({"caller_reference"})
    unordered = frozenset({"vpcs"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._seen: dict[str, State] = {}
        self._vpcs: dict[str, dict[str, str]] = {}
        self._deleted: set[str] = set()

    def key_of(self, item: dict[str, Any]) -> str | None:
        return plain(item["name"]) if item.get("name") else None

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        private = bool((item.get("hosted_zone_config") or {}).get("private_zone"))
        vpcs = item.get("vpcs") or []
        if private != bool(vpcs):
            errors.append("a zone has vpcs if, and only if, its hosted_zone_config says private_zone: true")
        errors += [
            f"vpcs[{index}] must have vpc_id, may have vpc_region, and nothing else"
            for index, vpc in enumerate(vpcs)
            if not isinstance(vpc, dict) or not {"vpc_id"} <= set(vpc) <= {"vpc_id", "vpc_region"}
        ]
        return errors

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        desired["name"] = plain(desired["name"])
        purge = desired.pop("purge_vpcs", True)
        if "vpcs" in desired:
            desired["vpcs"] = [self._resolved(vpc, strict) for vpc in desired["vpcs"]]
            others = [] if purge else self._seen.get(desired["name"], {}).get("vpcs", [])
            desired["vpcs"] += [vpc for vpc in others if vpc not in desired["vpcs"]]
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = named_zones(self.context, keys)
        # The name of a deleted zone may now be that of somebody else's.
        zones = {name: zone for name, zone in found.items() if keys is None or name not in self._deleted}
        states = dict(zip(zones, self.context.each(self._state, zones.values()), strict=True))
        tags = zone_tags(self.context, [state["_id"] for state in states.values()])
        for state in states.values():
            state["tags"] = tags[state["_id"]]
        # Zones are awaited side by side, each by a read of its own.
        self._seen = states
        return dict(states)

    def create(self, key: str, desired: State) -> None:
        first, *others = desired.get("vpcs") or [None]
        answer = self.client.create_hosted_zone(
            **self.parameters({**desired, "vpc": first} if first else desired, "CreateHostedZone"),
            CallerReference=str(uuid.uuid4()),
        )
        zone = zone_id(answer["HostedZone"])
        change_tags(self.client, ZONE, zone, {}, desired["tags"], purge=False)
        for vpc in others:
            self.client.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=_api(vpc))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        zone = current["_id"]
        if "hosted_zone_config" in fields:
            have, want = current["hosted_zone_config"], desired["hosted_zone_config"]
            if want.get("private_zone", False) != have["private_zone"]:
                raise ReconcileError("a zone cannot be made private or public: declare another one")
            self.client.update_hosted_zone_comment(Id=zone, Comment=want.get("comment", ""))
        if "vpcs" in fields:
            # A private zone is never without a VPC: those to come first.
            for vpc in [v for v in desired["vpcs"] if v not in current["vpcs"]]:
                self.client.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=_api(vpc))
            for vpc in [v for v in current["vpcs"] if v not in desired["vpcs"]]:
                self.client.disassociate_vpc_from_hosted_zone(HostedZoneId=zone, VPC=_api(vpc))
        if "tags" in fields:
            change_tags(self.client, ZONE, zone, current["tags"], desired["tags"], self.context.purge_tags)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_hosted_zone(Id=current["_id"])
        self._deleted.add(key)

    def forget(self) -> None:
        super().forget()
        self._vpcs.clear()

    def _state(self, zone: dict[str, Any]) -> State:
        config = zone.get("Config", {})
        state: State = {
            "name": plain(zone["Name"]),
            "hosted_zone_config": {
                "comment": config.get("Comment") or "",
                "private_zone": bool(config.get("PrivateZone")),
            },
            "vpcs": [],
            "_id": zone_id(zone),
        }
        if state["hosted_zone_config"]["private_zone"]:
            vpcs = self.client.get_hosted_zone(Id=state["_id"])["VPCs"]
            state["vpcs"] = [{"vpc_id": vpc["VPCId"], "vpc_region": vpc["VPCRegion"]} for vpc in vpcs]
        return state

    def _resolved(self, vpc: dict[str, Any], strict: bool) -> dict[str, str]:
        """The VPC by its id; names are looked up in its own region."""
        name, region = vpc["vpc_id"], vpc.get("vpc_region") or self.context.region
        if name.startswith("vpc-"):
            return {"vpc_id": name, "vpc_region": region}
        if region not in self._vpcs:
            pages = self.context.client("ec2", region).get_paginator("describe_vpcs").paginate()
            self._vpcs[region] = {
                tag["Value"]: found["VpcId"]
                for page in pages
                for found in page["Vpcs"]
                for tag in found.get("Tags", [])
                if tag["Key"] == "Name"
            }
        if strict and name not in self._vpcs[region]:
            raise ReconcileError(f"vpc {name} does not exist in {region}: apply it first")
        return {"vpc_id": self._vpcs[region].get(name, name), "vpc_region": region}


def _api(vpc: dict[str, str]) -> dict[str, str]:
    return {"VPCId": vpc["vpc_id"], "VPCRegion": vpc["vpc_region"]}


ADAPTERS = (HostedZone, HealthCheck, Record)
