# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Buckets at the end of a platform: what is locked in compliance mode stays, and so does what it can't do without.

An adapter whose resources may stay has ``locked``, why by key: buckets here, vaults of backups in ``teardown_vaults``.
"""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._aws import kms, s3
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import Adapter, ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.destroy import Doomed
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import Outcome
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

SIGNING = "SIGN_VERIFY"


class Bucket(s3.Bucket):
    """As in ``s3``, and HeadObject. ``locked`` says why a bucket stays that nobody can empty yet."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.locked: dict[str, str] = {}

    def unprotect(self, key: str, current: State) -> None:
        try:
            super().unprotect(key, current)
        except ReconcileError as error:
            if s3.LOCK in current and (until := self._locked_until(key)):
                self.locked[key] = f"{error} (until {until})"
            raise

    def _locked_until(self, bucket: str) -> str | None:
        """Until when nobody can delete the first version that is left; None when it is not locked in that way."""
        (first,) = self.client.list_object_versions(Bucket=bucket, MaxKeys=1)["Versions"]
        found = self.client.head_object(Bucket=bucket, Key=first["Key"], VersionId=first["VersionId"])
        compliance = found.get("ObjectLockMode") == "COMPLIANCE"
        return found["ObjectLockRetainUntilDate"].isoformat() if compliance else None


def spare(found: Doomed, outcome: Outcome) -> tuple[Doomed, dict[str, str]]:
    """What is locked, no longer among what failed or was deleted, and why each stays, by label."""
    locked = [one for one in found if one[1] in _locked(one)]
    why = {f"{one[0].kind} {one[1]}": _locked(one)[one[1]] for one in locked}
    outcome.failed = {label: error for label, error in outcome.failed.items() if label not in why}
    outcome.changes = [change for change in outcome.changes if change.label not in why]
    return locked, why


def needed(found: Doomed, locked: Doomed) -> dict[str, str]:
    """Keys without which nobody could read what stays, or prove who signed it: why, by label."""
    if not locked:
        return {}
    stays = ", ".join(key for _adapter, key, _state in locked)
    used = {name for _adapter, _key, state in locked for name in _encrypting(state)}
    why = {}
    for adapter, key, state in found:
        if not isinstance(adapter, kms.Key):
            continue
        if used & {key, state["_id"], state["_arn"]}:
            why[f"{adapter.kind} {key}"] = f"encrypts what stays in {stays}"
        elif state.get("key_usage") == SIGNING:
            why[f"{adapter.kind} {key}"] = f"proves who signed what stays in {stays}"
    return why


def _locked(one: tuple[Adapter, str, State]) -> dict[str, str]:
    found: dict[str, str] = getattr(one[0], "locked", {})
    return found


def _encrypting(state: State) -> set[str]:
    """The ids, ARNs or aliases by which a bucket or a vault names the keys that encrypt it."""
    rules = state.get("server_side_encryption_configuration", {}).get("rules", [])
    used = (rule.get("apply_server_side_encryption_by_default", {}).get("kms_master_key_id") for rule in rules)
    return {key for key in (*used, state.get("encryption_key_arn")) if key}


ADAPTERS = (Bucket,)
