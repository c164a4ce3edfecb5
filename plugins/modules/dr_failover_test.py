#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dr_failover_test
short_description: Fail stores over on purpose, and measure recovery time and loss from the client
version_added: 0.2.0
author: iWORKZ platform team (@iworkz)
description:
  - Runs drills. A scenario is data (C(roles/dr/files/scenarios)) - what must hold before, the fault, what is seen of
    the recovery, what is done for it, and the way back.
  - Before, during and after the fault numbered canaries are written through the applications' own endpoints, as a
    tenant of its own. The recovery time is the longest gap between acknowledgements across the fault; the loss is the
    acknowledged canaries that the store does not have afterwards.
  - Every step is on disk before and after it happens. A drill that is interrupted, even by SIGKILL, is put back with
    O(resume=true). Alarms that watch the stores do not act while a drill runs.
  - The result of each drill is sealed and chained to the one before it.
  - Runs on the controller, inside its worker process.
options:
  scenario:
    description: Scenarios to drill, comma-separated, or V(all). Needed unless O(resume=true).
    type: str
  variants:
    description: Variants of the scenario to drill, such as V(synchronous). Empty means all it has.
    type: list
    elements: str
    default: []
  repeat:
    description: How often each variant is drilled.
    type: int
    default: 1
  rate:
    description: Canaries per second and store, from 1 to 1000. Gaps shorter than its inverse cannot be told.
    type: float
    default: 100.0
  steady_seconds:
    description: For how long canaries flow undisturbed before the fault.
    type: float
    default: 1.0
  settle_seconds:
    description: For how long canaries flow undisturbed before a run counts as recovered.
    type: float
    default: 1.0
  confirm:
    description: Must be the environment's name; anything else is refused.
    type: str
  resume:
    description: Put back what interrupted drills have left, and begin no new one. Does nothing when there is none.
    type: bool
    default: false
  due:
    description: Only drill the scenarios whose last passed drill is older than their interval of O(intervals).
    type: bool
    default: false
  intervals:
    description: Hours by scenario after which a drill is due again. A scenario that is not named is never due.
    type: dict
    default: {}
  reach:
    description: How clients get to the stores, C(platform_reach).
    type: dict
    required: true
  canary:
    description: The tenant of the stores that drills write as.
    type: str
    default: canary
  resources:
    description: What the scenarios act on.
    type: dict
    required: true
    suboptions:
      database:
        description: Identifier of the primary DB instance.
        type: str
        required: true
      recovery_database:
        description: Identifier of its replica in the recovery region.
        type: str
        required: true
      cache:
        description: Id of the replication group.
        type: str
        required: true
      broker:
        description: Name of the message broker.
        type: str
        required: true
      domain:
        description: Name of the private hosted zone.
        type: str
        required: true
      canary_record:
        description: The CNAME in it that the pooler's canary database follows. Drills repoint it, and no other.
        type: str
        required: true
  targets:
    description: What is promised, by kind of loss.
    type: dict
    required: true
    suboptions:
      zone:
        description: Loss of one zone.
        type: dict
        required: true
        suboptions:
          rto_seconds:
            description: Seconds until writes are acknowledged again; above zero.
            type: float
            required: true
          rpo_seconds:
            description: Seconds of acknowledged writes that may be lost.
            type: float
            required: true
      region:
        description: Loss of the region.
        type: dict
        required: true
        suboptions:
          rto_seconds:
            description: Seconds until writes are acknowledged again; above zero.
            type: float
            required: true
          rpo_seconds:
            description: Seconds of acknowledged writes that may be lost.
            type: float
            required: true
      cache:
        description: Loss of a cache node.
        type: dict
        required: true
        suboptions:
          rto_seconds:
            description: Seconds until writes are acknowledged again; above zero.
            type: float
            required: true
          rpo_seconds:
            description: Seconds of acknowledged writes that may be lost.
            type: float
            required: true
      queue:
        description: Restart of the message broker.
        type: dict
        required: true
        suboptions:
          rto_seconds:
            description: Seconds until writes are acknowledged again; above zero.
            type: float
            required: true
          rpo_seconds:
            description: Seconds of acknowledged writes that may be lost.
            type: float
            required: true
  limits:
    description: What guards and abort conditions compare with.
    type: dict
    required: true
    suboptions:
      lag_seconds:
        description: How far a replica may be behind; a drill is refused beyond.
        type: float
        required: true
      backup_age_minutes:
        description: How old the newest point may be that the database can be restored to.
        type: float
        required: true
      unacknowledged_seconds:
        description: The error budget. Without an acknowledgement for longer, the drill is rolled back.
        type: float
        required: true
      duration_seconds:
        description: How long a run may take, from its first canary to its count; then it is rolled back.
        type: float
        required: true
  drills_dir:
    description: Directory of journals, results and lock. Created when it is missing.
    type: path
    required: true
  scenarios_dir:
    description: Directory of the scenarios. Defaults to C(roles/dr/files/scenarios) of the collection.
    type: path
  revision:
    description: Revision of the code that declares the platform, recorded with the result.
    type: str
    required: true
  fail_on:
    description: Verdicts that fail the task, after everything has been put back and recorded.
    type: list
    elements: str
    choices: [fail, aborted, refused]
    default: [fail, aborted, refused]
  language:
    description: Language of the reasons, the table and the plan.
    type: str
    choices: [en, ja]
    default: en
