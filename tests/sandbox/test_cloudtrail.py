from __future__ import annotations

import gzip
import hashlib
import json
import time

import pytest

from sandbox.aws.extensions.cloudtrail import delivery
from sandbox.aws.extensions.cloudtrail.selectors import chosen
from tests.sandbox.support import code_of

ACCOUNT = "123456789012"
REGION = "ap-northeast-1"


def policy(bucket):
    arn = f"arn:aws:s3:::{bucket}"
    principal = {"Service": "cloudtrail.amazonaws.com"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "s3:GetBucketAcl", "Resource": arn},
            {
                "Effect": "Allow",
                "Principal": principal,
                "Action": "s3:PutObject",
                "Resource": f"{arn}/AWSLogs/{ACCOUNT}/*",
            },
        ],
    }


def make_bucket(sandbox, name, allowed=True):
    s3 = sandbox.client("s3")
    location = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=location, ObjectLockEnabledForBucket=allowed)
    if allowed:
        rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
        lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
        s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy(name)))
    return name


@pytest.fixture
def watched(sandbox, request):
    """A trail of the objects of one bucket, with log group and archive: (trail, bucket, archive, log group)."""
    name = request.node.name.replace("_", "-")[:30].rstrip("-")
    archive, bucket = make_bucket(sandbox, f"a-{name}"), make_bucket(sandbox, f"p-{name}", allowed=False)
    sandbox.client("logs").create_log_group(logGroupName=f"/{name}")
    trail = sandbox.client("cloudtrail")
    trail.create_trail(
        Name=name,
        S3BucketName=archive,
        EnableLogFileValidation=True,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/{name}:*",
        CloudWatchLogsRoleArn=f"arn:aws:iam::{ACCOUNT}:role/trail",
    )
    fields = {"eventCategory": "Data", "resources.type": "AWS::S3::Object"}
    selector = [{"Field": field, "Equals": [value]} for field, value in fields.items()]
    selector.append({"Field": "resources.ARN", "StartsWith": [f"arn:aws:s3:::{bucket}/"]})
    trail.put_event_selectors(TrailName=name, AdvancedEventSelectors=[{"Name": "objects", "FieldSelectors": selector}])
    trail.start_logging(Name=name)
    yield name, bucket, archive, f"/{name}"
    trail.delete_trail(Name=name)


def records(sandbox, group):
    events = sandbox.client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in events]


def files(sandbox, archive, kind):
    s3 = sandbox.client("s3")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=archive).get("Contents", []) if f"/{kind}/" in one["Key"]]
    return {key: json.loads(gzip.decompress(s3.get_object(Bucket=archive, Key=key)["Body"].read())) for key in keys}


def test_a_read_of_an_object_is_recorded_and_archived(sandbox, watched):
    name, bucket, archive, group = watched
    s3 = sandbox.client("s3")
    s3.put_object(Bucket=bucket, Key="people/1.json", Body=b"{}")
    answer = s3.get_object(Bucket=bucket, Key="people/1.json")
    s3.get_bucket_versioning(Bucket=bucket)
    put, got = records(sandbox, group)
    assert (put["eventName"], put["readOnly"], got["eventName"], got["readOnly"]) == (
        "PutObject",
        False,
        "GetObject",
        True,
    )
    assert got["requestID"] == answer["ResponseMetadata"]["RequestId"] != ""
    assert got["resources"][0]["ARN"] == f"arn:aws:s3:::{bucket}/people/1.json"
    assert got["userIdentity"]["accessKeyId"] == "AKIASANDBOXTESTS0001"
    time.sleep(delivery.SECONDS)
    ((key, log_file),) = files(sandbox, archive, "CloudTrail").items()
    assert s3.head_object(Bucket=archive, Key=key)["ObjectLockMode"] == "GOVERNANCE"
    assert [one["eventID"] for one in log_file["Records"]] == [put["eventID"], got["eventID"]]
    status = sandbox.client("cloudtrail").get_trail_status(Name=name)
    assert status["IsLogging"]
    assert {"LatestDeliveryTime", "LatestDigestDeliveryTime"} <= status.keys()


def test_digests_are_chained_and_name_the_hash_of_their_file(sandbox, watched):
    _name, bucket, archive, _group = watched
    for number in range(2):
        sandbox.client("s3").put_object(Bucket=bucket, Key=f"{number}", Body=b"")
        time.sleep(delivery.SECONDS)
        sandbox.client("sts").get_caller_identity()
    digests = sorted(
        files(sandbox, archive, "CloudTrail-Digest").values(), key=lambda d: d["previousDigestS3Object"] or ""
    )
    assert digests[0]["previousDigestS3Object"] is None
    assert digests[1]["previousDigestS3Object"] == digests[0]["digestS3Object"]
    s3 = sandbox.client("s3")
    for digest in digests:
        (file,) = digest["logFiles"]
        content = gzip.decompress(s3.get_object(Bucket=archive, Key=file["s3Object"])["Body"].read())
        assert hashlib.sha256(content).hexdigest() == file["hashValue"]


