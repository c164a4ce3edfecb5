# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: idle_resources
short_description: What is paid for and used by nobody
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Volumes attached to nothing, addresses of nothing, NAT gateways without a route, stopped instances, old snapshots,
    load balancers without a target, log groups without a line, and repositories without an image, of the whole account.
options:
  _terms:
    description: One dictionary of tags, which names Platform and Environment and tells what is the platform's own.
    required: true
    type: list
    elements: dict
  regions:
    description: Regions that are looked at.
    type: list
    elements: str
    required: true
  days:
    description: Age from which instances, snapshots, log groups and repositories count.
    type: int
    default: 30
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
"""

EXAMPLES = r"""
- name: What is idle
  ansible.builtin.debug:
    msg: "{{ lookup('iworkz.platform.idle_resources', tags, regions=['ap-northeast-1'], region='ap-northeast-1') }}"
  vars:
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
_raw:
  description:
    - One list, each with C(kind), C(region), C(name), C(detail), its size or age, C(ours), and C(en) and C(ja), which
      have what it is (C(message)) and what to do about it (C(remedy)).
  type: list
  elements: list
"""

from datetime import UTC, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.idle import idle
from ansible_collections.iworkz.platform.plugins.module_utils._messages import load_catalogue
from ansible_collections.iworkz.platform.plugins.plugin_utils.aws_lookup import AwsLookup, reading


class LookupModule(AwsLookup):
    def run(self, terms: list[dict[str, str]], variables: Any = None, **kwargs: Any) -> list[list[dict[str, Any]]]:
        clients = self.connect(variables, kwargs)
        (tags,) = terms
        own = {name: tags[name] for name in ("Platform", "Environment")}
        with reading("what is idle"):
            found = idle(
                clients.client,
                self.get_option("regions"),
                datetime.now(UTC),
                self.get_option("days"),
                lambda held: own.items() <= held.items(),
            )
        return [[{**one.plain(), **load_catalogue()[one.kind]} for one in found]]
