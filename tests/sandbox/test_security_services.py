"""What AWS refuses, and what it does by itself, of the services that watch an account."""

from __future__ import annotations

import pytest

from tests.sandbox.support import code_of

REGION, ACCOUNT = "ap-southeast-1", "123456789012"


@pytest.fixture
def client(sandbox):
    """Clients of a region that no other test uses."""
    return lambda service: sandbox.client(service, region=REGION)


def test_a_region_has_one_detector_with_features_it_was_not_told_of(client):
    guardduty = client("guardduty")
    identifier = guardduty.create_detector(Enable=True)["DetectorId"]
    assert code_of(lambda: guardduty.create_detector(Enable=True)) == "BadRequestException"
    guardduty.update_detector(DetectorId=identifier, Features=[{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}])
    features = {one["Name"]: one["Status"] for one in guardduty.get_detector(DetectorId=identifier)["Features"]}
    assert (features["FLOW_LOGS"], features["S3_DATA_EVENTS"], features["EKS_AUDIT_LOGS"]) == (
        "ENABLED",
        "DISABLED",
        "ENABLED",
    )
    both = [{"Name": name, "Status": "ENABLED"} for name in ("RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING")]
    refused = code_of(lambda: guardduty.update_detector(DetectorId=identifier, Features=both))
    assert refused == "BadRequestException"
    guardduty.delete_detector(DetectorId=identifier)
    assert guardduty.list_detectors()["DetectorIds"] == []


def test_a_hub_that_is_off_answers_nothing(client):
    hub = client("securityhub")
    for call in (hub.describe_hub, hub.get_enabled_standards, hub.list_finding_aggregators):
        assert code_of(call) == "InvalidAccessException"


def test_standards_judge_what_config_records(client):
    hub = client("securityhub")
    hub.enable_security_hub()
    assert code_of(hub.enable_security_hub) == "ResourceConflictException"
    (standard,) = hub.get_enabled_standards()["StandardsSubscriptions"]
    assert standard["StandardsStatus"] == "INCOMPLETE"
    assert standard["StandardsStatusReason"]["StatusReasonCode"] == "NO_AVAILABLE_CONFIGURATION_RECORDER"
    other = [{"StandardsArn": "arn:aws:securityhub:us-east-1::standards/pci-dss/v/4.0.1"}]
    assert code_of(lambda: hub.batch_enable_standards(StandardsSubscriptionRequests=other)) == "InvalidInputException"
    hub.disable_security_hub()
    assert code_of(hub.describe_hub) == "InvalidAccessException"


def test_macie_is_off_until_it_is_turned_on(client):
    macie = client("macie2")
    assert code_of(macie.get_macie_session) == "AccessDeniedException"
    macie.enable_macie()
    assert macie.get_macie_session()["status"] == "ENABLED"
    buckets = {"bucketDefinitions": [{"accountId": ACCOUNT, "buckets": ["b"]}]}
    refused = lambda: macie.create_classification_job(name="a", jobType="SCHEDULED", s3JobDefinition=buckets)  # noqa: E731
    assert code_of(refused) == "ValidationException"
    job = macie.create_classification_job(name="a", jobType="ONE_TIME", s3JobDefinition=buckets)["jobId"]
    macie.update_classification_job(jobId=job, jobStatus="CANCELLED")
    again = code_of(lambda: macie.update_classification_job(jobId=job, jobStatus="RUNNING"))
    assert again == "ValidationException"
    macie.disable_macie()
    assert code_of(lambda: macie.describe_classification_job(jobId=job)) == "AccessDeniedException"


def test_an_account_that_never_turned_inspector_on_has_it_off(client):
    inspector = client("inspector2")
    (account,) = inspector.batch_get_account_status()["accounts"]
    assert {one["status"] for one in account["resourceState"].values()} == {"DISABLED"}
    inspector.enable(resourceTypes=["ECR"])
    (account,) = inspector.batch_get_account_status()["accounts"]
    assert account["resourceState"]["ecr"]["status"] == "ENABLED"


def test_config_takes_no_rules_or_packs_without_a_recorder_and_no_bucket_that_locks(sandbox, client):
    config = client("config")
    rule = {"ConfigRuleName": "a", "Source": {"Owner": "AWS", "SourceIdentifier": "ROOT_ACCOUNT_MFA_ENABLED"}}
    template = '{"Resources": {}}'
    without = "NoAvailableConfigurationRecorderException"
    assert code_of(lambda: config.put_config_rule(ConfigRule=rule)) == without
    refused = code_of(lambda: config.put_conformance_pack(ConformancePackName="a", TemplateBody=template))
    assert refused == without
    role = f"arn:aws:iam::{ACCOUNT}:role/config"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    s3 = client("s3")
    s3.create_bucket(
        Bucket="locks-for-config",
        CreateBucketConfiguration={"LocationConstraint": REGION},
        ObjectLockEnabledForBucket=True,
    )
    retention = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    s3.put_object_lock_configuration(Bucket="locks-for-config", ObjectLockConfiguration=retention)
    channel = {"name": "default", "s3BucketName": "locks-for-config"}
    refused = code_of(lambda: config.put_delivery_channel(DeliveryChannel=channel))
    assert refused == "InsufficientDeliveryPolicyException"
    config.delete_configuration_recorder(ConfigurationRecorderName="default")


def test_a_region_has_one_analyzer_of_each_type(client):
    analyzer = client("accessanalyzer")
    analyzer.create_analyzer(analyzerName="a", type="ACCOUNT")
    twice = code_of(lambda: analyzer.create_analyzer(analyzerName="a", type="ACCOUNT"))
    assert twice == "ConflictException"
    second = code_of(lambda: analyzer.create_analyzer(analyzerName="b", type="ACCOUNT"))
    assert second == "ServiceQuotaExceededException"
    analyzer.create_analyzer(analyzerName="c", type="ACCOUNT_UNUSED_ACCESS")
    assert analyzer.get_analyzer(analyzerName="c")["analyzer"]["configuration"]["unusedAccess"]["unusedAccessAge"] == 90
    for name in "ac":
        analyzer.delete_analyzer(analyzerName=name)
    assert code_of(lambda: analyzer.get_analyzer(analyzerName="a")) == "ResourceNotFoundException"
