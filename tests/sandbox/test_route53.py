"""Route 53 as AWS answers: private zones, batches of changes, pages of records, tags, health checks."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.support import code_of

REGION = "ap-northeast-1"


@dataclass
class Dns:
    client: Any
    elsewhere: Any
    """A client of another region."""
    vpc: str
    other_vpc: str

    def zone(self, name: str = "test.iworkz.internal", **changes: Any) -> str:
        """A private zone; its id."""
        params = {
            "Name": name,
            "CallerReference": str(uuid.uuid4()),
            "HostedZoneConfig": {"Comment": "names", "PrivateZone": True},
            "VPC": {"VPCId": self.vpc, "VPCRegion": REGION},
            **changes,
        }
        return str(self.client.create_hosted_zone(**params)["HostedZone"]["Id"]).removeprefix("/hostedzone/")

    def change(self, zone: str, *changes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
        answer = self.client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
        return dict(answer["ChangeInfo"])

    def records(self, zone: str) -> list[tuple[str, str, list[str]]]:
        found = self.client.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        return [(r["Name"], r["Type"], [v["Value"] for v in r["ResourceRecords"]]) for r in found]


def record(name: str, value: str, kind: str = "CNAME", **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "TTL": 5, "ResourceRecords": [{"Value": value}], **more}


@pytest.fixture
def dns(local, clock) -> Dns:
    ec2 = local.client("ec2")
    vpcs = [ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in (1, 2)]
    return Dns(local.client("route53"), local.client("route53", region="ap-northeast-3"), *vpcs)


def test_a_private_zone_has_its_records_vpcs_and_count(dns: Dns) -> None:
    zone = dns.zone("Test.Iworkz.Internal")
    got = dns.elsewhere.get_hosted_zone(Id=zone)
    assert got["HostedZone"]["Name"] == "test.iworkz.internal."
    assert got["HostedZone"]["Config"] == {"Comment": "names", "PrivateZone": True}
    assert got["VPCs"] == [{"VPCId": dns.vpc, "VPCRegion": REGION}]
    (soa,) = [values for _, kind, values in dns.records(zone) if kind == "SOA"]
    assert soa[0].startswith("ns-2048.awsdns-64.com. awsdns-hostmaster.amazon.com. 1 ")
    dns.change(zone, ("CREATE", record("a.test.iworkz.internal", "b")))
    counts = [found["ResourceRecordSetCount"] for found in dns.client.list_hosted_zones()["HostedZones"]]
    assert counts == [3]


def test_a_zone_is_seen_from_the_vpcs_it_is_associated_with(dns: Dns) -> None:
    zone, other = dns.zone(), {"VPCId": dns.other_vpc, "VPCRegion": REGION}
    dns.client.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=other)
    assert len(dns.client.get_hosted_zone(Id=zone)["VPCs"]) == 2
    assert code_of(lambda: dns.zone(VPC=other)) == "ConflictingDomainExists"
    dns.client.disassociate_vpc_from_hosted_zone(HostedZoneId=zone, VPC=other)
    gone = {"HostedZoneId": zone, "VPC": other}
    assert code_of(lambda: dns.client.disassociate_vpc_from_hosted_zone(**gone)) == "VPCAssociationNotFound"
    last = {"HostedZoneId": zone, "VPC": {"VPCId": dns.vpc, "VPCRegion": REGION}}
    assert code_of(lambda: dns.client.disassociate_vpc_from_hosted_zone(**last)) == "LastVPCAssociation"


def test_what_aws_refuses_of_zones(dns: Dns) -> None:
    zone = dns.zone(CallerReference="once")
    assert code_of(lambda: dns.zone("other.internal", CallerReference="once")) == "HostedZoneAlreadyExists"
    missing = {"VPCId": "vpc-00000000", "VPCRegion": REGION}
    assert code_of(lambda: dns.zone("other.internal", VPC=missing)) == "InvalidVPCId"
    dns.change(zone, ("CREATE", record("a.test.iworkz.internal", "b")))
    assert code_of(lambda: dns.client.delete_hosted_zone(Id=zone)) == "HostedZoneNotEmpty"
    dns.change(zone, ("DELETE", record("a.test.iworkz.internal", "b")))
    dns.client.delete_hosted_zone(Id=zone)
    assert code_of(lambda: dns.client.get_hosted_zone(Id=zone)) == "NoSuchHostedZone"


def test_a_change_is_pending_and_then_in_sync_from_every_region(dns: Dns) -> None:
    zone = dns.zone()
    change = dns.change(zone, ("UPSERT", record("postgres.test.iworkz.internal", "127.0.0.9")))
    assert change["Status"] == "PENDING"
    for _ in range(100):
        status = dns.elsewhere.get_change(Id=change["Id"])["ChangeInfo"]["Status"]
        if status == "INSYNC":
            break
        assert status == "PENDING"
        time.sleep(0.02)
    assert status == "INSYNC"
    assert code_of(lambda: dns.client.get_change(Id="C000000000")) == "NoSuchChange"


def test_an_upsert_replaces_and_a_batch_is_all_or_nothing(dns: Dns) -> None:
    zone, name = dns.zone(), "postgres.test.iworkz.internal"
    dns.change(zone, ("UPSERT", record(name, "one")))
    dns.change(zone, ("UPSERT", record(name.upper() + ".", "two")))
    before = dns.records(zone)
    assert (f"{name}.", "CNAME", ["two"]) in before
    failing = (("CREATE", record("x.test.iworkz.internal", "y")), ("CREATE", record(name, "three")))
    assert code_of(lambda: dns.change(zone, *failing)) == "InvalidChangeBatch"
    assert dns.records(zone) == before


@pytest.mark.parametrize(
    ("action", "change", "code"),
    [
        ("CREATE", record("a.elsewhere.internal", "x"), "InvalidChangeBatch"),
        ("CREATE", record("nottest.iworkz.internal", "x"), "InvalidChangeBatch"),
        ("CREATE", record("test.iworkz.internal", "x"), "InvalidChangeBatch"),
        ("CREATE", record("there.test.iworkz.internal", "10.0.0.1", "A"), "InvalidChangeBatch"),
        ("CREATE", record("a.test.iworkz.internal", "not-an-address", "A"), "InvalidChangeBatch"),
        ("DELETE", record("there.test.iworkz.internal", "other"), "InvalidChangeBatch"),
        ("DELETE", record("none.test.iworkz.internal", "x"), "InvalidChangeBatch"),
        ("CREATE", {"Name": "a.test.iworkz.internal", "Type": "A", "TTL": 5}, "InvalidInput"),
        ("CREATE", record("a.test.iworkz.internal", "x", SetIdentifier="one"), "InvalidInput"),
        ("CREATE", record("a.test.iworkz.internal", "x", HealthCheckId="none"), "NoSuchHealthCheck"),
    ],
)
def test_what_aws_refuses_of_records(dns: Dns, action: str, change: dict[str, Any], code: str) -> None:
    zone = dns.zone()
    dns.change(zone, ("CREATE", record("there.test.iworkz.internal", "value")))
    assert code_of(lambda: dns.change(zone, (action, change))) == code


def test_routed_records_of_a_name_stand_side_by_side(dns: Dns) -> None:
    zone, name = dns.zone(), "db.test.iworkz.internal"
    for which in ("PRIMARY", "SECONDARY"):
        dns.change(zone, ("CREATE", record(name, which.lower(), Failover=which, SetIdentifier=which)))
    assert code_of(lambda: dns.change(zone, ("CREATE", record(name, "third")))) == "InvalidChangeBatch"
    first = record(name, "primary", Failover="PRIMARY", SetIdentifier="PRIMARY")
    dns.change(zone, ("DELETE", first))
    assert [values for n, _, values in dns.records(zone) if n == f"{name}."] == [["secondary"]]


def test_records_come_in_pages_in_the_order_of_reversed_labels(dns: Dns) -> None:
    zone = dns.zone()
    for label in ("c", "b.a", "a", "*"):
        dns.change(zone, ("CREATE", record(f"{label}.test.iworkz.internal", "x")))
    pages = dns.client.get_paginator("list_resource_record_sets").paginate(
        HostedZoneId=zone, PaginationConfig={"PageSize": 2}
    )
    read = [page["ResourceRecordSets"] for page in pages]
    assert [len(page) for page in read] == [2, 2, 2]
    names = [r["Name"].removesuffix(".test.iworkz.internal.") for page in read for r in page]
    assert names[2:] == ["\\052", "a", "b.a", "c"]
    start = {"StartRecordName": "a.test.iworkz.internal", "StartRecordType": "CNAME", "MaxItems": "1"}
    answer = dns.client.list_resource_record_sets(HostedZoneId=zone, **start)
    assert answer["ResourceRecordSets"][0]["Name"] == "a.test.iworkz.internal."
    assert (answer["NextRecordName"], answer["NextRecordType"]) == ("b.a.test.iworkz.internal.", "CNAME")


def test_tags_belong_to_what_exists_and_go_with_it(dns: Dns) -> None:
    zone = dns.zone()
    named = {"ResourceType": "hostedzone", "ResourceId": zone}
    dns.client.change_tags_for_resource(**named, AddTags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    dns.client.change_tags_for_resource(**named, RemoveTagKeys=["a"])
    (found,) = dns.client.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[zone])["ResourceTagSets"]
    assert found["Tags"] == [{"Key": "b", "Value": "2"}]
    dns.client.delete_hosted_zone(Id=zone)
    assert code_of(lambda: dns.client.list_tags_for_resource(**named)) == "NoSuchHostedZone"
    check = {"ResourceType": "healthcheck", "ResourceId": "none"}
    assert code_of(lambda: dns.client.list_tags_for_resource(**check)) == "NoSuchHealthCheck"


def test_health_checks_keep_what_they_were_given_and_count_their_versions(dns: Dns) -> None:
    alarm = {
        "Type": "CLOUDWATCH_METRIC",
        "AlarmIdentifier": {"Region": REGION, "Name": "lag"},
        "InsufficientDataHealthStatus": "Unhealthy",
    }
    made = dns.client.create_health_check(CallerReference="a", HealthCheckConfig=alarm)["HealthCheck"]
    assert made["HealthCheckConfig"] == {**alarm, "Inverted": False, "Disabled": False}
    again = dns.client.create_health_check(CallerReference="a", HealthCheckConfig=alarm)["HealthCheck"]
    assert again["Id"] == made["Id"]
    changed = dns.client.update_health_check(HealthCheckId=made["Id"], Inverted=True)["HealthCheck"]
    assert (changed["HealthCheckVersion"], changed["HealthCheckConfig"]["Inverted"]) == (2, True)
    stale = {"HealthCheckId": made["Id"], "HealthCheckVersion": 1, "Inverted": False}
    assert code_of(lambda: dns.client.update_health_check(**stale)) == "HealthCheckVersionMismatch"
    tcp = {"Type": "TCP", "IPAddress": "192.0.2.7"}
    refused = {"CallerReference": "b", "HealthCheckConfig": tcp}
    assert code_of(lambda: dns.client.create_health_check(**refused)) == "InvalidInput"
    dns.client.delete_health_check(HealthCheckId=made["Id"])
    assert code_of(lambda: dns.client.delete_health_check(HealthCheckId=made["Id"])) == "NoSuchHealthCheck"
