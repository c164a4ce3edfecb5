#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_shield
short_description: Subscription, protections and response team of AWS Shield Advanced
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings the account's protections, with their health checks, and what AWS's response team knows of it to the declared
    state in one task.
  - Shield Advanced is a commitment of one year at 3,000 USD a month. It is entered only where O(subscription) says
    C(subscribe=true); without that, an account that is not subscribed is an error before the first change.
options:
  subscription:
    description:
      - C(auto_renew) is V(ENABLED) or V(DISABLED).
      - With C(subscribe) an account that is not subscribed is.
    type: dict
  protections:
    description:
      - Protections, with the parameters of C(CreateProtection) in snake case; there is one of each C(resource_arn).
      - C(health_checks) are the names of health checks of Route 53, at most ten. A hosted zone takes none.
      - C(automatic_response) is what Shield does with the requests of an attack on the application layer, V(BLOCK),
        V(COUNT) or V(DISABLED), by a rule of its own in the web ACL that stands before a load balancer or distribution.
    type: list
    elements: dict
  protection_groups:
    description:
      - Groups of protections whose traffic is looked at together, with the parameters of C(CreateProtectionGroup) in
        snake case.
    type: list
    elements: dict
    version_added: 0.4.0
  response_team:
    description:
      - C(emergency_contact_list) as in C(UpdateEmergencyContactSettings), the complete list.
      - With C(proactive_engagement) AWS calls them by itself; one must have a C(phone_number).
      - C(role_arn), or a name, is the role that the response team works with. Empty takes its access away.
      - C(log_buckets) are the buckets with logs that it may read, the complete list. Their policies must let
        drt.shield.amazonaws.com.
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Protect a distribution, and let AWS call when it suffers
  iworkz.platform.aws_shield:
    subscription: {auto_renew: ENABLED}
    protections:
      - name: iworkz-production
        resource_arn: arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE
        health_checks: [iworkz-production-identity]
    response_team:
      role_arn: iworkz-production-shield-response
      emergency_contact_list: [{email_address: security@example.jp, phone_number: "+81312345678"}]
      proactive_engagement: true
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [subscription subscription]
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
  sample: {"shield:GetSubscriptionState": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.shield import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
