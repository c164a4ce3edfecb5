"""Replicas of secrets: moto keeps no key of a replica, knows no replication that takes a moment or fails, and lets a
replica tell of its siblings.

A replica reads as its source, is encrypted by the key that was named for it, and refuses what would change it; moto
does the last. A secret that a service owns is replicated by nobody else.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
"""

from __future__ import annotations

from typing import Any

from moto.secretsmanager.models import ReplicaSecret, SecretsManagerBackend

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

KIND = "secretsmanager.replica"
DEFAULT_KEY = SecretsManagerBackend.DEFAULT_KMS_KEY_ALIAS
FAILED, IN_PROGRESS, IN_SYNC = "Failed", "InProgress", "InSync"


# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicateSecretToRegions.html
@operation("secretsmanager", "ReplicateSecretToRegions")
def replicate(call: Call) -> dict[str, Any]:
    secret = _secret(call)
    regions = call.params["AddReplicaRegions"]
    if secret.owning_service is not None:
        raise AwsError("InvalidRequestException", f"You can't replicate a secret managed by {secret.owning_service}.")
    if any(one["Region"] == call.region for one in regions):
        raise AwsError("InvalidParameterException", "Invalid replica region.")
    for wanted in regions:
        _add(call, secret, wanted)
    return {"ARN": secret.arn, "ReplicationStatus": _statuses(call, secret)}


# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RemoveRegionsFromReplication.html
@operation("secretsmanager", "RemoveRegionsFromReplication")
def remove(call: Call) -> dict[str, Any]:
    call.moto()
    secret = _secret(call)
    return {"ARN": secret.arn, "ReplicationStatus": _statuses(call, secret)}


# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
@operation("secretsmanager", "DescribeSecret")
def describe(call: Call) -> dict[str, Any]:
    output = call.moto()
    secret = call.backend().secrets[call.params["SecretId"]]
    if not isinstance(secret, ReplicaSecret) and secret.replicas:
        output |= {"PrimaryRegion": secret.region, "ReplicationStatus": _statuses(call, secret)}
    return output


# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html
@operation("secretsmanager", "GetResourcePolicy")
def get_resource_policy(call: Call) -> dict[str, Any]:
    """That of a replica is its source's; moto refuses to tell it."""
    secret = call.backend().secrets.get(call.params["SecretId"])
    if not isinstance(secret, ReplicaSecret):
        return call.moto()
    policy = secret.source.policy
    return {"ARN": secret.arn, "Name": secret.name, **({} if policy is None else {"ResourcePolicy": policy})}


def _secret(call: Call) -> Any:
    found = call.backend().secrets.get(call.params["SecretId"])
    if found is None:
        raise AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    if isinstance(found, ReplicaSecret):
        raise AwsError("InvalidRequestException", "Operation not permitted on a replica secret.")
    return found


def _add(call: Call, secret: Any, wanted: dict[str, str]) -> None:
    """One that is there stays as it is; one that failed is tried again."""
    region = wanted["Region"]
    standing = next((one for one in secret.replicas if one.region == region), None)
    if standing is not None:
        if standing.has_replica:
            return
        secret.replicas.remove(standing)
    if fault := _fault(call, secret, wanted):
        replica = ReplicaSecret(secret, region, FAILED, f"Replication failed: {fault}")
    else:
        (replica,) = secret.create_replicas([wanted], force_overwrite=True)
        call.begin(KIND, f"{secret.name} {region}", IN_PROGRESS)
    replica.config["KmsKeyId"] = wanted.get("KmsKeyId", DEFAULT_KEY)
    secret.replicas.append(replica)


def _fault(call: Call, secret: Any, wanted: dict[str, str]) -> str | None:
    region, key = wanted["Region"], wanted.get("KmsKeyId", DEFAULT_KEY)
    if secret.name in call.backend(region=region).secrets and not call.params.get("ForceOverwriteReplicaSecret"):
        return f"Secret name {secret.name} already exists in region {region}. Use force overwrite."
    if key == DEFAULT_KEY:
        return None
    try:
        call.ask("kms", "DescribeKey", region=region, KeyId=key)
        elsewhere = key.startswith("arn:") and key.split(":")[3] != region
    except AwsError:
        elsewhere = True
    return f"KMS key {key} is not in region {region}." if elsewhere else None


def _statuses(call: Call, secret: Any) -> list[dict[str, Any]]:
    statuses = []
    for replica in secret.replicas:
        status = replica.config["Status"]
        if status == IN_SYNC:
            status = call.state(KIND, f"{secret.name} {replica.region}", IN_SYNC)
        message = {} if status == IN_PROGRESS else {"StatusMessage": replica.config["StatusMessage"]}
        statuses.append({"Region": replica.region, "KmsKeyId": replica.config["KmsKeyId"], "Status": status, **message})
    return statuses


_told = ReplicaSecret.to_dict


def to_dict(self: Any) -> dict[str, Any]:
    told = {key: value for key, value in _told(self).items() if key not in ("KmsKeyId", "ReplicationStatus")}
    key = self.config["KmsKeyId"]
    return told if key == DEFAULT_KEY else {**told, "KmsKeyId": key}


ReplicaSecret.to_dict = to_dict
