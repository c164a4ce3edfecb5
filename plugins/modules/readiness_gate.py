#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: readiness_gate
short_description: Decides GO or NO-GO from the evidence
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - GO needs every item of the checklist V(pass), V(attested) or V(not_applicable), by evidence of this environment and
    account that has not expired, in a store in which not a byte was changed, with a valid signature behind everything
    that people attested.
  - The task fails on NO-GO, with every reason in English and Japanese.
  - A GO in the sandbox is a rehearsal and says so.
  - Makes no API call and writes nothing. Runs on the controller, inside its worker process.
options:
  environment:
    description: The environment that is to be launched.
    type: str
    required: true
  account_id:
    description: AWS account of the environment.
    type: str
    required: true
  evidence_dir:
    description: Directory of the evidence store.
    type: path
    required: true
  attestations_dir:
    description: Directory of signed attestations and waivers. Defaults to C(checklist/attestations) of the collection.
    type: path
  trusted_keys:
    description: File of the public keys whose signatures count. Defaults to C(trusted_keys.yml) in O(attestations_dir).
    type: path
  language:
    description: Language of the first line of the message.
    type: str
    choices: [en, ja]
    default: en
attributes:
  check_mode:
    description: Decides as it does otherwise; there is nothing to change.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
seealso:
  - module: iworkz.platform.checklist_verify
"""

EXAMPLES = r"""
- name: Stop unless production may be launched
  iworkz.platform.readiness_gate:
    environment: production
    account_id: "111122223333"
    evidence_dir: /var/lib/iworkz/evidence
    language: ja
"""

RETURN = r"""
decision:
  description: V(GO) or V(NO-GO). The task fails on V(NO-GO).
  returned: always
  type: str
rehearsal:
  description: Whether the environment is one in which a GO launches nothing.
  returned: always
  type: bool
headline:
  description: The decision in a sentence, by language.
  returned: always
  type: dict
  sample: {"en": "NO-GO: ...", "ja": "NO-GO: ..."}
reasons:
  description: What speaks against GO.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Id of the message.
      type: str
    item:
      description: Item concerned, if it is one.
      type: str
    message:
      description: The reason, by language.
      type: dict
    remedy:
      description: What to do, by language.
      type: dict
verdicts:
  description: Verdict by item, of the whole checklist, at this moment.
  returned: always
  type: dict
summary:
  description: Number of items by verdict.
  returned: always
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.options import GATE_SPEC


def main() -> None:
    module = AnsibleModule(argument_spec=GATE_SPEC, supports_check_mode=True)
    module.fail_json(msg="readiness_gate runs on the controller, as the action plugin of the same name")


if __name__ == "__main__":
    main()
