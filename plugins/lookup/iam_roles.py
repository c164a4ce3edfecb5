# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles of IAM by name, such as those that others make and that may not be there yet."""

from __future__ import annotations

DOCUMENTATION = r"""
name: iam_roles
short_description: ARNs of IAM roles
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Asks IAM (C(GetRole)) for the ARNs of roles, which hold the roles' paths.
options:
  _terms:
    description: Names of roles.
    required: true
    type: list
    elements: str
  on_missing:
    description:
      - What to do about a role that is not there.
      - V(error) fails; V(skip) leaves it out of the answer.
    type: str
    choices: [error, skip]
    default: error
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
"""

EXAMPLES = r"""
- name: Who verifies
  ansible.builtin.debug:
    msg: "{{ query('iworkz.platform.iam_roles', 'iworkz-production-awx', on_missing='skip', region='ap-northeast-1') }}"
"""

RETURN = r"""
_raw:
  description: The ARN of every role that is there.
  type: list
  elements: str
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients, answered
from ansible_collections.iworkz.platform.plugins.plugin_utils.aws_lookup import NameLookup


class LookupModule(NameLookup):
    what = "role"

    def read(self, clients: Clients, name: str) -> str | None:
        found = answered(clients.client("iam").get_role, "NoSuchEntity", RoleName=name)
        return str(found["Role"]["Arn"]) if found else None
