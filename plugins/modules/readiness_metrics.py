#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: readiness_metrics
short_description: Put the figures of the readiness report to CloudWatch
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Puts metrics of the namespace C(iWORKZ/Readiness), as of the report's time and with the dimension C(Environment) -
    C(Go) (0 or 1), C(Items) by C(Verdict), and C(ReadyShare) (0 to 1), in all and by C(Phase).
  - Always runs on the controller.
notes:
  - A point of a metric is no change of the platform, so RV(changed) is never true.
options:
  report:
    description: The file C(readiness.json) that M(iworkz.platform.readiness_report) wrote.
    type: path
    required: true
attributes:
  check_mode:
    description: Reads the report, and puts nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
  action:
    description: Always runs on the controller, never as a module on a host.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Let the dashboards know
  iworkz.platform.readiness_metrics:
    report: /var/lib/iworkz/report/readiness.json
    region: ap-northeast-1
"""

RETURN = r"""
changed:
  description: Never true.
  returned: always
  type: bool
namespace:
  description: Where the metrics are.
  returned: success
  type: str
  sample: iWORKZ/Readiness
metrics:
  description: How many were put (would be, in check mode).
  returned: success
  type: int
  sample: 16
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.iworkz.platform.plugins.module_utils._report.metrics import SPEC


def main() -> None:
    """Refuse to run anywhere but in the action plugin of the same name."""
    module = AnsibleModule(argument_spec={**aws_argument_spec(), **SPEC}, supports_check_mode=True)
    module.fail_json(msg="readiness_metrics runs as an action on the controller, never as a module on a host")


if __name__ == "__main__":
    main()
