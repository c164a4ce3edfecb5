# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is in the platform's network or bears its name, and lacks its tags: nothing that goes by tags sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

with suppress(ImportError):  # comes with boto3, whose absence the action plugins tell
    import jmespath

from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage import Tagged
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

# Service, operation, its parameters, what of its answer is a list of [ARN or name, name, VPC], and what the ARN of a
# name begins with.
LISTS: tuple[tuple[str, str, dict[str, Any], str, str], ...] = (
    (
        "rds",
        "describe_db_instances",
        {},
        "DBInstances[].[DBInstanceArn, DBInstanceIdentifier, DBSubnetGroup.VpcId]",
        "",
    ),
    ("elasticache", "describe_cache_clusters", {}, "CacheClusters[].[ARN, CacheClusterId, '']", ""),
    ("opensearch", "list_domain_names", {}, "DomainNames[].[DomainName, DomainName, '']", "es:domain/"),
    ("mq", "list_brokers", {}, "BrokerSummaries[].[BrokerArn, BrokerName, '']", ""),
    ("dynamodb", "list_tables", {}, "TableNames[].[@, @, '']", "dynamodb:table/"),
    ("eks", "list_clusters", {}, "clusters[].[@, @, '']", "eks:cluster/"),
    ("lambda", "list_functions", {}, "Functions[].[FunctionArn, FunctionName, VpcConfig.VpcId]", ""),
    ("elbv2", "describe_load_balancers", {}, "LoadBalancers[].[LoadBalancerArn, LoadBalancerName, VpcId]", ""),
    (
        "ec2",
        "describe_nat_gateways",
        {},
        "NatGateways[?State != 'deleted' && State != 'deleting'].[NatGatewayId, NatGatewayId, VpcId]",
        "ec2:natgateway/",
    ),
    (
        "ec2",
        "describe_instances",
        {},
        "Reservations[].Instances[?State.Name != 'terminated'][].[InstanceId, InstanceId, VpcId]",
        "ec2:instance/",
    ),
    ("sns", "list_topics", {}, "Topics[].[TopicArn, TopicArn, '']", ""),
    ("sqs", "list_queues", {}, "QueueUrls[].[@, @, '']", "sqs:"),
    ("firehose", "list_delivery_streams", {}, "DeliveryStreamNames[].[@, @, '']", "firehose:deliverystream/"),
    ("kinesis", "list_streams", {}, "StreamNames[].[@, @, '']", "kinesis:stream/"),
    ("events", "list_rules", {}, "Rules[].[Arn, Name, '']", ""),
    ("wafv2", "list_web_acls", {"Scope": "REGIONAL"}, "WebACLs[].[ARN, Name, '']", ""),
    ("backup", "list_backup_vaults", {}, "BackupVaultList[].[BackupVaultArn, BackupVaultName, '']", ""),
    ("cloudwatch", "describe_alarms", {"AlarmTypes": ["MetricAlarm"]}, "MetricAlarms[].[AlarmArn, AlarmName, '']", ""),
)


def untagged(world: World, tagged: Collection[Tagged]) -> list[str]:
    """ARNs in the platform's two regions."""
    known = {one.arn for one in tagged}
    networks = {one.last for one in tagged if one.type == "ec2:vpc"}
    return sorted(
        arn
        for region in (world.platform.region, world.platform.recovery_region)
        for row in LISTS
        for arn, name, network in _listed(world, region, row)
        if arn not in known and (network in networks or _ours(world, name))
    )


def _ours(world: World, name: str) -> bool:
    """Whether a name, the last part of an ARN or of an address, begins with the platform's prefix."""
    own = name.rpartition(":")[2].rpartition("/")[2]
    return own == world.platform.prefix or own.startswith(f"{world.platform.prefix}-")


def _listed(
    world: World, region: str, row: tuple[str, str, dict[str, Any], str, str]
) -> Iterator[tuple[str, str, str]]:
    service, operation, params, expression, beginning = row
    client = world.client(service, region)
    pages = (
        client.get_paginator(operation).paginate(**params)
        if client.can_paginate(operation)
        else [getattr(client, operation)(**params)]
    )
    start, _colon, resource = beginning.partition(":")
    for page in pages:
        for arn, name, network in jmespath.search(expression, page) or ():
            own = name.rpartition("/")[2] if service == "sqs" else name
            made = f"arn:aws:{start}:{region}:{world.platform.account_id}:{resource}{own}"
            yield (made if beginning else arn), name, network or ""
