#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_sqs
short_description: Queues in Amazon SQS
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of queues to the declared state in one task.
  - M(community.aws.sqs_queue) encrypts a new queue and leaves an old one as it is.
options:
  queues:
    description:
      - Queues, each with C(queue_name), and, as declared, C(kms_master_key_id), which may be an alias, C(policy), a
        document, and C(attributes), further attributes under the API's own names, as text.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A queue that holds messages for five minutes
  iworkz.platform.aws_sqs:
    queues:
      - queue_name: iworkz-production-canary
        kms_master_key_id: alias/iworkz-production-logs
        attributes: {MessageRetentionPeriod: "300"}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [queue iworkz-production-canary]
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
  sample: {"sqs:ListQueues": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.sqs import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
