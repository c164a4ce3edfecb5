"""Records of a zone: batches that are done wholly or not at all, and lists in pages.

moto knows records it has seen being made only by a journal, does half of a batch that fails, keeps case and duplicates,
and returns the SOA record malformed. Records are kept here as ResourceRecordSet has them, with full names.
"""

from __future__ import annotations

import copy
import ipaddress
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.route53 import changes, names
from sandbox.aws.extensions.route53.changes import GLOBAL

Record = dict[str, Any]
MOST_PER_BATCH = 1000
PER_PAGE = 300
FIRST_NS = "ns-2048.awsdns-64.com."
NAME_SERVERS = [FIRST_NS, "ns-2049.awsdns-65.net.", "ns-2050.awsdns-66.org.", "ns-2051.awsdns-67.co.uk."]
ROUTING = (
    "Weight",
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
    "CidrRoutingConfig",
    "GeoProximityLocation",
)


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
@operation("route53", "ChangeResourceRecordSets")
def change(call: Call) -> dict[str, Any]:
    zone = zone_of(call, call.params["HostedZoneId"])
    batch = call.params["ChangeBatch"]["Changes"]
    values = sum(
        len(one["ResourceRecordSet"].get("ResourceRecords", [])) * (1 + (one["Action"] == "UPSERT")) for one in batch
    )
    if max(values, len(batch)) > MOST_PER_BATCH:
        raise AwsError("InvalidChangeBatch", f"[Number of records limit of {MOST_PER_BATCH} exceeded.]")
    before = records(call, zone)
    after = copy.deepcopy(before)
    for one in batch:
        record = normal(one["ResourceRecordSet"])
        _check(call, zone, one["Action"], record)
        _apply(after, one["Action"], record)
    for name in {full(one["ResourceRecordSet"]["Name"]) for one in batch}:
        _check_together(zone.name, name, [record for record in after if record["Name"] == name])
    call.store("route53.records", GLOBAL)[zone.resource_id] = after
    names.follow(call, zone, after)
    return {"ChangeInfo": changes.begin(call, call.params["ChangeBatch"].get("Comment"))}


# In the order of reversed labels, then of type and identifier.
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
@operation("route53", "ListResourceRecordSets")
def list_records(call: Call) -> dict[str, Any]:
    params = call.params
    found = sorted(records(call, zone_of(call, params["HostedZoneId"])), key=_order)
    if "StartRecordType" in params and "StartRecordName" not in params:
        raise AwsError("InvalidInput", "StartRecordType needs StartRecordName.")
    if "StartRecordIdentifier" in params and "StartRecordType" not in params:
        raise AwsError("InvalidInput", "StartRecordIdentifier needs StartRecordName and StartRecordType.")
    if "StartRecordName" in params:
        start = (_reversed(full(params["StartRecordName"])), params.get("StartRecordType", ""),
                 params.get("StartRecordIdentifier", ""))  # fmt: skip
        found = [record for record in found if _order(record) >= start]
    most = min(int(params.get("MaxItems") or PER_PAGE), PER_PAGE)
    output: dict[str, Any] = {
        "ResourceRecordSets": found[:most],
        "IsTruncated": len(found) > most,
        "MaxItems": str(most),
    }
    if len(found) > most:
        following = found[most]
        output |= {"NextRecordName": following["Name"], "NextRecordType": following["Type"]}
        if "SetIdentifier" in following:
            output["NextRecordIdentifier"] = following["SetIdentifier"]
    return output


def zone_of(call: Call, name: str) -> Any:
    """moto's zone of an id, with or without /hostedzone/ in front."""
    found = call.backend("route53", "aws").zones.get(name.removeprefix("/hostedzone/"))
    if found is None:
        raise AwsError("NoSuchHostedZone", f"No hosted zone found with ID: {name.removeprefix('/hostedzone/')}")
    return found


def records(call: Call, zone: Any) -> list[Record]:
    """A zone's records; a new one has those of the zone itself."""
    soa = f"{FIRST_NS} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    own = [
        {"Name": zone.name, "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": ns} for ns in NAME_SERVERS]},
        {"Name": zone.name, "Type": "SOA", "TTL": 900, "ResourceRecords": [{"Value": soa}]},
    ]
    found: list[Record] = call.store("route53.records", GLOBAL).setdefault(zone.resource_id, own)
    return found


def normal(record: Record) -> Record:
    """A record with its name as Route 53 keeps it."""
    return {**copy.deepcopy(record), "Name": full(record["Name"])}


