#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: readiness_report
short_description: Write the launch readiness report from recorded evidence
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Reads the evidence store, lets the gate decide, and writes the report of all items and KPIs of the checklist as
    C(readiness.html) (one file, English and Japanese), C(readiness.json) (an interface with a published JSON schema),
    C(readiness.junit.xml), C(readiness.md) and C(readiness.oscal.json) (OSCAL 1.1.2 assessment results).
  - Items without evidence are C(unknown) and keep the decision at C(NO-GO).
  - Reads no AWS service. Always runs on the controller.
options:
  evidence_dir:
    description: Directory of the evidence store. One that does not exist holds no evidence.
    type: path
    required: true
  report_dir:
    description: Directory to write to. Created when missing. Every file is replaced atomically.
    type: path
    required: true
  drills_dir:
    description: Directory with the sealed results of disaster-recovery drills. Without it the report shows no drills.
    type: path
    version_added: 0.2.0
  drift_dir:
    description: Directory with the records of check runs. Without it the report shows no drift.
    type: path
    version_added: 0.4.0
  checklist_dir:
    description:
      - Directory with C(items.yml), C(messages/) and C(attestations/).
      - Defaults to the C(checklist/) directory of this collection.
    type: path
  environment:
    description: The environment the report is about. In C(sandbox) the decision is labelled a rehearsal.
    type: str
    required: true
    choices: [sandbox, staging, production]
  account_id:
    description: AWS account id the evidence must come from.
    type: str
    required: true
  region:
    description: Home region of the platform, for the head of the report.
    type: str
    required: true
  revision:
    description: Revision of the code that makes the report.
    type: str
    required: true
  language:
    description: Language of RV(msg), and the one the page opens in for readers who have not chosen one.
    type: str
    default: en
    choices: [en, ja]
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: full
    details: Shows verdict, message and requirement of each item.
  action:
    description:
      - Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
"""

EXAMPLES = r"""
- name: Write the report
  iworkz.platform.readiness_report:
    evidence_dir: /var/lib/iworkz/evidence
    report_dir: /var/lib/iworkz/report
    drills_dir: /var/lib/iworkz/drills
    drift_dir: /var/lib/iworkz/drift
    environment: production
    account_id: "123456789012"
    region: ap-northeast-1
    revision: "1.4.0"
    language: ja
  register: readiness

- name: Show the decision
  ansible.builtin.debug:
    msg: "{{ readiness.msg }}"
"""

RETURN = r"""
decision:
  description: C(GO) or C(NO-GO).
  returned: success
  type: str
  sample: NO-GO
rehearsal:
  description: Whether the decision only rehearses a launch, as in the sandbox.
  returned: success
  type: bool
  sample: true
summary:
  description: Number of items per verdict.
  returned: success
  type: dict
  sample: {pass: 18, attested: 0, fail: 0, expired: 0, unknown: 105, not_applicable: 0}
reasons:
  description: Why the decision is C(NO-GO), as in C(readiness.json).
  returned: success
  type: list
  elements: dict
  sample: [{id: core.gate_unchecked, scope: item, item: 1.1.1.3, en: "...", ja: "..."}]
files:
  description: Path of each form of the report.
  returned: success
  type: dict
  contains:
    html: {description: The page., type: str}
    json: {description: The interface., type: str}
    junit: {description: JUnit XML., type: str}
    markdown: {description: Summary in both languages., type: str}
    oscal: {description: OSCAL assessment results., type: str}
msg:
  description: Decision, counts and path in one line, in O(language).
  returned: success
  type: str
changed:
  description:
    - Whether the report says something else than the one that stood in O(report_dir); the files are written anyway.
    - Times, seals, readings and the trend change with every verification and do not count.
  returned: always
  type: bool
"""

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Refuse to run anywhere but in the action plugin of the same name."""
    module = AnsibleModule(
        argument_spec={
            "evidence_dir": {"type": "path", "required": True},
            "report_dir": {"type": "path", "required": True},
            "drills_dir": {"type": "path"},
            "drift_dir": {"type": "path"},
            "checklist_dir": {"type": "path"},
            "environment": {"type": "str", "required": True, "choices": ["sandbox", "staging", "production"]},
            "account_id": {"type": "str", "required": True},
            "region": {"type": "str", "required": True},
            "revision": {"type": "str", "required": True},
            "language": {"type": "str", "default": "en", "choices": ["en", "ja"]},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="readiness_report runs as an action on the controller, never as a module on a host")


if __name__ == "__main__":
    main()
