"""The end of a platform: everything of ours goes, dependents first, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import (
    cloudtrail,
    cloudwatch,
    cost,
    ecr,
    elasticache,
    elbv2,
    firehose,
    iam,
    kms,
    mq,
    network,
    opensearch,
    rds,
    s3,
    sns,
    teardown,
)
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

P = "iworkz-sandbox"
TAGS = {"Platform": "iworkz", "Environment": "sandbox"}
AUDIT = f"{P}-audit-123456789012"
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}
PLATFORM: list[tuple[Any, dict[str, Any]]] = [
    (
        kms,
        {
            "keys": [
                {"alias_name": f"alias/{P}-data", "policy": KEY_POLICY},
                {"alias_name": f"alias/{P}-logs", "policy": KEY_POLICY},
                {
                    "alias_name": f"alias/{P}-compliance",
                    "key_usage": "SIGN_VERIFY",
                    "key_spec": "ECC_NIST_P256",
                    "policy": KEY_POLICY,
                },
            ]
        },
    ),
    (
        s3,
        {
            "buckets": [
                {"bucket": f"{P}-logs-123456789012", "versioning_configuration": {"status": "Enabled"}},
                {
                    "bucket": AUDIT,
                    "object_lock_configuration": {
                        "object_lock_enabled": "Enabled",
                        "rule": {"default_retention": {"mode": "GOVERNANCE", "days": 1}},
                    },
                    "server_side_encryption_configuration": {
                        "rules": [
                            {
                                "apply_server_side_encryption_by_default": {
                                    "sse_algorithm": "aws:kms",
                                    "kms_master_key_id": f"alias/{P}-logs",
                                }
                            }
                        ]
                    },
                    "policy": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Service": "cloudtrail.amazonaws.com"},
                                "Action": action,
                                "Resource": f"arn:aws:s3:::{AUDIT}{below}",
                            }
                            for action, below in (
                                ("s3:GetBucketAcl", ""),
                                ("s3:PutObject", "/AWSLogs/123456789012/*"),
                            )
                        ],
                    },
                },
            ]
        },
    ),
    (sns, {"topics": [{"name": f"{P}-alerts"}]}),
    (
        iam,
        {
            "roles": [
                {
                    "role_name": f"{P}-monitoring",
                    "assume_role_policy_document": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Service": "monitoring.rds.amazonaws.com"},
                                "Action": "sts:AssumeRole",
                            }
                        ],
                    },
                    "attached_policies": ["arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"],
                },
                {
                    "role_name": f"{P}-audit",
                    "assume_role_policy_document": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Service": ["firehose.amazonaws.com", "logs.amazonaws.com"]},
                                "Action": "sts:AssumeRole",
                            }
                        ],
                    },
                },
            ]
        },
    ),
    (
        network,
        {
            "vpcs": [{"name": P, "cidr_block": "10.16.0.0/16"}],
            "internet_gateways": [{"name": P, "vpc_id": P}],
            "subnets": [
                {
                    "name": f"{P}-data-{zone}",
                    "vpc_id": P,
                    "cidr_block": f"10.16.{index}.0/24",
                    "availability_zone": f"ap-northeast-{zone}",
                }
                for index, zone in enumerate(("1a", "1c", "1d"))
            ],
            "elastic_ips": [{"name": f"{P}-nat-1a", "domain": "vpc"}],
            "nat_gateways": [
                {"name": f"{P}-1a", "subnet_id": f"{P}-data-1a", "allocation_id": f"{P}-nat-1a"},
            ],
            "route_tables": [
                {
                    "name": f"{P}-data",
                    "vpc_id": P,
                    "routes": [{"destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": f"{P}-1a"}],
                    "subnet_ids": [f"{P}-data-1c"],
                }
            ],
            "security_groups": [
                {
                    "group_name": f"{P}-store",
                    "description": "Stores",
                    "vpc_id": P,
                    "ingress": [{"ip_protocol": "all", "group_id": f"{P}-store", "description": "Among themselves"}],
                    "egress": [],
                }
            ],
        },
    ),
    (
        elbv2,
        {
            "load_balancers": [
                {
                    "name": P,
                    "subnets": [f"{P}-data-1a", f"{P}-data-1c"],
                    "attributes": {"deletion_protection.enabled": "true"},
                }
            ],
            "listeners": [
                {
                    "load_balancer": P,
                    "port": 80,
                    "protocol": "HTTP",
                    "default_actions": [{"type": "fixed-response", "fixed_response_config": {"status_code": "503"}}],
                }
            ],
        },
    ),
    (ecr, {"repositories": [{"repository_name": f"{P}/search"}]}),
    (
        firehose,
        {
            "delivery_streams": [
                {
                    "delivery_stream_name": f"{P}-audit",
                    "extended_s3_destination_configuration": {
                        "role_arn": f"{P}-audit",
                        "bucket_arn": f"arn:aws:s3:::{AUDIT}",
                    },
                }
            ]
        },
    ),
    (
        cloudwatch,
        {
            "log_groups": [{"log_group_name": f"/{P}/app", "retention_in_days": 90}],
            "subscription_filters": [
                {
                    "log_group_name": f"/{P}/app",
                    "filter_name": f"{P}-audit",
                    "filter_pattern": "",
                    "destination_arn": f"{P}-audit",
                    "role_arn": f"{P}-audit",
                }
            ],
        },
    ),
    (cloudtrail, {"trails": [{"name": f"{P}-data", "s3_bucket_name": AUDIT}]}),
    (
        mq,
        {
            "brokers": [
                {
                    "broker_name": f"{P}-mq",
                    "engine_type": "RABBITMQ",
                    "engine_version": "3.13",
                    "deployment_mode": "SINGLE_INSTANCE",
                    "host_instance_type": "mq.m5.large",
                    "publicly_accessible": False,
                    "subnet_ids": [f"{P}-data-1a"],
                    "security_groups": [f"{P}-store"],
                    "admin_user": {"username": "platform", "secret_name": f"{P}/mq/admin"},
                }
            ]
        },
    ),
    (opensearch, {"domains": [{"domain_name": f"{P}-search"}]}),
    (
        rds,
        {
            "subnet_groups": [
                {
                    "db_subnet_group_name": f"{P}-postgres",
                    "db_subnet_group_description": "Data subnets",
                    "subnet_ids": [f"{P}-data-1a", f"{P}-data-1c"],
                }
            ],
            "instances": [
                {
                    "db_instance_identifier": f"{P}-postgres",
                    "engine": "postgres",
                    "engine_version": "17",
                    "db_instance_class": "db.t4g.medium",
                    "allocated_storage": 20,
                    "master_username": "iworkz_admin",
                    "manage_master_user_password": True,
                    "db_subnet_group_name": f"{P}-postgres",
                    "vpc_security_group_ids": [f"{P}-store"],
                    "deletion_protection": True,
                }
            ],
        },
    ),
    (
        elasticache,
        {
            "subnet_groups": [
                {
                    "cache_subnet_group_name": f"{P}-redis",
                    "cache_subnet_group_description": "Data subnets",
                    "subnet_ids": [f"{P}-data-1a", f"{P}-data-1c"],
                }
            ]
        },
    ),
    (
        cost,
        {
            "budgets": [
                {
                    "budget_name": P,
                    "budget_type": "COST",
                    "time_unit": "MONTHLY",
                    "budget_limit": {"amount": "100", "unit": "USD"},
                }
            ],
            "anomaly_monitors": [
                {"monitor_name": f"{P}-services", "monitor_type": "DIMENSIONAL", "monitor_dimension": "SERVICE"}
            ],
        },
    ),
]
PROTECTED = [
    "broker",
    "bucket",
    "db_instance",
    "domain",
    "key",
    "log_group",
    "repository",
]


@pytest.fixture
def platform(account):
    """A small platform of all services, beside things of others."""
    for service, declared in PLATFORM:
        result = account.run(service.ADAPTERS, **declared, tags=TAGS)
        assert result["failed_resources"] == {}, service.__name__
    ours = [{"Key": name, "Value": value} for name, value in TAGS.items()]
    ec2, logs, topics = account.client("ec2"), account.client("logs"), account.client("sns")
    ec2.create_vpc(CidrBlock="10.99.0.0/16")
    logs.create_log_group(logGroupName="/theirs", tags={**TAGS, "Environment": "staging"})
    topics.create_topic(Name="theirs", Tags=ours[:1])
    account.client("s3").create_bucket(
        Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": account.region}
    )
    account.client("opensearch").create_domain(DomainName="theirs")
    # Roles make queues with community.aws.sqs_queue.
    account.client("sqs").create_queue(QueueName=f"{P}-canary", tags=TAGS)
    account.client("sqs").create_queue(QueueName="theirs", tags={"Platform": "iworkz"})
    account.client("s3").put_object(Bucket=AUDIT, Key="record.json", Body=b"{}")
    return account


def destroy(account, check_mode: bool = False, **params):
    given = {"environment": "sandbox", "confirm": "sandbox", "tags": TAGS, "wait_timeout": 60, **params}
    return teardown.run({**account.connection, **given}, check_mode=check_mode)


def test_a_whole_platform_goes_and_nothing_else(platform):
    announced = destroy(platform, check_mode=True)
    # While its interfaces are on their way out, AWS refuses to delete a subnet.
    platform.application.faults.configure(
        {"service": "ec2", "operation": "DeleteSubnet", "code": "DependencyViolation", "status": 400, "times": 2}
    )
    result = destroy(platform, destroy_protected="sandbox")
    assert result["failed_resources"] == {}
    assert result["deleted"] == announced["deleted"]
    assert {label.split()[0] for label in result["kept"]} == {"db_snapshot"}
    assert any(label.startswith(f"db_snapshot {P}-postgres-final-") for label in result["kept"])
    kinds = [label.split()[0] for label in result["deleted"]]
    assert set(PROTECTED) <= set(kinds)
    for first, then in [
        ("trail", "bucket"),
        ("subscription_filter", "delivery_stream"),
        ("listener", "load_balancer"),
        ("load_balancer", "subnet"),
        ("broker", "subnet"),
        ("db_instance", "security_group"),
        ("nat_gateway", "elastic_ip"),
        ("subnet", "vpc"),
        ("vpc", "bucket"),
        ("bucket", "key"),
    ]:
        assert kinds.index(first) < kinds.index(then)
    refused = [call["error"] for call in platform.log.since(0)["calls"] if call["operation"] == "DeleteSubnet"]
    assert refused.count("DependencyViolation") == 2

    again = destroy(platform, destroy_protected="sandbox")
    assert (again["changed"], again["deleted"]) == (False, [])

    assert [g["logGroupName"] for g in platform.client("logs").describe_log_groups()["logGroups"]] == ["/theirs"]
    assert [b["Name"] for b in platform.client("s3").list_buckets()["Buckets"]] == ["theirs"]
    queues = platform.client("sqs").list_queues()["QueueUrls"]
    assert [url.rpartition("/")[2] for url in queues] == ["theirs"]
    assert platform.client("cloudtrail").describe_trails()["trailList"] == []
    assert platform.client("firehose").list_delivery_streams()["DeliveryStreamNames"] == []
    assert [t["TopicArn"].split(":")[-1] for t in platform.client("sns").list_topics()["Topics"]] == ["theirs"]
    domains = platform.client("opensearch").list_domain_names()["DomainNames"]
    assert [domain["DomainName"] for domain in domains] == ["theirs"]
    assert "10.99.0.0/16" in {vpc["CidrBlock"] for vpc in platform.client("ec2").describe_vpcs()["Vpcs"]}
    assert "10.16.0.0/16" not in {vpc["CidrBlock"] for vpc in platform.client("ec2").describe_vpcs()["Vpcs"]}


def test_keys_of_the_recovery_region_go_before_those_they_are_replicas_of(account):
    vault, there = f"alias/{P}-my-number", "ap-northeast-3"
    account.run(kms.ADAPTERS, keys=[{"alias_name": vault, "multi_region": True}], tags=TAGS)
    primary = f"arn:aws:kms:{account.region}:{account.account_id}:{vault}"
    account.run(kms.ADAPTERS, keys=[{"alias_name": vault, "replica_of": primary}], tags=TAGS, region=there)
    result = destroy(account, destroy_protected="sandbox", recovery_region=there)
    assert (result["deleted"], result["failed_resources"]) == ([f"key {vault}"] * 2, {})
    asked = [call["region"] for call in account.log.since(0)["calls"] if call["operation"] == "ScheduleKeyDeletion"]
    assert asked == [there, account.region]
    states = [account.client("kms", one).describe_key(KeyId=vault)["KeyMetadata"]["KeyState"] for one in asked]
    assert states == ["PendingDeletion", "PendingReplicaDeletion"]


def test_what_nobody_can_delete_yet_stays_with_its_keys_and_is_named(platform):
    store = platform.client("s3")
    until = datetime(2040, 1, 2, tzinfo=UTC)
    store.put_object(
        Bucket=AUDIT, Key="kept.json", Body=b"{}", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until
    )
    result = destroy(platform, destroy_protected="sandbox")
    assert result["failed_resources"] == {}
    assert {label: why for label, why in result["kept"].items() if not label.startswith("db_snapshot ")} == {
        f"bucket {AUDIT}": "1 objects stay, the first kept.json: Access Denied because object protected by object lock."
        " (until 2040-01-02T00:00:00+00:00)",
        f"key alias/{P}-logs": f"encrypts what stays in {AUDIT}",
        f"key alias/{P}-compliance": f"proves who signed what stays in {AUDIT}",
    }
    assert f"key alias/{P}-data" in result["deleted"]
    assert [one["Key"] for one in store.list_object_versions(Bucket=AUDIT)["Versions"]] == ["kept.json"]

    again = destroy(platform, destroy_protected="sandbox")
    assert (again["changed"], again["deleted"], again["kept"]) == (False, [], result["kept"])


def test_what_is_not_told_twice_or_not_confirmed_changes_nothing(platform):
    before = platform.mutations()
    with pytest.raises(InvalidInput) as refused:
        destroy(platform)
    for label in (f"broker {P}-mq", f"domain {P}-search", f"db_instance {P}-postgres", f"repository {P}/search"):
        assert label in str(refused.value)
    assert "destroy_protected=sandbox" in str(refused.value)
    with pytest.raises(InvalidInput, match="must name the environment"):
        destroy(platform, confirm="production", destroy_protected="sandbox")
    destroy(platform, check_mode=True)
    assert platform.mutations() == before
