"""Item 6.2.1.1 against two emulated regions: in step, and each way of not being."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.iworkz.platform.plugins.module_utils._aws import (
    backup,
    cloudwatch,
    ecr,
    kms,
    network,
    rds,
    s3,
    secrets_replication,
    sns,
    wafv2,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _recovery_images, dr_recovery_region
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Platform, World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import _kubernetes
from ansible_collections.iworkz.platform.plugins.module_utils._waf.rules import visibility
from ansible_collections.iworkz.platform.plugins.plugin_utils.network_plan import Place, resources
from sandbox.rehearsal import images
from tests.integration.conftest import Account
from tests.sample_network import BUCKET, DESTINATION, PLAN
from tests.unit.checks.fake_account import broken
from tests.unit.checks.kube_facts import FakeReader

HERE, THERE = "ap-northeast-1", "ap-northeast-3"
P, ACCOUNT = "iworkz-sandbox", "123456789012"
TAGS = {"Platform": "iworkz", "Environment": "sandbox"}
VAULT = f"alias/{P}-my-number"
REPOSITORY, SECRET, HOST = f"{P}/matching", f"{P}/mq/admin", "api.sandbox.iworkz.jp"
DB, REPLICA = f"{P}-postgres", f"{P}-postgres-recovery"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{HERE}.amazonaws.com"
DIFFERENCES = [
    {"kind": "NAT gateway", "reason": "made in minutes"},
    {"kind": "route table", "name": "*-private-*", "field": "route 0.0.0.0/0", "reason": "they lead there"},
    {"kind": "endpoint", "name": "interface *", "reason": "made in minutes"},
    {"kind": "database", "field": "MultiAZ", "reason": "when it is promoted"},
]


def plan(region: str) -> dict[str, Any]:
    """The network of a region; the other one waits without what costs by the hour."""
    if region == HERE:
        return PLAN
    text = json.dumps(PLAN).replace("10.96.", "10.97.").replace(HERE, THERE)
    for here, there in zip(("1a", "1c", "1d"), ("3a", "3b", "3c"), strict=True):
        text = text.replace(f"-{here}", f"-{there}").replace(f"{THERE}{here[1]}", f"{THERE}{there[1]}")
    found = json.loads(text.replace("ap-northeast-3a", f"{THERE}a"))
    return {**found, "nat_zones": [], "endpoints": [one for one in found["endpoints"] if one["type"] == "gateway"]}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
KEY = {"policy": policy({"Effect": "Allow", "Principal": ROOT, "Action": "kms:*", "Resource": "*"})}


class Regions:
    """An account with everything that is compared, in step."""

    def __init__(self, account: Account) -> None:
        self.account = account
        for region in (HERE, THERE):
            self._ground(region)
        self._images()
        self._secrets()
        self._buckets()
        self._database()
        for region in (HERE, THERE):
            self._front(region)

    def apply(self, module: Any, region: str = HERE, **options: Any) -> None:
        tags = {**TAGS, "Component": "test"}
        found = self.account.run(module.ADAPTERS, region=region, tags=tags, **options)
        assert found["failed_resources"] == {}

    def client(self, name: str, region: str = HERE) -> Any:
        return self.account.client(name, region)

    def world(self, differences: list[dict[str, str]], workloads: list[str]) -> World:
        declared = {
            "recovery_differences": differences,
            "recovery": {"region": {"rpo_seconds": 300}},
            "services": [{"name": "matching", "exposure": "public", "host": HOST}],
        }
        platform = Platform("iworkz", "sandbox", ACCOUNT, HERE, THERE, TAGS, declared)
        reader = FakeReader({("apps/v1", "deployments"): [_deployment(image) for image in workloads]})

        class ClusterWorld(World):
            def once(self, fn: Any) -> Any:
                return reader if fn is _kubernetes else super().once(fn)

        return ClusterWorld(platform, Clients(self.account.connection), datetime.now(UTC))

    def _ground(self, region: str) -> None:
        primary = f"arn:aws:kms:{HERE}:{ACCOUNT}:{VAULT}"
        related: dict[str, Any] = {"multi_region": True} if region == HERE else {"replica_of": primary}
        own = [{"alias_name": f"alias/{P}-{name}", **KEY} for name in ("data", "backup")]
        self.apply(kms, region, keys=[*own, {"alias_name": VAULT, **KEY, **related}])
        if region == HERE:
            self.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": HERE})
        self.apply(network, region, **resources(plan(region), Place(P, ACCOUNT, region), DESTINATION))
        topic = f"arn:aws:sns:{region}:{ACCOUNT}:{P}-alerts"
        publish = {"Sid": "Own", "Effect": "Allow", "Principal": ROOT, "Action": "sns:Publish", "Resource": topic}
        told = [{"protocol": "email", "endpoint": "ops@iworkz.jp"}]
        alerts = {"name": f"{P}-alerts", "kms_master_key_id": f"alias/{P}-data", "policy": policy(publish)}
        self.apply(sns, region, topics=[{**alerts, "subscriptions": told}])
        lock = {"min_retention_days": 14, "max_retention_days": 400}
        vault = {"backup_vault_name": f"{P}-nightly", "encryption_key_arn": f"alias/{P}-backup", "lock": lock}
        self.apply(backup, region, vaults=[vault])

    def _images(self) -> None:
        for region in (THERE, HERE):
            to = [{"region": THERE, "registry_id": ACCOUNT}]
            copied = [{"destinations": to, "repository_filters": [{"filter": f"{P}/", "filter_type": "PREFIX_MATCH"}]}]
            rules = copied if region == HERE else []
            scanned = [{"filter": f"{P}/*", "filter_type": "WILDCARD"}]
            self.apply(
                ecr,
                region,
                registry={
                    "scan_type": "ENHANCED",
                    "rules": [{"scan_frequency": "CONTINUOUS_SCAN", "repository_filters": scanned}],
                    "replication_configuration": {"rules": rules},
                },
                repositories=[
                    {
                        "repository_name": REPOSITORY,
                        "image_tag_mutability": "IMMUTABLE",
                        "encryption_configuration": {"encryption_type": "KMS", "kms_key": f"alias/{P}-data"},
                    }
                ],
            )
        images.push(self.client("ecr"))

    def _secrets(self) -> None:
        tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
        self.client("secretsmanager").create_secret(
            Name=SECRET, SecretString="s", KmsKeyId=f"alias/{P}-data", Tags=tags
        )
        self.replicate()

    def replicate(self) -> None:
        key = f"arn:aws:kms:{THERE}:{ACCOUNT}:alias/{P}-data"
        self.apply(secrets_replication, replications=[{"region": THERE, "kms_key_id": key}])

    def _buckets(self) -> None:
        encryption = {"sse_algorithm": "aws:kms", "kms_master_key_id": f"alias/{P}-backup"}
        common = {
            "versioning_configuration": {"status": "Enabled"},
            "ownership_controls": {"rules": [{"object_ownership": "BucketOwnerEnforced"}]},
            "server_side_encryption_configuration": {
                "rules": [{"apply_server_side_encryption_by_default": encryption}]
            },
        }
        name = f"{P}-documents-{ACCOUNT}"
        self.apply(s3, HERE, buckets=[{"bucket": name, **common}])
        self.apply(s3, THERE, buckets=[{"bucket": f"{name}-replica", **common}])
        rule = {
            "ID": "all",
            "Priority": 1,
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Enabled"},
            "Destination": {"Bucket": f"arn:aws:s3:::{name}-replica"},
        }
        configuration = {"Role": f"arn:aws:iam::{ACCOUNT}:role/none", "Rules": [rule]}
        self.client("s3").put_bucket_replication(Bucket=name, ReplicationConfiguration=configuration)

    def _database(self) -> None:
        common = {
            "db_subnet_group_name": DB,
            "db_parameter_group_name": f"{DB}15",
            "db_instance_class": "db.t4g.medium",
            "kms_key_id": f"alias/{P}-data",
            "deletion_protection": True,
            "storage_type": "gp3",
        }
        own = {"allocated_storage": 20, "engine": "postgres", "engine_version": "15", "storage_encrypted": True,
               "master_username": "iworkz_admin", "manage_master_user_password": True, "multi_az": True,
               "backup_retention_period": 14}  # fmt: skip
        source = f"arn:aws:rds:{HERE}:{ACCOUNT}:db:{DB}"
        replica = {"db_instance_identifier": REPLICA, "source_db_instance_identifier": source, **common}
        for region, wanted in (
            (HERE, {"instances": [{"db_instance_identifier": DB, **common, **own}]}),
            (THERE, {"replicas": [replica]}),
        ):
            subnets = [f"{P}-{one['name']}" for one in plan(region)["subnets"] if one["tier"] == "data"]
            group = {"db_subnet_group_name": DB, "db_subnet_group_description": "Data", "subnet_ids": subnets}
            parameters = {"db_parameter_group_name": f"{DB}15", "db_parameter_group_family": "postgres15",
                          "description": "Parameters", "parameters": {"rds.force_ssl": 1}}  # fmt: skip
            self.apply(rds, region, subnet_groups=[group], parameter_groups=[parameters], **wanted)
            identifier = DB if region == HERE else REPLICA
            alarm = {
                "alarm_name": f"{identifier}-cpu",
                "namespace": "AWS/RDS",
                "metric_name": "CPUUtilization",
                "statistic": "Average",
                "threshold": 80,
                "comparison_operator": "GreaterThanThreshold",
                "period": 60,
                "evaluation_periods": 5,
                "alarm_actions": [f"{P}-alerts"],
                "dimensions": [{"name": "DBInstanceIdentifier", "value": identifier}],
            }
            self.apply(cloudwatch, region, alarms=[alarm])
        self.lag(2.0)

    def lag(self, seconds: float) -> None:
        dimensions = [{"Name": "DBInstanceIdentifier", "Value": REPLICA}]
        when = datetime.now(UTC) - timedelta(seconds=30)
        datum = {"MetricName": "ReplicaLag", "Dimensions": dimensions, "Value": seconds, "Timestamp": when}
        self.client("cloudwatch", THERE).put_metric_data(Namespace="AWS/RDS", MetricData=[datum])

    def _front(self, region: str) -> None:
        self.client("acm", region).import_certificate(**_certificate(), Tags=[
            {"Key": key, "Value": value} for key, value in TAGS.items()
        ])  # fmt: skip
        addresses = {"name": f"{P}-ipv4", "scope": "REGIONAL", "ip_address_version": "IPV4",
                     "addresses": ["192.0.2.0/24"]}  # fmt: skip
        rule = {
            "name": "refused",
            "priority": 0,
            "statement": {"ip_set_reference_statement": {"arn": f"{P}-ipv4"}},
            "action": {"block": {}},
            "visibility_config": visibility("refused"),
        }
        acl = {"name": P, "scope": "REGIONAL", "default_action": {"allow": {}}, "visibility_config": visibility(P),
               "rules": [rule]}  # fmt: skip
        self.apply(wafv2, region, ip_sets=[addresses], web_acls=[acl])


def _certificate() -> dict[str, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return {"Certificate": made.public_bytes(serialization.Encoding.PEM), "PrivateKey": key.private_bytes(*form)}


def _deployment(image: str) -> dict[str, Any]:
    return {"metadata": {"name": "x"}, "spec": {"template": {"spec": {"containers": [{"image": image}]}}}}


USED = f"{REGISTRY}/{REPOSITORY}@{images.digest('matching')}"


@pytest.fixture(scope="module")
def regions(_account: Account) -> Iterator[Regions]:
    _account.application.reset()
    yield Regions(_account)
    _account.application.reset()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """ECR may take half an hour to copy an image; the emulator does it at once."""
    monkeypatch.setattr(_recovery_images, "COPY_TIME", timedelta(0))


def found(regions: Regions, workloads: list[str] | None = None, differences: Any = None) -> Any:
    required = load_requirements().resolve("6.2.1.1").required
    wanted = DIFFERENCES if differences is None else differences
    return dr_recovery_region.recovery_region_in_step(regions.world(wanted, workloads or [USED]), required)


def told(finding: Any) -> list[tuple[Any, ...]]:
    return [
        (one.id, *(str(one.params[key]) for key in ("kind", "name", "field") if key in one.params))
        for one in broken(finding)
    ]


def test_regions_in_step_pass_and_every_definition_is_told(regions: Regions) -> None:
    finding = found(regions)
    assert told(finding) == []
    table = finding.observed["definitions"]
    assert set(load_requirements().resolve("6.2.1.1").required["kinds"]) <= table.keys()
    assert all(row["in_step"] for rows in table.values() for row in rows.values())
    row = table["security group"][f"{P}-nodes"]
    assert row["home"] == row["recovery"]
    assert table["route table"][f"{P}-private-zone1"]["allowed"] == ["they lead there"]
    assert finding.observed["replicas"][REPLICA]["lag_seconds"] == 2.0


def test_a_difference_that_is_not_declared_is_a_breach(regions: Regions) -> None:
    named = told(found(regions, differences=DIFFERENCES[1:]))
    assert named == [("dr.kind_missing", "NAT gateway")]
    without = told(found(regions, differences=[*DIFFERENCES[:2], DIFFERENCES[3]]))
    assert without[0] == ("dr.definition_missing", "endpoint", "interface ecr.api")
    assert told(found(regions, differences=DIFFERENCES[:3])) == [("dr.definition_differs", "database", DB, "MultiAZ")]


def _group(regions: Regions, name: str, region: str = HERE) -> tuple[Any, str]:
    client = regions.client("ec2", region)
    filters = [{"Name": "group-name", "Values": [f"{P}-{name}"]}]
    return client, client.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]


SSH = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}]


def _rule_by_hand(regions: Regions) -> Callable[[], Any]:
    client, group = _group(regions, "nodes")
    client.authorize_security_group_ingress(GroupId=group, IpPermissions=SSH)
    return lambda: client.revoke_security_group_ingress(GroupId=group, IpPermissions=SSH)


def _mutable(regions: Regions) -> Callable[[], Any]:
    client = regions.client("ecr", THERE)
    change = client.put_image_tag_mutability
    change(repositoryName=REPOSITORY, imageTagMutability="MUTABLE")
    return lambda: change(repositoryName=REPOSITORY, imageTagMutability="IMMUTABLE")


def _no_image(regions: Regions) -> Callable[[], Any]:
    client = regions.client("ecr", THERE)
    client.batch_delete_image(repositoryName=REPOSITORY, imageIds=[{"imageDigest": images.digest("matching")}])
    text = images.manifest("matching")
    return lambda: client.put_image(repositoryName=REPOSITORY, imageManifest=text, imageTag=images.TAG)


def _no_replica_of_a_secret(regions: Regions) -> Callable[[], Any]:
    client = regions.client("secretsmanager")
    client.remove_regions_from_replication(SecretId=SECRET, RemoveReplicaRegions=[THERE])
    return regions.replicate


def _no_copies(regions: Regions) -> Callable[[], Any]:
    client = regions.client("ecr")
    before = client.describe_registry()["replicationConfiguration"]
    client.put_replication_configuration(replicationConfiguration={"rules": []})
    return lambda: client.put_replication_configuration(replicationConfiguration=before)


def _copied_on(regions: Regions) -> Callable[[], Any]:
    client = regions.client("ecr", THERE)
    back = [{"destinations": [{"region": HERE, "registryId": ACCOUNT}]}]
    client.put_replication_configuration(replicationConfiguration={"rules": back})
    return lambda: client.put_replication_configuration(replicationConfiguration={"rules": []})


def _alarm_off(regions: Regions) -> Callable[[], Any]:
    client = regions.client("cloudwatch", THERE)
    client.disable_alarm_actions(AlarmNames=[f"{REPLICA}-cpu"])
    return lambda: client.enable_alarm_actions(AlarmNames=[f"{REPLICA}-cpu"])


def _key_off(regions: Regions) -> Callable[[], Any]:
    client = regions.client("kms", THERE)
    key = client.describe_key(KeyId=f"alias/{P}-backup")["KeyMetadata"]["KeyId"]
    client.disable_key(KeyId=key)
    return lambda: client.enable_key(KeyId=key)


def _renamed(regions: Regions, *which: str) -> Callable[[], Any]:
    """The alias of the vault's key given to a single-Region key."""
    undo = []
    for region in which:
        client = regions.client("kms", region)
        key = client.describe_key(KeyId=VAULT)["KeyMetadata"]["KeyId"]
        client.update_alias(AliasName=VAULT, TargetKeyId=client.create_key()["KeyMetadata"]["KeyId"])
        undo.append(partial(client.update_alias, AliasName=VAULT, TargetKeyId=key))
    return lambda: [one() for one in undo]


