#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_xray
short_description: Encryption, sampling rules and groups of AWS X-Ray
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings the key that traces are encrypted with, sampling rules and groups of traces to the declared state in one
    task.
options:
  encryption:
    description:
      - How traces are encrypted, with the parameters of C(PutEncryptionConfig) in snake case.
      - C(key_id) may be an alias.
    type: dict
  sampling_rules:
    description:
      - Sampling rules, with the parameters of C(SamplingRule) in snake case, one of each C(rule_name).
      - What a rule does not name is anything (V(*)).
      - Of the rule C(Default), which every account has, only C(fixed_rate) and C(reservoir_size) can be declared.
    type: list
    elements: dict
  groups:
    description: Groups of traces, with the parameters of C(CreateGroup) in snake case.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Traces under the platform's key, five in a hundred of them, and a view of the slow ones
  iworkz.platform.aws_xray:
    encryption: {type: KMS, key_id: alias/iworkz-production-logs}
    sampling_rules:
      - {rule_name: iworkz-production, priority: 1000, fixed_rate: 0.05, reservoir_size: 5}
    groups:
      - {group_name: iworkz-production-slow, filter_expression: responsetime > 0.25}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [sampling_rule iworkz-production]
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
  sample: {"xray:GetSamplingRules": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.xray import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
