#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_cloudwatch
short_description: Log groups, their filters, resource policies, alarms and dashboards in Amazon CloudWatch
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of log groups, their filters, metric alarms and dashboards to the declared state in one task.
options:
  log_groups:
    description:
      - Log groups. Keys are the parameters of C(CreateLogGroup) (C(log_group_name), C(kms_key_id), C(log_group_class))
        and C(retention_in_days) (days, one of the values of C(PutRetentionPolicy)).
      - C(kms_key_id) may be an alias. C(log_group_class) cannot be changed in place.
    type: list
    elements: dict
  metric_filters:
    description:
      - Metric filters. Keys are the parameters of C(PutMetricFilter) (C(log_group_name), C(filter_name),
        C(filter_pattern), C(metric_transformations)).
    type: list
    elements: dict
  subscription_filters:
    description:
      - Subscription filters. Keys are the parameters of C(PutSubscriptionFilter). C(destination_arn) may be the name of
        a delivery stream, C(role_arn) that of a role.
    type: list
    elements: dict
    version_added: 0.3.0
  resource_policies:
    description:
      - Which AWS services may write to log groups, as C(policy_name) and C(policy_document) (in the API's form).
    type: list
    elements: dict
  alarms:
    description:
      - Metric alarms. Keys are the parameters of C(PutMetricAlarm). Actions may be names of SNS topics of this account
        and region. C(period) is in seconds.
    type: list
    elements: dict
  dashboards:
    description:
      - Dashboards, as C(dashboard_name) and C(dashboard_body) (a dict in the form of the API's JSON body).
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Alarm on the database's CPU
  iworkz.platform.aws_cloudwatch:
    alarms:
      - alarm_name: iworkz-production-rds-postgres-cpu
        namespace: AWS/RDS
        metric_name: CPUUtilization
        dimensions: [{name: DBInstanceIdentifier, value: iworkz-production-postgres}]
        statistic: Average
        period: 300
        evaluation_periods: 3
        threshold: 80
        comparison_operator: GreaterThanThreshold
        treat_missing_data: breaching
        alarm_actions: [iworkz-production-alerts]
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [alarm iworkz-production-rds-postgres-cpu]
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
  sample: {"cloudwatch:DescribeAlarms": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.cloudwatch import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
