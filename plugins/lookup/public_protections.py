# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: public_protections
short_description: Protections of Shield Advanced that the public resources of the platform are to have
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Finds public application load balancers, distributions of CloudFront, public hosted zones, and elastic addresses by
    the tags Platform and Environment. Addresses of NAT gateways are left out, for nobody can connect to one.
  - Answers with a list for the option O(iworkz.platform.aws_shield#module:protections).
options:
  _terms:
    description: One dictionary of tags, which names Platform and Environment.
    required: true
    type: list
    elements: dict
  account_id:
    description: Account that the resources are in.
    type: str
    required: true
  regions:
    description: Where load balancers and elastic addresses are looked for. Without any, the region of the connection.
    type: list
    elements: str
    default: []
    version_added: 0.4.0
  health_checks:
    description: Names of the health checks of each. A hosted zone gets none, as AWS takes none for one.
    type: list
    elements: str
    default: []
  automatic_response:
    description: What Shield does with requests of an attack on a load balancer or distribution.
    type: str
    choices: [BLOCK, COUNT, DISABLED]
    default: DISABLED
    version_added: 0.4.0
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
"""

EXAMPLES = r"""
- name: What is public
  ansible.builtin.debug:
    msg: "{{ lookup('iworkz.platform.public_protections', tags, account_id='123456789012', region='ap-northeast-1') }}"
  vars:
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
_raw:
  description:
    - One list of protections, with C(name), C(resource_arn) and C(health_checks).
    - Those of load balancers and distributions have C(automatic_response), too.
  type: list
  elements: list
"""

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.shield_resources import exposed
from ansible_collections.iworkz.platform.plugins.plugin_utils.aws_lookup import AwsLookup, reading


class LookupModule(AwsLookup):
    def run(self, terms: list[dict[str, str]], variables: Any = None, **kwargs: Any) -> list[list[dict[str, Any]]]:
        clients = self.connect(variables, kwargs)
        (tags,) = terms
        with reading("what is public"):
            regions = self.get_option("regions") or [clients.region]
            found = exposed(clients.client, tags, regions, self.get_option("account_id"))
        checks, response = self.get_option("health_checks"), self.get_option("automatic_response")
        return [
            [
                {
                    "name": one.name,
                    "resource_arn": one.arn,
                    "health_checks": checks if one.has_health else [],
                    **({"automatic_response": response} if one.has_requests else {}),
                }
                for one in found
            ]
        ]
