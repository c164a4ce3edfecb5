"""The commands, and the account across restarts."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def wait_for(condition, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def up(sandbox):
    result = sandbox.command("up", "--no-planes")
    assert result.returncode == 0, result.stderr
    return result


def is_up(sandbox):
    try:
        return sandbox.control("GET", "health")["status"] == "ok"
    except OSError:
        return False


def pid_of(sandbox):
    return sandbox.control("GET", "health")["pid"]


def fill(sandbox) -> dict[str, Any]:
    """One resource, or more, of every service of the platform's AWS half; what was made."""
    vpc = sandbox.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        sandbox.client("ec2").create_subnet(
            VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"ap-northeast-1{z}"
        )
        for n, z in enumerate("ac")
    ]
    subnet_ids = [subnet["Subnet"]["SubnetId"] for subnet in subnets]
    role = sandbox.client("iam").create_role(RoleName="kept", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    kms = sandbox.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    signing = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    elliptic = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    public = [kms.get_public_key(KeyId=key_id)["PublicKey"] for key_id in (signing, elliptic)]
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="kept-bucket", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    s3.put_bucket_versioning(Bucket="kept-bucket", VersioningConfiguration={"Status": "Enabled"})
    for content in (b"first", b"second" * 100_000):
        s3.put_object(Bucket="kept-bucket", Key="a/b", Body=content)
    topic = sandbox.client("sns").create_topic(Name="kept")["TopicArn"]
    queue = sandbox.client("sqs").create_queue(QueueName="kept")["QueueUrl"]
    sandbox.client("sqs").send_message(QueueUrl=queue, MessageBody="kept message")
    rds = sandbox.client("rds")
    rds.create_db_subnet_group(DBSubnetGroupName="kept", DBSubnetGroupDescription="d", SubnetIds=subnet_ids)
    rds.create_db_instance(
        DBInstanceIdentifier="kept", DBInstanceClass="db.t3.small", Engine="postgres", AllocatedStorage=20,
        MasterUsername="owner", MasterUserPassword="password", DBSubnetGroupName="kept",
    )  # fmt: skip
    cache = sandbox.client("elasticache")
    cache.create_cache_subnet_group(CacheSubnetGroupName="kept", CacheSubnetGroupDescription="d", SubnetIds=subnet_ids)
    cache.create_replication_group(
        ReplicationGroupId="kept", ReplicationGroupDescription="d", CacheNodeType="cache.t3.small", Engine="redis",
        CacheSubnetGroupName="kept",
    )  # fmt: skip
    sandbox.client("opensearch").create_domain(DomainName="kept")
    sandbox.client("ecr").create_repository(repositoryName="kept/one")
    sandbox.client("mq").create_broker(
        BrokerName="kept", EngineType="RABBITMQ", EngineVersion="3.13", HostInstanceType="mq.m5.large",
        DeploymentMode="SINGLE_INSTANCE", PubliclyAccessible=False, AutoMinorVersionUpgrade=True,
        Users=[{"Username": "owner", "Password": "password1234"}],
    )  # fmt: skip
    sandbox.client("logs").create_log_group(logGroupName="/kept")
    sandbox.client("cloudwatch").put_metric_alarm(
        AlarmName="kept", MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Statistic="Average",
        ComparisonOperator="GreaterThanThreshold", Threshold=1.0,
    )  # fmt: skip
    sandbox.client("secretsmanager").create_secret(Name="kept", SecretString="value")
    sandbox.client("events").put_rule(Name="kept", ScheduleExpression="rate(1 day)")
    sandbox.client("ssm").put_parameter(Name="/kept", Value="v", Type="String")
    return {"vpc": vpc, "role": role, "key": key, "signing": [signing, elliptic], "public": public,
            "topic": topic, "queue": queue}  # fmt: skip


def check(sandbox, made: dict[str, Any]) -> None:
    assert sandbox.client("ec2").describe_vpcs(VpcIds=[made["vpc"]])["Vpcs"][0]["CidrBlock"] == "10.9.0.0/16"
    assert sandbox.client("iam").get_role(RoleName="kept")["Role"]["Arn"] == made["role"]
    kms = sandbox.client("kms")
    assert [kms.get_public_key(KeyId=key)["PublicKey"] for key in made["signing"]] == made["public"]
    assert kms.encrypt(KeyId=made["key"], Plaintext=b"x")["CiphertextBlob"]
    s3 = sandbox.client("s3")
    assert s3.get_object(Bucket="kept-bucket", Key="a/b")["Body"].read() == b"second" * 100_000
    assert len(s3.list_object_versions(Bucket="kept-bucket")["Versions"]) == 2
    assert sandbox.client("sns").get_topic_attributes(TopicArn=made["topic"])["Attributes"]["TopicArn"]
    message = sandbox.client("sqs").receive_message(QueueUrl=made["queue"], VisibilityTimeout=0)["Messages"][0]
    assert message["Body"] == "kept message"
    instance = sandbox.client("rds").describe_db_instances(DBInstanceIdentifier="kept")["DBInstances"][0]
    assert instance["DBSubnetGroup"]["VpcId"] == made["vpc"]
    assert sandbox.client("elasticache").describe_replication_groups(ReplicationGroupId="kept")["ReplicationGroups"]
    assert sandbox.client("opensearch").describe_domain(DomainName="kept")["DomainStatus"]["DomainName"] == "kept"
    assert sandbox.client("ecr").describe_repositories(repositoryNames=["kept/one"])["repositories"]
    assert [broker["BrokerName"] for broker in sandbox.client("mq").list_brokers()["BrokerSummaries"]] == ["kept"]
    assert sandbox.client("logs").describe_log_groups(logGroupNamePrefix="/kept")["logGroups"]
    assert sandbox.client("cloudwatch").describe_alarms(AlarmNames=["kept"])["MetricAlarms"]
    assert sandbox.client("secretsmanager").get_secret_value(SecretId="kept")["SecretString"] == "value"
    assert sandbox.client("events").describe_rule(Name="kept")["ScheduleExpression"] == "rate(1 day)"
    assert sandbox.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "v"
    assert sandbox.control("GET", "health")["unsaved"] == []


def test_the_account_survives_a_stop_and_a_kill(own_sandbox):
    up(own_sandbox)
    made = fill(own_sandbox)
    check(own_sandbox, made)
    assert own_sandbox.command("down").returncode == 0
    up(own_sandbox)
    check(own_sandbox, made)
    sequence = own_sandbox.control("GET", "calls")["sequence"]

    before = pid_of(own_sandbox)
    own_sandbox.client("sns").create_topic(Name="just-before")
    time.sleep(1)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: is_up(own_sandbox))
    assert pid_of(own_sandbox) != before
    check(own_sandbox, made)
    topics = own_sandbox.client("sns").list_topics()["Topics"]
    assert any(topic["TopicArn"].endswith(":just-before") for topic in topics)
    assert own_sandbox.control("GET", "calls")["sequence"] > sequence


