#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_backup
short_description: Vaults, plans, selections and restore testing in AWS Backup
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings vaults with their locks, plans, what they select and restore testing to the declared state in one task, and
    makes the first recovery points of what has none.
  - Recovery points are never deleted by this module.
options:
  region_settings:
    description:
      - Kinds of resources that the region backs up, as C(UpdateRegionSettings) takes them
        (C(resource_type_opt_in_preference), C(resource_type_management_preference)). Others stay as they are.
    type: dict
  vaults:
    description:
      - Vaults. C(encryption_key_arn) may be an alias and can't be changed.
      - C(lock) has C(min_retention_days), C(max_retention_days) and, for a lock in compliance mode, which nobody can
        lift after these days, C(changeable_for_days). Without it those who may can lift the lock. An empty C(lock) is
        none.
      - C(access_policy) is a policy document; C(notifications) has C(sns_topic_arn), which may be the name of a topic,
        and C(backup_vault_events).
    type: list
    elements: dict
  plans:
    description:
      - Backup plans, as C(CreateBackupPlan) takes them. C(rules) is a complete list.
    type: list
    elements: dict
  selections:
    description:
      - What plans back up, as C(CreateBackupSelection) takes it. C(backup_plan_name) is the plan, C(iam_role_arn) may
        be the name of a role. A selection that differs is made anew.
    type: list
    elements: dict
  recovery_points:
    description:
      - Resources, by C(resource_arn), that are to have a recovery point in C(backup_vault_name). Where there is none, a
        job makes one, with C(iam_role_arn) and C(lifecycle), and is waited for.
    type: list
    elements: dict
  copies:
    description:
      - Resources, by C(resource_arn), of whose recovery points in C(backup_vault_name) there is to be a copy in
        C(destination_backup_vault_arn), of another region usually. Where there is none, the newest is copied.
    type: list
    elements: dict
  cache_snapshots:
    description:
      - Replication groups of ElastiCache, which AWS Backup doesn't know, by C(replication_group_id), that are to have a
        snapshot. Where there is none, one is made; it is deleted once ElastiCache has made one by itself.
    type: list
    elements: dict
  restore_testing_plans:
    description:
      - Restore testing plans, as C(CreateRestoreTestingPlan) takes them.
    type: list
    elements: dict
  restore_testing_selections:
    description:
      - What they restore, as C(CreateRestoreTestingSelection) takes it. C(iam_role_arn) may be the name of a role.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Databases every night, kept in a vault that nobody empties, and copied to another region
  iworkz.platform.aws_backup:
    vaults:
      - backup_vault_name: iworkz-production
        encryption_key_arn: alias/iworkz-production-backup
        lock: {min_retention_days: 14, max_retention_days: 35}
    plans:
      - backup_plan_name: iworkz-production-nightly
        rules:
          - rule_name: daily
            target_backup_vault_name: iworkz-production
            schedule_expression: cron(0 2 * * ? *)
            schedule_expression_timezone: Asia/Tokyo
            lifecycle: {delete_after_days: 30}
            copy_actions:
              - destination_backup_vault_arn: arn:aws:backup:ap-northeast-3:123456789012:backup-vault:iworkz-production
                lifecycle: {delete_after_days: 30}
    selections:
      - backup_plan_name: iworkz-production-nightly
        selection_name: platform
        iam_role_arn: iworkz-production-backup
        resources: ["arn:aws:rds:*:*:db:*"]
        conditions:
          string_equals: [{condition_key: aws:ResourceTag/Platform, condition_value: iworkz}]
    tags: {Platform: iworkz, Environment: production}

- name: A backup of what was made today, now
  iworkz.platform.aws_backup:
    recovery_points:
      - resource_arn: arn:aws:rds:ap-northeast-1:123456789012:db:iworkz-production-postgres
        backup_vault_name: iworkz-production
        iam_role_arn: iworkz-production-backup
        lifecycle: {delete_after_days: 30}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [vault iworkz-production]
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
  sample: {"backup:ListBackupVaults": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
