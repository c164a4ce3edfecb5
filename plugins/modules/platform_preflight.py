#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: platform_preflight
short_description: Refuse a run before its first change
version_added: 0.1.0
description:
  - Judges every C(platform_*) and C(checklist_*) variable of the host, and finds misspelt variables of the roles.
  - Types, ranges, allowed values and unknown keys at any depth; then what they mean together, such as networks that
    overlap, services that depend on nothing there is, windows by day, or a retention below the checklist's.
  - Asks AWS who is calling (C(sts:GetCallerIdentity)) and refuses any account but the inventory's.
  - All problems are reported at once, each with its variable, what is allowed, and the file that sets it.
author: iWORKZ platform team (@iworkz)
options:
  account:
    description:
      - Whether to ask AWS for the caller. Without it only the variables are judged, and no credentials are needed.
    type: bool
    default: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
notes:
  - Without any connection option the variable C(platform_aws) is used.
  - Errors are in the language that the variable C(platform_language) names, V(en) or V(ja).
attributes:
  check_mode:
    description: Judges as it does otherwise; it changes nothing.
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
"""

EXAMPLES = r"""
- name: Validate the declared platform and the account
  iworkz.platform.platform_preflight:

- name: Validate the variables only, without credentials
  iworkz.platform.platform_preflight:
    account: false
"""

RETURN = r"""
caller:
  description: Who is calling; empty when O(account=false).
  returned: success
  type: dict
  contains:
    account:
      description: Account id of the caller.
      returned: O(account=true)
      type: str
      sample: "123456789012"
    arn:
      description: ARN of the caller.
      returned: O(account=true)
      type: str
      sample: arn:aws:sts::123456789012:assumed-role/deploy/session
problems:
  description: Everything that is wrong.
  returned: failure
  type: list
  elements: dict
  contains:
    variable:
      description: Path of the value.
      returned: always
      type: str
      sample: platform_services[3].port
    message:
      description: What is wrong, with the value and what is allowed.
      returned: always
      type: str
      sample: "70000 is too large; allowed: at most 65535"
    remedy:
      description: What to do.
      returned: always
      type: str
      sample: Lower it to 65535 or less.
    place:
      description: File and line that set the variable, or the file to set it in.
      returned: always
      type: str
      sample: set in group_vars/all/services.yml:10
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.iworkz.platform.plugins.module_utils._platform.account import OPTIONS


def main() -> None:
    module = AnsibleAWSModule(argument_spec=OPTIONS, supports_check_mode=True)
    module.fail_json(msg="platform_preflight runs on the controller, as the action plugin of the same name")


if __name__ == "__main__":
    main()
