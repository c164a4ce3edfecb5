#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_cloudtrail
short_description: Trails in AWS CloudTrail
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of trails, with what they record and where it goes, to the declared state in one task.
  - A trail is made in the region of the task, its home region. The policy of its bucket has to let
    C(cloudtrail.amazonaws.com) write before the trail is made, and the policy of its key has to let it encrypt.
options:
  trails:
    description:
      - Trails, with the parameters of C(CreateTrail) in snake case. C(kms_key_id) may be an alias,
        C(cloud_watch_logs_log_group_arn) the name of a log group and C(cloud_watch_logs_role_arn) the name of a role.
      - C(event_selectors) or C(advanced_event_selectors), and C(insight_selectors), are complete lists as in
        C(PutEventSelectors) and C(PutInsightSelectors).
      - C(is_logging) is true unless it is declared false.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Who reads and writes objects with personal data
  iworkz.platform.aws_cloudtrail:
    trails:
      - name: iworkz-production-data
        s3_bucket_name: iworkz-production-audit-123456789012
        kms_key_id: alias/iworkz-production-logs
        is_multi_region_trail: true
        enable_log_file_validation: true
        cloud_watch_logs_log_group_arn: /iworkz-production/audit
        cloud_watch_logs_role_arn: iworkz-production-trail
        advanced_event_selectors:
          - name: Objects with personal data
            field_selectors:
              - {field: eventCategory, equals: [Data]}
              - {field: resources.type, equals: ["AWS::S3::Object"]}
              - {field: resources.ARN, starts_with: ["arn:aws:s3:::iworkz-production-people-123456789012/"]}
    tags: {Platform: iworkz, Environment: production}

- name: All that is done to the account, in all regions
  iworkz.platform.aws_cloudtrail:
    trails:
      - name: iworkz-production
        s3_bucket_name: iworkz-production-security-123456789012
        is_multi_region_trail: true
        enable_log_file_validation: true
        event_selectors: [{read_write_type: All, include_management_events: true}]
        insight_selectors: [{insight_type: ApiCallRateInsight}, {insight_type: ApiErrorRateInsight}]
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [trail iworkz-production-data]
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
  sample: {"cloudtrail:DescribeTrails": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.cloudtrail import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