def test_ids_given_at_the_first_read_stay(own_sandbox):
    up(own_sandbox)
    default = own_sandbox.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    own_sandbox.command("down")
    up(own_sandbox)
    assert own_sandbox.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"] == default


def test_commands_can_be_repeated(own_sandbox):
    up(own_sandbox)
    pid = pid_of(own_sandbox)
    up(own_sandbox)
    assert pid_of(own_sandbox) == pid
    status = own_sandbox.command("status", "--json")
    assert status.returncode == 0
    document = json.loads(status.stdout)
    assert document["programs"]["aws"]["pid"] == pid
    assert document["url"] == f"http://127.0.0.1:{own_sandbox.port}"
    assert "RUNNING" in own_sandbox.command("status").stdout
    assert "AWS sandbox on" in own_sandbox.command("logs").stdout
    assert own_sandbox.command("down").stdout == "sandbox is down\n"
    again = own_sandbox.command("down")
    assert (again.returncode, again.stdout) == (0, "sandbox was not running\n")
    down = own_sandbox.command("status", "--json")
    assert down.returncode == 3
    assert json.loads(down.stdout)["running"] is False
    assert not Path(f"/proc/{pid}").exists()


def test_a_killed_supervisor_leaves_nothing_in_the_way(own_sandbox):
    up(own_sandbox)
    own_sandbox.client("sns").create_topic(Name="kept")
    before = pid_of(own_sandbox)
    os.kill(int((own_sandbox.state / "supervisord.pid").read_text()), signal.SIGKILL)
    up(own_sandbox)
    assert pid_of(own_sandbox) != before
    assert len(own_sandbox.client("sns").list_topics()["Topics"]) == 1
    os.kill(int((own_sandbox.state / "supervisord.pid").read_text()), signal.SIGKILL)
    assert own_sandbox.command("down").stdout == "sandbox is down\n"
    assert not is_up(own_sandbox)


