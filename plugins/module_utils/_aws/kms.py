# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS KMS: customer-managed keys, each known by its one alias, and replicas of multi-Region keys."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

ALIAS = "alias/"
AWS_ALIAS = "alias/aws/"
POLICY_NAME = "default"
DELETION_WINDOW_DAYS = 30
"""The longest that KMS offers: what the key encrypted is lost with it."""
ENABLED = "Enabled"
CREATING = "Creating"
PENDING = frozenset({"PendingDeletion", "PendingReplicaDeletion"})
"""The second is that of a multi-Region key whose time begins when its last replica is gone."""
ATTEMPTS = 6
"""At naming a replica, which its region may know only some seconds after ReplicateKey has answered."""
REPLICA = "REPLICA"
REPLICA_OF = re.compile(r"arn:[^:]+:kms:([^:]+):[0-9]{12}:(key/mrk-|alias/).+")
TAG_NAMES = ("TagKey", "TagValue")
ROTATION = frozenset({"key_rotation_enabled", "rotation_period_in_days"})
FIXED = frozenset({"key_usage", "key_spec", "origin", "multi_region"})
DESCRIBED = ("description", *sorted(FIXED), "key_state")


class Key(Resource):
    """ListAliases, DescribeKey, GetKeyPolicy, GetKeyRotationStatus, ListResourceTags; CreateKey, CreateAlias,
    UpdateKeyDescription, PutKeyPolicy, EnableKeyRotation, DisableKeyRotation, CancelKeyDeletion, EnableKey,
    ScheduleKeyDeletion; ReplicateKey, in the region of the primary key.

    A declared key is always to be enabled: one that was disabled or scheduled for deletion is brought back. The tag
    ``Name`` is the alias, so that a key whose creation was cut short before its alias was made is found again.
    A key is never replaced, whatever is allowed: nothing else decrypts what it encrypted.
    """

    service = "kms"
    kind = "key"
    option = "keys"
    key = "alias_name"
    create_operation = "CreateKey"
    extra = frozenset({"alias_name", "policy", "replica_of"}) | ROTATION
    policies = frozenset({"policy"})
    references: ClassVar[Mapping[str, str]] = {"replica_of": "kms_key"}
    immutable = FIXED | {"replica_of"}
    protected = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._scheduled: set[str] = set()
        self._seen: dict[str, State] = {}
        self.client.meta.events.register("needs-retry.kms.CreateAlias", _not_yet, unique_id="not-yet")

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        alias = str(item.get("alias_name"))
        if not alias.startswith(ALIAS) or alias.startswith(AWS_ALIAS):
            errors.append(f"alias_name must start with {ALIAS} and not with {AWS_ALIAS}")
        if "policy" in item and not isinstance(item["policy"], dict):
            errors.append("policy must be a policy document")
        return errors + (self._replica_errors(item) if "replica_of" in item else [])

    def normalise(self, desired: State) -> State:
        desired["tags"] = {"Name": desired["alias_name"].removeprefix(ALIAS), **desired["tags"]}
        self._refuse_another(desired)
        return {**desired, "key_state": ENABLED}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        aliases = {
            alias["AliasName"]: alias["TargetKeyId"]
            for alias in self.context.pages("kms", "list_aliases", "Aliases")
            if "TargetKeyId" in alias and not alias["AliasName"].startswith(AWS_ALIAS)
        }
        wanted = [item for item in aliases.items() if keys is None or item[0] in keys]
        states = {alias: state for alias, state in self.context.each(self._state, wanted) if not self._is_gone(state)}
        self._seen |= states
        return states

    def owns(self, state: State) -> bool:
        return state["key_state"] not in PENDING and super().owns(state)

    def ready(self, state: State) -> bool:
        return bool(state["key_state"] != CREATING)

    def create(self, key: str, desired: State) -> None:
        make = self._replicate if "replica_of" in desired else self._create_key
        key_id = self._without_alias(desired) or make(desired)
        self._rotate(key_id, desired)
        self.client.create_alias(AliasName=key, TargetKeyId=key_id)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        key_id = current["_id"]
        if "key_state" in fields:
            self._revive(key_id, current)
        if "description" in fields:
            self.client.update_key_description(KeyId=key_id, Description=desired["description"])
        if "policy" in fields:
            self.client.put_key_policy(KeyId=key_id, PolicyName=POLICY_NAME, Policy=json.dumps(desired["policy"]))
        if ROTATION & set(fields):
            self._rotate(key_id, desired)
        if "tags" in fields:
            self.retag(key_id, current, desired)

    def delete(self, key: str, current: State) -> None:
        """Schedule it. The alias stays with the key until KMS deletes both, so that declaring it again restores it."""
        self.client.schedule_key_deletion(KeyId=current["_id"], PendingWindowInDays=DELETION_WINDOW_DAYS)
        self._scheduled.add(current["_id"])

    def _is_gone(self, state: State) -> bool:
        """As far as this run is concerned: it scheduled the deletion itself, which takes weeks."""
        return state["key_state"] in PENDING and state["_id"] in self._scheduled

    def _replica_errors(self, item: dict[str, Any]) -> list[str]:
        named = REPLICA_OF.match(str(item["replica_of"]))
        given = sorted((FIXED | ROTATION) & item.keys())
        errors = [f"{name} is the primary key's, whose replica this is" for name in given]
        if named is None or named[1] == self.context.region:
            errors.append("replica_of must be the ARN of a multi-Region key, or of its alias, in another region")
        return errors

    def _refuse_another(self, desired: State) -> None:
        """
        :raises InvalidInput: when it would take another key to be as declared.
        """
        current = self._seen.get(desired["alias_name"])
        if current is None:
            return
        fixed = sorted(name for name in self.immutable & desired.keys() if current.get(name) != desired[name])
        if fixed:
            raise InvalidInput(
                [
                    f"key {desired['alias_name']} ({current['_arn']}): {', '.join(fixed)} cannot be changed in place, "
                    "and a key is never replaced, since nothing else decrypts what it encrypted. Nothing was changed. "
                    "Give this one another alias, let this task make a new one, and re-encrypt the data keys under it "
                    "(kms:ReEncrypt) before this one is deleted"
                ]
            )

    def _create_key(self, desired: State) -> str:
        parameters = self.parameters(desired, "CreateKey")
        if "policy" in desired:
            parameters["Policy"] = json.dumps(desired["policy"])
        return str(self.client.create_key(**parameters, Tags=self.tag_list(desired))["KeyMetadata"]["KeyId"])

    def _replicate(self, desired: State) -> str:
        primary = desired["replica_of"]
        parameters = self.parameters(desired, "ReplicateKey", "description")
        if "policy" in desired:
            parameters["Policy"] = json.dumps(desired["policy"])
        made = self.context.client("kms", primary.split(":")[3]).replicate_key(
            KeyId=primary, ReplicaRegion=self.context.region, **parameters, Tags=self.tag_list(desired)
        )
        return str(made["ReplicaKeyMetadata"]["KeyId"])

    def _without_alias(self, desired: State) -> str | None:
        """The key of an earlier run that did not get as far as the alias, if it is as declared."""
        aliased = {alias.get("TargetKeyId") for alias in self.context.pages("kms", "list_aliases", "Aliases")}
        keys = [key["KeyId"] for key in self.context.pages("kms", "list_keys", "Keys")]
        for key_id in keys:
            if key_id in aliased:
                continue
            metadata = self.client.describe_key(KeyId=key_id)["KeyMetadata"]
            if metadata["KeyManager"] == "CUSTOMER" and metadata["KeyState"] in (CREATING, ENABLED):
                described = self._described(metadata)
                fixed = all(described.get(name) == desired[name] for name in self.immutable & desired.keys())
                if fixed and desired["tags"].items() <= self._tags(key_id).items():
                    return str(key_id)
        return None

    def _revive(self, key_id: str, current: State) -> None:
        if current["key_state"] == CREATING:
            return  # it will be enabled by itself
        if current["key_state"] in PENDING:
            self.client.cancel_key_deletion(KeyId=key_id)
        # A key whose deletion was cancelled is disabled.
        self.client.enable_key(KeyId=key_id)

    def _rotate(self, key_id: str, desired: State) -> None:
        enabled = desired.get("key_rotation_enabled")
        if enabled:
            period = desired.get("rotation_period_in_days")
            self.client.enable_key_rotation(KeyId=key_id, **({"RotationPeriodInDays": period} if period else {}))
        elif enabled is False:
            self.client.disable_key_rotation(KeyId=key_id)

    def _tags(self, key_id: str) -> dict[str, str]:
        return from_list(self.context.pages("kms", "list_resource_tags", "Tags", KeyId=key_id), TAG_NAMES)

    def _described(self, metadata: dict[str, Any]) -> State:
        described = self.snake("DescribeKey", ("KeyMetadata",), metadata)
        related = metadata.get("MultiRegionConfiguration", {})
        return {
            **{field: described[field] for field in DESCRIBED if field in described},
            **({"replica_of": related["PrimaryKey"]["Arn"]} if related.get("MultiRegionKeyType") == REPLICA else {}),
        }

    def _state(self, alias: tuple[str, str]) -> tuple[str, State]:
        name, key_id = alias
        metadata = self.client.describe_key(KeyId=key_id)["KeyMetadata"]
        state = self._described(metadata)
        policy = self.client.get_key_policy(KeyId=key_id, PolicyName=POLICY_NAME)["Policy"]
        rotation = self.client.get_key_rotation_status(KeyId=key_id)
        state |= {
            "alias_name": name,
            "policy": json.loads(policy),
            "key_rotation_enabled": rotation["KeyRotationEnabled"],
            "tags": self._tags(key_id),
            "_id": key_id,
            "_arn": metadata["Arn"],
        }
        if "RotationPeriodInDays" in rotation:
            state["rotation_period_in_days"] = rotation["RotationPeriodInDays"]
        return name, state


def _not_yet(response: Any, attempts: int, **_event: Any) -> float | None:
    """Seconds until a call is tried again, None if it is not (botocore's event needs-retry)."""
    code = response[1].get("Error", {}).get("Code") if response else None
    return 0.5 * 2**attempts if code == "NotFoundException" and attempts < ATTEMPTS else None


ADAPTERS = (Key,)
