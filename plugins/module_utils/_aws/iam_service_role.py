# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS IAM: the roles AWS services assume in this account by themselves."""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State


class ServiceLinkedRole(Resource):
    """ListRoles under the service's path, CreateServiceLinkedRole. The account shares one with every platform in it, so
    it is never deleted."""

    service = "iam"
    kind = "service_linked_role"
    option = "service_linked_roles"
    key = "aws_service_name"
    create_operation = "CreateServiceLinkedRole"
    taggable = False

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        return {name: {"aws_service_name": name} for name in sorted(keys or ()) if self._exists(name)}

    def create(self, key: str, desired: State) -> None:
        self.client.create_service_linked_role(**self.parameters(desired, "CreateServiceLinkedRole"))

    def owns(self, state: State) -> bool:
        return False

    def _exists(self, service: str) -> bool:
        return bool(self.context.pages("iam", "list_roles", "Roles", PathPrefix=f"/aws-service-role/{service}/"))
