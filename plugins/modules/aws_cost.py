#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_cost
short_description: Budgets, anomaly monitors and cost allocation tags
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings AWS Budgets with their notifications and subscribers, anomaly monitors of Cost Explorer with their
    subscriptions, and the cost allocation tags to the declared state in one task.
  - Billing is in us-east-1 only, whatever the region is. Topics are those of the region of the task.
options:
  budgets:
    description:
      - Budgets. Keys are those of C(Budget) of C(CreateBudget), and C(notifications), a complete list of mappings with
        C(notification_type) (V(ACTUAL) or V(FORECASTED)), C(threshold), C(comparison_operator) (default
        V(GREATER_THAN)), C(threshold_type) (default V(PERCENTAGE)) and C(subscribers), with C(subscription_type) and
        C(address) each, which may be the name of a topic.
      - AWS takes limits of costs in USD only. The type of a budget cannot be changed in place.
    type: list
    elements: dict
  anomaly_monitors:
    description:
      - Anomaly monitors. Keys are those of C(AnomalyMonitor) of C(CreateAnomalyMonitor); only C(monitor_name) can be
        changed in place.
      - An account has one monitor of a dimension. Where AWS or somebody made it under another name, it is renamed.
    type: list
    elements: dict
  anomaly_subscriptions:
    description:
      - Who is told of anomalies. Keys are those of C(AnomalySubscription) of C(CreateAnomalySubscription).
        C(monitor_arn_list) may have names of monitors, C(address) of a subscriber may be the name of a topic.
    type: list
    elements: dict
  cost_allocation_tags:
    description:
      - Tags by which costs are told, as C(tag_key) and C(status) (V(Active) or V(Inactive)).
      - Billing knows a tag up to 24 hours after something has carried it first. One that it does not know yet is left,
        and shows with the status V(Unknown).
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A budget of which a forecast is told, anomalies from 50 dollars, and costs by environment
  iworkz.platform.aws_cost:
    budgets:
      - budget_name: iworkz-production
        budget_type: COST
        time_unit: MONTHLY
        budget_limit: {amount: "20000", unit: USD}
        cost_filters: {TagKeyValue: ["user:Environment$production"]}
        notifications:
          - notification_type: FORECASTED
            threshold: 100
            subscribers: [{subscription_type: SNS, address: iworkz-production-alerts}]
    anomaly_monitors:
      - {monitor_name: iworkz-production-services, monitor_type: DIMENSIONAL, monitor_dimension: SERVICE}
    anomaly_subscriptions:
      - subscription_name: iworkz-production-anomalies
        frequency: IMMEDIATE
        monitor_arn_list: [iworkz-production-services]
        subscribers: [{type: SNS, address: iworkz-production-alerts}]
        threshold_expression:
          dimensions: {key: ANOMALY_TOTAL_IMPACT_ABSOLUTE, match_options: [GREATER_THAN_OR_EQUAL], values: ["50"]}
    cost_allocation_tags:
      - {tag_key: Environment, status: Active}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [budget iworkz-production]
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
  sample: {"budgets:DescribeBudgets": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.cost import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
