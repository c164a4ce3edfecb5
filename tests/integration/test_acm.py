from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import acm_common
from ansible_collections.iworkz.platform.plugins.module_utils._aws.acm import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from sandbox.aws.extensions.acm import certificates

CERTIFICATE = {"domain_name": "www.iworkz.jp", "subject_alternative_names": ["api.iworkz.jp", "ID.iworkz.jp"]}
NAMES = "www.iworkz.jp, api.iworkz.jp, id.iworkz.jp"


def make_zone(account, name="iworkz.jp"):
    made = account.client("route53").create_hosted_zone(Name=name, CallerReference=str(uuid.uuid4()))
    return made["HostedZone"]["Id"]


def records(account, zone, kind="CNAME"):
    found = account.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [one for one in found if one["Type"] == kind]


def change(account, zone, action, record):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    account.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def described(account, region="ap-northeast-1"):
    client = account.client("acm", region)
    arns = [one["CertificateArn"] for one in client.list_certificates()["CertificateSummaryList"]]
    return [client.describe_certificate(CertificateArn=arn)["Certificate"] for arn in arns]


@pytest.fixture
def zone(account):
    return make_zone(account)


def test_converges_on_an_issued_certificate_with_its_proof_in_the_zone(account, zone):
    applied = account.converges(ADAPTERS, certificates=[CERTIFICATE])
    assert applied["created"] == [f"certificate {NAMES}", f"certificate_validation {NAMES}"]
    told = applied["resources"]["certificates"][NAMES]
    (certificate,) = described(account)
    assert told["certificate_arn"] == certificate["CertificateArn"]
    assert (told["status"], certificate["Status"]) == ("ISSUED", "ISSUED")
    assert sorted(certificate["SubjectAlternativeNames"]) == sorted(NAMES.split(", "))
    wanted = {
        (r["ResourceRecord"]["Name"], r["ResourceRecord"]["Value"]) for r in certificate["DomainValidationOptions"]
    }
    assert {(one["Name"], one["ResourceRecords"][0]["Value"]) for one in records(account, zone)} == wanted
    assert len(wanted) == 3


def test_puts_a_lost_or_changed_proof_back(account, zone):
    account.converges(ADAPTERS, certificates=[CERTIFICATE])
    first, second, _third = records(account, zone)
    change(account, zone, "DELETE", first)
    change(account, zone, "UPSERT", {**second, "ResourceRecords": [{"Value": "elsewhere.example."}]})
    account.mends(ADAPTERS, f"certificate_validation {NAMES}", certificates=[CERTIFICATE])
    assert {one["Name"] for one in records(account, zone)} >= {first["Name"], second["Name"]}


def test_mends_tags_and_options(account, zone):
    account.converges(ADAPTERS, certificates=[CERTIFICATE])
    client, (certificate,) = account.client("acm"), described(account)
    arn = certificate["CertificateArn"]
    client.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "Stray", "Value": "1"}])
    client.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "Component"}])
    account.mends(ADAPTERS, f"certificate {NAMES}", certificates=[CERTIFICATE])
    tags = {one["Key"]: one["Value"] for one in client.list_tags_for_certificate(CertificateArn=arn)["Tags"]}
    assert tags == {"Platform": "iworkz", "Environment": "sandbox", "Component": "test"}


def test_wildcard_shares_the_proof_of_its_domain(account, zone):
    wild = {"domain_name": "iworkz.jp", "subject_alternative_names": ["*.iworkz.jp"], "wildcard": True}
    account.converges(ADAPTERS, certificates=[wild])
    assert len(records(account, zone)) == 1


def test_proof_goes_to_the_zone_that_the_public_dns_asks(account, zone):
    below = make_zone(account, "api.iworkz.jp")
    vpc = account.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    account.client("route53").create_hosted_zone(
        Name="www.iworkz.jp",
        CallerReference="private",
        VPC={"VPCId": vpc, "VPCRegion": account.region},
        HostedZoneConfig={"PrivateZone": True},
    )
    account.converges(ADAPTERS, certificates=[CERTIFICATE])
    assert (len(records(account, zone)), len(records(account, below))) == (2, 1)


