#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_sns
short_description: Topics in Amazon SNS
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of topics, with their access policy, encryption and subscriptions, to the declared state in one
    task.
options:
  topics:
    description:
      - Topics. C(name) as in C(CreateTopic); C(policy) is a policy document; C(kms_master_key_id) may be an alias;
        C(display_name); C(attributes) holds any other attributes under the names and in the form (strings) of the
        API.
      - C(subscriptions) is the complete list of C(protocol) and C(endpoint), with a C(filter_policy) on message
        attributes, or on the body with C(filter_policy_scope=MessageBody), and C(raw_message_delivery) where these are
        declared. One that waits for its confirmation counts as there. Others are unsubscribed, unless they were never
        confirmed.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Alarms of this account, mailed to operations
  iworkz.platform.aws_sns:
    topics:
      - name: iworkz-production-alerts
        kms_master_key_id: alias/iworkz-production-logs
        subscriptions:
          - {protocol: email, endpoint: ops@example.jp}
        policy:
          Version: "2012-10-17"
          Statement:
            - Sid: Alarms
              Effect: Allow
              Principal: {Service: cloudwatch.amazonaws.com}
              Action: sns:Publish
              Resource: arn:aws:sns:ap-northeast-1:123456789012:iworkz-production-alerts
              Condition: {StringEquals: {"aws:SourceAccount": "123456789012"}}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [topic iworkz-production-alerts]
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
  sample: {"sns:ListTopics": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.sns import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
