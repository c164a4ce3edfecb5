# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Secrets Manager: replicas of the platform's secrets in other regions."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError, TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State, covers

with suppress(ImportError):  # AnsibleAWSModule reports what is missing, with the versions it needs
    from botocore.exceptions import ClientError

IN_SYNC, IN_PROGRESS = "InSync", "InProgress"
REGIONS = "AddReplicaRegions"
IDENTITY = ("Platform", "Environment")

Item = dict[str, Any]


class Replication(Resource):
    """ListSecrets, DescribeSecret; ReplicateSecretToRegions, RemoveRegionsFromReplication.

    Declared are a region and the key that encrypts there. The state is how each secret of the platform is replicated to
    it: ``secrets`` by name, each with ``status`` and the id of its key, and ``left_out``, those of other services,
    which cannot be replicated. The platform's are those that bear its tags, or whose names begin with its own.
    """

    service = "secretsmanager"
    kind = "replication"
    option = "replications"
    key = "region"
    create_operation = "ReplicateSecretToRegions"
    references: ClassVar[dict[str, str]] = {"kms_key_id": "kms_key"}
    taggable = False

    def validate(self, item: Item) -> list[str]:
        errors = shapes.errors_in(shapes.input_shape(self.client, self.create_operation).members[REGIONS].member, item)
        if "kms_key_id" not in item:
            errors.append("kms_key_id must name a key of that region")
        if item.get("region") == self.context.region:
            errors.append("region must be another than the secrets' own")
        if not self.context.tags.keys() >= set(IDENTITY):
            errors.append(f"tags must say whose secrets: {' and '.join(IDENTITY)}")
        return errors

    def normalise(self, desired: State) -> State:
        wanted = {"status": IN_SYNC, "kms_key_id": _key_id(desired["kms_key_id"])}
        secrets = {one["Name"]: wanted for one in self._ours() if "OwningService" not in one}
        return {self.key: desired[self.key], "secrets": secrets, "_kms_key": desired["kms_key_id"]}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        ours = self._ours()
        own = [one for one in ours if "OwningService" not in one]
        told = self.context.each(lambda one: self.client.describe_secret(SecretId=one["ARN"]), own if keys else [])
        left_out = sorted(one["Name"] for one in ours if "OwningService" in one)
        return {region: {**_state(region, told), "left_out": left_out} for region in keys or ()}

    def owns(self, state: State) -> bool:
        return False  # replicas go with their secrets

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        standing = current["secrets"]
        wrong = [name for name, wanted in desired["secrets"].items() if not covers(standing.get(name), wanted)]
        added = [{"Region": key, "KmsKeyId": desired["_kms_key"]}]

        def replicate(name: str) -> str | None:
            try:
                if name in standing:  # neither its key nor what failed can be changed in place
                    self.client.remove_regions_from_replication(SecretId=name, RemoveReplicaRegions=[key])
                self.client.replicate_secret_to_regions(SecretId=name, AddReplicaRegions=added)
            except ClientError as error:
                return f"{name}: {error}"
            return None

        errors = [error for error in self.context.each(replicate, wrong) if error]
        if errors:
            raise ReconcileError("; ".join(errors))

    def ready(self, state: State) -> bool:
        if state["_under_way"]:
            return False
        failed = [
            f"{name}: {found['status']}" for name, found in state["secrets"].items() if found["status"] != IN_SYNC
        ]
        if failed:
            raise TerminalState("; ".join(failed))
        return True

    def _ours(self) -> list[Item]:
        """As ListSecrets has them: not those that are scheduled for deletion, nor replicas of another region's."""
        tags = {name: self.context.tags[name] for name in IDENTITY}
        own = "-".join(tags.values())

        def ours(secret: Item) -> bool:
            if secret.get("PrimaryRegion", self.context.region) != self.context.region:
                return False
            if "OwningService" in secret:
                return any(f":{own}-" in tag["Value"] for tag in secret.get("Tags", ()))
            return secret["Name"].startswith(f"{own}/") or tags.items() <= from_list(secret.get("Tags")).items()

        return [one for one in self.context.pages("secretsmanager", "list_secrets", "SecretList") if ours(one)]


def _state(region: str, told: list[Item]) -> State:
    """A replica that is under way counts as what it is about to be."""
    state: State = {"region": region, "secrets": {}, "_under_way": []}
    for secret in told:
        for replica in (one for one in secret.get("ReplicationStatus", ()) if one["Region"] == region):
            status = replica["Status"]
            if status == IN_PROGRESS:
                state["_under_way"].append(secret["Name"])
                status = IN_SYNC
            why = "" if status == IN_SYNC else f" ({replica.get('StatusMessage', '')})"
            key = _key_id(replica.get("KmsKeyId", ""))
            state["secrets"][secret["Name"]] = {"status": f"{status}{why}", "kms_key_id": key}
    return state


def _key_id(key: str) -> str:
    """A key may be told by its id or its ARN."""
    return key.rpartition("key/")[2]


ADAPTERS = (Replication,)
