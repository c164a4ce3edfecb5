from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


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
