from __future__ import annotations

import base64
import time
from functools import partial

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.sandbox.support import code_of

THERE = "ap-northeast-3"


def refusal(call, **params):
    return code_of(partial(call, **params))


@pytest.fixture
def key(sandbox):
    return sandbox.client("kms").create_key()["KeyMetadata"]["KeyId"]


def status(sandbox, key):
    answer = sandbox.client("kms").get_key_rotation_status(KeyId=key)
    return answer["KeyRotationEnabled"], answer.get("RotationPeriodInDays")


def test_the_rotation_period_is_kept_and_defaults_to_a_year(sandbox, key):
    kms = sandbox.client("kms")
    assert status(sandbox, key) == (False, None)
    kms.enable_key_rotation(KeyId=key)
    assert status(sandbox, key) == (True, 365)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    kms.enable_key_rotation(KeyId=key)
    assert status(sandbox, key) == (True, 90)
    kms.disable_key_rotation(KeyId=key)
    assert status(sandbox, key) == (False, None)


@pytest.mark.parametrize("days", [90, 2560])
def test_the_limits_of_the_period_are_taken(sandbox, key, days):
    sandbox.client("kms").enable_key_rotation(KeyId=key, RotationPeriodInDays=days)
    assert status(sandbox, key) == (True, days)


def test_a_key_pending_deletion_is_not_rotated(sandbox, key):
    kms = sandbox.client("kms")
    kms.enable_key_rotation(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert status(sandbox, key) == (False, None)
    with pytest.raises(ClientError, match="KMSInvalidStateException"):
        kms.enable_key_rotation(KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    assert status(sandbox, key) == (True, 365)


def test_a_key_that_does_not_exist(sandbox):
    with pytest.raises(ClientError, match="NotFoundException"):
        sandbox.client("kms").enable_key_rotation(KeyId="00000000-0000-0000-0000-000000000000")


def test_an_asymmetric_key_signs_for_its_public_key_and_is_not_rotated(sandbox):
    kms = sandbox.client("kms")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    signed = kms.sign(KeyId=key, Message=b"a pack", MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256")
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    public.verify(signed["Signature"], b"a pack", ec.ECDSA(hashes.SHA256()))
    assert status(sandbox, key) == (False, None)
    with pytest.raises(ClientError, match="UnsupportedOperationException"):
        kms.enable_key_rotation(KeyId=key)


@pytest.fixture
def pair(sandbox):
    """A multi-Region key's id, KMS here, and KMS where its replica is."""
    here, there = sandbox.client("kms"), sandbox.client("kms", region=THERE)
    key = here.create_key(MultiRegion=True, Description="primary", Tags=[{"TagKey": "a", "TagValue": "1"}])
    key_id = key["KeyMetadata"]["KeyId"]
    replica = here.replicate_key(KeyId=key_id, ReplicaRegion=THERE)["ReplicaKeyMetadata"]
    assert (replica["KeyId"], replica["KeyState"]) == (key_id, "Creating")
    assert refusal(there.encrypt, KeyId=key_id, Plaintext=b"early") == "KMSInvalidStateException"
    while there.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "Creating":
        time.sleep(0.05)
    return key_id, here, there


def test_either_of_two_related_keys_decrypts_what_the_other_encrypted(pair):
    key, here, there = pair
    data_key = here.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"of": "a"})
    told = there.decrypt(CiphertextBlob=data_key["CiphertextBlob"], EncryptionContext={"of": "a"})
    assert told["Plaintext"] == data_key["Plaintext"]
    assert told["KeyId"].startswith(f"arn:aws:kms:{THERE}:")
    back = here.decrypt(CiphertextBlob=there.encrypt(KeyId=key, Plaintext=b"back")["CiphertextBlob"], KeyId=key)
    assert back["Plaintext"] == b"back"
    assert refusal(there.decrypt, CiphertextBlob=data_key["CiphertextBlob"]) == "InvalidCiphertextException"


def test_what_one_key_of_one_region_encrypted_is_decrypted_nowhere_else(sandbox, key):
    blob = sandbox.client("kms").encrypt(KeyId=key, Plaintext=b"here")["CiphertextBlob"]
    assert sandbox.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"here"
    assert refusal(sandbox.client("kms", region=THERE).decrypt, CiphertextBlob=blob) == "AccessDeniedException"


def test_each_of_two_related_keys_tells_of_both_and_has_a_description_tags_and_aliases_of_its_own(pair):
    key, here, there = pair
    told = [kms.describe_key(KeyId=key)["KeyMetadata"] for kms in (here, there)]
    (primary, replica) = (one["MultiRegionConfiguration"] for one in told)
    assert (primary.pop("MultiRegionKeyType"), replica.pop("MultiRegionKeyType")) == ("PRIMARY", "REPLICA")
    assert primary == replica
    assert primary["PrimaryKey"] == {"Arn": told[0]["Arn"], "Region": "ap-northeast-1"}
    assert primary["ReplicaKeys"] == [{"Arn": told[1]["Arn"], "Region": THERE}]
    assert [one["Description"] for one in told] == ["primary", ""]
    here.create_alias(AliasName=f"alias/{key}", TargetKeyId=key)
    assert [len(kms.list_aliases(KeyId=key)["Aliases"]) for kms in (here, there)] == [1, 0]
    assert [len(kms.list_resource_tags(KeyId=key)["Tags"]) for kms in (here, there)] == [1, 0]
    there.disable_key(KeyId=key)
    assert refusal(there.encrypt, KeyId=key, Plaintext=b"a") == "DisabledException"
    assert here.encrypt(KeyId=key, Plaintext=b"a")["CiphertextBlob"]


def test_replicas_are_rotated_with_their_primary_key(sandbox, pair):
    key, here, there = pair
    for change in (there.enable_key_rotation, there.disable_key_rotation):
        assert refusal(change, KeyId=key) == "UnsupportedOperationException"
    here.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    told = there.get_key_rotation_status(KeyId=key)
    assert (told["KeyRotationEnabled"], told["RotationPeriodInDays"]) == (True, 180)


def test_only_a_primary_key_is_replicated_and_once_to_a_region(sandbox, key, pair):
    shared, here, there = pair
    assert refusal(here.replicate_key, KeyId=shared, ReplicaRegion=THERE) == "AlreadyExistsException"
    assert refusal(there.replicate_key, KeyId=shared, ReplicaRegion="us-east-1") == "UnsupportedOperationException"
    assert refusal(here.replicate_key, KeyId=key, ReplicaRegion=THERE) == "UnsupportedOperationException"
    here.disable_key(KeyId=shared)
    assert refusal(here.replicate_key, KeyId=shared, ReplicaRegion="us-east-1") == "DisabledException"


def test_a_primary_key_waits_for_its_replicas_before_it_is_deleted(pair):
    key, here, there = pair
    told = here.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (told["KeyState"], "DeletionDate" in told) == ("PendingReplicaDeletion", False)
    assert refusal(here.encrypt, KeyId=key, Plaintext=b"a") == "KMSInvalidStateException"
    assert there.encrypt(KeyId=key, Plaintext=b"a")["CiphertextBlob"]
    told = there.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (told["KeyState"], "DeletionDate" in told) == ("PendingDeletion", True)
    assert refusal(there.schedule_key_deletion, KeyId=key) == "KMSInvalidStateException"
    here.cancel_key_deletion(KeyId=key)
    assert here.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


def test_the_published_keys_of_tokens_are_those_that_can_sign(sandbox):
    kms = sandbox.client("kms")
    made = {}
    for alias in ("alias/kept-tokens-1", "alias/kept-tokens-2", "alias/kept-other"):
        key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=key)
        made[alias] = key
    kms.disable_key(KeyId=made["alias/kept-tokens-2"])
    (published,) = sandbox.control("GET", "token_keys?region=ap-northeast-1")["keys"]
    told = serialization.load_der_public_key(kms.get_public_key(KeyId="alias/kept-tokens-1")["PublicKey"])
    modulus = int.from_bytes(base64.urlsafe_b64decode(published["n"] + "=="), "big")
    assert (published["kid"], modulus) == ("kept-tokens-1", told.public_numbers().n)
    assert {name: published[name] for name in ("kty", "alg", "use", "e")} == {
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "e": "AQAB",
    }
    assert sandbox.control("GET", "token_keys?region=us-east-1") == {"keys": []}


def test_a_data_key_is_brought_to_a_multi_region_key_without_its_plaintext(key, pair):
    shared, here, there = pair
    given = here.generate_data_key(KeyId=key, KeySpec="AES_256")
    moved = here.re_encrypt(CiphertextBlob=given["CiphertextBlob"], DestinationKeyId=shared)
    assert (moved["SourceKeyId"].rpartition("/")[2], moved["KeyId"].rpartition("/")[2]) == (key, shared)
    assert there.decrypt(CiphertextBlob=moved["CiphertextBlob"], KeyId=shared)["Plaintext"] == given["Plaintext"]
