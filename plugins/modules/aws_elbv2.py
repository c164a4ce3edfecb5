#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_elbv2
short_description: Application and network load balancers with their listeners
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of load balancers and listeners to the declared state in one task.
  - Certificates may be declared by the hosts that they are for.
options:
  load_balancers:
    description:
      - Load balancers, with the parameters of C(CreateLoadBalancer) in snake case; C(subnets), C(security_groups) may
        be names. C(scheme) and C(type) cannot be changed later.
      - C(attributes) maps names such as C(deletion_protection.enabled) to values, both strings. Others stay.
    type: list
    elements: dict
  listeners:
    description:
      - Listeners, with the parameters of C(CreateListener) in snake case, and C(load_balancer), the name of the load
        balancer, in place of its ARN. There is one of each C(load_balancer) and C(port).
      - C(certificates) are ARNs or hosts. For a host it is the issued certificate of the region that covers it, of
        several the one that lasts longest. The first is the default. What is not declared is taken off.
      - C(attributes) as for load balancers.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Say that the site is being repaired
  iworkz.platform.aws_elbv2:
    load_balancers:
      - name: iworkz-production-maintenance
        type: application
        scheme: internet-facing
        subnets: [iworkz-production-public-3a, iworkz-production-public-3b]
        security_groups: [iworkz-production-alb]
        attributes: {deletion_protection.enabled: "true"}
    listeners:
      - load_balancer: iworkz-production-maintenance
        port: 443
        protocol: HTTPS
        ssl_policy: ELBSecurityPolicy-TLS13-1-2-2021-06
        certificates: [www.iworkz.jp]
        default_actions:
          - type: fixed-response
            fixed_response_config: {status_code: "503", content_type: text/plain, message_body: Back soon}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [load_balancer iworkz-production-maintenance]
updated:
  description: Resources that were changed in place or replaced, as C(kind name).
  returned: always
  type: list
  elements: str
deleted:
  description: Resources that were deleted, as C(kind name).
  returned: always
  type: list
  elements: str
unchanged:
  description: Resources that were as declared, as C(kind name).
  returned: always
  type: list
  elements: str
failed_resources:
  description: Error text by resource, for those that could not be brought to their state.
  returned: always
  type: dict
resources:
  description: State of every declared resource by option and name, read back (predicted, in check mode).
  returned: always
  type: dict
elapsed:
  description: Seconds from the first read to the last.
  returned: always
  type: float
api_calls:
  description: Number of API calls by operation, retries included.
  returned: always
  type: dict
  sample: {"elbv2:DescribeLoadBalancers": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.elbv2 import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