def _no_replica_of_the_vault(regions: Regions) -> Callable[[], Any]:
    client = regions.client("kms", THERE)
    key = client.describe_key(KeyId=VAULT)["KeyMetadata"]["KeyId"]
    client.delete_alias(AliasName=VAULT)
    return lambda: client.create_alias(AliasName=VAULT, TargetKeyId=key)


def _unrelated_vaults(regions: Regions) -> Callable[[], Any]:
    return _renamed(regions, THERE)


def _vaults_of_one_region(regions: Regions) -> Callable[[], Any]:
    return _renamed(regions, HERE, THERE)


def _parameter(regions: Regions) -> Callable[[], Any]:
    client = regions.client("rds")

    def change(value: str) -> None:
        parameter = {"ParameterName": "rds.force_ssl", "ParameterValue": value, "ApplyMethod": "immediate"}
        client.modify_db_parameter_group(DBParameterGroupName=f"{DB}15", Parameters=[parameter])

    change("0")
    return lambda: change("1")


def _subscription(regions: Regions) -> Callable[[], Any]:
    client = regions.client("sns")
    topic = f"arn:aws:sns:{HERE}:{ACCOUNT}:{P}-alerts"
    arn = client.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+810000000000", ReturnSubscriptionArn=True)
    return lambda: client.unsubscribe(SubscriptionArn=arn["SubscriptionArn"])


