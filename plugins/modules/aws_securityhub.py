#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_securityhub
short_description: Findings and standards in AWS Security Hub
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Turns Security Hub on in a region, with the standards it judges by, and aggregates the findings of other regions.
options:
  hub:
    description:
      - The hub, with the parameters of C(EnableSecurityHub) and C(UpdateSecurityHubConfiguration) in snake case.
      - C(standards) is the complete list of standards that are on, each as the end of its ARN.
    type: dict
  finding_aggregator:
    description:
      - The aggregator, with the parameters of C(CreateFindingAggregator) in snake case. Findings come to the region of
        the task.
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Findings of all regions
  iworkz.platform.aws_securityhub:
    hub:
      control_finding_generator: SECURITY_CONTROL
      auto_enable_controls: true
      standards:
        - aws-foundational-security-best-practices/v/1.0.0
        - cis-aws-foundations-benchmark/v/3.0.0
    finding_aggregator: {region_linking_mode: SPECIFIED_REGIONS, regions: [us-east-1, ap-northeast-3]}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [hub hub]
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
  sample: {"securityhub:DescribeHub": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.securityhub import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
