"""Restore tests of Redis, RabbitMQ and S3: real servers, and buckets that replicate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq, rabbitmq_definitions, redis
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.redis_groups import Group, network
from tests.planes.restores import PREFIX, RECOVERY_REGION, REGION, TAG_LIST, TAGS, Restores, ids, unit

ADMIN = {"username": "platform", "password": "admin-of-the-tests"}
SECRET = f"{PREFIX}/mq/admin"
EXPORTS = f"{PREFIX}-backup"
DOCUMENTS = f"{PREFIX}-documents"
CACHE, USER, NOBODY = f"{PREFIX}-redis", f"{PREFIX}-content", f"{PREFIX}-nobody"
BROKER = f"{PREFIX}-mq"


@pytest.fixture(scope="module")
def restores(planes_sandbox: PlanesSandbox) -> Restores:
    return Restores(planes_sandbox)


@pytest.fixture(scope="module")
def cache(restores: Restores) -> Iterator[Any]:
    """Keys of a group, written as the user of a service."""
    client = restores.sandbox.client("elasticache")
    network(restores.sandbox, PREFIX)
    client.create_user(
        UserId=NOBODY, UserName="default", Engine="redis", AccessString="off -@all", NoPasswordRequired=True
    )
    client.create_user(
        UserId=USER, UserName=USER, Engine="redis", AccessString="on ~content:* +@all -@admin -@dangerous +info",
        AuthenticationMode={"Type": "iam"},
    )  # fmt: skip
    client.create_user_group(UserGroupId=PREFIX, Engine="redis", UserIds=[NOBODY, USER])
    client.create_replication_group(
        ReplicationGroupId=CACHE, ReplicationGroupDescription="d", Engine="redis", EngineVersion="7.1",
        CacheNodeType="cache.t4g.small", NumCacheClusters=1, CacheSubnetGroupName=PREFIX, UserGroupIds=[PREFIX],
        TransitEncryptionEnabled=True, AtRestEncryptionEnabled=True, SnapshotRetentionLimit=7, Tags=TAG_LIST,
    )  # fmt: skip
    group = Group(restores.sandbox, CACHE).settled()
    clients = Clients(restores.sandbox.connection)
    connected: Any = redis.connect(
        group, USER, lambda: redis.iam_token(clients, group, USER), ca_bundle=restores.sandbox.ca
    )
    for number in range(50):
        connected.set(f"content:{number}", "x" * number)
    connected.sadd("content:set", *map(str, range(300)))
    connected.hset("content:hash", mapping={str(number): number for number in range(700)})
    yield connected
    client.delete_replication_group(ReplicationGroupId=CACHE)
    client.get_waiter("replication_group_deleted").wait(ReplicationGroupId=CACHE, WaiterConfig={"Delay": 1})
    client.delete_user_group(UserGroupId=PREFIX)
    client.delete_cache_subnet_group(CacheSubnetGroupName=PREFIX)
    for user in (USER, NOBODY):
        client.delete_user(UserId=user)


def test_a_snapshot_of_redis_is_proven_then_found_damaged(restores: Restores, cache: Any, tmp_path: Path) -> None:
    answer = restores.test(tmp_path, stores=["redis"])
    assert (ids(answer), answer["verdicts"]) == ([], ["pass"])
    (record,) = answer["tests"]
    assert record["recovery_point"]["type"] == "automated"
    assert unit(record, "content:*") == {
        "name": "content:*", "source": 52, "copy": 52, "compared": 52, "differences": 0, "moved": 0,
    }  # fmt: skip
    assert "restore.proven_keys" in record["proven"]
    assert restores.left() == []
    name = record["recovery_point"]["id"]
    (file,) = (restores.sandbox.settings.planes_directory / "data").glob(f"redis-*snapshot-{name}/dump.rdb")
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    answer = restores.test(tmp_path, stores=["redis"])
    assert (ids(answer), answer["verdicts"]) == (["restore.not_restored"], ["fail"])
    groups = restores.sandbox.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert not [group for group in groups if "restore-test" in group["ReplicationGroupId"]]


@pytest.fixture(scope="module")
def buckets(restores: Restores) -> Iterator[Any]:
    """One that is replicated, and one for exports."""
    here, there = restores.sandbox.client("s3"), restores.sandbox.client("s3", region=RECOVERY_REGION)
    role = restores.sandbox.client("iam").create_role(
        RoleName=PREFIX,
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            }
        ),
    )["Role"]["Arn"]
    for client, region, name in (
        (there, RECOVERY_REGION, f"{DOCUMENTS}-replica"),
        (here, REGION, DOCUMENTS),
        (here, REGION, EXPORTS),
    ):
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    here.put_bucket_tagging(Bucket=DOCUMENTS, Tagging={"TagSet": TAG_LIST})
    rule = {
        "ID": "all",
        "Status": "Enabled",
        "Prefix": "",
        "Destination": {"Bucket": f"arn:aws:s3:::{DOCUMENTS}-replica"},
    }
    here.put_bucket_replication(Bucket=DOCUMENTS, ReplicationConfiguration={"Role": role, "Rules": [rule]})
    yield here
    for client, name in ((here, DOCUMENTS), (there, f"{DOCUMENTS}-replica"), (here, EXPORTS)):
        for version in client.list_object_versions(Bucket=name).get("Versions", []):
            client.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
        client.delete_bucket(Bucket=name)
    restores.sandbox.client("iam").delete_role(RoleName=PREFIX)


def test_replicated_objects_are_proven_then_missed(restores: Restores, buckets: Any, tmp_path: Path) -> None:
    for number in range(12):
        buckets.put_object(Bucket=DOCUMENTS, Key=f"contract/{number:02}.pdf", Body=b"%PDF" * number)
    answer = restores.test(tmp_path, stores=["s3"])
    assert (ids(answer), answer["verdicts"]) == ([], ["pass"])
    (record,) = answer["tests"]
    assert record["rows"] == {"compared": 12, "differences": 0, "moved": 0}
    assert record["unproven"] == ["restore.unproven_objects"]
    assert not [each for each in buckets.list_buckets()["Buckets"] if "restore-test" in each["Name"]]
    far = restores.sandbox.client("s3", region=RECOVERY_REGION)
    (lost, *_) = far.list_object_versions(Bucket=f"{DOCUMENTS}-replica")["Versions"]
    far.delete_object(Bucket=f"{DOCUMENTS}-replica", Key=lost["Key"], VersionId=lost["VersionId"])
    limits = restores.task(tmp_path).params["limits"]
    hasty = {**limits, "age_hours": {**limits["age_hours"], "s3": 1e-6}}
    answer = restores.test(tmp_path, stores=["s3"], limits=hasty)
    assert ids(answer) == ["restore.point_old", "restore.rows_differ"]


def test_an_object_older_than_the_rule_never_comes(restores: Restores, buckets: Any, tmp_path: Path) -> None:
    rule = buckets.get_bucket_replication(Bucket=DOCUMENTS)["ReplicationConfiguration"]
    buckets.delete_bucket_replication(Bucket=DOCUMENTS)
    buckets.put_object(Bucket=DOCUMENTS, Key="contract/early.pdf", Body=b"%PDF")
    buckets.put_bucket_replication(Bucket=DOCUMENTS, ReplicationConfiguration=rule)
    answer = restores.test(tmp_path, stores=["s3"])
    assert (ids(answer), answer["tests"][0]["rows"]["differences"]) == (["restore.rows_differ"], 1)


@pytest.fixture(scope="module")
def broker(restores: Restores) -> Iterator[rabbitmq.Api]:
    """A broker with a virtual host, its management API."""
    client, secrets = restores.sandbox.client("mq"), restores.sandbox.client("secretsmanager")
    secrets.create_secret(Name=SECRET, SecretString=json.dumps(ADMIN))
    identifier = client.create_broker(
        BrokerName=BROKER, EngineType="RABBITMQ", EngineVersion="3.13", DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.t3.micro", AutoMinorVersionUpgrade=True, PubliclyAccessible=False,
        Users=[{"Username": ADMIN["username"], "Password": ADMIN["password"]}], Tags=TAGS,
    )["BrokerId"]  # fmt: skip
    wait_for(lambda: client.describe_broker(BrokerId=identifier)["BrokerState"] == "RUNNING", 90, BROKER)
    found = rabbitmq.broker(Clients(restores.sandbox.connection), BROKER)
    assert found is not None
    api = rabbitmq.Api(found, ADMIN["username"], ADMIN["password"], restores.sandbox.ca)
    api.put("vhosts", "billing", body={})
    api.put("exchanges", "billing", "events", body={"type": "topic", "durable": True})
    for queue in ("work", "dead"):
        api.put("queues", "billing", queue, body={"durable": True, "arguments": {"x-queue-type": "quorum"}})
    api.post("bindings", "billing", "e", "events", "q", "work", body={"routing_key": "#"})
    limit = {"pattern": "work", "definition": {"delivery-limit": 3}, "apply-to": "queues", "priority": 0}
    api.put("policies", "billing", "retries", body=limit)
    yield api
    client.delete_broker(BrokerId=identifier)
    secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)


def test_definitions_are_exported_and_proven_then_found_damaged(
    restores: Restores, buckets: Any, broker: rabbitmq.Api, tmp_path: Path
) -> None:
    def export(check_mode: bool = False) -> dict[str, Any]:
        options = {"broker": BROKER, "admin_secret": SECRET, "bucket": EXPORTS, "ca_bundle": restores.sandbox.ca}
        validated = ArgumentSpecValidator(rabbitmq_definitions.SPEC).validate(options).validated_parameters
        return rabbitmq_definitions.run({**validated, **restores.sandbox.connection}, check_mode=check_mode)

    given = {"stores": ["rabbitmq"], "definitions_bucket": EXPORTS, "broker_secret": SECRET}
    assert ids(restores.test(tmp_path, **given)) == ["restore.no_point"]
    assert export(check_mode=True)["changed"] is True
    made = export()
    assert (export(), made["changed"]) == ({**made, "changed": False, "api_calls": export()["api_calls"]}, True)
    broker.delete("queues", "billing", "dead")
    answer = restores.test(tmp_path, **given)
    assert (ids(answer), answer["verdicts"]) == ([], ["pass"])
    (record,) = answer["tests"]
    found = unit(record, "vhost billing")
    assert (found["copy"] - found["source"], found["differences"], found["moved"]) == (1, 0, 1)
    assert not [vhost["name"] for vhost in broker.get("vhosts") if "restore-test" in vhost["name"]]
    body = buckets.get_object(Bucket=EXPORTS, Key=made["key"])["Body"].read()
    assert b"password_hash" not in body
    buckets.put_object(Bucket=EXPORTS, Key=made["key"], Body=body.replace(b'"work"', b'"word"', 1))
    assert ids(restores.test(tmp_path, **given)) == ["restore.not_restored"]