def test_what_was_refused_is_recorded_with_its_error(sandbox, watched):
    _name, bucket, _archive, group = watched
    assert code_of(lambda: sandbox.client("s3").get_object(Bucket=bucket, Key="nobody")) == "NoSuchKey"
    assert [(one["eventName"], one["errorCode"]) for one in records(sandbox, group)] == [("GetObject", "NoSuchKey")]


def test_a_stopped_trail_records_nothing(sandbox, watched):
    name, bucket, _archive, group = watched
    sandbox.client("cloudtrail").stop_logging(Name=name)
    sandbox.client("s3").put_object(Bucket=bucket, Key="x", Body=b"")
    assert records(sandbox, group) == []
    assert not sandbox.client("cloudtrail").get_trail_status(Name=name)["IsLogging"]


def test_a_trail_needs_a_bucket_that_lets_it_write(sandbox):
    trail = sandbox.client("cloudtrail")
    bucket = make_bucket(sandbox, "trail-without-policy", allowed=False)
    assert code_of(lambda: trail.create_trail(Name="none", S3BucketName="no-such-bucket")) == (
        "S3BucketDoesNotExistException"
    )
    assert code_of(lambda: trail.create_trail(Name="none", S3BucketName=bucket)) == (
        "InsufficientS3BucketPolicyException"
    )
    other = make_bucket(sandbox, "trail-with-prefix")
    assert code_of(lambda: trail.create_trail(Name="none", S3BucketName=other, S3KeyPrefix="elsewhere")) == (
        "InsufficientS3BucketPolicyException"
    )


def test_insights_and_default_selectors(sandbox, watched):
    name = watched[0]
    trail = sandbox.client("cloudtrail")
    assert code_of(lambda: trail.get_insight_selectors(TrailName=name)) == "InsightNotEnabledException"
    wanted = [{"InsightType": "ApiErrorRateInsight"}]
    for _time in range(2):
        assert trail.put_insight_selectors(TrailName=name, InsightSelectors=wanted)["InsightSelectors"] == wanted
    assert trail.get_insight_selectors(TrailName=name)["InsightSelectors"] == wanted
    trail.put_event_selectors(TrailName=name, EventSelectors=[{"ReadWriteType": "WriteOnly"}])
    answer = trail.get_event_selectors(TrailName=name)
    assert answer["EventSelectors"][0]["IncludeManagementEvents"] is True
    assert "AdvancedEventSelectors" not in answer
    (described,) = trail.describe_trails(trailNameList=[name])["trailList"]
    assert described["HasInsightSelectors"]
    assert described["HasCustomEventSelectors"]


def test_management_events_are_looked_up_page_by_page(sandbox):
    for number in range(3):
        sandbox.client("sns").create_topic(Name=f"looked-up-{number}")
    trail = sandbox.client("cloudtrail")
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "CreateTopic"}]
    pages = list(
        trail.get_paginator("lookup_events").paginate(LookupAttributes=wanted, PaginationConfig={"PageSize": 2})
    )
    events = [event for page in pages for event in page["Events"]]
    assert len(pages[0]["Events"]) == 2
    assert len(events) >= 3
    assert {event["EventSource"] for event in events} == {"sns.amazonaws.com"}
    assert events == sorted(events, key=lambda event: event["EventTime"], reverse=True)


EVENT = {
    "eventCategory": "Management",
    "eventName": "DeleteTrail",
    "eventSource": "cloudtrail.amazonaws.com",
    "readOnly": False,
    "managementEvent": True,
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"eventCategory": {"Equals": ["Management"]}}, True),
        ({"eventCategory": {"Equals": ["Data"]}}, False),
        ({"readOnly": {"Equals": ["true"]}}, False),
        ({"eventSource": {"NotEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]}}, True),
        ({"eventSource": {"NotEquals": ["kms.amazonaws.com", "cloudtrail.amazonaws.com"]}}, False),
        ({"eventName": {"StartsWith": ["Put", "Delete"]}}, True),
        ({"eventName": {"NotEndsWith": ["Trail"]}}, False),
        ({"resources.ARN": {"StartsWith": ["arn:aws:s3:::x/"]}}, False),
    ],
)
def test_advanced_selectors(fields, expected):
    selector = {"FieldSelectors": [{"Field": name, **condition} for name, condition in fields.items()]}
    assert chosen(EVENT, [], [selector]) is expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"ReadWriteType": "All", "IncludeManagementEvents": True}, True),
        ({"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}, False),
        ({"ReadWriteType": "WriteOnly", "IncludeManagementEvents": False}, False),
        (
            {
                "ReadWriteType": "All",
                "IncludeManagementEvents": True,
                "ExcludeManagementEventSources": ["cloudtrail.amazonaws.com"],
            },
            False,
        ),
    ],
)
def test_basic_selectors(selector, expected):
    assert chosen(EVENT, [{"DataResources": [], **selector}], []) is expected
