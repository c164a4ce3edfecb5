"""Read with plain boto3 what a no-change run reads: the yardstick. `python -m benchmarks.raw ecr|phase1`."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3

REGION = "ap-northeast-1"
_SESSION: Any = boto3.session.Session(aws_access_key_id="AKIABENCHMARK0000000", aws_secret_access_key="any")


def client(service: str) -> Any:
    endpoint = f"http://127.0.0.1:{os.environ['IWORKZ_SANDBOX_PORT']}"
    return _SESSION.client(service, region_name=REGION, endpoint_url=endpoint)


def pages(service: Any, operation: str, **params: Any) -> list[dict[str, Any]]:
    if service.can_paginate(operation):
        return list(service.get_paginator(operation).paginate(**params))
    return [getattr(service, operation)(**params)]


def each(function: Any, items: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(function, items))


def ecr() -> None:
    service = client("ecr")
    service.get_registry_scanning_configuration()
    service.describe_registry()
    found = [one for page in pages(service, "describe_repositories") for one in page["repositories"]]

    def one(repository: dict[str, Any]) -> None:
        service.list_tags_for_resource(resourceArn=repository["repositoryArn"])
        for read in (service.get_lifecycle_policy, service.get_repository_policy):
            try:
                read(repositoryName=repository["repositoryName"])
            except service.exceptions.ClientError as error:
                if not error.response["Error"]["Code"].endswith("PolicyNotFoundException"):
                    raise

    each(one, found)


def kms() -> None:
    service = client("kms")

    def one(alias: dict[str, Any]) -> None:
        key = alias["TargetKeyId"]
        service.describe_key(KeyId=key)
        service.get_key_policy(KeyId=key, PolicyName="default")
        service.get_key_rotation_status(KeyId=key)
        service.list_resource_tags(KeyId=key)

    aliases = [alias for page in pages(service, "list_aliases") for alias in page["Aliases"]]
    each(one, [alias for alias in aliases if alias["AliasName"].startswith("alias/iworkz-")])


def s3() -> None:
    service = client("s3")
    reads = (
        "get_bucket_versioning",
        "get_bucket_encryption",
        "get_public_access_block",
        "get_bucket_ownership_controls",
        "get_bucket_policy",
        "get_bucket_lifecycle_configuration",
        "get_object_lock_configuration",
        "get_bucket_logging",
        "get_bucket_tagging",
    )

    def one(call: tuple[str, str]) -> None:
        try:
            getattr(service, call[1])(Bucket=call[0])
        except service.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise

    buckets = [bucket["Name"] for bucket in service.list_buckets()["Buckets"]]
    each(one, [(bucket, read) for bucket in buckets for read in reads])


def sns() -> None:
    service = client("sns")

    def one(topic: dict[str, Any]) -> None:
        service.get_topic_attributes(TopicArn=topic["TopicArn"])
        service.list_tags_for_resource(ResourceArn=topic["TopicArn"])
        service.list_subscriptions_by_topic(TopicArn=topic["TopicArn"])

    each(one, [topic for page in pages(service, "list_topics") for topic in page["Topics"]])


def iam() -> None:
    service = client("iam")
    pages(service, "list_roles")
    pages(service, "get_account_authorization_details")
    for provider in service.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        service.get_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])


def ec2() -> None:
    service = client("ec2")
    each(
        lambda operation: pages(service, operation),
        [
            "describe_vpcs",
            "describe_subnets",
            "describe_internet_gateways",
            "describe_addresses",
            "describe_nat_gateways",
            "describe_route_tables",
            "describe_network_acls",
            "describe_security_groups",
            "describe_vpc_endpoints",
            "describe_flow_logs",
        ],
    )


def rds() -> None:
    service = client("rds")
    pages(service, "describe_db_subnet_groups")
    for page in pages(service, "describe_db_parameter_groups"):
        for group in page["DBParameterGroups"]:
            pages(service, "describe_db_parameters", DBParameterGroupName=group["DBParameterGroupName"], Source="user")
    pages(service, "describe_db_instances")


def elasticache() -> None:
    service = client("elasticache")
    for operation in (
        "describe_cache_subnet_groups",
        "describe_cache_parameter_groups",
        "describe_users",
        "describe_user_groups",
        "describe_cache_clusters",
    ):
        pages(service, operation)
    groups = [g for page in pages(service, "describe_replication_groups") for g in page["ReplicationGroups"]]
    each(lambda group: service.list_tags_for_resource(ResourceName=group["ARN"]), groups)


def opensearch() -> None:
    service = client("opensearch")
    names = [entry["DomainName"] for entry in service.list_domain_names()["DomainNames"]]
    for domain in service.describe_domains(DomainNames=names)["DomainStatusList"]:
        service.list_tags(ARN=domain["ARN"])


def mq() -> None:
    service = client("mq")
    for page in pages(service, "list_configurations"):
        for one in page["Configurations"]:
            revision = str(one["LatestRevision"]["Revision"])
            service.describe_configuration_revision(ConfigurationId=one["Id"], ConfigurationRevision=revision)
    for page in pages(service, "list_brokers"):
        for broker in page["BrokerSummaries"]:
            service.describe_broker(BrokerId=broker["BrokerId"])


def cloudwatch() -> None:
    logs, metrics = client("logs"), client("cloudwatch")
    groups = [group for page in pages(logs, "describe_log_groups") for group in page["logGroups"]]
    each(lambda group: logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*")), groups)
    alarms = [alarm for page in pages(metrics, "describe_alarms") for alarm in page["MetricAlarms"]]
    each(lambda alarm: metrics.list_tags_for_resource(ResourceARN=alarm["AlarmArn"]), alarms)


PHASE1 = (kms, s3, sns, iam, ec2, rds, elasticache, opensearch, ecr, mq, cloudwatch)

if __name__ == "__main__":
    for reader in PHASE1 if sys.argv[1] == "phase1" else (ecr,):
        reader()