def _public_bucket(regions: Regions) -> Callable[[], Any]:
    client, name = regions.client("s3", THERE), f"{P}-documents-{ACCOUNT}-replica"
    before = client.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    client.delete_public_access_block(Bucket=name)
    return lambda: client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=before)


def _addresses(regions: Regions) -> Callable[[], Any]:
    client = regions.client("wafv2")

    def change(*addresses: str) -> None:
        (one,) = client.list_ip_sets(Scope="REGIONAL")["IPSets"]
        token = client.get_ip_set(Name=one["Name"], Scope="REGIONAL", Id=one["Id"])["LockToken"]
        update = {"Name": one["Name"], "Scope": "REGIONAL", "Id": one["Id"], "LockToken": token}
        client.update_ip_set(**update, Addresses=list(addresses))

    change("192.0.2.0/24", "198.51.100.0/24")
    return lambda: change("192.0.2.0/24")


DIFFERS = "dr.definition_differs"


@pytest.mark.parametrize(
    ("drift", "breaches"),
    [
        (_rule_by_hand, [(DIFFERS, "security group", f"{P}-nodes", "ingress tcp 22 192.0.2.0/24")]),
        (_mutable, [(DIFFERS, "repository", REPOSITORY, "tags")]),
        (_no_image, [("dr.kind_missing", "image")]),
        (_no_replica_of_a_secret, [("dr.kind_missing", "secret")]),
        (_no_copies, [("dr.not_copied",)]),
        (_copied_on, [("dr.copied_on",)]),
        (_alarm_off, [(DIFFERS, "alarm", f"{DB} CPUUtilization", "ActionsEnabled")]),
        (_key_off, [(DIFFERS, "key", f"alias/{P}-backup", "state")]),
        (_no_replica_of_the_vault, [("dr.definition_missing", "key", VAULT)]),
        (_unrelated_vaults, [(DIFFERS, "key", VAULT, "shared_id")]),
        (_vaults_of_one_region, [("dr.key_of_one_region",)]),
        (_parameter, [(DIFFERS, "database", DB, "parameter rds.force_ssl")]),
        (_subscription, [(DIFFERS, "topic", f"{P}-alerts", "subscription sms +810000000000")]),
        (_public_bucket, [(DIFFERS, "bucket", f"{P}-documents-{ACCOUNT}", "public access")]),
        (_addresses, [(DIFFERS, "set of addresses", f"{P}-ipv4", "addresses")]),
    ],
)
def test_drift_is_told_definition_by_definition(
    regions: Regions, drift: Callable[[Regions], Callable[[], Any]], breaches: list[tuple[str, ...]]
) -> None:
    undo = drift(regions)
    try:
        assert told(found(regions)) == breaches
    finally:
        undo()
    assert told(found(regions)) == []


