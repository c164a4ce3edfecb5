"""A small platform for the tests of data protection: databases of some services, a cache, a domain and buckets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._checks import (  # noqa: F401  register controls
    data_protection,
    data_protection_subjects,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks import engine as checks
from ansible_collections.iworkz.platform.plugins.module_utils._checks._controls import judge
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import OWN
from ansible_collections.iworkz.platform.plugins.module_utils._privacy import retention_task, subject_task
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import Places, places
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.stores import Stores
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch
from sandbox.rehearsal.persons import persons
from tests.planes import databases, redis_groups
from tests.planes.conftest import PlanesSandbox, wait_for

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "privacy-test"
ACCOUNT = "123456789012"
SEARCH_ROLE = f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-search-admin"
DOCUMENTS, EVIDENCE = f"{PREFIX}-documents-{ACCOUNT}", f"{PREFIX}-evidence-{ACCOUNT}"
SIGNING_KEY = f"alias/{PREFIX}-compliance"
SERVICES = ("identity", "application-tracking", "billing", "admin", "compliance")
CACHED = ("identity", "admin", "analytics")
CANARY, EMPTY = "canary", "monitoring"
REGISTERS = ROOT / "plugins" / "module_utils" / "_data_protection" / "migrations" / "registers"
PERSON = persons()[0]


def declared(name: str) -> dict[str, Any]:
    """A variable of group_vars/all."""
    for path in (ROOT / "group_vars" / "all").glob("data_*.yml"):
        text = path.read_text(encoding="utf-8").replace("{{ platform_prefix }}", PREFIX)
        found = yaml.safe_load(text.replace("{{ platform_account_id }}", ACCOUNT))
        if name in found:
            return dict(found[name])
    raise LookupError(name)


def inventory() -> dict[str, Any]:
    """What the repository declares of the services of these tests."""
    whole = declared("platform_data_inventory")
    chosen = {service: dict(whole[service]) for service in (*SERVICES, "search", EMPTY)}
    del chosen["compliance"]["pack"]
    chosen["analytics"] = dict(whole["analytics"])
    chosen |= {owner: {"objects": whole[owner]["objects"]} for owner in ("document", OWN)}
    for service, entry in chosen.items():
        if service not in CACHED:
            entry.pop("keys", None)
    return chosen


@dataclass
class Platform:
    sandbox: PlanesSandbox
    database: databases.Database

    @property
    def place(self) -> dict[str, Any]:
        return {
            "prefix": PREFIX,
            "inventory": inventory(),
            "retention": declared("platform_retention"),
            "search_role": SEARCH_ROLE,
            "ca_bundle": self.sandbox.ca,
        }

    @cached_property
    def places(self) -> Places:
        return places(self.place["inventory"], self.place["retention"])

    def subject(self, state: str, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """What the module data_subject does."""
        buckets = {"export_bucket": DOCUMENTS, "evidence_bucket": EVIDENCE, "signing_key": SIGNING_KEY}
        return self._run(subject_task, {"state": state, **buckets, **options}, check_mode)

    def retention(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """What the module data_retention does."""
        return self._run(
            retention_task, {"evidence_bucket": EVIDENCE, "signing_key": SIGNING_KEY, **options}, check_mode
        )

    def _run(self, task: Any, options: dict[str, Any], check_mode: bool) -> dict[str, Any]:
        validated = ArgumentSpecValidator(task.SPEC).validate({**self.place, **options})
        assert not validated.error_messages, validated.error_messages
        return dict(task.run({**validated.validated_parameters, **self.sandbox.connection}, check_mode))

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        clients = Clients(self.sandbox.connection)
        with Stores(clients, PREFIX, self.places, self.sandbox.ca, SEARCH_ROLE, databases.REGION) as opened:
            yield opened

    @contextmanager
    def session(self, service: str, user: str | None = None) -> Iterator[psycopg.Connection[Any]]:
        """In a service's database as a user with a secret; without one, as the role of the service's migrations."""
        secret = self.database.secret(f"{PREFIX}/postgres/{user or f'{service}-migrate'}")
        with self.database.session(service.replace("-", "_"), secret["username"], secret["password"]) as connection:
            yield connection

    def value(self, service: str, query: str, user: str | None = None, params: tuple[Any, ...] = ()) -> Any:
        with self.session(service, user) as connection:
            row = connection.execute(query.encode(), params or None).fetchone()
        assert row is not None
        return row[0]

    def judge(self, *controls: str, **required: Any) -> Finding:
        """What controls of the checks say of it.

        :param required: besides what the checklist requires.
        """
        names = ("data_inventory", "retention", "data_protection")
        variables = {name: declared(f"platform_{name}") for name in names}
        variables |= {"data_inventory": inventory(), "indices": {"role_arn": SEARCH_ROLE}}
        variables["stores"] = {"postgres": {"database": "iworkz"}}
        where = (databases.REGION, "ap-northeast-3")
        reach = {"ca_bundle": self.sandbox.ca}
        platform = checks.Platform(*PREFIX.split("-"), ACCOUNT, *where, databases.TAGS, variables, reach)
        requirements = load_requirements()
        wanted = {**requirements.resolve("2.2.1.1").required, **requirements.resolve("2.2.1.3").required, **required}
        return judge(checks.World(platform, Clients(self.sandbox.connection), datetime.now(UTC)), wanted, controls)

    def evidence(self) -> list[dict[str, Any]]:
        s3 = self.sandbox.client("s3")
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=EVIDENCE).get("Contents", [])]
        return [
            json.loads(s3.get_object(Bucket=EVIDENCE, Key=key)["Body"].read()) for key in keys if key.endswith(".json")
        ]


def build(sandbox: PlanesSandbox) -> Platform:
    """Everything but the rows."""
    database = databases.make(sandbox, f"{PREFIX}-postgres")
    _cache(sandbox)
    _domain(sandbox)
    _buckets(sandbox)
    made = Platform(sandbox, database)
    migrators = [f"{service.replace('-', '_')}_migrate" for service in SERVICES]
    secret = f"{PREFIX}/postgres/"
    done = database.run(
        roles=[
            *(
                {"name": role, "login": True, "secret": f"{secret}{service}-migrate"}
                for role, service in zip(migrators, SERVICES, strict=True)
            ),
            {"name": "consent_writer", "login": True, "secret": f"{secret}consent_writer"},
            {"name": "data_auditor", "login": True, "secret": f"{secret}data-auditor"},
            {"name": EMPTY, "login": True, "secret": f"{secret}{EMPTY}-migrate"},
        ],
        databases=[
            {"name": service.replace("-", "_"), "owner": role, "schemas": [{"name": service.replace("-", "_")}]}
            for role, service in zip([*migrators, EMPTY], [*SERVICES, EMPTY], strict=True)
        ],
    )
    assert done["failed_resources"] == {}
    audited = (service.replace("-", "_") for service in (*SERVICES, EMPTY))
    reading = {"role": "data_auditor", "access": "read"}
    done = database.run(grants=[{"database": name, "schema": name, **reading} for name in audited])
    assert done["failed_resources"] == {}
    protector = {"name": "data_protector", "login": True, "secret": f"{secret}data_protector", "member_of": migrators}
    assert database.run(roles=[protector])["failed_resources"] == {}
    with made.session("compliance") as connection:
        connection.execute("CREATE SCHEMA privacy; SET search_path = privacy")
        for path in sorted(REGISTERS.glob("*.sql")):
            connection.execute(path.read_bytes())
    return made


def _cache(sandbox: PlanesSandbox) -> None:
    name = f"{PREFIX}-redis"
    redis_groups.network(sandbox, name)
    cache = sandbox.client("elasticache")
    cache.create_cache_parameter_group(
        CacheParameterGroupName=name, CacheParameterGroupFamily="redis7", Description="d"
    )
    cache.create_user(
        Engine="redis", UserId=f"{PREFIX}-nobody", UserName="default", AccessString="off -@all", NoPasswordRequired=True
    )
    tenants = (*CACHED, CANARY)
    users = [f"{PREFIX}-{service}" for service in tenants]
    for user, service in zip(users, tenants, strict=True):
        access = f"on ~{service}:* &* +@all -@admin -@dangerous +info"
        cache.create_user(
            Engine="redis", UserId=user, UserName=user, AccessString=access, AuthenticationMode={"Type": "iam"}
        )
    cache.create_user_group(UserGroupId=name, Engine="redis", UserIds=[f"{PREFIX}-nobody", *users])
    names = {"CacheParameterGroupName": name, "CacheSubnetGroupName": name, "UserGroupIds": [name]}
    single = {"ReplicasPerNodeGroup": 0, "AutomaticFailoverEnabled": False, "MultiAZEnabled": False}
    redis_groups.create(sandbox, name, **names, **single, SnapshotRetentionLimit=14).settled()


def _domain(sandbox: PlanesSandbox) -> None:
    ec2, name = sandbox.client("ec2"), f"{PREFIX}-search"
    vpc = ec2.create_vpc(CidrBlock="10.98.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.98.1.0/24")["Subnet"]["SubnetId"]
    sandbox.client("opensearch").create_domain(
        DomainName=name,
        EngineVersion="OpenSearch_2.19",
        ClusterConfig={"InstanceType": "t3.small.search", "InstanceCount": 1},
        EBSOptions={"EBSEnabled": True, "VolumeType": "gp3", "VolumeSize": 10},
        VPCOptions={"SubnetIds": [subnet]},
    )
    clients = Clients(sandbox.connection)
    domain = wait_for(lambda: opensearch.domain(clients, name), what=name)
    api = opensearch.Api(domain, databases.REGION, opensearch.assume(clients, SEARCH_ROLE), sandbox.ca)
    properties = {"candidate_id": {"type": "keyword"}, "headline": {"type": "text"}}
    api.put("candidates-1", body={"mappings": {"properties": properties}, "aliases": {"candidates": {}}})


def _buckets(sandbox: PlanesSandbox) -> None:
    s3, kms = sandbox.client("s3"), sandbox.client("kms")
    where = {"LocationConstraint": databases.REGION}
    s3.create_bucket(Bucket=DOCUMENTS, CreateBucketConfiguration=where)
    s3.put_bucket_versioning(Bucket=DOCUMENTS, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(Bucket=DOCUMENTS, ServerSideEncryptionConfiguration={"Rules": [rule]})
    rules = [
        {"ID": "exports", "Status": "Enabled", "Filter": {"Prefix": "exports/"}, "Expiration": {"Days": 30}},
        {"ID": "forget", "Status": "Enabled", "Filter": {"Prefix": ""},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
    ]  # fmt: skip
    s3.put_bucket_lifecycle_configuration(Bucket=DOCUMENTS, LifecycleConfiguration={"Rules": rules})
    s3.create_bucket(Bucket=EVIDENCE, ObjectLockEnabledForBucket=True, CreateBucketConfiguration=where)
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=SIGNING_KEY, TargetKeyId=key)


def discard(made: Platform) -> None:
    sandbox = made.sandbox
    sandbox.client("opensearch").delete_domain(DomainName=f"{PREFIX}-search")
    sandbox.client("elasticache").delete_replication_group(ReplicationGroupId=f"{PREFIX}-redis")
    databases.discard(made.database)
