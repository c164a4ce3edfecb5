#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: checklist_verify
short_description: Judges items of the launch checklist and records the evidence
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Reads the running system, judges any set of checklist items against their requirements, in parallel, and writes
    one sealed evidence record per item.
  - Verdicts are V(pass), V(fail), V(unknown) (could not be read), V(attested), V(expired) and V(not_applicable).
  - Items that have neither a check nor a signed statement get no record; reports show them as V(unknown).
  - Runs on the controller, inside its worker process.
options:
  items:
    description:
      - Items to judge, by id (V(1.1.1.1)) or by leading numbers (V(1.1)). Empty means all.
      - Quote them, or YAML reads V(1.10) as a number.
    type: list
    elements: str
    default: []
  platform:
    description: The platform whose state is judged. Resources are found by O(platform.tags), never by role variables.
    type: dict
    required: true
    suboptions:
      name:
        description: Name of the platform.
        type: str
        required: true
      environment:
        description: Name of the environment, recorded with the evidence.
        type: str
        required: true
      account_id:
        description: AWS account of the environment. Credentials of any other account are refused.
        type: str
        required: true
      region:
        description: Region of the platform.
        type: str
        required: true
      recovery_region:
        description: Region for disaster recovery.
        type: str
        required: true
      tags:
        description: Tags that mark the platform's resources.
        type: dict
        required: true
      declared:
        description: Data that some items must equal as declared, such as the services and the network plan.
        type: dict
        default: {}
      reach:
        description: How clients get to the stores, C(platform_reach). Items that ask the stores themselves need it.
        type: dict
        default: {}
      canary:
        description: The tenant of the stores that checks write as.
        type: str
        default: canary
      drills_dir:
        description: Directory with the sealed results of disaster-recovery drills. Empty means that there are none.
        type: path
        default: ''
      runbooks_dir:
        description: Directory that M(iworkz.platform.dr_runbooks) writes to. Empty means that there are none.
        type: path
        default: ''
  requirements:
    description:
      - Stricter requirements than the checklist's, as a dictionary of item, key and value.
      - An item with a looser value than the checklist's fails. Unknown items and keys are errors.
    type: dict
    default: {}
  evidence_dir:
    description: Directory of the evidence store. Created when it is missing.
    type: path
    required: true
  bucket:
    description:
      - S3 bucket that gets a copy of every record it lacks, as C(evidence/<environment>/<item>/<sequence>.json).
      - The task fails, naming the records, when any of them stays only local.
    type: str
  bucket_retention_days:
    description: Days the copies are locked when O(bucket) has object lock without a default retention.
    type: int
    default: 365
  revision:
    description: Revision of the code that declares the platform, recorded with the evidence.
    type: str
    required: true
  attestations_dir:
    description: Directory of signed attestations and waivers. Defaults to C(checklist/attestations) of the collection.
    type: path
  trusted_keys:
    description: File of the public keys whose signatures count. Defaults to C(trusted_keys.yml) in O(attestations_dir).
    type: path
  fail_on:
    description: Verdicts that fail the task, after the evidence has been written.
    type: list
    elements: str
    choices: [pass, fail, unknown, attested, expired, not_applicable]
    default: []
  language:
    description: Language of the messages in the result.
    type: str
    choices: [en, ja]
    default: en
attributes:
  check_mode:
    description: Reads and judges, and writes no evidence.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
  action_group:
    description: Use C(group/iworkz.platform.services) in C(module_defaults) to set connection options, or
      C(group/iworkz.platform.aws) to set them for the modules of amazon.aws and community.aws as well.
    support: full
    membership:
      - iworkz.platform.services
      - iworkz.platform.aws
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
seealso:
  - module: iworkz.platform.readiness_gate
"""

EXAMPLES = r"""
- name: Judge the whole checklist
  iworkz.platform.checklist_verify:
    platform:
      name: iworkz
      environment: production
      account_id: "111122223333"
      region: ap-northeast-1
      recovery_region: ap-northeast-3
      tags: {Platform: iworkz, Environment: production}
    evidence_dir: /var/lib/iworkz/evidence
    bucket: iworkz-production-evidence-111122223333
    revision: "{{ lookup('ansible.builtin.pipe', 'git rev-parse HEAD') }}"

- name: Judge PostgreSQL, with a longer retention than the checklist asks for, and fail when anything is wrong
  iworkz.platform.checklist_verify:
    items: ["1.1.1"]
    requirements:
      "1.1.1.1": {backup_retention_days: 30}
    fail_on: [fail, unknown, expired]
    platform: "{{ platform }}"
    evidence_dir: "{{ platform_evidence_dir }}"
    revision: "{{ platform_revision }}"
    language: ja
"""

RETURN = r"""
verdicts:
  description: Verdict by item, of all items that have a check or a signed statement.
  returned: when the items were judged
  type: dict
  sample: {"1.1.1.1": pass, "1.1.1.2": fail}
summary:
  description: Number of items by verdict.
  returned: when the items were judged
  type: dict
findings:
  description: Reasons of the verdicts, with what to do about them, in O(language).
  returned: when the items were judged
  type: list
  elements: dict
  contains:
    item:
      description: Id of the item.
      type: str
    verdict:
      description: Verdict of the item.
      type: str
    id:
      description: Id of the message.
      type: str
    message:
      description: What was found.
      type: str
    remedy:
      description: What to do.
      type: str
failed_items:
  description: Items that are neither V(pass), V(attested) nor V(not_applicable).
  returned: when the items were judged
  type: list
  elements: str
unchecked_items:
  description: Selected items that have neither a check nor a signed statement.
  returned: when the items were judged
  type: list
  elements: str
attestation_problems:
  description: Why files in O(attestations_dir) attest nothing.
  returned: when the items were judged
  type: list
  elements: str
recorded:
  description: Number of evidence records written; 0 in check mode.
  returned: when the items were judged
  type: int
recovered:
  description: Records of an interrupted run that were entered into the ledger, as C(item/sequence).
  returned: when the items were judged
  type: list
  elements: str
published:
  description: Keys of the objects copied to O(bucket).
  returned: when the items were judged
  type: list
  elements: str
only_local:
  description: Error text by record (C(item/sequence)), for those that could not be copied to O(bucket).
  returned: when copying failed
  type: dict
elapsed:
  description: Seconds from the first read to the last write.
  returned: success
  type: float
api_calls:
  description: Number of API calls by operation, retries included.
  returned: success
  type: dict
  sample: {"rds:DescribeDBInstances": 1}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.options import VERIFY_SPEC


def main() -> None:
    module = AnsibleAWSModule(argument_spec=VERIFY_SPEC, supports_check_mode=True)
    module.fail_json(msg="checklist_verify runs on the controller, as the action plugin of the same name")


if __name__ == "__main__":
    main()
