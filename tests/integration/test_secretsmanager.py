from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import secretsmanager
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.secrets_replication import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.destroy import destroy, owned
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.wait import Options
from tests.integration.conftest import TAGS, Account

THERE = "ap-northeast-3"
ALIAS = "alias/iworkz-sandbox-data"
WANTED = {"region": THERE, "kms_key_id": f"arn:aws:kms:{THERE}:123456789012:{ALIAS}"}
LABEL = f"replication {THERE}"
NAMES = ("iworkz-sandbox/mq/admin", "iworkz-sandbox/postgres/billing", "tagged")


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@pytest.fixture
def key(account: Account) -> str:
    """ARN of the data key of the other region."""
    kms = account.client("kms", THERE)
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=ALIAS, TargetKeyId=made["KeyId"])
    return str(made["Arn"])


@pytest.fixture
def made(account: Account, key: str) -> Account:
    near = account.client("secretsmanager")
    for name in NAMES:
        near.create_secret(Name=name, SecretString="s", Tags=tag_list(TAGS if name == "tagged" else {}))
    near.create_secret(Name="someone-elses", SecretString="s")
    account.converges(ADAPTERS, replications=[WANTED])
    return account


def statuses(account: Account, name: str) -> list[dict[str, Any]]:
    return list(account.client("secretsmanager").describe_secret(SecretId=name).get("ReplicationStatus", []))


def test_converges_on_the_platforms_secrets_in_sync(made, key):
    far = made.client("secretsmanager", THERE)
    assert sorted(one["Name"] for one in far.list_secrets()["SecretList"]) == sorted(NAMES)
    for name in NAMES:
        assert [(one["Status"], one["KmsKeyId"]) for one in statuses(made, name)] == [("InSync", key)]
    assert statuses(made, "someone-elses") == []


def test_tells_what_another_service_owns(made):
    made.client("rds").create_db_instance(
        DBInstanceIdentifier="iworkz-sandbox-postgres",
        Engine="postgres",
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        MasterUsername="iworkz_admin",
        ManageMasterUserPassword=True,
    )
    result = made.run(ADAPTERS, replications=[WANTED])
    assert not result["changed"]
    (left_out,) = result["resources"]["replications"][THERE]["left_out"]
    assert left_out.startswith("rds!db-")


def test_mends_a_replica_that_is_gone_has_another_key_or_failed(made, key):
    near = made.client("secretsmanager")
    _first, second, third = NAMES
    for name in NAMES:
        near.remove_regions_from_replication(SecretId=name, RemoveReplicaRegions=[THERE])
    near.replicate_secret_to_regions(SecretId=second, AddReplicaRegions=[{"Region": THERE}])
    wrong = {"Region": THERE, "KmsKeyId": "11111111-2222-4333-8444-555555555555"}
    near.replicate_secret_to_regions(SecretId=third, AddReplicaRegions=[wrong])
    near.create_secret(Name="iworkz-sandbox/new", SecretString="s")
    made.mends(ADAPTERS, LABEL, replications=[WANTED])
    for name in (*NAMES, "iworkz-sandbox/new"):
        assert [(one["Status"], one["KmsKeyId"]) for one in statuses(made, name)] == [("InSync", key)]


def test_one_that_cannot_be_there_fails_and_the_others_are_replicated(account, key):
    account.client("secretsmanager", THERE).create_secret(Name=NAMES[0], SecretString="theirs")
    for name in NAMES[:2]:
        account.client("secretsmanager").create_secret(Name=name, SecretString="s")
    failed = account.run(ADAPTERS, replications=[WANTED])["failed_resources"]
    assert NAMES[0] in failed[LABEL]
    assert "already exists" in failed[LABEL]
    assert statuses(account, NAMES[1])[0]["Status"] == "InSync"
    assert account.client("secretsmanager", THERE).get_secret_value(SecretId=NAMES[0])["SecretString"] == "theirs"


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"region": THERE}, "kms_key_id"),
        ({**WANTED, "region": "ap-northeast-1"}, "another than the secrets' own"),
        ({**WANTED, "kms_key": "x"}, "did you mean kms_key_id"),
        ({"kms_key_id": "x"}, "has no name"),
    ],
)
def test_refuses_what_is_wrong(account, item, error):
    with pytest.raises(InvalidInput, match=error):
        account.run(ADAPTERS, replications=[item])
    with pytest.raises(InvalidInput, match="whose secrets"):
        account.run(ADAPTERS, replications=[WANTED], tags={})
    assert account.mutations() == []


def test_a_key_that_is_not_there_is_refused_before_anything_is_replicated(account):
    account.client("secretsmanager").create_secret(Name=NAMES[0], SecretString="s")
    before = account.mutations()
    failed = account.run(ADAPTERS, replications=[WANTED])["failed_resources"]
    assert "apply it first" in failed[LABEL]
    assert account.mutations() == before


def test_teardown_leaves_replicas_to_the_secrets_they_are_of(made):
    def doomed(region: str) -> list[Any]:
        context = Context(Clients({**made.connection, "region": region}), TAGS)
        return owned([adapter(context) for adapter in secretsmanager.ADAPTERS])

    assert doomed(THERE) == []
    found = doomed(made.region)
    assert [key for _adapter, key, _state in found] == ["tagged"]
    assert destroy(found, Options()).failed == {}
    assert "tagged" not in [one["Name"] for one in made.client("secretsmanager").list_secrets()["SecretList"]]
    left = made.client("secretsmanager", THERE).list_secrets()["SecretList"]
    assert sorted(one["Name"] for one in left) == sorted(NAMES[:2])
