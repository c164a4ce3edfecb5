#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_elasticache
short_description: Subnet groups, parameter groups, users, user groups and replication groups in Amazon ElastiCache
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings cache subnet groups, parameter groups with their parameters, users, user groups and replication groups to the
    declared state in one task, in this order.
  - Waits until replication groups are available; the default timeout is 60 minutes.
options:
  subnet_groups:
    description:
      - Subnet groups. Keys are the parameters of C(CreateCacheSubnetGroup) (C(cache_subnet_group_name),
        C(cache_subnet_group_description), C(subnet_ids)).
    type: list
    elements: dict
  parameter_groups:
    description:
      - Parameter groups. Keys are the parameters of C(CreateCacheParameterGroup) (C(cache_parameter_group_name),
        C(cache_parameter_group_family), C(description)) and C(parameters), a dictionary of parameter names and values.
      - Only declared parameters are compared. Family and description cannot be changed in place.
    type: list
    elements: dict
  users:
    description:
      - Users. Keys are the parameters of C(CreateUser) (C(user_id), C(user_name), C(engine), C(access_string),
        C(authentication_mode)). Passwords are refused; C(authentication_mode) has the C(type) V(iam), or
        V(no-password-required) for a disabled default user.
      - With the C(type) V(password) C(secret) (C(name), C(kms_key_id)) is the secret in Secrets Manager that the
        password is made in and read from, beside the C(username).
      - C(user_name) cannot be changed in place.
    type: list
    elements: dict
  user_groups:
    description:
      - User groups. Keys are the parameters of C(CreateUserGroup) (C(user_group_id), C(engine), C(user_ids)).
      - A group of engine V(redis) must have a user whose name is V(default).
    type: list
    elements: dict
  replication_groups:
    description:
      - Replication groups. Keys are the parameters of C(CreateReplicationGroup). C(auth_token) is refused, declare
        C(user_group_ids); nodes are counted by C(num_node_groups) and C(replicas_per_node_group), not by
        C(num_cache_clusters).
      - C(replicas_per_node_group) counts as declared while it is within the bounds of a target of Application Auto
        Scaling.
      - C(apply_immediately) (default V(false)) makes changes of C(cache_node_type) and C(engine_version) now instead of
        in the maintenance window. What waits for the window counts as done and shows under C(pending_modified_values).
        AWS makes other changes at once in either case.
      - C(engine_version) is the least there must be within its major version, because minor upgrades come by
        themselves.
      - C(at_rest_encryption_enabled), C(cache_subnet_group_name), C(cluster_mode), C(data_tiering_enabled), C(engine),
        C(kms_key_id), C(num_node_groups) and C(port) cannot be changed in place.
      - Deleting a group, be it by O(purge) or O(allow_replace), takes a final snapshot named after the time.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Redis that fails over by itself, with a user who signs in by IAM
  iworkz.platform.aws_elasticache:
    subnet_groups:
      - cache_subnet_group_name: iworkz-production-redis
        cache_subnet_group_description: Data subnets
        subnet_ids: [iworkz-production-data-1a, iworkz-production-data-1c, iworkz-production-data-1d]
    parameter_groups:
      - cache_parameter_group_name: iworkz-production-redis7
        cache_parameter_group_family: redis7
        description: Parameters of Redis
        parameters: {maxmemory-policy: volatile-lru}
    users:
      - user_id: iworkz-production-default
        user_name: default
        engine: redis
        access_string: "off -@all"
        authentication_mode: {type: no-password-required}
      - user_id: iworkz-production-search
        user_name: iworkz-production-search
        engine: redis
        access_string: "on ~search:* +@all -@dangerous"
        authentication_mode: {type: iam}
    user_groups:
      - user_group_id: iworkz-production-redis
        engine: redis
        user_ids: [iworkz-production-default, iworkz-production-search]
    replication_groups:
      - replication_group_id: iworkz-production-redis
        replication_group_description: Sessions and caches
        engine: redis
        engine_version: "7.1"
        cache_node_type: cache.r7g.xlarge
        num_node_groups: 1
        replicas_per_node_group: 2
        automatic_failover_enabled: true
        multi_az_enabled: true
        cache_parameter_group_name: iworkz-production-redis7
        cache_subnet_group_name: iworkz-production-redis
        transit_encryption_enabled: true
        user_group_ids: [iworkz-production-redis]
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [replication_group iworkz-production-redis]
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
  sample: {"elasticache:DescribeReplicationGroups": 2}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.elasticache import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
