#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_inspector
short_description: Scans for vulnerabilities by Amazon Inspector
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings what Inspector scans in a region to the declared state.
options:
  coverage:
    description:
      - C(resource_types) is the complete list of what is scanned, as in C(Enable).
      - C(ec2_configuration) and C(ecr_configuration) are those of C(UpdateConfiguration), in snake case.
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Vulnerabilities of nodes and images
  iworkz.platform.aws_inspector:
    coverage:
      resource_types: [EC2, ECR]
      ec2_configuration: {scan_mode: EC2_HYBRID}
      ecr_configuration: {rescan_duration: DAYS_180}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [coverage coverage]
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
  sample: {"inspector2:BatchGetAccountStatus": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.inspector import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
