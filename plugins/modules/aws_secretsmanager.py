#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_secretsmanager
short_description: Replicas of the platform's secrets in other regions
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Replicates every secret of the platform to other regions, and mends replicas that failed, that another key encrypts,
    or that somebody removed.
  - The platform's secrets are those with the tags C(Platform) and C(Environment) of O(tags), and those whose names
    begin with the two, C(Platform-Environment/).
  - Secrets that another service owns, such as a master password of RDS, cannot be replicated. They are told as
    C(left_out).
options:
  replications:
    description:
      - Regions, each with C(region) and C(kms_key_id), a key of that region by its ARN or by the ARN of its alias.
      - A secret of the same name that is there already is never overwritten; the replica then has failed, and is told.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Secrets that the other region needs to take over
  iworkz.platform.aws_secretsmanager:
    replications:
      - region: ap-northeast-3
        kms_key_id: arn:aws:kms:ap-northeast-3:111122223333:alias/iworkz-production-data
    tags: {Platform: iworkz, Environment: production}
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
  sample: {"secretsmanager:ListSecrets": 2}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.secrets_replication import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
