#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: drift_record
short_description: Record what a check run would change, per checklist item
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Stands at both ends of C(playbooks/drift.yml). In between the callback C(iworkz.platform.drift) collects what tasks
    announce in check mode.
  - Each item whose tasks ran gets a sealed record in a store of its own, chained like evidence. V(pass) means that
    nothing would change, V(fail) that something would, with a finding per resource, V(unknown) that it was not
    compared, or not wholly, and why.
  - Item V(0) is of what belongs to none of the checklist's, and is there for each run.
  - Records hold labels of resources and names of keys, never values.
  - Of a run that was interrupted there are no records; the next one begins anew.
  - Runs on the controller, inside its worker process.
options:
  state:
    description:
      - V(begun) begins to collect. It refuses to outside of check mode, without the callback, and beside another run.
      - V(sealed) makes the records and copies them to O(bucket).
    type: str
    required: true
    choices: [begun, sealed]
  drift_dir:
    description: Directory of the records. Created when it is missing.
    type: path
    required: true
  platform:
    description: The platform that is compared.
    type: dict
    required: true
    suboptions:
      environment:
        description: Name of the environment, recorded with what was found.
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
  revision:
    description: Revision of what is declared.
    type: str
    required: true
  shelf_life_hours:
    description: Hours after which a record counts as stale.
    type: int
    default: 36
  bucket:
    description:
      - S3 bucket that gets a copy of every record it lacks, as C(drift/<environment>/<item>/<sequence>.json).
      - The task fails, naming the records, when any of them stays only local.
    type: str
  bucket_retention_days:
    description: Days the copies are locked when O(bucket) has object lock without a default retention.
    type: int
    default: 365
  fail_on:
    description: Verdicts that fail the task, after the records have been written.
    type: list
    elements: str
    choices: [pass, fail, unknown]
    default: []
  language:
    description: Language of the messages in the result.
    type: str
    choices: [en, ja]
    default: en
attributes:
  check_mode:
    description: Runs in check mode only, and writes its records there. They say what a run would change.
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
  - module: iworkz.platform.checklist_verify
  - module: iworkz.platform.readiness_report
"""

EXAMPLES = r"""
- name: Begin
  iworkz.platform.drift_record:
    state: begun
    drift_dir: /var/lib/iworkz/drift
    platform: {environment: production, account_id: "111122223333", region: ap-northeast-1}
    revision: "{{ platform_revision }}"

- name: Seal
  iworkz.platform.drift_record:
    state: sealed
    drift_dir: /var/lib/iworkz/drift
    platform: {environment: production, account_id: "111122223333", region: ap-northeast-1}
    revision: "{{ platform_revision }}"
    bucket: iworkz-production-evidence-111122223333
    fail_on: [fail, unknown]
"""

RETURN = r"""
journal:
  description: File that the callback writes to until the run is sealed.
  returned: when O(state=begun)
  type: str
language:
  description: Language of the callback's messages.
  returned: when O(state=begun)
  type: str
verdicts:
  description: Verdict by item.
  returned: when O(state=sealed)
  type: dict
  sample: {"0": pass, "1.2.2.1": fail}
summary:
  description: Number of items by verdict.
  returned: when O(state=sealed)
  type: dict
  sample: {pass: 40, fail: 1, unknown: 0}
findings:
  description: What would change, and what was not compared, each once.
  returned: when O(state=sealed)
  type: list
  elements: dict
  contains:
    items:
      description: The items it concerns.
      type: list
      elements: str
    message:
      description: What was found, in O(language).
      type: str
recorded:
  description: Number of records written.
  returned: when O(state=sealed)
  type: int
recovered:
  description: Records of an interrupted sealing that were entered into the ledger, as C(item/sequence).
  returned: when O(state=sealed)
  type: list
  elements: str
published:
  description: Keys of the objects copied to O(bucket).
  returned: when O(state=sealed)
  type: list
  elements: str
only_local:
  description: Error text by record (C(item/sequence)), for those that could not be copied to O(bucket).
  returned: when copying failed
  type: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.iworkz.platform.plugins.module_utils._drift.task import SPEC


def main() -> None:
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    module.fail_json(msg="drift_record runs on the controller, as the action plugin of the same name")


if __name__ == "__main__":
    main()
