# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which key encrypts each of the platform's stores, as their services tell: one row per thing that holds data.

A row's ``key`` is an id, an ARN or an alias, None where AWS's own key or none is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _mq_facts, _postgres, _search_facts
from ansible_collections.iworkz.platform.plugins.module_utils._checks.elasticache import groups
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

SYMMETRIC = "SYMMETRIC_DEFAULT"
LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"
THREADS = 8

Item = dict[str, Any]
Row = dict[str, Any]
"""``kind``, ``name``, ``key``, and ``managed`` where a key of AWS's own is all that the service offers."""


def keys(world: World) -> dict[str, Item]:
    """The platform's own keys by ARN, here and in the region of recovery, found by their aliases: ``alias``, ``state``,
    ``customer_managed``, ``symmetric``, ``rotates``, ``rotation_days``, and ``shared_id``, which a multi-Region key and
    its replicas have in common (kms:ListAliases, DescribeKey, GetKeyRotationStatus)."""
    regions = dict.fromkeys((world.platform.region, world.platform.recovery_region))
    return {arn: key for region in regions for arn, key in _keys_in(world, region)}


def names(keys: dict[str, Item]) -> set[str]:
    """By what a service may name these keys: ARN, id or alias."""
    return {name for arn, key in keys.items() for name in (arn, arn.rpartition("/")[2], key["alias"])}


def _keys_in(world: World, region: str) -> Iterator[tuple[str, Item]]:
    client = world.client("kms", region)
    for alias in _pages(world, "kms", "list_aliases", "Aliases", region):
        if not alias["AliasName"].startswith(f"alias/{world.platform.prefix}-") or "TargetKeyId" not in alias:
            continue
        key = client.describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"]
        symmetric = key["KeySpec"] == SYMMETRIC
        rotation = client.get_key_rotation_status(KeyId=key["KeyId"]) if symmetric else {}
        yield (
            key["Arn"],
            {
                "alias": alias["AliasName"],
                "state": key["KeyState"],
                "customer_managed": key["KeyManager"] == "CUSTOMER",
                "symmetric": symmetric,
                "rotates": rotation.get("KeyRotationEnabled", False),
                "rotation_days": rotation.get("RotationPeriodInDays"),
                "shared_id": key["KeyId"] if key["MultiRegion"] else None,
            },
        )


def stores(world: World) -> list[Row]:
    """A row of each store; see the module."""
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return [row for rows in pool.map(lambda read: list(read(world)), READS) for row in rows]


def _databases(world: World) -> Iterator[Row]:
    for instance in world.once(_postgres.instances):
        name = instance["DBInstanceIdentifier"]
        yield _row("rds", name, instance.get("KmsKeyId") if instance["StorageEncrypted"] else None)
        if instance.get("PerformanceInsightsEnabled"):
            yield _row("performance insights", name, instance.get("PerformanceInsightsKMSKeyId"))


def _snapshots(world: World) -> Iterator[Row]:
    """Recovery points of the databases, here and in the region of recovery (rds:DescribeDBSnapshots)."""
    ours = {instance["DBInstanceIdentifier"] for instance in world.once(_postgres.instances)}
    for region in (world.platform.region, world.platform.recovery_region):
        for snapshot in _pages(world, "rds", "describe_db_snapshots", "DBSnapshots", region):
            if snapshot["DBInstanceIdentifier"] in ours:
                key = snapshot.get("KmsKeyId") if snapshot["Encrypted"] else None
                yield {**_row("rds snapshot", snapshot["DBSnapshotIdentifier"], key), "region": region}


def _caches(world: World) -> Iterator[Row]:
    for group in world.once(groups):
        yield _row("elasticache", group["ReplicationGroupId"], group.get("KmsKeyId"))


def _domains(world: World) -> Iterator[Row]:
    for domain in world.once(_search_facts.domains):
        option = domain.get("EncryptionAtRestOptions", {})
        yield _row("opensearch", domain["DomainName"], option.get("KmsKeyId") if option.get("Enabled") else None)


def _brokers(world: World) -> Iterator[Row]:
    for broker in world.once(_mq_facts.brokers):
        option = broker.get("EncryptionOptions", {})
        key = None if option.get("UseAwsOwnedKey") else option.get("KmsKeyId")
        # RabbitMQ on Amazon MQ takes no key of a customer's: AWS encrypts it with one that it owns.
        yield {**_row("mq", broker["BrokerName"], key), "managed": broker["EngineType"].upper() == "RABBITMQ"}


