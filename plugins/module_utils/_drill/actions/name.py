# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A CNAME record in the private zone of internal names."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import action
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context, Facts, StepFailed


def _note(context: Context, *, record: str, domain: str, **_other: str) -> Facts:
    """The record set as it is, and its zone."""
    zone = zone_id(context, domain)
    return {"zone": zone, "record_set": record_set(context, zone, record)}


@action("route53:ChangeResourceRecordSets")
def route53_repoint(context: Context, *, record: str, domain: str, instance: str, region: str) -> Facts:
    """Let the record lead to the endpoint of a DB instance; returns when Route 53 serves it everywhere."""
    client = context.client("rds", region)
    found = client.describe_db_instances(DBInstanceIdentifier=instance)["DBInstances"][0]
    address = found["Endpoint"]["Address"]
    zone = zone_id(context, domain)
    before = record_set(context, zone, record)
    _change(context, zone, {**before, "ResourceRecords": [{"Value": address}]})
    return {"address": address}


@action("route53:ChangeResourceRecordSets", note=_note)
def route53_restore(context: Context, *, record: str, domain: str) -> Facts:
    """Give the record the value it had before the fault; nothing happens where it has."""
    noted = context.noted
    if record_set(context, noted["zone"], record) == noted["record_set"]:
        return {"changed": False}
    _change(context, noted["zone"], noted["record_set"])
    return {"changed": True}


def zone_id(context: Context, domain: str) -> str:
    """The private hosted zone of this name (route53:ListHostedZonesByName). Raises StepFailed without one."""
    answer = context.client("route53").list_hosted_zones_by_name(DNSName=domain, MaxItems="10")
    for zone in answer["HostedZones"]:
        if zone["Name"].rstrip(".") == domain and zone["Config"]["PrivateZone"]:
            return str(zone["Id"].rsplit("/", 1)[-1])
    raise StepFailed(f"there is no private hosted zone {domain}")


def record_set(context: Context, zone: str, record: str) -> dict[str, Any]:
    """The CNAME record set of this name (route53:ListResourceRecordSets). Raises StepFailed without one."""
    answer = context.client("route53").list_resource_record_sets(
        HostedZoneId=zone, StartRecordName=record, StartRecordType="CNAME", MaxItems="1"
    )
    for found in answer["ResourceRecordSets"]:
        if found["Name"].rstrip(".") == record and found["Type"] == "CNAME":
            return dict(found)
    raise StepFailed(f"there is no record {record}")


def _change(context: Context, zone: str, record: dict[str, Any]) -> None:
    client = context.client("route53")
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    change = client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)["ChangeInfo"]["Id"]
    context.wait("the change of the record", lambda: client.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC")
