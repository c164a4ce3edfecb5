# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Secrets Manager: the secrets that adapters of other services generate, for teardown."""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

RECOVERY_DAYS = 7
REPLICATED = ("InvalidParameterException", "InvalidRequestException")


class Secret(Resource):
    """ListSecrets (which leaves out those that are scheduled for deletion), DescribeSecret,
    RemoveRegionsFromReplication, DeleteSecret. Secrets that a service manages itself, such as the master password of
    RDS, go with what they belong to, and replicas with the secret that they are of."""

    service = "secretsmanager"
    kind = "secret"
    option = "secrets"
    key = "name"
    create_operation = "CreateSecret"
    protected = True

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = self.context.pages("secretsmanager", "list_secrets", "SecretList")
        return {
            secret["Name"]: {"name": secret["Name"], "tags": from_list(secret.get("Tags")), "_arn": secret["ARN"]}
            for secret in found
            if "OwningService" not in secret
            and secret.get("PrimaryRegion", self.context.region) == self.context.region
            and (keys is None or secret["Name"] in keys)
        }

    def delete(self, key: str, current: State) -> None:
        told = self.client.describe_secret(SecretId=current["_arn"])
        if replicas := [one["Region"] for one in told.get("ReplicationStatus", ())]:
            self.client.remove_regions_from_replication(SecretId=current["_arn"], RemoveReplicaRegions=replicas)
        self.client.delete_secret(SecretId=current["_arn"], RecoveryWindowInDays=RECOVERY_DAYS)

    def transient(self, error: Exception) -> bool:
        """Replicas may be on their way out yet."""
        replicated = error_code(error) in REPLICATED and "replica" in str(error)
        return replicated or super().transient(error)


ADAPTERS = (Secret,)
