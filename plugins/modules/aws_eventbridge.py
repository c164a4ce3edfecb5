#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_eventbridge
short_description: Rules in Amazon EventBridge
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of rules of the default event bus, and their targets, to the declared state in one task.
options:
  rules:
    description:
      - Rules, with the parameters of C(PutRule) in snake case. C(event_pattern) is the pattern as a dictionary; a rule
        is on unless C(state) says otherwise.
      - C(targets) is the complete list of targets, as in C(PutTargets). C(role_arn) may be the name of a role.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Findings to the people who look after them
  iworkz.platform.aws_eventbridge:
    rules:
      - name: iworkz-production-security-findings
        event_pattern:
          source: [aws.securityhub]
          detail-type: [Security Hub Findings - Imported]
          detail: {findings: {Severity: {Label: [HIGH, CRITICAL]}}}
        targets:
          - id: responders
            arn: arn:aws:sns:ap-northeast-1:123456789012:iworkz-production-security
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [rule iworkz-production-security-findings]
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
  sample: {"events:ListRules": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.eventbridge import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
