#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_account
short_description: What holds for a whole account in a region
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings settings of an account in a region to the declared state in one task. They hold for whatever anybody makes
    there, and stay when the platform is torn down.
  - A block of public access can be made narrower or wider, but is never lifted.
options:
  public_access_block:
    description:
      - What S3 blocks for every bucket of the account, in all regions, with the members of
        C(PublicAccessBlockConfiguration) of C(s3control:PutPublicAccessBlock) in snake case.
    type: dict
  ebs_encryption:
    description:
      - Whether new volumes and copies of snapshots are encrypted, as C(ebs_encryption_by_default). Where nobody names a
        key it is the account's own for EBS unless another has been set.
    type: dict
  snapshot_public_access:
    description: The parameters of C(ec2:EnableSnapshotBlockPublicAccess) in snake case.
    type: dict
  image_public_access:
    description:
      - The parameters of C(ec2:EnableImageBlockPublicAccess) in snake case. AWS may take ten minutes.
    type: dict
  instance_metadata_defaults:
    description:
      - The parameters of C(ec2:ModifyInstanceMetadataDefaults) in snake case, for new instances of which neither the
        launch nor the image says otherwise.
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Nothing is public, and everything encrypted
  iworkz.platform.aws_account:
    public_access_block:
      block_public_acls: true
      ignore_public_acls: true
      block_public_policy: true
      restrict_public_buckets: true
    ebs_encryption: {ebs_encryption_by_default: true}
    snapshot_public_access: {state: block-all-sharing}
    image_public_access: {image_block_public_access_state: block-new-sharing}
    instance_metadata_defaults: {http_tokens: required, http_put_response_hop_limit: 2}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: []
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
  sample: {"ec2:GetEbsEncryptionByDefault": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.account import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
