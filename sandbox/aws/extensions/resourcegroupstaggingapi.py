"""Resource Groups Tagging: what carries tags, of services that moto leaves out here as well.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html

Of each region only what is in it; what has no region of its own is told of in us-east-1, but for buckets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.resource_tagging import make_tag_matcher, match_resource_type

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation

SERVICE = "resourcegroupstaggingapi"
PER_PAGE = 50
EDGE = "us-east-1"
EC2 = {
    "acl": "network-acl",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "rtb": "route-table",
    "sg": "security-group",
    "snap": "snapshot",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
# A service's list, the ARN in it, and how tags are asked for: (list, result, ARN, parameter, tags).
LISTED = {
    "events": ("ListRules", "Rules", "Arn", "ResourceARN", "Tags"),
    "wafv2": ("ListWebACLs", "WebACLs", "ARN", "ResourceARN", "TagInfoForResource"),
}

Found = tuple[str, str, dict[str, str]]
"""ARN, type, tags."""


@operation(SERVICE, "GetResources")
def resources(call: Call) -> dict[str, Any]:
    params = call.params
    matches = make_tag_matcher(params.get("TagFilters"))
    found = {
        arn: tags
        for source in (_moto, _ec2, _rds, _stores, _caches, _eks, _others)
        for arn, kind, tags in source(call)
        if tags
        and matches(tags)
        and match_resource_type(kind, params.get("ResourceTypeFilters"))
        and arn in params.get("ResourceARNList", [arn])
    }
    start, page = int(params.get("PaginationToken") or 0), params.get("ResourcesPerPage", PER_PAGE)
    listed = [
        {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in found[arn].items()]}
        for arn in sorted(found)[start : start + page]
    ]
    return {
        "ResourceTagMappingList": listed,
        "PaginationToken": str(start + page) if start + page < len(found) else "",
    }


def _moto(call: Call) -> Iterator[Found]:
    """What moto tells itself, without EC2 and ElastiCache, of which that is not all, and buckets of other regions."""
    for one in call.backend(SERVICE)._get_resources_generator():
        service, name = one.arn.split(":")[2], one.arn.rpartition(":")[2]
        bucket = call.backend("s3", "aws").buckets.get(name) if service == "s3" else None
        if service not in ("ec2", "elasticache") and (bucket is None or bucket.region_name == call.region):
            yield one.arn, one.resource_type, one.tags


def _ec2(call: Call) -> Iterator[Found]:
    for identifier, tags in call.backend("ec2").tags.items():
        kind = EC2.get(identifier.rpartition("-")[0])
        if kind:
            yield _arn(call, "ec2", f"{kind}/{identifier}"), f"ec2:{kind}", dict(tags)


def _rds(call: Call) -> Iterator[Found]:
    backend = call.backend("rds")
    for kind, held in {
        "es": backend.event_subscriptions,
        "pg": backend.db_parameter_groups,
        "subgrp": backend.subnet_groups,
    }.items():
        for one in held.values():
            yield one.arn, f"rds:{kind}", {tag["Key"]: tag["Value"] for tag in one.get_tags()}


def _stores(call: Call) -> Iterator[Found]:
    for broker in call.ask("mq", "ListBrokers")["BrokerSummaries"]:
        tags = call.ask("mq", "DescribeBroker", BrokerId=broker["BrokerId"]).get("Tags", {})
        yield broker["BrokerArn"], "mq:broker", tags
    for domain in call.ask("opensearch", "ListDomainNames")["DomainNames"]:
        arn = _arn(call, "es", f"domain/{domain['DomainName']}")
        yield arn, "es:domain", _map(call.ask("opensearch", "ListTags", ARN=arn)["TagList"])


# "When you add or remove tags on a replication group, the tags are also added or removed on all of its clusters."
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Tagging-Resources.html
def _caches(call: Call) -> Iterator[Found]:
    held = call.backend("elasticache").tagging_service.get_tag_dict_for_resource
    groups = {
        one["ReplicationGroupId"]: one["ARN"]
        for one in call.ask("elasticache", "DescribeReplicationGroups")["ReplicationGroups"]
    }
    for arn in groups.values():
        yield arn, "elasticache:replicationgroup", held(arn)
    for node in call.ask("elasticache", "DescribeCacheClusters")["CacheClusters"]:
        arn = groups.get(node.get("ReplicationGroupId", ""), node["ARN"])
        yield node["ARN"], "elasticache:cluster", held(arn)


def _eks(call: Call) -> Iterator[Found]:
    for name in call.ask("eks", "ListClusters")["clusters"]:
        cluster = call.ask("eks", "DescribeCluster", name=name)["cluster"]
        yield cluster["arn"], "eks:cluster", cluster.get("tags", {})
        for group in call.ask("eks", "ListNodegroups", clusterName=name)["nodegroups"]:
            found = call.ask("eks", "DescribeNodegroup", clusterName=name, nodegroupName=group)["nodegroup"]
            yield found["nodegroupArn"], "eks:nodegroup", found.get("tags", {})


def _others(call: Call) -> Iterator[Found]:
    yield from _listed(call, "events")
    yield from _listed(call, "wafv2", Scope="REGIONAL")
    if call.region != EDGE:
        return
    yield from _listed(call, "wafv2", Scope="CLOUDFRONT")
    for kind, listed, result in (
        ("healthcheck", "ListHealthChecks", "HealthChecks"),
        ("hostedzone", "ListHostedZones", "HostedZones"),
    ):
        for one in call.ask("route53", listed)[result]:
            identifier = one["Id"].rpartition("/")[2]
            told = call.ask("route53", "ListTagsForResource", ResourceType=kind, ResourceId=identifier)
            yield f"arn:aws:route53:::{kind}/{identifier}", f"route53:{kind}", _map(told["ResourceTagSet"]["Tags"])


def _listed(call: Call, service: str, **params: Any) -> Iterator[Found]:
    name, result, arn, parameter, tags = LISTED[service]
    for one in call.ask(service, name, **params)[result]:
        told = call.ask(service, "ListTagsForResource", **{parameter: one[arn]})[tags]
        held = told["TagList"] if isinstance(told, dict) else told
        yield one[arn], f"{service}:{'rule' if service == 'events' else 'webacl'}", _map(held)


def _arn(call: Call, service: str, resource: str) -> str:
    return f"arn:aws:{service}:{call.region}:{call.account}:{resource}"


def _map(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
