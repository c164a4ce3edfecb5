"""Envelope encryption of secrets: what CreateCluster and AssociateEncryptionConfig take."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions.eks.models import Item, invalid

SYMMETRIC = "SYMMETRIC_DEFAULT"
ENCRYPTS = "ENCRYPT_DECRYPT"


# https://docs.aws.amazon.com/eks/latest/APIReference/API_EncryptionConfig.html
def check(call: Call, configuration: list[Item]) -> list[Item]:
    """The configuration, if it is one that EKS takes: secrets by one symmetric, enabled key of the region."""
    if not configuration:
        return []
    if len(configuration) > 1 or configuration[0].get("resources") != ["secrets"]:
        raise invalid("The only supported resource for encryption is secrets, in one encryptionConfig")
    arn = configuration[0].get("provider", {}).get("keyArn", "")
    try:
        key: dict[str, Any] = call.ask("kms", "DescribeKey", KeyId=arn)["KeyMetadata"]
    except AwsError as error:
        raise invalid("The keyArn in encryptionConfig provider is invalid") from error
    if key.get("KeySpec", SYMMETRIC) != SYMMETRIC or key.get("KeyUsage", ENCRYPTS) != ENCRYPTS:
        raise invalid("The key in encryptionConfig must be a symmetric key that encrypts and decrypts")
    if key["KeyState"] != "Enabled":
        raise invalid(f"The key {key['Arn']} in encryptionConfig is {key['KeyState']}")
    return [{"resources": ["secrets"], "provider": {"keyArn": key["Arn"]}}]
