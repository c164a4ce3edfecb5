#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: compliance_evaluate
short_description: Judge records of employment by the rules in force, record what was found, and tell of it
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Takes the active pack of the registry from the bucket, verifies its signature with the public key that KMS holds,
    reads the records from a replica, judges them, and compares what was found with what the registry knows.
  - Artefacts (findings, evaluation, manifest of the snapshot) go to the bucket; evaluation and findings to the
    registry; metrics to CloudWatch, namespace C(iWORKZ/Compliance); alerts to SNS.
  - The same pack, records and day are one evaluation, which is recorded once. A run that was interrupted can be run
    again; of two at once, the second fails.
  - C(python -m ansible_collections.iworkz.platform.plugins.module_utils._compliance.command run --config FILE.json)
    does the same without Ansible, with these options as the keys of the file.
options:
  as_of:
    description:
      - The day of the evaluation, C(YYYY-MM-DD). Default is today, in the time zone of the pack.
      - An evaluation of an earlier day than the last one is recorded, but says nothing of findings as they are now. One
        of a day to come is only answered.
    type: str
  period:
    description: What is judged. Default is everything.
    type: dict
    suboptions:
      start:
        description: First day.
        type: str
      end:
        description: Last day.
        type: str
  rules:
    description: Judge these rules only. Default is all. Such an evaluation does not count as a complete one.
    type: list
    elements: str
  law_date:
    description:
      - Apply the law of this day to all cases, and tell what would be new and what would be gone. Nothing is recorded.
    type: str
  fail_on:
    description:
      - Fail when there are violations of binding rules that are this severe, or more. Everything is recorded and told
        before.
    type: str
    choices: [critical, high, medium, low, info]
  alerts:
    description: Which findings are told of, and how often.
    type: dict
    suboptions:
      verdicts:
        description: Verdicts that are told of. Default is V(violation).
        type: list
        elements: str
        choices: [violation, warning, unknown]
      statuses:
        description: Statuses of rules that are told of. Default is V(binding).
        type: list
        elements: str
        choices: [binding, advisory]
      again_after_hours:
        description:
          - By severity, hours after which findings that are still there are told of again, as a step more severe. A
            severity that is not named is told of once.
          - 'Default is C({critical: 24, high: 168}).'
        type: dict
      references:
        description: How many findings one message names at most. Default is V(20).
        type: int
attributes:
  check_mode:
    description: Evaluates, tells what would be new and what would be gone, and writes nothing.
    support: full
  diff_mode:
    description: Findings are results, not settings; see RV(new) and RV(resolved).
    support: none
  idempotent:
    description: The same pack, records and day change nothing a second time, unless alerts have come due.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.compliance
"""

EXAMPLES = r"""
- name: Judge what is in the database today
  iworkz.platform.compliance_evaluate:
    prefix: iworkz-production
    ca_bundle: /etc/ssl/certs/rds.pem

- name: What will be a violation under the law of April 2027?
  iworkz.platform.compliance_evaluate:
    prefix: iworkz-production
    law_date: "2027-04-01"
  register: law_of_april

- name: Judge last month again, and stop if there is anything critical
  iworkz.platform.compliance_evaluate:
    prefix: iworkz-production
    period: {start: "2026-10-01", end: "2026-10-31"}
    fail_on: critical
"""

RETURN = r"""
evaluation:
  description: Id of the evaluation, the same for the same pack, records, day and options.
  returned: success
  type: str
recorded:
  description: Whether the registry has it (would have it, in check mode).
  returned: success
  type: bool
current:
  description: Whether it says what is so now.
  returned: success
  type: bool
pack:
  description: C(id), C(version) and C(hash) of the pack.
  returned: success
  type: dict
snapshot:
  description: Id of the snapshot of the records.
  returned: success
  type: str
as_of:
  description: The day of the evaluation.
  returned: success
  type: str
complete:
  description: Whether all rules could be judged.
  returned: success
  type: bool
problems:
  description: Why rules could not be judged, by rule.
  returned: success
  type: dict
cases:
  description: Number of cases by verdict.
  returned: success
  type: dict
  sample: {ok: 51230, warning: 12, violation: 3, unknown: 40}
rules:
  description: Number of cases by rule and verdict.
  returned: success
  type: dict
new:
  description: References of findings that were never there before.
  returned: success
  type: list
  elements: str
reopened:
  description: References of findings that were gone, and are there again.
  returned: success
  type: list
  elements: str
resolved:
  description: References of findings that are gone.
  returned: success
  type: list
  elements: str
coverage:
  description:
    - By table, whether it was C(delivered), how many rows the C(source) has, how many C(rows) the snapshot has after
      doubles were merged, and how many of these were before a rule (C(judged)).
  returned: success
  type: dict
artefacts:
  description: What the keys of the evaluation's objects begin with.
  returned: success
  type: str
alerts:
  description: How many findings were told of as C(new), C(escalated) and C(resolved), in how many C(messages), and how
    many nobody wants to be told of (C(unwanted)).
  returned: success
  type: dict
seconds:
  description: How long it took.
  returned: success
  type: float
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.evaluate_task import SPEC, run


def main() -> None:
    run_with(SPEC, run)


if __name__ == "__main__":
    main()
