#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_config
short_description: Recording and rules in AWS Config
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings the recorder of a region, its delivery channel, rules and conformance packs to the declared state.
  - The bucket of the channel must not have a default retention of object lock, AWS Config does not deliver to one.
options:
  recorder:
    description:
      - The recorder, with the members of C(ConfigurationRecorder) in snake case. C(role_arn) may be the name of a role.
      - C(delivery_channel) has the members of C(DeliveryChannel). C(is_recording) is true unless it is declared false.
    type: dict
  rules:
    description:
      - Rules, with the members of C(ConfigRule) in snake case. C(input_parameters) is a dictionary of strings.
    type: list
    elements: dict
  conformance_packs:
    description:
      - Conformance packs, with the parameters of C(PutConformancePack) in snake case. C(template_body) is the template
        as a dictionary, whose hash is kept in the tag C(Template), for AWS does not give the template back.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: What is changed, and whether it is as it should be
  iworkz.platform.aws_config:
    recorder:
      role_arn: arn:aws:iam::123456789012:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig
      recording_group: {all_supported: true, include_global_resource_types: true}
      delivery_channel: {s3_bucket_name: iworkz-production-security-123456789012, s3_key_prefix: config}
    rules:
      - config_rule_name: iworkz-production-root-mfa
        source: {owner: AWS, source_identifier: ROOT_ACCOUNT_MFA_ENABLED}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [config_rule iworkz-production-root-mfa]
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
  sample: {"config:DescribeConfigRules": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.config import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
