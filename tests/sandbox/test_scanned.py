"""What only scanners read of an account."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.sandbox.support import code_of

REGION = "ap-southeast-2"


@pytest.fixture
def client(sandbox):
    """Clients of a region that no other test uses."""
    return lambda service: sandbox.client(service, region=REGION)


def test_what_is_public_in_an_account_can_be_blocked(client):
    ec2 = client("ec2")
    assert ec2.get_image_block_public_access_state()["ImageBlockPublicAccessState"] == "block-new-sharing"
    assert ec2.get_snapshot_block_public_access_state()["State"] == "unblocked"
    ec2.enable_snapshot_block_public_access(State="block-all-sharing")
    assert ec2.get_snapshot_block_public_access_state()["State"] == "block-all-sharing"


def test_defaults_of_instances_are_told_where_there_is_a_preference(client):
    ec2 = client("ec2")
    ec2.modify_instance_metadata_defaults(HttpTokens="required", HttpPutResponseHopLimit=1)
    assert ec2.get_instance_metadata_defaults()["AccountLevel"]["HttpTokens"] == "required"
    ec2.modify_instance_metadata_defaults(HttpTokens="no-preference")
    assert "HttpTokens" not in ec2.get_instance_metadata_defaults()["AccountLevel"]


def test_certificate_authorities_of_databases_are_valid(client):
    rds = client("rds")
    (found,) = rds.describe_certificates(CertificateIdentifier="rds-ca-rsa2048-g1")["Certificates"]
    assert found["ValidTill"] > datetime.now(UTC)
    assert code_of(lambda: rds.describe_certificates(CertificateIdentifier="rds-ca-2015")) == "CertificateNotFound"


def test_an_account_has_a_contact_and_no_organization(client):
    account = client("account")
    contact = account.get_contact_information()["ContactInformation"]
    account.put_contact_information(ContactInformation={**contact, "FullName": "Owner"})
    assert account.get_contact_information()["ContactInformation"]["FullName"] == "Owner"
    assert code_of(client("iam").list_organizations_features) == "OrganizationNotFoundException"


def test_detectors_tell_of_features_as_data_sources_too(client):
    guardduty = client("guardduty")
    off = [{"Name": "EKS_AUDIT_LOGS", "Status": "DISABLED"}]
    detector = {"DetectorId": guardduty.create_detector(Enable=True, Features=off)["DetectorId"]}
    sources = guardduty.get_detector(**detector)["DataSources"]
    assert sources["Kubernetes"]["AuditLogs"]["Status"] == "DISABLED"
    volumes = sources["MalwareProtection"]["ScanEc2InstanceWithFindings"]["EbsVolumes"]
    assert volumes["Status"] == "ENABLED"
    assert guardduty.list_findings(**detector)["FindingIds"] == guardduty.list_members(**detector)["Members"] == []


def test_automated_discovery_is_off_until_it_is_turned_on(client):
    macie = client("macie2")
    assert code_of(macie.get_automated_discovery_configuration) == "AccessDeniedException"
    macie.enable_macie()
    macie.update_automated_discovery_configuration(status="ENABLED")
    assert macie.get_automated_discovery_configuration()["status"] == "ENABLED"


def test_what_nothing_is_ever_made_of_is_empty(client):
    arn = client("accessanalyzer").create_analyzer(analyzerName="scanned", type="ACCOUNT")["arn"]
    assert client("accessanalyzer").list_findings_v2(analyzerArn=arn)["findings"] == []
    assert client("events").list_endpoints()["Endpoints"] == []
    for classic in (client("waf-regional"), client("waf")):
        lists = (classic.list_web_acls()["WebACLs"], classic.list_rules()["Rules"])
        assert [*lists, classic.list_rule_groups()["RuleGroups"]] == [[], [], []]


def test_an_event_names_who_called(client):
    client("ec2").describe_vpcs()
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "DescribeVpcs"}]
    event = client("cloudtrail").lookup_events(LookupAttributes=wanted)["Events"][0]
    identity = json.loads(event["CloudTrailEvent"])["userIdentity"]
    assert identity["accessKeyId"] == event["AccessKeyId"]
    assert identity["arn"].startswith("arn:aws:")
