#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: data_subject
short_description: Export and erasure of one person's data from all stores
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Finds one person in every place of the data inventory, in PostgreSQL, Redis, OpenSearch and S3, and exports or
    erases what is there.
  - An export has every place or is not made. It is uploaded encrypted; its hash is kept as evidence.
  - An erasure deletes rows, or takes the person out of them, as the retention schedule says; rows that must be kept are
    moved to the schema C(restricted) and the answer is C(restricted until <date>, basis <rule>). Then all places are
    searched for the person, and the task fails where anything is left.
  - An erasure that was interrupted is run again with the same O(request). A person under legal hold is refused.
options:
  state:
    description:
      - V(prepared) makes the schemas C(restricted), in every service's database, and C(consent), in that of identity.
      - V(exported) and V(erased) answer a request.
      - V(rehearsed) makes somebody invented, a copy of O(template) in every place, exports and erases them.
    type: str
    required: true
    choices: [prepared, exported, erased, rehearsed]
  subject:
    description: Id of the person. V(exported) and V(erased) need it.
    type: str
  request:
    description: Id of the request, as the register of requests has it. V(exported) and V(erased) need it.
    type: str
  export_bucket:
    description:
      - Bucket for exports, C(exports/<subject>/<request>.json). It has to encrypt by AWS KMS.
      - An erasure deletes the person's exports in it.
    type: str
  evidence_bucket:
    description: Bucket with object lock for records of what was done. All but V(prepared) need it.
    type: str
  kms_key:
    description: Key of AWS KMS for exports; without it, the bucket's own.
    type: str
  template:
    description: Id of an invented person of whom every place has something. V(rehearsed) needs it.
    type: str
  fresh_days:
    description: A rehearsal younger than this is not repeated.
    type: int
    default: 30
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.personal_data
  - iworkz.platform.service.attributes
seealso:
  - module: iworkz.platform.data_retention
"""

EXAMPLES = r"""
- name: What we hold of a person
  iworkz.platform.data_subject:
    state: exported
    subject: S-004711
    request: DSR-2026-0042
    prefix: iworkz-production
    inventory: "{{ platform_data_inventory }}"
    retention: "{{ platform_retention }}"
    search_role: arn:aws:iam::111111111111:role/iworkz-production-search-admin
    export_bucket: iworkz-production-documents-111111111111
    evidence_bucket: iworkz-production-evidence-111111111111
    signing_key: alias/iworkz-production-compliance

- name: Forget a person
  iworkz.platform.data_subject:
    state: erased
    subject: S-004711
    request: DSR-2026-0043
    prefix: iworkz-production
    inventory: "{{ platform_data_inventory }}"
    retention: "{{ platform_retention }}"
    search_role: arn:aws:iam::111111111111:role/iworkz-production-search-admin
    export_bucket: iworkz-production-documents-111111111111
    evidence_bucket: iworkz-production-evidence-111111111111
    signing_key: alias/iworkz-production-compliance
"""

RETURN = r"""
created:
  description: Migrations that were applied (would be, in check mode).
  returned: O(state=prepared)
  type: list
  elements: str
counts:
  description: By place, how many rows, keys, documents or objects there were; of an erasure, by what was done.
  returned: O(state) is not V(prepared)
  type: dict
  sample: {"identity: identity.accounts": {"deleted": 1}}
places:
  description: Number of places in the inventory, and of those that were read.
  returned: O(state=exported)
  type: dict
  sample: {inventory: 71, read: 71}
sha256:
  description: Of the exported document.
  returned: O(state=exported), but in check mode
  type: str
restricted:
  description: What is kept, until when and why.
  returned: O(state=erased), but in check mode
  type: list
  elements: dict
  sample:
    - place: "billing: billing.placement_fees"
      rows: 2
      until: "2032-04-01"
      basis: TAX-BOOKS
      answer: restricted until 2032-04-01, basis TAX-BOOKS
proof:
  description: Places searched afterwards, and those in which the person was found, which is none.
  returned: O(state=erased), when something was erased
  type: dict
  sample: {searched: 81, found: 0}
key_destroyed:
  description: Whether the key of the erasure's pseudonyms is gone.
  returned: O(state=erased), when something was erased
  type: bool
backups_expire_on:
  description: The day on which the last backup with the data is gone.
  returned: O(state=erased), when something was erased
  type: str
evidence:
  description: Key of the record in O(evidence_bucket).
  returned: when something was done
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

from ansible_collections.iworkz.platform.plugins.module_utils._privacy.subject_task import SPEC


def main() -> None:
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    module.fail_json(msg="data_subject runs on the controller: use a local connection")


if __name__ == "__main__":
    main()
