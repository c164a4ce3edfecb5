# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: resource_alarms
short_description: Alarms of what carries the platform's tags and is watched by no other alarm
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Finds by the tags Platform and Environment what there is in a region, and answers with an alarm for every declared
    metric that no alarm of another name watches.
  - Which types of resources need alarms on which metrics is in C(checklist/coverage.yml) of the collection.
  - Answers with a list for the option O(iworkz.platform.aws_cloudwatch#module:alarms).
options:
  _terms:
    description: One dictionary of tags, which names Platform and Environment.
    required: true
    type: list
    elements: dict
  alarms:
    description:
      - Parameters of C(PutMetricAlarm), each with C(type), the type of the resources, and C(what), the end of the name.
    type: list
    elements: dict
    required: true
  home:
    description: The platform's own region; resources of some types need no alarm in another.
    type: str
    required: true
  topic:
    description: Name of the topic that is told.
    type: str
    required: true
  spare_topic:
    description: Name of the topic that is told of O(topic) itself.
    type: str
    required: true
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
"""

EXAMPLES = r"""
- name: Alarms of NAT gateways
  ansible.builtin.debug:
    msg: "{{ lookup('iworkz.platform.resource_alarms', tags, alarms=declared, region='ap-northeast-1',
      home='ap-northeast-1', topic='iworkz-production-alerts', spare_topic='iworkz-production-security') }}"
  vars:
    tags: {Platform: iworkz, Environment: production}
    declared:
      - {type: "ec2:natgateway", what: ports, metric_name: ErrorPortAllocation, statistic: Sum, threshold: 0}
"""

RETURN = r"""
_raw:
  description: One list of alarms.
  type: list
  elements: list
"""

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage import tagged
from ansible_collections.iworkz.platform.plugins.module_utils._aws.coverage_alarms import alarms_for
from ansible_collections.iworkz.platform.plugins.plugin_utils.aws_lookup import AwsLookup, reading


class LookupModule(AwsLookup):
    def run(self, terms: list[dict[str, str]], variables: Any = None, **kwargs: Any) -> list[list[dict[str, Any]]]:
        clients = self.connect(variables, kwargs)
        (tags,) = terms
        with reading("what there is to watch"):
            pages = clients.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
            existing = [alarm for page in pages for alarm in page["MetricAlarms"]]
            resources = tagged(clients.client, [clients.region], tags)
        given = {name: self.get_option(name) for name in ("home", "topic", "spare_topic")}
        prefix = f"{tags['Platform']}-{tags['Environment']}"
        return [alarms_for(resources, self.get_option("alarms"), existing, prefix=prefix, **given)]
