#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_kms
short_description: Customer-managed keys in AWS KMS
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of keys, each known by its alias, with their policy and rotation, to the declared state in one
    task.
  - A declared key that was disabled or scheduled for deletion is brought back.
  - Deleting a key (O(purge)) schedules it with the longest window, 30 days. That of a multi-Region key begins when its
    last replica is gone.
  - A key is never replaced, whatever O(allow_replace) says, because nothing else decrypts what it encrypted. What can't
    be changed in place is refused before the first change.
options:
  keys:
    description:
      - Keys. C(alias_name) starts with C(alias/); further keys are the parameters of C(CreateKey)
        (C(description), C(key_spec), C(key_usage), C(multi_region), C(origin)), of which all but the description
        cannot be changed.
      - C(policy) is a policy document.
      - C(key_rotation_enabled) and C(rotation_period_in_days) set automatic rotation.
      - C(replica_of) makes a replica of a multi-Region key in the task's region, which decrypts what the primary key
        encrypted, and the reverse. It is the ARN of the primary key, or of its alias, in another region; that key must
        have been made with C(multi_region). Of all else a replica has only C(description), C(policy) and tags of its
        own.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A key for data that RDS may use, rotated each year
  iworkz.platform.aws_kms:
    keys:
      - alias_name: alias/iworkz-production-data
        description: Data at rest
        key_rotation_enabled: true
        rotation_period_in_days: 365
        policy:
          Version: "2012-10-17"
          Statement:
            - Sid: Administration
              Effect: Allow
              Principal: {AWS: "arn:aws:iam::123456789012:root"}
              Action: kms:*
              Resource: "*"
    tags: {Platform: iworkz, Environment: production}

- name: A key whose data can be decrypted in a second region
  iworkz.platform.aws_kms:
    region: ap-northeast-1
    keys:
      - {alias_name: alias/iworkz-production-vault, multi_region: true, key_rotation_enabled: true}

- name: Its replica there
  iworkz.platform.aws_kms:
    region: ap-northeast-3
    keys:
      - alias_name: alias/iworkz-production-vault
        replica_of: arn:aws:kms:ap-northeast-1:123456789012:alias/iworkz-production-vault
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [key alias/iworkz-production-data]
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
  sample: {"kms:ListAliases": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.kms import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
