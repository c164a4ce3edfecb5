# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: capacity_dashboards
short_description: Dashboards of CloudWatch that show the metrics of what there is
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Finds by the tags Platform and Environment what there is in a region, and draws each declared widget with the
    metrics of all resources of its type. A widget of nothing is left out, and so is a dashboard without a widget.
  - Answers with a list for the option O(iworkz.platform.aws_cloudwatch#module:dashboards).
options:
  _terms:
    description: One dictionary of tags, which names Platform and Environment.
    required: true
    type: list
    elements: dict
  dashboards:
    description:
      - Widgets by the end of the name of their dashboard, each with C(title), the C(type) of resources, C(metrics),
        C(statistic) and, where wanted, C(lines), values at which a line is drawn across it.
    type: dict
    required: true
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
"""

EXAMPLES = r"""
- name: A dashboard of databases
  ansible.builtin.debug:
    msg: "{{ lookup('iworkz.platform.capacity_dashboards', tags, dashboards=declared, region='ap-northeast-1') }}"
  vars:
    tags: {Platform: iworkz, Environment: production}
    declared:
      capacity: [{title: CPU, type: "rds:db", metrics: [CPUUtilization], statistic: Average, lines: [80]}]
"""

RETURN = r"""
_raw:
  description: One list of dashboards, with C(dashboard_name) and C(dashboard_body).
  type: list
  elements: list
"""

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage import tagged
from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage_alarms import dashboards_for
from ansible_collections.iworkz.platform.plugins.plugin_utils.aws_lookup import AwsLookup, reading


class LookupModule(AwsLookup):
    def run(self, terms: list[dict[str, str]], variables: Any = None, **kwargs: Any) -> list[list[dict[str, Any]]]:
        clients = self.connect(variables, kwargs)
        (tags,) = terms
        with reading("what there is to show"):
            resources = tagged(clients.client, [clients.region], tags)
        prefix = f"{tags['Platform']}-{tags['Environment']}"
        return [dashboards_for(resources, self.get_option("dashboards"), home=clients.region, prefix=prefix)]
