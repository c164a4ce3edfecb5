#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_macie
short_description: Search for personal data in buckets by Amazon Macie
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Turns Macie on in a region, and brings its classification jobs to the declared state.
  - A job cannot be changed. With O(allow_replace=true) it is cancelled and made again.
options:
  session:
    description:
      - The session, with the parameters of C(EnableMacie) in snake case. It is V(ENABLED) unless C(status) says
        otherwise.
      - C(export) is where results are kept for longer than 90 days, C(bucket_name), C(key_prefix) and C(kms_key_arn),
        which may be an alias.
    type: dict
  classification_jobs:
    description: Jobs, with the parameters of C(CreateClassificationJob) in snake case.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Personal data in documents
  iworkz.platform.aws_macie:
    session: {finding_publishing_frequency: FIFTEEN_MINUTES}
    classification_jobs:
      - name: iworkz-production-documents
        job_type: SCHEDULED
        schedule_frequency: {weekly_schedule: {day_of_week: SUNDAY}}
        sampling_percentage: 20
        s3_job_definition:
          bucket_definitions: [{account_id: "123456789012", buckets: [iworkz-production-documents-123456789012]}]
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [classification_job iworkz-production-documents]
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
  sample: {"macie2:GetMacieSession": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.macie import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
