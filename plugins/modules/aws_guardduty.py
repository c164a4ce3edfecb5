#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_guardduty
short_description: Threat detection by Amazon GuardDuty
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Turns the detector of a region on, with what it watches and where its findings are kept.
  - A region has one detector; run the task once for each region that is used.
options:
  detector:
    description:
      - The detector, with the parameters of C(CreateDetector) in snake case. It is on unless C(enable) is false.
      - C(features) are those that are judged; others stay as they are.
      - C(publishing) is where findings are exported to, C(destination_arn) of a bucket and C(kms_key_arn), which may be
        an alias. The policies of both have to let C(guardduty.amazonaws.com) in before.
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Threat detection
  iworkz.platform.aws_guardduty:
    detector:
      finding_publishing_frequency: FIFTEEN_MINUTES
      features:
        - {name: S3_DATA_EVENTS, status: ENABLED}
        - name: RUNTIME_MONITORING
          status: ENABLED
          additional_configuration: [{name: EKS_ADDON_MANAGEMENT, status: ENABLED}]
      publishing:
        destination_arn: arn:aws:s3:::iworkz-production-security-123456789012/guardduty
        kms_key_arn: alias/iworkz-production-security
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [detector detector]
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
  sample: {"guardduty:ListDetectors": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.guardduty import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