def test_side_by_side(sandbox, own_sandbox):
    up(own_sandbox)
    own_sandbox.client("sns").create_topic(Name="only-here")
    assert len(own_sandbox.client("sns").list_topics()["Topics"]) == 1
    topics = sandbox.client("sns").list_topics()["Topics"]
    assert not any(topic["TopicArn"].endswith(":only-here") for topic in topics)
    own_sandbox.command("down")
    assert is_up(sandbox)


def test_a_taken_port_is_named(sandbox, own_sandbox):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", own_sandbox.port))
        other.listen()
        result = own_sandbox.command("up", "--no-planes")
    assert result.returncode == 1
    assert f"port {own_sandbox.port} (aws) is in use by another process" in result.stderr

    neighbour = type(sandbox)(sandbox.port, own_sandbox.state)
    result = neighbour.command("up", "--no-planes")
    assert result.returncode == 1
    assert f"in use by the sandbox in {sandbox.state}" in result.stderr


def test_another_port_for_a_running_sandbox_is_refused(sandbox):
    result = type(sandbox)(sandbox.port + 1, sandbox.state).command("up", "--no-planes")
    assert result.returncode == 1
    assert f"this sandbox runs on port {sandbox.port}" in result.stderr


def test_a_state_of_another_version_is_refused_until_reset(own_sandbox):
    directory = own_sandbox.state / "aws"
    directory.mkdir(parents=True)
    (directory / "state.pickle").write_bytes(b'{"format": 0, "moto": "4.0.0", "python": "3.11"}\nold')
    result = own_sandbox.command("up", "--no-planes")
    assert result.returncode == 1
    assert "aws ended" in result.stderr
    assert '"moto": "4.0.0"' in result.stderr
    assert "python -m sandbox reset" in result.stderr
    assert own_sandbox.command("reset").returncode == 0
    up(own_sandbox)
    assert len(own_sandbox.client("ec2").describe_vpcs()["Vpcs"]) == 1


def test_reset_empties_it(own_sandbox):
    up(own_sandbox)
    own_sandbox.client("sns").create_topic(Name="gone")
    own_sandbox.control("POST", "faults", {"service": "rds", "code": "X"})
    assert own_sandbox.command("reset").stdout == "sandbox is empty\n"
    assert own_sandbox.control("GET", "calls")["calls"] == []
    assert own_sandbox.control("GET", "faults")["faults"] == []
    assert own_sandbox.client("sns").list_topics()["Topics"] == []
    os.kill(pid_of(own_sandbox), signal.SIGKILL)
    wait_for(lambda: is_up(own_sandbox))
    assert own_sandbox.client("sns").list_topics()["Topics"] == []


def test_a_long_state_path(tmp_path, own_sandbox):
    deep = type(own_sandbox)(own_sandbox.port, tmp_path / ("a" * 100) / "state")
    try:
        up(deep)
        assert deep.command("status").returncode == 0
    finally:
        assert deep.command("down").stdout == "sandbox is down\n"


def test_transition_times_can_be_set(own_sandbox):
    up(own_sandbox)
    seconds = own_sandbox.control("POST", "transitions", {"default": 0.1, "rds": 2})
    assert seconds == {"default": 0.1, "rds": 2.0}
    assert own_sandbox.control("GET", "transitions") == seconds


@pytest.mark.parametrize("word", ["sideways", ""])
def test_unknown_commands(own_sandbox, word):
    assert own_sandbox.command(*filter(None, [word])).returncode == 2
