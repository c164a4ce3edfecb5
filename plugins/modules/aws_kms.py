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
  - Deleting a key (O(purge)) schedules it with the longest window, 30 days.
options:
  keys:
    description:
      - Keys. C(alias_name) starts with C(alias/); further keys are the parameters of C(CreateKey)
        (C(description), C(key_spec), C(key_usage), C(multi_region), C(origin)), of which all but the description
        cannot be changed in place.
      - C(policy) is a policy document.
      - C(key_rotation_enabled) and C(rotation_period_in_days) set automatic rotation.
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
