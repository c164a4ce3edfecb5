"""What every call goes through: identification, the log, explicit refusals."""

from __future__ import annotations

import json
import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws.identify import is_mutating
from sandbox.stand_in import API_SERVER, access_key

ACCESS_KEY = "AKIASANDBOXCALLS0001"


def calls_of(sandbox, since):
    return sandbox.control("GET", f"calls?since={since}")


def test_every_call_is_on_record(sandbox):
    since = calls_of(sandbox, 0)["sequence"]
    region = "ap-northeast-3"
    sandbox.client("ec2", ACCESS_KEY, region).describe_vpcs()
    sandbox.client("sns", ACCESS_KEY, region).create_topic(Name="calls")
    sandbox.client("kms", ACCESS_KEY, region).list_aliases()
    sandbox.client("opensearch", ACCESS_KEY, region).list_domain_names()
    sandbox.client("cloudwatch", ACCESS_KEY, region).describe_alarms()
    sandbox.client("elbv2", ACCESS_KEY, region).describe_load_balancers()
    sandbox.client("service-quotas", ACCESS_KEY, region).list_aws_default_service_quotas(ServiceCode="vpc")
    s3 = sandbox.client("s3", ACCESS_KEY, region)
    s3.list_buckets()
    with pytest.raises(ClientError):
        s3.head_bucket(Bucket="nobody-has-this")

    found = calls_of(sandbox, since)
    expected = [
        ("ec2", "DescribeVpcs", False, 200, ""),
        ("sns", "CreateTopic", True, 200, ""),
        ("kms", "ListAliases", False, 200, ""),
        ("opensearch", "ListDomainNames", False, 200, ""),
        ("cloudwatch", "DescribeAlarms", False, 200, ""),
        ("elbv2", "DescribeLoadBalancers", False, 200, ""),
        ("service-quotas", "ListAWSDefaultServiceQuotas", False, 200, ""),
        ("s3", "ListBuckets", False, 200, ""),
        ("s3", "HeadBucket", False, 404, "404"),
    ]
    assert [tuple(call[name] for name in ("service", "operation", "mutating", "status", "error"))
            for call in found["calls"]] == expected  # fmt: skip
    assert found["counts"] == {
        "total": 9, "mutating": 1, "reading": 8, "failed": 1,
        "operations": {f"{service}:{operation}": 1 for service, operation, *_ in sorted(expected)},
    }  # fmt: skip
    for call in found["calls"]:
        assert call["access_key"] == ACCESS_KEY
        assert call["region"] == region
        assert call["milliseconds"] > 0
    lines = (sandbox.state / "aws" / "calls.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines[-9:]] == found["calls"]


def test_calls_of_the_sandboxs_own_programs_are_marked(sandbox):
    since = calls_of(sandbox, 0)["sequence"]
    for key in (ACCESS_KEY, access_key("shipper"), API_SERVER):
        sandbox.client("sns", key).create_topic(Name="made-by-whom")
    made = calls_of(sandbox, since)["calls"]
    assert [(call["access_key"], call["stand_in"]) for call in made] == [
        (ACCESS_KEY, False), ("AKIASTANDINSHIPPERXX", True), ("AKIASTANDINAPISERVER", True),
    ]  # fmt: skip


def test_a_stand_ins_key_is_as_long_as_those_of_aws():
    assert len(access_key("a")) == len(access_key("collector")) == 20
    with pytest.raises(ValueError, match="monitoring"):
        access_key("monitoring")


@pytest.mark.parametrize(
    ("operation", "mutating"),
    [
        ("DescribeDBInstances", False),
        ("BatchGetImage", False),
        ("GetCallerIdentity", False),
        ("AssumeRole", False),
        ("SimulatePrincipalPolicy", False),
        ("ValidatePolicy", False),
        ("LookupEvents", False),
        ("Decrypt", False),
        ("TestFailover", True),
        ("TestMetricFilter", False),
        ("RebootDBInstance", True),
        ("PutObject", True),
        ("BatchDeleteImage", True),
        ("SignUp", True),
        ("RunInstances", True),
    ],
)
def test_what_counts_as_a_change(operation, mutating):
    assert is_mutating(operation) is mutating


@pytest.mark.parametrize(
    ("service", "method", "params", "operation"),
    [
        ("autoscaling", "describe_scaling_process_types", {}, "DescribeScalingProcessTypes"),
        ("ec2", "describe_trunk_interface_associations", {}, "DescribeTrunkInterfaceAssociations"),
        ("macie2", "list_allow_lists", {}, "ListAllowLists"),
        ("s3", "get_bucket_metadata_configuration", {"Bucket": "b-of-none"}, "GetBucketMetadataConfiguration"),
        ("ce", "list_cost_allocation_tag_backfill_history", {}, "ListCostAllocationTagBackfillHistory"),
        ("mwaa", "list_environments", {}, "ListEnvironments"),
    ],
    ids=["query", "ec2", "rest-json", "rest-xml", "json", "unknown service"],
)
@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_what_is_missing_says_so_once(sandbox, service, method, params, operation, mode):
    since = calls_of(sandbox, 0)["sequence"]
    client = sandbox.client(service, retries={"mode": mode, "total_max_attempts": 5})
    with pytest.raises(ClientError) as caught:
        getattr(client, method)(**params)
    response = caught.value.response
    assert response["Error"]["Code"] == "NotImplementedBySandbox"
    assert f"{service} {operation}" in response["Error"]["Message"]
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert [call["operation"] for call in calls_of(sandbox, since)["calls"]] == [operation]
    assert any(
        (entry["service"], entry["operation"]) == (service, operation)
        for entry in sandbox.control("GET", "unsupported")["unsupported"]
    )


def test_a_presigned_url_is_identified(sandbox):
    import urllib.request

    s3 = sandbox.client("s3", ACCESS_KEY)
    s3.create_bucket(Bucket="presigned-1", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    s3.put_object(Bucket="presigned-1", Key="ä b/c+d", Body=b"content")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "presigned-1", "Key": "ä b/c+d"})
    with urllib.request.urlopen(url) as response:
        assert response.read() == b"content"
    call = calls_of(sandbox, 0)["calls"][-1]
    assert (call["service"], call["operation"], call["access_key"]) == ("s3", "GetObject", ACCESS_KEY)