def test_an_image_may_be_on_its_way(regions: Regions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_recovery_images, "COPY_TIME", timedelta(minutes=30))
    undo = _no_image(regions)
    try:
        assert told(found(regions)) == [("dr.nothing_compared", "image")]
    finally:
        undo()
    assert told(found(regions)) == []


def test_an_image_that_the_registry_lost_is_told(regions: Regions) -> None:
    gone = f"{REGISTRY}/{REPOSITORY}@sha256:{'0' * 64}"
    tagged = f"{REGISTRY}/{REPOSITORY}:{images.TAG}"
    finding = found(regions, [USED, tagged, gone, f"{REGISTRY}/{REPOSITORY}", "docker.io/library/redis:8"])
    assert [one.params["digest"] for one in broken(finding)] == ["latest", f"sha256:{'0' * 64}"]
    assert told(finding) == [("dr.image_gone",)] * 2


def test_a_replica_that_is_behind_is_told(regions: Regions) -> None:
    regions.lag(301.0)
    (breach,) = broken(found(regions))
    assert (breach.id, breach.params) == ("dr.replica_behind", {"db": REPLICA, "seconds": 301.0, "wanted": 300})


def test_nothing_at_home_is_no_pass(account: Account) -> None:
    empty = object.__new__(Regions)
    empty.account = account
    required = load_requirements().resolve("6.2.1.1").required
    finding = dr_recovery_region.recovery_region_in_step(empty.world(copy.deepcopy(DIFFERENCES), []), required)
    assert {one.params["kind"] for one in broken(finding)} == set(required["kinds"])
