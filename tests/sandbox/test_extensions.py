"""The extension mechanism, once for every protocol."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws import extensions
from sandbox.aws.call import AwsError, Call

WHEN = datetime(2026, 4, 1, 12, 30, tzinfo=UTC)

# (protocol, service, operation, boto3 method, parameters, output)
ANSWERS: list[tuple[str, str, str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "query",
        "redshift",
        "DescribeClusters",
        "describe_clusters",
        {"ClusterIdentifier": "c", "TagKeys": ["a", "b"], "MaxRecords": 50},
        {"Clusters": [{"DBName": "x<&>", "Encrypted": True, "IamRoles": [{"IamRoleArn": "r"}]}], "Marker": "m"},
    ),
    (
        "ec2",
        "ec2",
        "DescribeFlowLogs",
        "describe_flow_logs",
        {"FlowLogIds": ["fl-1", "fl-2"], "MaxResults": 5},
        {"FlowLogs": [{"FlowLogId": "fl-1", "CreationTime": WHEN, "Tags": [{"Key": "k", "Value": "日本"}]}]},
    ),
    (
        "json",
        "ecr",
        "GetRegistryScanningConfiguration",
        "get_registry_scanning_configuration",
        {},
        {"registryId": "1", "scanningConfiguration": {"scanType": "ENHANCED", "rules": []}},
    ),
    (
        "rest-json",
        "mq",
        "DescribeBroker",
        "describe_broker",
        {"BrokerId": "b-1"},
        {"BrokerId": "b-1", "Created": WHEN, "AutoMinorVersionUpgrade": False, "Tags": {"a": "b"}},
    ),
    (
        "rest-xml",
        "route53",
        "GetHostedZoneCount",
        "get_hosted_zone_count",
        {},
        {"HostedZoneCount": 7},
    ),
    (
        "rest-xml",
        "s3",
        "GetBucketVersioning",
        "get_bucket_versioning",
        {"Bucket": "some-bucket"},
        {"Status": "Enabled", "MFADelete": "Disabled"},
    ),
    (
        "rest-json of a service moto lacks",
        "mwaa",
        "ListEnvironments",
        "list_environments",
        {"MaxResults": 3},
        {"Environments": ["one"]},
    ),
]


@pytest.mark.parametrize(
    ("service", "operation", "method", "params", "output"),
    [answer[1:] for answer in ANSWERS],
    ids=[f"{answer[0]}-{answer[2]}" for answer in ANSWERS],
)
def test_parameters_come_and_output_goes_as_in_boto3(local, extend, service, operation, method, params, output):
    seen: list[dict[str, Any]] = []

    def handler(call: Call) -> dict[str, Any]:
        seen.append(call.params)
        assert (call.service, call.operation, call.region) == (service, operation, "ap-northeast-1")
        assert call.account == "123456789012"
        return output

    extend(service, operation, handler)
    answer = getattr(local.client(service), method)(**params)
    metadata = answer.pop("ResponseMetadata")
    assert seen == [params]
    assert answer == output
    assert metadata["HTTPStatusCode"] == 200


@pytest.mark.parametrize(
    ("service", "operation", "method", "params", "error", "code", "status"),
    [
        ("redshift", "DescribeClusters", "describe_clusters", {"ClusterIdentifier": "x"},
         AwsError("ClusterNotFound", "no x"), "ClusterNotFound", 404),
        ("redshift", "DescribeClusters", "describe_clusters", {"ClusterIdentifier": "x"},
         AwsError("ClusterNotFoundFault", "no x"), "ClusterNotFound", 404),
        ("ec2", "DescribeFlowLogs", "describe_flow_logs", {}, AwsError("InvalidFlowLogId.NotFound", "no x"),
         "InvalidFlowLogId.NotFound", 400),
        ("ecr", "GetRegistryScanningConfiguration", "get_registry_scanning_configuration", {},
         AwsError("ValidationException", "no x"), "ValidationException", 400),
        ("mq", "DescribeBroker", "describe_broker", {"BrokerId": "b"}, AwsError("NotFoundException", "no x"),
         "NotFoundException", 404),
        ("s3", "GetBucketVersioning", "get_bucket_versioning", {"Bucket": "bucket"},
         AwsError("NoSuchBucket", "no x", 404), "NoSuchBucket", 404),
    ],
)  # fmt: skip
def test_errors_are_the_services(local, extend, service, operation, method, params, error, code, status):
    def handler(call: Call) -> dict[str, Any]:
        raise error

    extend(service, operation, handler)
    with pytest.raises(ClientError) as caught:
        getattr(local.client(service), method)(**params)
    response = caught.value.response
    assert response["Error"]["Code"] == code
    assert response["Error"]["Message"] == "no x"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_wrapping_moto_amends_its_answer(local, extend):
    def handler(call: Call) -> dict[str, Any]:
        output = call.moto()
        output["Vpc"]["State"] = "pending"
        return output

    extend("ec2", "CreateVpc", handler)
    ec2 = local.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]
    assert vpc["State"] == "pending"
    assert vpc["CidrBlock"] == "10.50.0.0/16"
    assert ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"][0]["State"] == "available"


def test_motos_error_passes_through_a_wrapper(local, extend):
    extend("ecr", "DescribeRepositories", lambda call: call.moto())
    with pytest.raises(ClientError) as caught:
        local.client("ecr").describe_repositories(repositoryNames=["nothing/here"])
    assert caught.value.response["Error"]["Code"] == "RepositoryNotFoundException"
    assert "nothing/here" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "method", "params", "instead", "read"),
    [
        ("sns", "CreateTopic", "create_topic", {"Name": "asked"}, {"Name": "made"},
         lambda output: output["TopicArn"].rpartition(":")[2]),
        ("ec2", "CreateVpc", "create_vpc", {"CidrBlock": "10.1.0.0/16"}, {"CidrBlock": "10.2.0.0/16"},
         lambda output: output["Vpc"]["CidrBlock"]),
        ("ecr", "CreateRepository", "create_repository", {"repositoryName": "asked"}, {"repositoryName": "made"},
         lambda output: output["repository"]["repositoryName"]),
        ("opensearch", "CreateDomain", "create_domain", {"DomainName": "asked"}, {"DomainName": "made"},
         lambda output: output["DomainStatus"]["DomainName"]),
        ("s3", "CreateBucket", "create_bucket",
         {"Bucket": "asked", "CreateBucketConfiguration": {"LocationConstraint": "ap-northeast-1"}},
         {"Bucket": "made-instead", "CreateBucketConfiguration": {"LocationConstraint": "ap-northeast-1"}},
         lambda output: output["Location"]),
    ],
)  # fmt: skip
def test_moto_can_be_given_other_parameters(local, extend, service, operation, method, params, instead, read):
    extend(service, operation, lambda call: call.moto(instead))
    output = getattr(local.client(service), method)(**params)
    assert any(str(value) in read(output) for value in instead.values() if isinstance(value, str))


def test_a_handler_asks_another_service(local, extend):
    key = local.client("kms").create_key()["KeyMetadata"]["KeyId"]

    def handler(call: Call) -> dict[str, Any]:
        metadata = call.ask("kms", "DescribeKey", KeyId=key)["KeyMetadata"]
        owner = call.ask("sts", "GetCallerIdentity")["Account"]
        return {"registryId": owner, "scanningConfiguration": {"scanType": metadata["KeyState"], "rules": []}}

    extend("ecr", "GetRegistryScanningConfiguration", handler)
    answer = local.client("ecr").get_registry_scanning_configuration()
    assert answer["registryId"] == "123456789012"
    assert answer["scanningConfiguration"]["scanType"] == "Enabled"


def test_the_store_is_per_region(local, extend):
    def handler(call: Call) -> dict[str, Any]:
        seen = call.store("tests.count")
        seen["calls"] = seen.get("calls", 0) + 1
        return {"registryId": str(seen["calls"])}

    extend("ecr", "DescribeRegistry", handler)
    tokyo, osaka = local.client("ecr"), local.client("ecr", region="ap-northeast-3")
    assert [client.describe_registry()["registryId"] for client in (tokyo, tokyo, osaka)] == ["1", "2", "1"]


def test_the_backend_of_another_region(local, extend):
    created = local.client("ecr", region="ap-northeast-3").create_repository(repositoryName="only/osaka")

    def handler(call: Call) -> dict[str, Any]:
        assert not any(name == "only/osaka" for name in call.backend("ecr").repositories)
        repository = call.backend("ecr", "ap-northeast-3").repositories["only/osaka"]
        return {"registryId": repository.registry_id}

    extend("ecr", "GetRegistryScanningConfiguration", handler)
    assert (
        local.client("ecr").get_registry_scanning_configuration()["registryId"] == (created["repository"]["registryId"])
    )


def test_states_pass_and_the_end_is_acted_upon(local, clock, extend):
    removed: list[str] = []

    def create(call: Call) -> dict[str, Any]:
        call.begin("tests.thing", "one", "creating", "starting", then=partial(removed.append, "one"))
        return {}

    extend("sns", "CreateTopic", create)
    extend("sns", "ListTopics", lambda call: {"NextToken": call.state("tests.thing", "one", "available")})
    sns = local.client("sns")
    sns.create_topic(Name="x")
    seen = [sns.list_topics()["NextToken"]]
    while seen[-1] != "available":
        clock.sleep(0.05)
        state = sns.list_topics()["NextToken"]
        if state != seen[-1]:
            seen.append(state)
    assert seen == ["creating", "starting", "available"]
    assert removed == ["one"]


def test_an_operation_has_one_handler(monkeypatch):
    monkeypatch.setattr(extensions, "_handlers", {})
    extensions.operation("mwaa", "ListEnvironments")(lambda call: {})
    with pytest.raises(ValueError, match="mwaa ListEnvironments already has a handler"):
        extensions.operation("mwaa", "ListEnvironments")(lambda call: {})


@pytest.mark.filterwarnings("ignore:.*does not match an error shape")
def test_a_handlers_bug_is_an_internal_failure(local, extend, capfd):
    def handler(call: Call) -> dict[str, Any]:
        raise KeyError("oops")

    extend("sns", "ListTopics", handler)
    with pytest.raises(ClientError) as caught:
        local.client("sns").list_topics()
    assert caught.value.response["Error"]["Code"] == "InternalFailure"
    assert "KeyError: 'oops'" in caught.value.response["Error"]["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