def test_bodies_of_every_kind_arrive(sandbox):
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="bodies-1", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    big = bytes(range(256)) * 4096 * 3
    s3.put_object(Bucket="bodies-1", Key="empty", Body=b"")
    s3.put_object(Bucket="bodies-1", Key="big", Body=big, ContentEncoding="gzip")
    assert s3.get_object(Bucket="bodies-1", Key="empty")["Body"].read() == b""
    assert s3.get_object(Bucket="bodies-1", Key="big")["Body"].read() == big
    assert s3.head_object(Bucket="bodies-1", Key="big")["ContentLength"] == len(big)
    assert s3.get_object(Bucket="bodies-1", Key="big", Range="bytes=1-3")["Body"].read() == b"\1\2\3"
    data = [{"MetricName": f"m{number}", "Value": 1.0} for number in range(500)]
    sandbox.client("cloudwatch", request_min_compression_size_bytes=1).put_metric_data(
        Namespace="bodies", MetricData=data
    )
    metrics = sandbox.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace="bodies")
    assert sum(len(page["Metrics"]) for page in metrics) == 500


def test_a_connection_is_kept(sandbox):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port)
    connection.request("GET", "/_sandbox/health")
    connection.getresponse().read()
    socket = connection.sock
    connection.request("GET", "/_sandbox/health")
    connection.getresponse().read()
    assert socket is not None
    assert connection.sock is socket
    connection.close()


def test_unknown_requests_are_refused_plainly(sandbox):
    status, answer = sandbox.request("GET", "nothing")
    assert status == 404
    assert "GET /_sandbox/health" in answer["known"]
    status, answer = sandbox.request("POST", "faults", {"servise": "rds"})
    assert status == 400
    assert "servise" in answer["error"]


def test_parallel_calls_lose_nothing(sandbox):
    from concurrent.futures import ThreadPoolExecutor

    ecr = sandbox.client("ecr", max_pool_connections=16)
    names = [f"parallel/{number}" for number in range(64)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: ecr.create_repository(repositoryName=name), names))
    pages = ecr.get_paginator("describe_repositories").paginate()
    found = {repository["repositoryName"] for page in pages for repository in page["repositories"]}
    assert set(names) <= found


def test_calls_are_fast(sandbox):
    """Loose on purpose (the machine may be busy): a call that waited for a timer would fail it."""
    sns = sandbox.client("sns")
    sns.list_topics()
    began = time.monotonic()
    for _ in range(50):
        sns.list_topics()
    assert (time.monotonic() - began) / 50 < 0.1


def test_the_assumed_roles_key_belongs_to_the_account(sandbox):
    sandbox.client("iam").create_role(RoleName="assumed", AssumeRolePolicyDocument="{}")
    credentials = sandbox.client("sts").assume_role(
        RoleArn="arn:aws:iam::123456789012:role/assumed", RoleSessionName="tests"
    )["Credentials"]
    sts = boto3.client(
        "sts",
        region_name="ap-northeast-1",
        endpoint_url=f"http://127.0.0.1:{sandbox.port}",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    assert sts.get_caller_identity()["Arn"] == "arn:aws:sts::123456789012:assumed-role/assumed/tests"
