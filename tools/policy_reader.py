"""All policies in a sandbox's account that somebody made: of identities, and of resources that have their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tools import policy_sandbox as sandbox

REGIONS = (sandbox.REGION, "ap-northeast-3", "us-east-1")


@dataclass(frozen=True)
class Policy:
    """A document, and whose it is: `role/iworkz-sandbox-nodes trust`, `bucket/iworkz-sandbox-logs-123456789012`."""

    name: str
    document: dict[str, Any]


def created(port: int) -> Iterator[Policy]:
    """Those of AWS itself are left out, and so are resources without a policy."""
    yield from _identities(sandbox.client(port, "iam"))
    yield from _buckets(sandbox.client(port, "s3"))
    for region in REGIONS:
        for service, read in READERS.items():
            for name, document in read(sandbox.client(port, service, region)):
                if document:
                    yield Policy(f"{name} in {region}", json.loads(document))


def _identities(iam: Any) -> Iterator[Policy]:
    for page in iam.get_paginator("get_account_authorization_details").paginate(Filter=["Role", "User", "Group"]):
        for kind in ("Role", "User", "Group"):
            for one in page[f"{kind}DetailList"]:
                name = f"{kind.lower()}/{one[f'{kind}Name']}"
                if "AssumeRolePolicyDocument" in one:
                    yield Policy(f"{name} trust", one["AssumeRolePolicyDocument"])
                for inline in one.get(f"{kind}PolicyList", []):
                    yield Policy(f"{name} {inline['PolicyName']}", inline["PolicyDocument"])
    for page in iam.get_paginator("list_policies").paginate(Scope="Local"):
        for one in page["Policies"]:
            version = iam.get_policy_version(PolicyArn=one["Arn"], VersionId=one["DefaultVersionId"])
            yield Policy(f"policy/{one['PolicyName']}", version["PolicyVersion"]["Document"])


def _buckets(s3: Any) -> Iterator[Policy]:
    for bucket in s3.list_buckets()["Buckets"]:
        try:
            document = s3.get_bucket_policy(Bucket=bucket["Name"])["Policy"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
                raise
        else:
            yield Policy(f"bucket/{bucket['Name']}", json.loads(document))


Documents = Iterator[tuple[str, str | None]]
"""Name of a resource, and its policy: None or "" where it has none."""


def _keys(kms: Any) -> Documents:
    aliases = {one.get("TargetKeyId"): one["AliasName"] for one in _all(kms, "list_aliases", "Aliases")}
    for key in _all(kms, "list_keys", "Keys"):
        name = aliases.get(key["KeyId"], key["KeyId"])
        if name.startswith("alias/aws/"):
            continue  # its policy is AWS's
        yield f"key/{name}", kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]


def _topics(sns: Any) -> Documents:
    for topic in _all(sns, "list_topics", "Topics"):
        attributes = sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
        yield f"topic/{topic['TopicArn'].rpartition(':')[2]}", attributes.get("Policy")


def _queues(sqs: Any) -> Documents:
    for queue in _all(sqs, "list_queues", "QueueUrls"):
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"]).get("Attributes", {})
        yield f"queue/{queue.rpartition('/')[2]}", attributes.get("Policy")


def _repositories(ecr: Any) -> Documents:
    for repository in _all(ecr, "describe_repositories", "repositories"):
        with suppress(ecr.exceptions.RepositoryPolicyNotFoundException):
            name = repository["repositoryName"]
            yield f"repository/{name}", ecr.get_repository_policy(repositoryName=name)["policyText"]


def _endpoints(ec2: Any) -> Documents:
    for endpoint in _all(ec2, "describe_vpc_endpoints", "VpcEndpoints"):
        yield f"endpoint/{endpoint['ServiceName']}", endpoint.get("PolicyDocument")


def _groups(logs: Any) -> Documents:
    for policy in _all(logs, "describe_resource_policies", "resourcePolicies"):
        yield f"logs/{policy['policyName']}", policy["policyDocument"]


def _domains(opensearch: Any) -> Documents:
    names = [one["DomainName"] for one in opensearch.list_domain_names()["DomainNames"]]
    for domain in opensearch.describe_domains(DomainNames=names)["DomainStatusList"] if names else []:
        yield f"domain/{domain['DomainName']}", domain.get("AccessPolicies")


def _secrets(secretsmanager: Any) -> Documents:
    for secret in _all(secretsmanager, "list_secrets", "SecretList"):
        found = secretsmanager.get_resource_policy(SecretId=secret["ARN"])
        yield f"secret/{secret['Name']}", found.get("ResourcePolicy")


def _buses(events: Any) -> Documents:
    for bus in events.list_event_buses()["EventBuses"]:
        yield f"bus/{bus['Name']}", bus.get("Policy")


def _all(client: Any, operation: str, key: str) -> list[Any]:
    """Every item of a listing."""
    pages = client.get_paginator(operation).paginate()
    return [one for page in pages for one in page.get(key, [])]


READERS: dict[str, Callable[[Any], Documents]] = {
    "ec2": _endpoints,
    "ecr": _repositories,
    "events": _buses,
    "kms": _keys,
    "logs": _groups,
    "opensearch": _domains,
    "secretsmanager": _secrets,
    "sns": _topics,
    "sqs": _queues,
}
