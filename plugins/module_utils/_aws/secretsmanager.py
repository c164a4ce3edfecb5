# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Secrets Manager: the secrets that adapters of other services generate, for teardown."""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

RECOVERY_DAYS = 7


class Secret(Resource):
    """ListSecrets (which leaves out those that are scheduled for deletion), DeleteSecret. Secrets that a service
    manages itself, such as the master password of RDS, go with what they belong to."""

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
            if "OwningService" not in secret and (keys is None or secret["Name"] in keys)
        }

    def delete(self, key: str, current: State) -> None:
        self.client.delete_secret(SecretId=current["_arn"], RecoveryWindowInDays=RECOVERY_DAYS)


ADAPTERS = (Secret,)
