# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many secrets of AWS Secrets Manager in one lookup."""

from __future__ import annotations

DOCUMENTATION = r"""
name: secrets
short_description: Many JSON secrets of AWS Secrets Manager at once
version_added: 0.2.0
author: iWORKZ platform team (@iworkz)
description:
  - Reads secrets, each a JSON object, with one call of C(BatchGetSecretValue) for every twenty of them.
  - Answers with one dictionary, of names to secrets.
  - Templates that use it show secrets; set C(no_log) on their tasks.
options:
  _terms:
    description: Names of secrets.
    required: true
    type: list
    elements: str
  on_missing:
    description:
      - What to do about a secret that is not there, or is being deleted.
      - V(error) fails; V(skip) leaves it out of the answer.
    type: str
    choices: [error, skip]
    default: error
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
"""

EXAMPLES = r"""
- name: Write a pooler's list of users
  ansible.builtin.copy:
    content: |
      {% for secret in users.values() %}
      "{{ secret.username }}" "{{ secret.verifier }}"
      {% endfor %}
    dest: /etc/pgbouncer/userlist.txt
    mode: "0600"
  no_log: true
  vars:
    users: "{{ lookup('iworkz.platform.secrets', 'iworkz-production/postgres/billing', region='ap-northeast-1') }}"
"""

RETURN = r"""
_raw:
  description: One dictionary of names to secrets.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleLookupError

from ansible_collections.iworkz.platform.plugins.module_utils._stores import secret_batches
from ansible_collections.iworkz.platform.plugins.plugin_utils.aws_lookup import AwsLookup, reading


class LookupModule(AwsLookup):
    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[dict[str, dict[str, str]]]:
        clients = self.connect(variables, kwargs)
        names = [str(term) for term in terms]
        with reading("secrets"):
            found = secret_batches.read(clients.client("secretsmanager"), names)
        missing = [name for name in names if name not in found]
        if missing and self.get_option("on_missing") == "error":
            raise AnsibleLookupError(f"there is no secret {', '.join(missing)}")
        return [found]