def test_other_region_has_a_certificate_of_its_own_and_the_same_proof(account, zone):
    account.converges(ADAPTERS, certificates=[CERTIFICATE])
    account.converges(ADAPTERS, certificates=[CERTIFICATE], region="us-east-1")
    assert len(described(account, "us-east-1")) == 1
    assert len(records(account, zone)) == 3


def test_host_outside_every_zone_is_refused_before_anything_changes(account, zone):
    before = account.mutations()
    outside = {"domain_name": "www.example.com"}
    result = account.run(ADAPTERS, certificates=[outside])
    assert "no public hosted zone of this account holds www.example.com" in result["msg"]
    assert account.mutations() == before


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ({"domain_name": "*.iworkz.jp"}, "say wildcard: true"),
        ({"domain_name": "www.iworkz.jp", "validation_method": "EMAIL"}, "not renewed by itself"),
        ({"domain_name": "www.iworkz.jp", "subject_alternativ_names": []}, "did you mean subject_alternative_names"),
        ({"subject_alternative_names": ["www.iworkz.jp"]}, "has no name"),
    ],
)
def test_bad_input_is_named_before_any_call(account, declared, says):
    before = len(account.log.since(0)["calls"])
    with pytest.raises(InvalidInput, match=says.replace("*", r"\*")):
        account.run(ADAPTERS, certificates=[declared])
    assert len(account.log.since(0)["calls"]) == before


def test_waits_no_longer_than_it_may(account, zone, monkeypatch):
    monkeypatch.setattr(certificates, "is_proven", lambda *_: False)
    result = account.run(ADAPTERS, certificates=[CERTIFICATE], wait_timeout=2)
    assert result["failed_resources"][f"certificate_validation {NAMES}"] == "not ready after 2 s"
    again = account.run(ADAPTERS, check_mode=True, certificates=[CERTIFICATE])
    assert again["updated"] == [f"certificate_validation {NAMES}"]
    monkeypatch.undo()
    assert not account.run(ADAPTERS, certificates=[CERTIFICATE])["failed_resources"]
    assert not account.run(ADAPTERS, certificates=[CERTIFICATE])["changed"]


def test_stops_waiting_where_amazon_may_not_issue(account, zone):
    record = {"Name": "iworkz.jp", "Type": "CAA", "TTL": 60, "ResourceRecords": [{"Value": '0 issue "example.org"'}]}
    change(account, zone, "UPSERT", record)
    started = time.monotonic()
    result = account.run(ADAPTERS, certificates=[CERTIFICATE])
    assert result["failed_resources"][f"certificate_validation {NAMES}"] == "ACM ended it as FAILED CAA_ERROR"
    assert time.monotonic() - started < 30
    change(account, zone, "UPSERT", {**record, "ResourceRecords": [{"Value": '0 issue "amazon.com"'}]})
    assert account.run(ADAPTERS, certificates=[CERTIFICATE])["failed_resources"] == {}


def test_requests_another_one_in_time_where_it_is_not_renewed(account, zone, monkeypatch):
    account.converges(ADAPTERS, certificates=[CERTIFICATE])
    monkeypatch.setattr(acm_common, "LEFT_DAYS", 400)
    assert account.run(ADAPTERS, check_mode=True, certificates=[CERTIFICATE])["created"][0] == f"certificate {NAMES}"


def test_purge_leaves_what_is_in_use(account, zone):
    other = {"domain_name": "old.iworkz.jp"}
    account.converges(ADAPTERS, certificates=[CERTIFICATE, other])
    backend = certificates_backend(account)
    (old,) = [one for one in backend._certificates.values() if one.common_name == "old.iworkz.jp"]
    old.in_use_by.append("arn:of:a:load:balancer")
    assert not account.run(ADAPTERS, certificates=[CERTIFICATE], purge=True)["changed"]
    old.in_use_by.clear()
    assert account.run(ADAPTERS, certificates=[CERTIFICATE], purge=True)["deleted"] == ["certificate old.iworkz.jp"]


def certificates_backend(account):
    from moto.backends import get_backend

    return get_backend("acm")[account.account_id][account.region]


def test_certificate_lasts(account, zone):
    account.converges(ADAPTERS, certificates=[CERTIFICATE])
    (certificate,) = described(account)
    assert certificate["NotAfter"] > datetime.now(UTC) + timedelta(days=180)
    assert certificate["RenewalEligibility"] == "INELIGIBLE"  # nothing uses it