attributes:
  check_mode:
    description: Reads, returns the plan and what would keep the drill from beginning, and touches nothing.
    support: full
  diff_mode:
    description: Leaves nothing changed, so there is no difference to show.
    support: none
  action_group:
    description: Use C(group/iworkz.platform.services) in C(module_defaults) to set connection options, or
      C(group/iworkz.platform.aws) to set them for the modules of amazon.aws and community.aws as well.
    support: full
    membership:
      - iworkz.platform.services
      - iworkz.platform.aws
extends_documentation_fragment:
  - iworkz.platform.drill
  - amazon.aws.common.modules
  - amazon.aws.region.modules
requirements:
  - psycopg >= 3
  - redis
  - pika
seealso:
  - module: iworkz.platform.checklist_verify
  - module: iworkz.platform.dr_runbooks
"""

EXAMPLES = r"""
- name: Lose the primary ten times, asynchronously and synchronously replicated
  iworkz.platform.dr_failover_test:
    scenario: database_az
    repeat: 10
    confirm: staging
    platform: "{{ dr_platform }}"
    reach: "{{ platform_reach }}"
    resources: "{{ dr_resources }}"
    targets: "{{ platform_targets.recovery }}"
    limits: "{{ platform_drills.limits }}"
    drills_dir: "{{ platform_drills_dir }}"
    revision: "{{ platform_revision }}"

- name: Put back what an interrupted drill has left
  iworkz.platform.dr_failover_test:
    resume: true
    confirm: staging
    platform: "{{ dr_platform }}"
    reach: "{{ platform_reach }}"
    resources: "{{ dr_resources }}"
    targets: "{{ platform_targets.recovery }}"
    limits: "{{ platform_drills.limits }}"
    drills_dir: "{{ platform_drills_dir }}"
    revision: "{{ platform_revision }}"
"""

RETURN = r"""
drills:
  description: Result of each drill, as C(docs/schemas/drill.schema.json) describes it.
  returned: always
  type: list
  elements: dict
verdicts:
  description: Verdict of each drill; V(refused) alone when none was begun.
  returned: always
  type: list
  elements: str
  sample: [pass]
reasons:
  description: Why verdicts are not V(pass), with what to do about it, in O(language).
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Id of the message.
      type: str
    message:
      description: What was found.
      type: str
    remedy:
      description: What to do.
      type: str
table:
  description: Lines of a table of the figures - median and maximum per scenario, variant and store, beside the targets.
  returned: always
  type: list
  elements: str
plan:
  description: Steps that would be performed, in order.
  returned: in check mode
  type: list
  elements: dict
plan_table:
  description: The same as lines of text.
  returned: in check mode
  type: list
  elements: str
api_calls:
  description: Number of API calls by operation, retries included.
  returned: always
  type: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.iworkz.platform.plugins.module_utils._drill.options import SPEC


def main() -> None:
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    module.fail_json(msg="dr_failover_test runs on the controller, as the action plugin of the same name")


if __name__ == "__main__":
    main()
