from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.cloudtrail import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

NAME = "iworkz-sandbox-data"
BUCKET = "iworkz-sandbox-audit-123456789012"
GROUP = "/iworkz-sandbox/audit"
SELECTOR = {
    "name": "Objects with personal data",
    "field_selectors": [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
        {"field": "resources.ARN", "starts_with": ["arn:aws:s3:::people/"]},
    ],
}
TRAIL = {
    "name": NAME,
    "s3_bucket_name": BUCKET,
    "kms_key_id": "alias/iworkz-sandbox-data",
    "is_multi_region_trail": True,
    "enable_log_file_validation": True,
    "cloud_watch_logs_log_group_arn": GROUP,
    "cloud_watch_logs_role_arn": "iworkz-sandbox-trail",
    "advanced_event_selectors": [SELECTOR],
}


@pytest.fixture
def made(account, data_key):
    s3 = account.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": account.region})
    principal = {"Service": "cloudtrail.amazonaws.com"}
    statements = [
        {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": f"arn:aws:s3:::{BUCKET}{below}"}
        for action, below in (("s3:GetBucketAcl", ""), ("s3:PutObject", f"/AWSLogs/{account.account_id}/*"))
    ]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    account.client("logs").create_log_group(logGroupName=GROUP)
    account.converges(ADAPTERS, trails=[TRAIL])
    return account


def test_converges_on_a_logging_trail(made, data_key):
    client = made.client("cloudtrail")
    trail = client.get_trail(Name=NAME)["Trail"]
    assert trail["KmsKeyId"] == data_key
    assert trail["CloudWatchLogsLogGroupArn"].endswith(f":log-group:{GROUP}:*")
    assert trail["LogFileValidationEnabled"]
    assert trail["IsMultiRegionTrail"]
    assert client.get_trail_status(Name=NAME)["IsLogging"]


def test_mends_a_trail_that_was_stopped_or_looks_elsewhere(made):
    client = made.client("cloudtrail")
    client.stop_logging(Name=NAME)
    made.mends(ADAPTERS, f"trail {NAME}", trails=[TRAIL])
    client.put_event_selectors(TrailName=NAME, EventSelectors=[{"ReadWriteType": "All"}])
    made.mends(ADAPTERS, f"trail {NAME}", trails=[TRAIL])
    assert client.get_event_selectors(TrailName=NAME)["AdvancedEventSelectors"][0]["Name"] == SELECTOR["name"]


def test_mends_settings_insights_and_tags(made):
    client = made.client("cloudtrail")
    arn = client.get_trail(Name=NAME)["Trail"]["TrailARN"]
    client.update_trail(Name=NAME, EnableLogFileValidation=False)
    client.add_tags(ResourceId=arn, TagsList=[{"Key": "Stray", "Value": "1"}])
    insights = [{"insight_type": "ApiErrorRateInsight"}]
    made.mends(ADAPTERS, f"trail {NAME}", trails=[{**TRAIL, "insight_selectors": insights}])
    assert client.get_trail(Name=NAME)["Trail"]["LogFileValidationEnabled"]
    assert client.get_insight_selectors(TrailName=NAME)["InsightSelectors"] == [{"InsightType": "ApiErrorRateInsight"}]
    (tags,) = client.list_tags(ResourceIdList=[arn])["ResourceTagList"]
    assert "Stray" not in {tag["Key"] for tag in tags["TagsList"]}


def test_what_basic_selectors_leave_out_is_no_drift(made):
    basic = {**TRAIL, "event_selectors": [{"read_write_type": "WriteOnly", "include_management_events": True}]}
    del basic["advanced_event_selectors"]
    assert made.run(ADAPTERS, trails=[basic])["updated"] == [f"trail {NAME}"]
    assert not made.run(ADAPTERS, trails=[basic])["changed"]


def test_a_trail_that_is_to_stand_still_does(made):
    made.run(ADAPTERS, trails=[{**TRAIL, "is_logging": False}])
    assert not made.client("cloudtrail").get_trail_status(Name=NAME)["IsLogging"]


def test_purge_deletes_only_what_carries_the_tags(made):
    client = made.client("cloudtrail")
    client.create_trail(Name="someone-elses", S3BucketName=BUCKET)
    assert made.run(ADAPTERS, trails=[], purge=True)["deleted"] == [f"trail {NAME}"]
    assert [trail["Name"] for trail in client.list_trails()["Trails"]] == ["someone-elses"]


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"name": NAME, "s3_bucket_name": BUCKET, "event_selector": []}, "did you mean event_selectors?"),
        ({"name": NAME, "s3_bucket_name": BUCKET, "advanced_event_selectors": [{"name": "x"}]}, "FieldSelectors"),
        (
            {**TRAIL, "event_selectors": [{"read_write_type": "All"}]},
            "event_selectors and advanced_event_selectors take each other's place",
        ),
    ],
)
def test_refuses_before_the_first_call(account, item, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, trails=[item])
    assert error in str(caught.value)
    assert account.mutations() == []
