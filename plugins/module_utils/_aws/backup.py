# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Backup: what a region backs up, vaults with their locks, and plans. Further kinds are in the modules beside."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup_member import ABSENT, Member
from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup_points import (
    CacheSnapshot,
    Copy,
    RecoveryPoint,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup_selections import Selection
from ansible_collections.iworkz.platform.plugins.module_utils._aws.backup_tests import RestoreTest, RestoreTestSelection
from ansible_collections.iworkz.platform.plugins.module_utils._aws.compare import same_key
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered, error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_map
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State, covers

LOCK, POLICY, NOTIFICATIONS = "lock", "access_policy", "notifications"
SETTINGS = {LOCK: "PutBackupVaultLockConfiguration", NOTIFICATIONS: "PutBackupVaultNotifications"}
NAMED = frozenset({"backup_vault_name"})
GRACE = "changeable_for_days"
RETENTION = {"min_retention_days": "MinRetentionDays", "max_retention_days": "MaxRetentionDays"}


class RegionSettings(Resource):
    """DescribeRegionSettings; UpdateRegionSettings. Kinds of resources that are not declared stay as they are."""

    service = "backup"
    kind = "region_settings"
    option = "region_settings"
    singleton = True
    create_operation = "UpdateRegionSettings"
    taggable = False

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        return {self.kind: self.snake("DescribeRegionSettings", (), self.client.describe_region_settings())}

    def owns(self, state: State) -> bool:
        return False  # the region's, not ours to delete

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.client.update_region_settings(**self.parameters(desired, "UpdateRegionSettings", *fields))


class Vault(Resource):
    """ListBackupVaults, ListTags, GetBackupVaultAccessPolicy, GetBackupVaultNotifications; CreateBackupVault,
    PutBackupVaultLockConfiguration, DeleteBackupVaultLockConfiguration, PutBackupVaultAccessPolicy,
    PutBackupVaultNotifications, TagResource, UntagResource; when unprotected DeleteBackupVaultAccessPolicy,
    ListRecoveryPointsByBackupVault, DeleteRecoveryPoint; DeleteBackupVault.

    A ``lock`` with ``changeable_for_days`` is one in compliance mode: after these days nobody can lift it. An empty
    lock is none.
    """

    service = "backup"
    kind = "vault"
    option = "vaults"
    key = "backup_vault_name"
    create_operation = "CreateBackupVault"
    extra = frozenset({LOCK, POLICY, NOTIFICATIONS})
    immutable = frozenset({"encryption_key_arn"})
    policies = frozenset({POLICY})
    references: ClassVar[dict[str, str]] = {
        "encryption_key_arn": "kms_key",
        f"{NOTIFICATIONS}.sns_topic_arn": "sns_topic",
    }
    protected = True

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, "encryption_key_arn": same_key, LOCK: same_lock}

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        for field, operation in SETTINGS.items():
            if item.get(field):
                shape = shapes.input_shape(self.client, operation)
                errors += [f"{field}: {error}" for error in shapes.errors_in(shape, item[field], filled=NAMED)]
        return errors

    def normalise(self, desired: State) -> State:
        if NOTIFICATIONS in desired:
            desired[NOTIFICATIONS]["backup_vault_events"] = sorted(desired[NOTIFICATIONS]["backup_vault_events"])
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = self.context.pages("backup", "list_backup_vaults", "BackupVaultList")
        wanted = [one for one in found if keys is None or one["BackupVaultName"] in keys]
        return dict(self.context.each(self._state, wanted))

    def create(self, key: str, desired: State) -> None:
        made = self.parameters(desired, "CreateBackupVault", "encryption_key_arn")
        self.client.create_backup_vault(BackupVaultName=key, BackupVaultTags=desired["tags"], **made)
        self._put(key, desired, tuple(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._put(key, desired, fields)
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def unprotect(self, key: str, current: State) -> None:
        """Lift policy and lock and delete every recovery point. A lock in compliance mode AWS refuses to lift."""
        self.client.delete_backup_vault_access_policy(BackupVaultName=key)
        if current[LOCK]:
            self.client.delete_backup_vault_lock_configuration(BackupVaultName=key)
        for point in self.context.pages(
            "backup", "list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=key
        ):
            self.client.delete_recovery_point(BackupVaultName=key, RecoveryPointArn=point["RecoveryPointArn"])

    def delete(self, key: str, current: State) -> None:
        self.client.delete_backup_vault(BackupVaultName=key)

    def transient(self, error: Exception) -> bool:
        # Recovery points take a moment to go, and one in the making can't be deleted yet.
        if error_code(error) in ("InvalidRequestException", "InvalidResourceStateException"):
            return "recovery point" in str(error)
        return super().transient(error)

    def _put(self, key: str, desired: State, fields: Collection[str]) -> None:
        if POLICY in fields:
            self.client.put_backup_vault_access_policy(BackupVaultName=key, Policy=json.dumps(desired[POLICY]))
        if NOTIFICATIONS in fields:
            told = self.parameters(desired[NOTIFICATIONS], SETTINGS[NOTIFICATIONS])
            self.client.put_backup_vault_notifications(BackupVaultName=key, **told)
        if LOCK in fields and desired[LOCK]:
            lock = self.parameters(desired[LOCK], SETTINGS[LOCK])
            self.client.put_backup_vault_lock_configuration(BackupVaultName=key, **lock)
        elif LOCK in fields:
            self.client.delete_backup_vault_lock_configuration(BackupVaultName=key)

    def _state(self, found: dict[str, Any]) -> tuple[str, State]:
        name, arn = found["BackupVaultName"], found["BackupVaultArn"]
        held = answered(self.client.get_backup_vault_access_policy, *ABSENT, BackupVaultName=name)
        told = answered(self.client.get_backup_vault_notifications, *ABSENT, BackupVaultName=name)
        return name, {
            "backup_vault_name": name,
            "encryption_key_arn": found.get("EncryptionKeyArn"),
            LOCK: _lock(found),
            **({POLICY: json.loads(held["Policy"])} if held else {}),
            **({NOTIFICATIONS: _notifications(told)} if told else {}),
            "tags": from_map(self.client.list_tags(ResourceArn=arn).get("Tags")),
            "_arn": arn,
            "_locked_from": found.get("LockDate"),
        }


class Plan(Member):
    """ListBackupPlans, GetBackupPlan, ListTags; CreateBackupPlan, UpdateBackupPlan, TagResource, UntagResource,
    DeleteBackupPlan."""

    kind = "backup_plan"
    option = "plans"
    key = "backup_plan_name"
    create_operation = "CreateBackupPlan"
    member = "BackupPlan"
    depends_on = ("vault",)

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, "rules": same_rules}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = self.context.pages("backup", "list_backup_plans", "BackupPlansList")
        wanted = [one for one in found if keys is None or one["BackupPlanName"] in keys]
        return dict(self.context.each(self._state, wanted))

    def create(self, key: str, desired: State) -> None:
        self.client.create_backup_plan(
            BackupPlan=self.document(desired, "CreateBackupPlan"), BackupPlanTags=desired["tags"]
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if set(fields) - {"tags"}:
            document = self.document(desired, "UpdateBackupPlan")
            self.client.update_backup_plan(BackupPlanId=current["_id"], BackupPlan=document)
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_backup_plan(BackupPlanId=current["_id"])

    def _state(self, found: dict[str, Any]) -> tuple[str, State]:
        told = self.client.get_backup_plan(BackupPlanId=found["BackupPlanId"])["BackupPlan"]
        state = self.snake("GetBackupPlan", ("BackupPlan",), told)
        tags = self.tags_of(found["BackupPlanArn"])
        ids = {"_id": found["BackupPlanId"], "_arn": found["BackupPlanArn"]}
        return found["BackupPlanName"], {**state, "tags": tags, **ids}


def same_rules(current: Any, desired: Any) -> bool:
    """Whether two plans have the same rules, in any order; of each rule the declared keys count."""
    have = {rule["rule_name"]: rule for rule in current or ()}
    want = {rule["rule_name"]: rule for rule in desired}
    return have.keys() == want.keys() and all(covers(have[name], rule) for name, rule in want.items())


def same_lock(current: dict[str, Any], desired: dict[str, Any]) -> bool:
    """Whether a vault is locked alike: the days of grace that are left don't count, the mode does."""
    if not current or not desired:
        return bool(current) == bool(desired)
    alike = all(current.get(name) == days for name, days in desired.items() if name != GRACE)
    return alike and (GRACE in current) == (GRACE in desired)


def _lock(found: dict[str, Any]) -> dict[str, Any]:
    if not found.get("Locked"):
        return {}
    days = {name: found[api] for name, api in RETENTION.items() if found.get(api) is not None}
    return {**days, **({GRACE: _days_until(found["LockDate"])} if found.get("LockDate") else {})}


def _notifications(told: dict[str, Any]) -> dict[str, Any]:
    return {"sns_topic_arn": told["SNSTopicArn"], "backup_vault_events": sorted(told["BackupVaultEvents"])}


def _days_until(moment: datetime) -> int:
    return max(0, (moment - datetime.now(UTC)).days)


ADAPTERS = (
    RegionSettings,
    Vault,
    Plan,
    Selection,
    RecoveryPoint,
    Copy,
    CacheSnapshot,
    RestoreTest,
    RestoreTestSelection,
)
