# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of a bucket: S3 has an operation of its own to read, and one to write, each of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Aspect:
    """One setting.

    ``field`` is the declared key, the snake case of the parameter of ``put`` that takes it; ``member`` is where the
    answer of ``get`` has it, None where the answer itself is the value; ``absent`` is the error of ``get`` when the
    bucket has none.
    """

    field: str
    get: str
    put: str
    parameter: str
    member: str | None
    absent: str | None = None


ASPECTS = (
    # Versioning first: object lock and replication ask for it.
    Aspect("versioning_configuration", "GetBucketVersioning", "PutBucketVersioning", "VersioningConfiguration", None),
    Aspect(
        "public_access_block_configuration",
        "GetPublicAccessBlock",
        "PutPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        "PublicAccessBlockConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
    ),
    Aspect(
        "ownership_controls",
        "GetBucketOwnershipControls",
        "PutBucketOwnershipControls",
        "OwnershipControls",
        "OwnershipControls",
        "OwnershipControlsNotFoundError",
    ),
    Aspect(
        "server_side_encryption_configuration",
        "GetBucketEncryption",
        "PutBucketEncryption",
        "ServerSideEncryptionConfiguration",
        "ServerSideEncryptionConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
    ),
    Aspect(
        "object_lock_configuration",
        "GetObjectLockConfiguration",
        "PutObjectLockConfiguration",
        "ObjectLockConfiguration",
        "ObjectLockConfiguration",
        "ObjectLockConfigurationNotFoundError",
    ),
    Aspect(
        "lifecycle_configuration",
        "GetBucketLifecycleConfiguration",
        "PutBucketLifecycleConfiguration",
        "LifecycleConfiguration",
        None,
        "NoSuchLifecycleConfiguration",
    ),
    Aspect("bucket_logging_status", "GetBucketLogging", "PutBucketLogging", "BucketLoggingStatus", None),
)
