#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_autoscaling
short_description: Scalable targets, policies and scheduled actions of Application Auto Scaling
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Says between which bounds something is scaled, by which policies, and at which times, in one task.
  - Application Auto Scaling scales shards and replicas of ElastiCache (cluster mode, and large enough nodes), tables of
    DynamoDB, services of ECS, storage of MSK, and others. Instances of RDS are none of them.
options:
  scalable_targets:
    description:
      - What is scaled. Keys are the parameters of C(RegisterScalableTarget) (C(service_namespace), C(resource_id),
        C(scalable_dimension), C(min_capacity), C(max_capacity), C(role_arn), C(suspended_state)).
      - C(role_arn) may be the name of a role; most services have a role of their own. A target that somebody suspended
        is resumed, unless C(suspended_state) is declared.
      - Deleting one takes its policies and scheduled actions along.
    type: list
    elements: dict
  scaling_policies:
    description:
      - By what it is scaled. Keys are the parameters of C(PutScalingPolicy).
    type: list
    elements: dict
  scheduled_actions:
    description:
      - At which times its bounds change. Keys are the parameters of C(PutScheduledAction).
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Two to five replicas of each shard, as busy as their processors are
  iworkz.platform.aws_autoscaling:
    scalable_targets:
      - service_namespace: elasticache
        resource_id: replication-group/iworkz-production-redis
        scalable_dimension: elasticache:replication-group:Replicas
        min_capacity: 2
        max_capacity: 5
    scaling_policies:
      - policy_name: iworkz-production-redis-replicas
        service_namespace: elasticache
        resource_id: replication-group/iworkz-production-redis
        scalable_dimension: elasticache:replication-group:Replicas
        policy_type: TargetTrackingScaling
        target_tracking_scaling_policy_configuration:
          target_value: 60
          predefined_metric_specification: {predefined_metric_type: ElastiCacheReplicaEngineCPUUtilization}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: ["scalable_target replication-group/iworkz-production-redis:elasticache:replication-group:Replicas"]
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
  sample: {"application-autoscaling:DescribeScalableTargets": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.autoscaling import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
