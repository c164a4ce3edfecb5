"""Multi-Region keys. moto copies a key with its aliases, lets replicas differ in nothing and go in any order, and cuts
their ids off in what they encrypt.

Related keys have the id, the material and the primary key's rotation in common; policy, description, tags, aliases and
state are each one's own. A primary key whose deletion is scheduled waits for its replicas, which never go: nothing
expires here. UpdatePrimaryRegion answers 501.
https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
"""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import Any

from moto.core.utils import unix_time
from moto.kms import utils
from moto.kms.models import kms_backends

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

CREATING, ENABLED, DISABLED = "Creating", "Enabled", "Disabled"
PENDING = ("PendingDeletion", "PendingReplicaDeletion")
ID = "mrk-"
"""What the ids of multi-Region keys begin with."""


def named(call: Call) -> Any:
    """moto's key; keys are named by id or ARN, its own handler refuses the rest."""
    key_id = call.params["KeyId"].rsplit("/", 1)[-1]
    keys = call.backend().keys
    if key_id not in keys:
        raise AwsError("NotFoundException", f"Key '{call.params['KeyId']}' does not exist")
    return keys[key_id]


def related(call: Call, key: Any) -> dict[str, Any]:
    """The primary key, which is the first, and its replicas by region; of a single-Region key that one alone."""
    found = {region: each.keys[key.id] for region, each in kms_backends[call.account].items() if key.id in each.keys}
    return dict(sorted(found.items(), key=lambda one: _is_replica(one[1])))


def primary(call: Call, key: Any) -> Any:
    return next(iter(related(call, key).values()))


def usable(key: Any) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"""
    if key.key_state == DISABLED:
        raise AwsError("DisabledException", f"{key.arn} is disabled.")
    if key.key_state != ENABLED:
        state = "pending deletion" if key.key_state in PENDING else "creating"
        raise AwsError("KMSInvalidStateException", f"{key.arn} is {state}.")


# https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
@operation("kms", "CreateKey", "DescribeKey")
def describe(call: Call) -> dict[str, Any]:
    answer = call.moto()
    metadata = answer["KeyMetadata"]
    metadata.setdefault("MultiRegion", False)
    if metadata["MultiRegion"]:
        metadata["MultiRegionConfiguration"] = _configuration(call, call.backend().keys[metadata["KeyId"]])
    return answer


# https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
@operation("kms", "ReplicateKey")
def replicate(call: Call) -> dict[str, Any]:
    key, region = named(call), call.params["ReplicaRegion"]
    if not key.multi_region or _is_replica(key):
        raise AwsError("UnsupportedOperationException", f"{key.arn} is not a multi-Region primary key.")
    usable(key)
    if region in related(call, key):
        raise AwsError("AlreadyExistsException", f"{key.id} already exists in {region}.")
    backend = call.backend(region=region)
    backend.keys[key.id] = replica = _replica(key, region)
    replica.policy = call.params.get("Policy") or replica.generate_default_policy()
    replica.description = call.params.get("Description", "")
    backend.tagger.tag_resource(key.id, call.params.get("Tags", []))
    call.begin("kms.key", f"{key.id} {region}", CREATING, then=partial(_settled, call.account, region, key.id))
    return {
        "ReplicaKeyMetadata": {
            **replica.to_dict()["KeyMetadata"],
            "MultiRegionConfiguration": _configuration(call, replica),
        },
        "ReplicaPolicy": replica.policy,
        "ReplicaTags": call.params.get("Tags", []),
    }


# https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
@operation("kms", "ScheduleKeyDeletion")
def schedule(call: Call) -> dict[str, Any]:
    key = named(call)
    if key.key_state in PENDING:
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    answer = {**call.moto(), "PendingWindowInDays": call.params.get("PendingWindowInDays", 30)}
    if not _is_replica(key) and len(related(call, key)) > 1:
        key.key_state, key.deletion_date = PENDING[1], None
        answer.pop("DeletionDate")
    return {**answer, "KeyState": key.key_state}


# https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
@operation("kms", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
def encrypt(call: Call) -> dict[str, Any]:
    return _used(call, call.backend().any_id_to_key_id(call.params["KeyId"]))


# https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
@operation("kms", "Decrypt")
def decrypt(call: Call) -> dict[str, Any]:
    try:
        key_id = utils._deserialize_ciphertext_blob(call.params["CiphertextBlob"]).key_id
    except Exception:
        key_id = None  # which moto's own handler refuses
    return _used(call, key_id)


def _used(call: Call, key_id: str | None) -> dict[str, Any]:
    key = call.backend().keys.get(key_id)
    if key is not None:
        usable(key)
    return call.moto()


def _is_replica(key: Any) -> bool:
    return bool(key.multi_region) and key.multi_region_configuration["PrimaryKey"]["Region"] != key.region


def _replica(key: Any, region: str) -> Any:
    """With the id and the material of its primary key."""
    replica = copy(key)
    replica.region, replica.arn = region, key.arn.replace(f":{key.region}:", f":{region}:")
    replica.creation_date, replica.key_state, replica.enabled = unix_time(), CREATING, True
    replica.aliases, replica.grants = {}, {}
    replica.multi_region_configuration = dict(key.multi_region_configuration)
    return replica


def _configuration(call: Call, key: Any) -> dict[str, Any]:
    (first, *rest) = ({"Arn": one.arn, "Region": region} for region, one in related(call, key).items())
    kind = "REPLICA" if _is_replica(key) else "PRIMARY"
    return {"MultiRegionKeyType": kind, "PrimaryKey": first, "ReplicaKeys": rest}


def _settled(account: str, region: str, key_id: str) -> None:
    key = kms_backends[account][region].keys[key_id]
    key.key_state = ENABLED if key.key_state == CREATING else key.key_state


_serialize, _deserialize = utils._serialize_ciphertext_blob, utils._deserialize_ciphertext_blob


def _with_whole_id(ciphertext: Any) -> bytes:
    blob = _serialize(ciphertext._replace(key_id=ciphertext.key_id.removeprefix(ID)))
    return ID.encode() + blob if ciphertext.key_id.startswith(ID) else blob


def _of_whole_id(ciphertext_blob: bytes) -> Any:
    if not ciphertext_blob.startswith(ID.encode()):
        return _deserialize(ciphertext_blob)
    found = _deserialize(ciphertext_blob.removeprefix(ID.encode()))
    return found._replace(key_id=f"{ID}{found.key_id}")


utils._serialize_ciphertext_blob, utils._deserialize_ciphertext_blob = _with_whole_id, _of_whole_id