def buckets(world: World) -> dict[str, Item]:
    """The platform's buckets by name, found by their tags: ``encryption`` (the rule of s3:GetBucketEncryption),
    ``policy``, and ``logs_to``, the bucket that gets their access logs."""
    client = world.client("s3")
    names = [one["Name"] for one in client.list_buckets()["Buckets"]]
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        tags = list(pool.map(lambda name: answered(client.get_bucket_tagging, "NoSuchTagSet", Bucket=name), names))
        named = zip(names, tags, strict=True)
        ours = [name for name, found in named if world.platform.owns(from_list((found or {}).get("TagSet")))]
        return dict(zip(ours, pool.map(lambda name: _bucket(client, name), ours), strict=True))


def _bucket(client: Any, name: str) -> Item:
    (rule,) = client.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    return {
        "encryption": rule["ApplyServerSideEncryptionByDefault"],
        "policy": (answered(client.get_bucket_policy, "NoSuchBucketPolicy", Bucket=name) or {}).get("Policy"),
        "logs_to": client.get_bucket_logging(Bucket=name).get("LoggingEnabled", {}).get("TargetBucket"),
    }


def _objects(world: World) -> Iterator[Row]:
    """S3 and load balancers deliver their logs to no bucket with another key than S3's own."""
    found = world.once(buckets)
    targets = {bucket["logs_to"] for bucket in found.values()}
    targets |= {name for name, bucket in found.items() if LOG_DELIVERY in (bucket["policy"] or "")}
    for name, bucket in found.items():
        yield {**_row("s3", name, bucket["encryption"].get("KMSMasterKeyID")), "managed": name in targets}


def _launch_templates(world: World) -> Iterator[Row]:
    """EBS volumes of nodes, as their launch templates make them (ec2:DescribeLaunchTemplateVersions)."""
    for template in _pages(world, "ec2", "describe_launch_templates", "LaunchTemplates"):
        if not world.platform.owns(from_list(template.get("Tags"))):
            continue
        (version,) = world.client("ec2").describe_launch_template_versions(
            LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest"]
        )["LaunchTemplateVersions"]
        for device in version["LaunchTemplateData"].get("BlockDeviceMappings", []):
            volume = device.get("Ebs", {})
            name = f"{template['LaunchTemplateName']} {device.get('DeviceName', '')}".strip()
            yield _row("ebs", name, volume.get("KmsKeyId") if volume.get("Encrypted") else None)


def _volumes(world: World) -> Iterator[Row]:
    filters = [{"Name": f"tag:{name}", "Values": [world.platform.tags[name]]} for name in ("Platform", "Environment")]
    for volume in _pages(world, "ec2", "describe_volumes", "Volumes", Filters=filters):
        yield _row("ebs", volume["VolumeId"], volume.get("KmsKeyId") if volume["Encrypted"] else None)


def _secrets(world: World) -> Iterator[Row]:
    for secret in _pages(world, "secretsmanager", "list_secrets", "SecretList"):
        if secret["Name"].startswith(f"{world.platform.prefix}/") or world.platform.owns(from_list(secret.get("Tags"))):
            yield _row("secret", secret["Name"], secret.get("KmsKeyId"))


def _log_groups(world: World) -> Iterator[Row]:
    """Those that have the platform's prefix in their names: `/aws/rds/instance/<prefix>-postgres/postgresql`."""
    for group in _pages(world, "logs", "describe_log_groups", "logGroups"):
        if world.platform.prefix in group["logGroupName"]:
            yield _row("log group", group["logGroupName"], group.get("kmsKeyId"))


def _topics(world: World) -> Iterator[Row]:
    for topic in _pages(world, "sns", "list_topics", "Topics"):
        name = topic["TopicArn"].rpartition(":")[2]
        if name.startswith(f"{world.platform.prefix}-"):
            found = world.client("sns").get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
            yield _row("sns", name, found.get("KmsMasterKeyId"))


def _queues(world: World) -> Iterator[Row]:
    client = world.client("sqs")
    for url in _pages(world, "sqs", "list_queues", "QueueUrls", QueueNamePrefix=world.platform.prefix):
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["KmsMasterKeyId"]).get("Attributes", {})
        yield _row("sqs", url.rpartition("/")[2], found.get("KmsMasterKeyId"))


READS: tuple[Callable[[World], Iterator[Row]], ...] = (
    _databases,
    _snapshots,
    _caches,
    _domains,
    _brokers,
    _objects,
    _launch_templates,
    _volumes,
    _secrets,
    _log_groups,
    _topics,
    _queues,
)


def _row(kind: str, name: str, key: str | None) -> Row:
    return {"kind": kind, "name": name, "key": key}


def _pages(
    world: World, service: str, operation: str, result: str, region: str | None = None, **params: Any
) -> list[Any]:
    pages = world.client(service, region).get_paginator(operation).paginate(**params)
    return [item for page in pages for item in page.get(result, [])]
