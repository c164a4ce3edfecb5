#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: sla_report
short_description: Write the monthly report on service levels from Prometheus
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Reads the recording rules of service-level objectives of a month in Asia/Tokyo from Prometheus, and writes
    availability, mean and 95th percentile of latency, error budget left, minutes of outage and the worst incidents, for
    each service and for the platform, as C(sla-<month>.html) (one file, English and Japanese), C(sla-<month>.json) and
    C(sla-<month>.md).
  - A month of which anything was not measured says how much, and is never called met.
  - Prometheus is asked through the API server of the platform's EKS cluster, unless O(prometheus_url) names it.
  - Always runs on the controller. Reads only, but for the files it writes.
options:
  month:
    description: The month, as V(2026-10). By default the last one that is over; the present one is judged so far.
    type: str
    default: ""
  services:
    description: The services of the platform, named as the label C(service) of the recording rules has them.
    type: list
    elements: str
    required: true
  public_services:
    description: Those that customers reach. Requests to them are what the platform is judged by.
    type: list
    elements: str
    required: true
  uncalled_services:
    description:
      - Those that nobody may call, which the report names as such instead of missing their data.
      - One that was called in the month all the same is judged like any other.
    type: list
    elements: str
    default: []
  targets:
    description:
      - What the platform promises. A service is judged by the objectives that were recorded for it in the month, and by
        these where there are none.
    type: dict
    required: true
    suboptions:
      availability_percent:
        description: Share of requests that must not fail.
        type: float
        required: true
      api_mean_ms:
        description: Longest mean latency.
        type: float
        required: true
      api_p95_ms:
        description: Longest 95th percentile of latency.
        type: float
        required: true
  outage_percent:
    description: Share of failed requests from which five minutes count as outage.
    type: float
    default: 10.0
  prometheus_url:
    description: URL of a Prometheus that is asked instead of the cluster's.
    type: str
  prometheus:
    description: The Service of the cluster's Prometheus.
    type: dict
    suboptions:
      namespace:
        description: Its namespace.
        type: str
        default: monitoring
      service:
        description: Its name.
        type: str
        default: kube-prometheus-stack-prometheus
      port:
        description: Name or number of its port.
        type: str
        default: http-web
  report_dir:
    description: Directory to write to. Created when missing. Every file is replaced atomically.
    type: path
    required: true
  platform:
    description: The platform that is reported on.
    type: dict
    required: true
    suboptions:
      environment:
        description: Name of the environment. In V(sandbox) the report says that it is a rehearsal.
        type: str
        required: true
      account_id:
        description: AWS account, for the head of the report.
        type: str
        required: true
      region:
        description: Home region.
        type: str
        required: true
      tags:
        description: Tags that mark the platform's cluster.
        type: dict
        required: true
  revision:
    description: Revision of the code that makes the report.
    type: str
    required: true
  language:
    description: Language of RV(msg), and the one the page opens in.
    type: str
    default: en
    choices: [en, ja]
attributes:
  check_mode:
    description: Reads and judges, and writes nothing.
    support: full
  diff_mode:
    description: Shows the report's data.
    support: full
  action:
    description: Always runs on the controller, never as a module on a host.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Report on last month
  iworkz.platform.sla_report:
    services: [api-gateway, matching]
    public_services: [api-gateway]
    targets: {availability_percent: 99.9, api_mean_ms: 100, api_p95_ms: 250}
    report_dir: /var/lib/iworkz/report
    platform:
      environment: production
      account_id: "123456789012"
      region: ap-northeast-1
      tags: {Platform: iworkz, Environment: production}
    revision: "1.4.0"
"""

RETURN = r"""
changed:
  description: Whether the report says something else than the one that stood in O(report_dir).
  returned: always
  type: bool
month:
  description: The month.
  returned: success
  type: str
  sample: 2026-10
verdict:
  description: Of the platform. V(met), V(missed), V(incomplete), V(running), V(no_traffic) or V(no_data).
  returned: success
  type: str
  sample: met
verdicts:
  description: The same of each service, or V(no_caller) where nobody may call it.
  returned: success
  type: dict
  sample: {api-gateway: met, matching: missed}
platform:
  description: Figures of the platform, as C(sla-<month>.json) has them.
  returned: success
  type: dict
files:
  description: Path of each form of the report.
  returned: success
  type: dict
  contains:
    html: {description: The page., type: str}
    json: {description: The data., type: str}
    markdown: {description: Both languages as Markdown., type: str}
msg:
  description: Verdict, counts and path in one line, in O(language).
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.iworkz.platform.plugins.module_utils._sla.task import SPEC


def main() -> None:
    """Refuse to run anywhere but in the action plugin of the same name."""
    module = AnsibleModule(argument_spec={**aws_argument_spec(), **SPEC}, supports_check_mode=True)
    module.fail_json(msg="sla_report runs as an action on the controller, never as a module on a host")


if __name__ == "__main__":
    main()
