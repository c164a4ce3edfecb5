from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import cloudwatch
from ansible_collections.iworkz.platform.plugins.module_utils._aws.firehose import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

NAME = "iworkz-sandbox-audit"
BUCKET = "iworkz-sandbox-audit-123456789012"
GROUP = "/aws/rds/instance/iworkz-sandbox-postgres/postgresql"
STREAM = {
    "delivery_stream_name": NAME,
    "delivery_stream_type": "DirectPut",
    "delivery_stream_encryption_configuration_input": {
        "key_type": "CUSTOMER_MANAGED_CMK",
        "key_arn": "alias/iworkz-sandbox-data",
    },
    "extended_s3_destination_configuration": {
        "role_arn": NAME,
        "bucket_arn": f"arn:aws:s3:::{BUCKET}",
        "prefix": "postgresql/",
        "buffering_hints": {"size_in_mbs": 5, "interval_in_seconds": 300},
    },
}
FILTER = {
    "log_group_name": GROUP,
    "filter_name": NAME,
    "filter_pattern": '"AUDIT: "',
    "destination_arn": NAME,
    "role_arn": "iworkz-sandbox-subscription",
}


@pytest.fixture
def made(account, data_key):
    s3 = account.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": account.region})
    account.client("logs").create_log_group(logGroupName=GROUP)
    roles = account.client("iam")
    for name in (NAME, FILTER["role_arn"]):
        roles.create_role(RoleName=name, AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}')
    account.converges(ADAPTERS, delivery_streams=[STREAM])
    account.converges(cloudwatch.ADAPTERS, subscription_filters=[FILTER])
    return account


def test_mends_destination_and_tags(made):
    client = made.client("firehose")
    described = client.describe_delivery_stream(DeliveryStreamName=NAME)["DeliveryStreamDescription"]
    client.update_destination(
        DeliveryStreamName=NAME,
        CurrentDeliveryStreamVersionId=described["VersionId"],
        DestinationId=described["Destinations"][0]["DestinationId"],
        ExtendedS3DestinationUpdate={"Prefix": "elsewhere/"},
    )
    client.tag_delivery_stream(DeliveryStreamName=NAME, Tags=[{"Key": "Stray", "Value": "1"}])
    made.mends(ADAPTERS, f"delivery_stream {NAME}", delivery_streams=[STREAM])


def test_mends_encryption(made):
    made.client("firehose").stop_delivery_stream_encryption(DeliveryStreamName=NAME)
    made.mends(ADAPTERS, f"delivery_stream {NAME}", delivery_streams=[STREAM])


def test_mends_a_subscription_and_purges_only_ours(made):
    client = made.client("logs")
    found = client.describe_subscription_filters(logGroupName=GROUP)["subscriptionFilters"][0]
    kept = {name: found[name] for name in ("logGroupName", "filterName", "destinationArn", "roleArn")}
    client.put_subscription_filter(**kept, filterPattern="")
    label = f"subscription_filter {GROUP}:{NAME}"
    made.mends(cloudwatch.ADAPTERS, label, subscription_filters=[FILTER])
    client.put_subscription_filter(**{**kept, "filterName": "someone-elses"}, filterPattern="")
    assert made.run(cloudwatch.ADAPTERS, subscription_filters=[], purge=True)["deleted"] == [label]


def test_purge_deletes_only_what_carries_the_tags(made):
    place = {"RoleARN": "arn:aws:iam::123456789012:role/x", "BucketARN": f"arn:aws:s3:::{BUCKET}"}
    made.client("firehose").create_delivery_stream(
        DeliveryStreamName="someone-elses", ExtendedS3DestinationConfiguration=place
    )
    assert made.run(ADAPTERS, delivery_streams=[], purge=True)["deleted"] == [f"delivery_stream {NAME}"]


def test_refuses_before_the_first_call(account):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, delivery_streams=[{"delivery_stream_name": NAME}])
    assert "extended_s3_destination_configuration is missing" in str(caught.value)
    assert account.mutations() == []
