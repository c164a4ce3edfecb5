#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_ecr
short_description: Container registry scanning, replication and repositories in Amazon ECR
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings the registry's settings and any number of repositories, with their lifecycle and access policies, to the
    declared state in one task.
options:
  registry:
    description:
      - The registry of the account and region. Keys are the parameters of C(PutRegistryScanningConfiguration)
        (C(scan_type), C(rules)) and C(replication_configuration) as in C(PutReplicationConfiguration).
    type: dict
  repositories:
    description:
      - Repositories. Keys are the parameters of C(CreateRepository) (C(repository_name), C(image_tag_mutability),
        C(image_scanning_configuration), C(encryption_configuration)), and C(lifecycle_policy) and C(policy) as
        documents in the API's form.
      - C(encryption_configuration) cannot be changed in place. Its C(kms_key) may be an alias.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Repositories of all services, scanned on push, with old images expiring
  iworkz.platform.aws_ecr:
    registry:
      scan_type: ENHANCED
      rules:
        - scan_frequency: CONTINUOUS_SCAN
          repository_filters: [{filter: "iworkz-production/*", filter_type: WILDCARD}]
    repositories:
      - repository_name: iworkz-production/matching
        image_tag_mutability: IMMUTABLE
        encryption_configuration: {encryption_type: KMS, kms_key: alias/iworkz-production-data}
        lifecycle_policy:
          rules:
            - rulePriority: 1
              selection: {tagStatus: untagged, countType: sinceImagePushed, countUnit: days, countNumber: 14}
              action: {type: expire}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [repository iworkz-production/matching]
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
  sample: {"ecr:DescribeRepositories": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.ecr import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
