#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_restore_test
short_description: Restore the newest backup of every store aside, compare it with its source, and destroy it
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - PostgreSQL - the newest snapshot of each instance, and the log up to a second, restored to an instance of its own.
    Every page is read, every index checked, every table compared row by row, by sums that the databases make.
  - Redis - the newest snapshot of each replication group, restored to a group of one node and compared key by key.
  - RabbitMQ - the newest export of each broker's definitions, imported into virtual hosts of the test's own.
  - S3 - the replica of each replicated bucket, compared object by object; some objects are copied back and read.
  - OpenSearch - the newest automated snapshot of each domain, restored to indices of the test's own in that domain and
    compared document by document.
  - What the source has changed since the recovery point is told from what the backup has lost, by ids of transactions,
    idle times, versions and sequence numbers; C(docs/restore_test.md) says what is proven by that and what is not.
  - Everything is on disk before it is made. What an interrupted test leaves is destroyed with O(resume=true), and
    nothing is ever destroyed that does not carry the test's own tag.
  - The result of each recovery point is sealed and chained to the one before it.
  - Runs on the controller, inside its worker process.
options:
  stores:
    description: Stores to test.
    type: list
    elements: str
    choices: [postgres, redis, rabbitmq, s3, opensearch]
    default: [postgres, redis, rabbitmq, s3, opensearch]
  kinds:
    description: Kinds of recovery points to restore.
    type: list
    elements: str
    choices: [snapshot, point_in_time, definitions, replica]
    default: [snapshot, point_in_time, definitions, replica]
  due:
    description: Restore only what no result proves any longer - none passed and is within its shelf life.
    type: bool
    default: false
  point_in_time:
    description:
      - Second to restore databases to, in ISO 8601 with its offset from UTC.
      - Without it the test marks the log, waits for the next full second, marks it again, and restores to in between.
    type: str
  confirm:
    description: Must be the environment's name; anything else is refused.
    type: str
  resume:
    description: Destroy what interrupted tests have left, and begin no new one. Does nothing when there is none.
    type: bool
    default: false
  ca_bundle:
    description: PEM file with certificate authorities to be trusted besides the system's.
    type: path
  controllers:
    description: Networks (CIDR) that may reach a copy - those this runs from. Nobody else can.
    type: list
    elements: str
    default: []
  definitions_bucket:
    description: Bucket that M(iworkz.platform.rabbitmq_definitions) exports to.
    type: str
    default: ""
  broker_secret:
    description: Name or ARN of the secret with C(username) and C(password) of the brokers' administrator.
    type: str
    default: ""
  search_role:
    description: ARN of the role that is assumed to sign requests to search domains.
    type: str
    default: ""
  limits:
    description: What a recovery point and its test may take.
    type: dict
    required: true
    suboptions:
      age_hours:
        description: By store, how old the newest recovery point may be.
        type: dict
        required: true
      restore_seconds:
        description: For making one copy, and for destroying it.
        type: float
        required: true
      statement_seconds:
        description: For one statement in a database.
        type: float
        required: true
      objects:
        description: How many objects of a bucket are copied back and read.
        type: int
        required: true
  shelf_life_hours:
    description: Hours for which a result proves something.
    type: float
    default: 192.0
  drills_dir:
    description: Directory of drills; journals, results and lock of restore tests are in its C(restores).
    type: path
    required: true
  revision:
    description: Revision of the code that declares the platform, recorded with the result.
    type: str
    required: true
  fail_on:
    description: Verdicts that fail the task, after everything has been destroyed and recorded.
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
    description: Reads, returns what would be restored and what would keep it from being, and makes nothing.
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
  - urllib3
seealso:
  - module: iworkz.platform.rabbitmq_definitions
  - module: iworkz.platform.dr_failover_test
"""

EXAMPLES = r"""
- name: Prove every backup of staging
  iworkz.platform.backup_restore_test:
    confirm: staging
    platform: "{{ restore_platform }}"
    ca_bundle: "{{ platform_reach.ca_bundle }}"
    controllers: [10.20.0.0/24]
    definitions_bucket: iworkz-staging-backup-123456789012
    broker_secret: iworkz-staging/mq/admin
    search_role: arn:aws:iam::123456789012:role/iworkz-staging-search-restore
    limits: "{{ platform_restore_tests.limits }}"
    drills_dir: "{{ platform_drills_dir }}"
    revision: "{{ platform_revision }}"

- name: Whether the database could be brought back to the second before an accident
  iworkz.platform.backup_restore_test:
    stores: [postgres]
    kinds: [point_in_time]
    point_in_time: "2026-11-20T09:41:07+09:00"
    confirm: staging
    platform: "{{ restore_platform }}"
    limits: "{{ platform_restore_tests.limits }}"
    drills_dir: "{{ platform_drills_dir }}"
    revision: "{{ platform_revision }}"
"""

RETURN = r"""
tests:
  description: Result of each recovery point, as C(docs/schemas/restore.schema.json) describes it.
  returned: always
  type: list
  elements: dict
verdicts:
  description: Verdict of each recovery point; V(refused) where a store had nothing to test, or nothing was begun.
  returned: always
  type: list
  elements: str
  sample: [pass, pass]
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
  description: Lines of a table - age, duration, units, rows compared, different and moved, by recovery point.
  returned: always
  type: list
  elements: str
plan:
  description: What would be restored.
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

from ansible_collections.iworkz.platform.plugins.module_utils._restore.options import SPEC


def main() -> None:
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    module.fail_json(msg="backup_restore_test runs on the controller, as the action plugin of the same name")


if __name__ == "__main__":
    main()
