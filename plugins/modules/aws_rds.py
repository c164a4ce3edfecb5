#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_rds
short_description: Subnet groups, parameter groups, instances, read replicas and event subscriptions in Amazon RDS
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings DB subnet groups, DB parameter groups with their parameters, DB instances and their read replicas to the
    declared state in one task, in this order, and subscribes topics to their events.
  - Waits until instances are available; the default timeout is 60 minutes.
options:
  subnet_groups:
    description:
      - Subnet groups. Keys are the parameters of C(CreateDBSubnetGroup) (C(db_subnet_group_name),
        C(db_subnet_group_description), C(subnet_ids)).
    type: list
    elements: dict
  parameter_groups:
    description:
      - Parameter groups. Keys are the parameters of C(CreateDBParameterGroup) (C(db_parameter_group_name),
        C(db_parameter_group_family), C(description)) and C(parameters), a dictionary of parameter names and values.
      - Only declared parameters are compared. Dynamic ones are applied at once, static ones at the next reboot; a group
        that waits for one shows as C(parameter_apply_status=pending-reboot) in the instances that use it.
      - Family and description cannot be changed in place.
    type: list
    elements: dict
  event_subscriptions:
    description:
      - Who is told of events. Keys are the parameters of C(CreateEventSubscription) (C(subscription_name),
        C(sns_topic_arn), C(source_type), C(event_categories), C(source_ids), C(enabled)). C(sns_topic_arn) may be the
        name of a topic of this region. C(source_ids) cannot be changed in place; without them it is all of the region.
    type: list
    elements: dict
    version_added: 0.4.0
  instances:
    description:
      - DB instances. Keys are the parameters of C(CreateDBInstance). C(master_user_password) is refused; declare
        C(manage_master_user_password) instead and RDS keeps the password in Secrets Manager.
      - C(apply_immediately) (default V(false)) makes changes that interrupt service now instead of in the maintenance
        window. What waits for the window counts as done and shows under C(pending_modified_values).
      - C(allow_major_version_upgrade) (default V(false)) must be V(true) for an C(engine_version) of another major.
      - C(engine_version) is the least there must be within its major version, because minor upgrades come by
        themselves. C(allocated_storage) may have grown.
      - C(availability_zone), C(db_name), C(db_subnet_group_name), C(engine), C(kms_key_id), C(master_username) and
        C(storage_encrypted) cannot be changed in place.
      - Deleting an instance, be it by O(purge) or O(allow_replace), takes a final snapshot named after the time and
        keeps its automated backups.
    type: list
    elements: dict
  replicas:
    description:
      - Read replicas. Keys are the parameters of C(CreateDBInstanceReadReplica), C(apply_immediately),
        C(allow_major_version_upgrade) and C(preferred_maintenance_window), which a replica takes from its source on
        creation and which can be changed afterwards.
      - C(availability_zone), C(db_subnet_group_name), C(kms_key_id) and C(source_db_instance_identifier) cannot be
        changed in place.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A Multi-AZ database with a read replica
  iworkz.platform.aws_rds:
    subnet_groups:
      - db_subnet_group_name: iworkz-production-postgres
        db_subnet_group_description: Data subnets
        subnet_ids: [iworkz-production-data-1a, iworkz-production-data-1c, iworkz-production-data-1d]
    parameter_groups:
      - db_parameter_group_name: iworkz-production-postgres17
        db_parameter_group_family: postgres17
        description: Parameters of the database
        parameters: {log_min_duration_statement: 500, shared_preload_libraries: "pg_stat_statements,pgaudit"}
    instances:
      - db_instance_identifier: iworkz-production-postgres
        engine: postgres
        engine_version: "17"
        db_instance_class: db.r7g.4xlarge
        allocated_storage: 2000
        storage_encrypted: true
        kms_key_id: alias/iworkz-production-data
        master_username: iworkz_admin
        manage_master_user_password: true
        db_subnet_group_name: iworkz-production-postgres
        db_parameter_group_name: iworkz-production-postgres17
        vpc_security_group_ids: [iworkz-production-postgres]
        multi_az: true
        backup_retention_period: 35
    replicas:
      - db_instance_identifier: iworkz-production-postgres-replica-1
        source_db_instance_identifier: iworkz-production-postgres
        availability_zone: ap-northeast-1c
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [db_instance iworkz-production-postgres]
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
  sample: {"rds:DescribeDBInstances": 2}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.rds import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
