#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_s3
short_description: Buckets in Amazon S3
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of buckets, with all their settings, to the declared state in one task.
  - Buckets are made in the region of the task. A bucket that holds objects is never emptied or deleted by this module.
options:
  buckets:
    description:
      - Buckets. C(bucket) is the name.
      - Settings are declared as the operation that sets them takes them,
        C(versioning_configuration) (C(PutBucketVersioning)),
        C(public_access_block_configuration) (C(PutPublicAccessBlock)),
        C(ownership_controls) (C(PutBucketOwnershipControls)),
        C(server_side_encryption_configuration) (C(PutBucketEncryption); C(kms_master_key_id) may be an alias),
        C(object_lock_configuration) (C(PutObjectLockConfiguration)),
        C(lifecycle_configuration) (C(PutBucketLifecycleConfiguration)) and
        C(bucket_logging_status) (C(PutBucketLogging)).
      - C(policy) is a policy document.
    type: list
    elements: dict
  replications:
    description:
      - Replication of buckets, as C(PutBucketReplication) takes it. C(bucket) is the name of the source, C(role) may be
        the name of a role, and C(replica_kms_key_id) the ARN of a key or of an alias in the region of the replica.
      - Both buckets have to keep versions.
      - A rule is for what is written from then on. With C(existing_objects_role), the name of a role of S3 Batch
        Operations, a new or changed configuration is followed by a job that copies what was in the bucket before. The
        job is not waited for.
    type: list
    elements: dict
    version_added: 0.4.0
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A private, versioned, encrypted bucket whose objects cannot be deleted for a year
  iworkz.platform.aws_s3:
    buckets:
      - bucket: iworkz-production-evidence-123456789012
        versioning_configuration: {status: Enabled}
        public_access_block_configuration:
          block_public_acls: true
          ignore_public_acls: true
          block_public_policy: true
          restrict_public_buckets: true
        ownership_controls:
          rules: [{object_ownership: BucketOwnerEnforced}]
        server_side_encryption_configuration:
          rules:
            - apply_server_side_encryption_by_default:
                sse_algorithm: aws:kms
                kms_master_key_id: alias/iworkz-production-logs
              bucket_key_enabled: true
        object_lock_configuration:
          object_lock_enabled: Enabled
          rule: {default_retention: {mode: COMPLIANCE, days: 365}}
    tags: {Platform: iworkz, Environment: production}

- name: What is written appears in the recovery region within a quarter of an hour
  iworkz.platform.aws_s3:
    replications:
      - bucket: iworkz-production-documents-123456789012
        role: iworkz-production-replication
        existing_objects_role: iworkz-production-batch-replication
        rules:
          - id: all
            priority: 1
            status: Enabled
            filter: {prefix: ""}
            delete_marker_replication: {status: Enabled}
            source_selection_criteria: {sse_kms_encrypted_objects: {status: Enabled}}
            destination:
              bucket: arn:aws:s3:::iworkz-production-documents-123456789012-replica
              encryption_configuration:
                replica_kms_key_id: arn:aws:kms:ap-northeast-3:123456789012:alias/iworkz-production-backup
              replication_time: {status: Enabled, time: {minutes: 15}}
              metrics: {status: Enabled, event_threshold: {minutes: 15}}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [bucket iworkz-production-evidence-123456789012]
updated:
  description: Resources that were changed in place or replaced, as C(kind name).
  returned: always
  type: list
  elements: str
deleted:
  description: Resources that were deleted, as C(kind name).
  returned: always
  type: list
  elements: str
unchanged:
  description: Resources that were as declared, as C(kind name).
  returned: always
  type: list
  elements: str
failed_resources:
  description: Error text by resource, for those that could not be brought to their state.
  returned: always
  type: dict
resources:
  description: State of every declared resource by option and name, read back (predicted, in check mode).
  returned: always
  type: dict
elapsed:
  description: Seconds from the first read to the last.
  returned: always
  type: float
api_calls:
  description: Number of API calls by operation, retries included.
  returned: always
  type: dict
  sample: {"s3:ListBuckets": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.s3 import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
