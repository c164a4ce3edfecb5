#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: data_retention
short_description: Deletion of what is kept longer than the retention schedule says
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Deletes rows whose period is over, or takes the person out of them, in every service's database and in batches.
  - Rows of persons under legal hold stay. Rows that others refer to wait for those, so that the longest period decides.
  - Each run is recorded in C(privacy.retention_runs) and as evidence; rows that are overdue after it fail the task.
  - Keys of Redis, search indices and objects expire by themselves, by their time to live and lifecycle rules.
options:
  as_of:
    description: The day to judge by, C(YYYY-MM-DD); without it, today.
    type: str
  batch:
    description: Rows ended in one transaction.
    type: int
    default: 1000
  fresh_hours:
    description: Nothing is done while the last run is younger than this.
    type: int
    default: 0
  evidence_bucket:
    description: Bucket with object lock for records of what was done.
    type: str
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.personal_data
  - iworkz.platform.service.attributes
seealso:
  - module: iworkz.platform.data_subject
"""

EXAMPLES = r"""
- name: End what is over
  iworkz.platform.data_retention:
    prefix: iworkz-production
    inventory: "{{ platform_data_inventory }}"
    retention: "{{ platform_retention }}"
    evidence_bucket: iworkz-production-evidence-111111111111
    signing_key: alias/iworkz-production-compliance
"""

RETURN = r"""
counts:
  description: By place, rows that were overdue, are held by legal holds, wait for others, and were ended.
  returned: always
  type: dict
  sample: {"messaging: messaging.messages": {"overdue": 12, "held": 1, "waiting": 0, "ended": 12}}
skipped_as_fresh:
  description: Whether the last run is younger than O(fresh_hours).
  returned: when it is
  type: bool
evidence:
  description: Key of the record in O(evidence_bucket).
  returned: when the schedule was executed
  type: str
elapsed:
  description: Seconds it took.
  returned: always
  type: float
api_calls:
  description: Number of AWS API calls by operation, retries included.
  returned: always
  type: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.iworkz.platform.plugins.module_utils._privacy.retention_task import SPEC


def main() -> None:
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    module.fail_json(msg="data_retention runs on the controller: use a local connection")


if __name__ == "__main__":
    main()
