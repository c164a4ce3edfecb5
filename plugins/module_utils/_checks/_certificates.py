# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates as ACM tells them, region by region, and what the public zones say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.acm_common import KEY_TYPES, validation_records
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_common import plain
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_records import suffixes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _ingress_facts
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

Item = dict[str, Any]
METRIC = ("AWS/CertificateManager", "DaysToExpiry")
EVERYBODY = frozenset({"*"})


def hosts(world: World) -> list[str]:
    """The public hosts."""
    return sorted(service["host"] for service in _ingress_facts.public(world))


def regions(world: World) -> list[str]:
    """Where the public hosts are served, or will be after a failover: the recovery region once the platform has a
    network there (ec2:DescribeVpcs)."""
    recovery = world.platform.recovery_region
    if recovery == world.platform.region:
        return [recovery]
    pages = world.client("ec2", recovery).get_paginator("describe_vpcs").paginate()
    networks = [vpc for page in pages for vpc in page["Vpcs"] if world.platform.owns(from_list(vpc.get("Tags")))]
    return [world.platform.region, *([recovery] if networks else [])]


def certificates(world: World) -> dict[str, list[Item]]:
    """By region, every certificate with its ``Tags`` (acm:ListCertificates, DescribeCertificate,
    ListTagsForCertificate)."""
    return {region: list(_in_region(world.client("acm", region))) for region in world.once(regions)}


def covers(certificate: Mapping[str, Any], host: str) -> bool:
    """Whether a browser takes the certificate for a host; a wildcard stands for one label."""
    names = {name.lower() for name in certificate["SubjectAlternativeNames"]}
    return host in names or f"*.{host.partition('.')[2]}" in names


def of_host(found: Iterable[Item], host: str) -> list[Item]:
    """The certificates for a host: those that are issued, or where there are none, those that are not."""
    every = [one for one in found if covers(one, host)]
    return [one for one in every if one["Status"] == "ISSUED"] or every


def used(world: World) -> dict[str, list[Item]]:
    """By region, the issued certificates of the public hosts."""
    wanted = hosts(world)
    return {
        region: [one for one in found if one["Status"] == "ISSUED" and any(covers(one, host) for host in wanted)]
        for region, found in world.once(certificates).items()
    }


def label(certificate: Mapping[str, Any]) -> str:
    return str(certificate["CertificateArn"].rpartition("/")[2])


def public_records(world: World) -> dict[str, dict[tuple[str, str], list[str]]]:
    """By name of a public zone, the values of its CNAME and CAA records by name and type (route53:ListHostedZones,
    ListResourceRecordSets). Of zones that share a name all records count."""
    client = world.client("route53")
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for page in client.get_paginator("list_hosted_zones").paginate():
        for zone in page["HostedZones"]:
            if not zone["Config"]["PrivateZone"]:
                found.setdefault(plain(zone["Name"]), {}).update(_records(client, zone["Id"]))
    return found


def zone_of(world: World, name: str) -> str | None:
    """The public zone that answers for a name."""
    held = world.once(public_records)
    return next((one for one in suffixes(plain(name)) if one in held), None)


def unproven(world: World, certificate: Mapping[str, Any]) -> list[str]:
    """Names of the validation records that the public zones do not have."""
    return [
        plain(record["Name"])
        for record in validation_records(certificate)
        if plain(record["Value"]) not in {plain(value) for value in _values(world, record["Name"], "CNAME")}
    ]


def issuers(world: World, host: str) -> dict[str, set[str]]:
    """Who may issue for a host, and for wildcards below it, by the nearest CAA records: ``issue`` and ``issuewild``.
    Without any it is everybody."""
    for name in suffixes(host):
        found = [value.split(" ", 2) for value in _values(world, name, "CAA")]
        if found:
            by_tag: dict[str, set[str]] = {}
            for _flags, tag, value in found:
                by_tag.setdefault(tag, set()).update({value.strip('"').partition(";")[0].strip()} - {""})
            issue = by_tag.get("issue", set(EVERYBODY))
            return {"issue": issue, "issuewild": by_tag.get("issuewild", issue)}
    return {"issue": set(EVERYBODY), "issuewild": set(EVERYBODY)}


def alarms(world: World) -> dict[str, list[Item]]:
    """By ARN of a certificate, the alarms on its expiry in its own region (cloudwatch:DescribeAlarms)."""
    found: dict[str, list[Item]] = {}
    for region in world.once(regions):
        pages = world.client("cloudwatch", region).get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
        for alarm in (one for page in pages for one in page["MetricAlarms"]):
            if (alarm.get("Namespace"), alarm.get("MetricName")) == METRIC:
                for dimension in alarm.get("Dimensions", []):
                    found.setdefault(dimension["Value"], []).append(alarm)
    return found


def _in_region(client: Any) -> Iterator[Item]:
    for page in client.get_paginator("list_certificates").paginate(Includes={"keyTypes": KEY_TYPES}):
        for summary in page["CertificateSummaryList"]:
            arn = summary["CertificateArn"]
            tags = client.list_tags_for_certificate(CertificateArn=arn).get("Tags")
            yield {**client.describe_certificate(CertificateArn=arn)["Certificate"], "Tags": from_list(tags)}


def _records(client: Any, zone: str) -> dict[tuple[str, str], list[str]]:
    pages = client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
    return {
        (plain(record["Name"]), record["Type"]): [value["Value"] for value in record.get("ResourceRecords", [])]
        for page in pages
        for record in page["ResourceRecordSets"]
        if record["Type"] in ("CNAME", "CAA")
    }


def _values(world: World, name: str, kind: str) -> list[str]:
    zone = zone_of(world, name)
    return world.once(public_records)[zone].get((plain(name), kind), []) if zone else []
