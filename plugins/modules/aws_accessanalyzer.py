#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_accessanalyzer
short_description: Analyzers of access from outside and of unused access
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of analyzers of IAM Access Analyzer to the declared state in one task.
options:
  analyzers:
    description: Analyzers, with the parameters of C(CreateAnalyzer) in snake case. C(type) cannot be changed in place.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Access from outside, and access that nobody uses
  iworkz.platform.aws_accessanalyzer:
    analyzers:
      - {analyzer_name: iworkz-production-external, type: ACCOUNT}
      - analyzer_name: iworkz-production-unused
        type: ACCOUNT_UNUSED_ACCESS
        configuration: {unused_access: {unused_access_age: 90}}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [analyzer iworkz-production-external]
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
  sample: {"accessanalyzer:ListAnalyzers": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.accessanalyzer import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