def full(name: str) -> str:
    """In lower case, with a dot at the end, an asterisk written as \\052."""
    return name.lower().rstrip(".").replace("*", "\\052") + "."


def is_of_zone(zone: str, record: Record) -> bool:
    """Whether it is one of the two records that every zone has."""
    return record["Name"] == zone and record["Type"] in ("NS", "SOA")


def _key(record: Record) -> tuple[str, str, str]:
    return record["Name"], record["Type"], record.get("SetIdentifier", "")


def _reversed(name: str) -> list[str]:
    return list(reversed(name.rstrip(".").split(".")))


def _order(record: Record) -> tuple[list[str], str, str]:
    return _reversed(record["Name"]), record["Type"], record.get("SetIdentifier", "")


def _apply(found: list[Record], action: str, record: Record) -> None:
    """Do one change of a batch to a list of records."""
    what = f"resource record set [name='{record['Name']}', type='{record['Type']}'"
    if "SetIdentifier" in record:
        what += f", set identifier='{record['SetIdentifier']}'"
    there = next((one for one in found if _key(one) == _key(record)), None)
    if action == "CREATE" and there:
        raise _invalid(f"Tried to create {what}] but it already exists")
    if action == "DELETE" and there is None:
        raise _invalid(f"Tried to delete {what}] but it was not found")
    if action == "DELETE" and _comparable(there or {}) != _comparable(record):
        raise _invalid(f"Tried to delete {what}] but the values provided do not match the current values")
    if there is not None:
        found.remove(there)
    if action != "DELETE":
        found.append(record)


def _comparable(record: Record) -> Record:
    values = sorted(value["Value"] for value in record.get("ResourceRecords", []))
    return {**record, "ResourceRecords": values}


def _check(call: Call, zone: Any, action: str, record: Record) -> None:
    """What must hold of one record."""
    name, kind = record["Name"], record["Type"]
    if not f".{name}".endswith(f".{zone.name}"):
        raise _invalid(f"RRSet with DNS name {name} is not permitted in zone {zone.name}")
    values = [value["Value"] for value in record.get("ResourceRecords", [])]
    if ("AliasTarget" in record) == (bool(values) and "TTL" in record) or ("AliasTarget" in record and "TTL" in record):
        raise AwsError(
            "InvalidInput",
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
            f"TrafficPolicyInstanceId], but found none in Change with [Action={action}, Name={name}, Type={kind}, "
            f"SetIdentifier={record.get('SetIdentifier', 'null')}]",
        )
    if ("SetIdentifier" in record) != bool(ROUTING & record.keys()):
        raise AwsError("InvalidInput", f"SetIdentifier and a routing policy go together in {name} {kind}.")
    if action == "DELETE":
        if is_of_zone(zone.name, record):
            raise _invalid(f"A HostedZone must contain its own {kind} record")
        return
    if kind == "CNAME" and name == zone.name:
        raise _invalid(f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone.name}")
    if kind == "CNAME" and len(values) > 1:
        raise _invalid(f"RRSet of type CNAME with DNS name {name} has more than one value")
    if kind in ("A", "AAAA"):
        for value in values:
            _check_address(kind, value)
    check = record.get("HealthCheckId")
    if check and check not in call.store("route53.health_checks", GLOBAL):
        raise AwsError("NoSuchHealthCheck", f"No health check exists with the specified ID: {check}")


def _check_address(kind: str, value: str) -> None:
    form = ipaddress.IPv4Address if kind == "A" else ipaddress.IPv6Address
    try:
        form(value)
    except ValueError as error:
        raise _invalid(
            f"Invalid Resource Record: 'FATAL problem: {kind}RRDATAIllegalIPAddress (Value is not a valid address) "
            f"encountered with '{value}''"
        ) from error


def _check_together(zone: str, name: str, found: list[Record]) -> None:
    """What must hold of all records of a name."""
    kinds = {record["Type"] for record in found}
    if "CNAME" in kinds and len(kinds) > 1:
        raise _invalid(
            f"RRSet of type CNAME with DNS name {name} is not permitted as it conflicts with other records with the "
            f"same DNS name in zone {zone}"
        )
    for kind in kinds:
        same = [record for record in found if record["Type"] == kind]
        if len(same) > 1 and not all("SetIdentifier" in record for record in same):
            raise _invalid(
                f"RRSet with DNS name {name}, type {kind} cannot be created as a non-routed RRSet exists with the same "
                "name and type"
            )


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidChangeBatch", f"[{message}]")
