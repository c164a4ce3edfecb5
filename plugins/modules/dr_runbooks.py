#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dr_runbooks
short_description: Write the recovery runbooks from the definitions of the drills
version_added: 0.2.0
author: iWORKZ platform team (@iworkz)
description:
  - Writes one runbook per scenario of the disaster-recovery drills, in English and Japanese, as Markdown and as an HTML
    page that needs no network, with an index page per language and a manifest C(runbooks.json).
  - A runbook is made from the same definition that the drill runs, so that what a person does at night is what was
    rehearsed. Runbooks of scenarios that are gone are removed.
  - Reads no AWS service. Always runs on the controller.
options:
  directory:
    description: Directory to write to. Created when missing. Every file is replaced atomically.
    type: path
    required: true
  scenarios_dir:
    description:
      - Directory with the scenarios, one C(<name>.yml) each.
      - Defaults to those of the role C(dr) of this collection.
    type: path
  environment:
    description: The environment the runbooks are for, which is also the name of its inventory.
    type: str
    required: true
  account_id:
    description: AWS account id.
    type: str
    required: true
  names:
    description: What the names in the scenarios' texts and commands stand for, a mapping of name to value.
    type: dict
    required: true
  targets:
    description: Recovery targets, a mapping of kind of loss to C(rto_seconds) and C(rpo_seconds).
    type: dict
    required: true
  revision:
    description: Revision of the code that makes the runbooks; each of them shows it.
    type: str
    required: true
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: full
    details: Shows the Markdown files.
  action:
    description:
      - Indicates this has a corresponding action plugin so some parts of the options can be executed on the controller.
    support: full
"""

EXAMPLES = r"""
- name: Write the recovery runbooks
  iworkz.platform.dr_runbooks:
    directory: /var/lib/iworkz/report/runbooks
    environment: production
    account_id: "123456789012"
    names:
      prefix: iworkz-production
      region: ap-northeast-1
      recovery_region: ap-northeast-3
      database: iworkz-production-postgres
      recovery_database: iworkz-production-postgres-recovery
      cache: iworkz-production-redis
      broker: iworkz-production-mq
      domain: production.iworkz.internal
      canary_record: postgres-canary.production.iworkz.internal
      canary: canary
      pooler: pgbouncer.production.iworkz.internal:6432
    targets:
      zone: {rto_seconds: 120, rpo_seconds: 0}
      region: {rto_seconds: 3600, rpo_seconds: 300}
    revision: "1.4.0"
"""

RETURN = r"""
scenarios:
  description: Names of the scenarios, in order.
  returned: success
  type: list
  elements: str
  sample: [cache_node, database_az, database_region]
directory:
  description: Where the runbooks stand.
  returned: success
  type: str
  sample: /var/lib/iworkz/report/runbooks
written:
  description: Files that were written anew; in check mode, that would be.
  returned: success
  type: list
  elements: str
  sample: [database_az.en.html, database_az.en.md, runbooks.json]
removed:
  description: Files of scenarios that are gone, which were removed.
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.iworkz.platform.plugins.module_utils._drill.runbook_options import RUNBOOKS_SPEC


def main() -> None:
    """Refuse to run anywhere but in the action plugin of the same name."""
    module = AnsibleModule(argument_spec=RUNBOOKS_SPEC, supports_check_mode=True)
    module.fail_json(msg="dr_runbooks runs as an action on the controller, never as a module on a host")


if __name__ == "__main__":
    main()
