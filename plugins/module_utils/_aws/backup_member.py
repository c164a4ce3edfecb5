# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What adapters of AWS Backup share: a request holds what it makes in a member."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_map

ABSENT = ("AccessDeniedException", "InvalidParameterValueException", "ResourceNotFoundException")
"""How AWS Backup says that there is none: of a vault like of one that one may not see."""


class Member(Resource):
    """A resource whose declared keys are those of one member of the request that makes it."""

    service = "backup"
    member: ClassVar[str]

    def validate(self, item: dict[str, Any]) -> list[str]:
        shape = self.shape(self.create_operation)
        return shapes.errors_in(shape, item, {*self.extra, "tags"} if self.taggable else self.extra, self.filled)

    def shape(self, operation: str) -> Any:
        return shapes.input_shape(self.client, operation).members[self.member]

    def document(self, desired: dict[str, Any], operation: str) -> dict[str, Any]:
        """What the member holds, in the API's spelling: the declared keys that the operation knows."""
        shape = self.shape(operation)
        known = {shapes.xform_name(name) for name in shape.members}
        return dict(shapes.to_api(shape, {key: value for key, value in desired.items() if key in known}))

    def tags_of(self, arn: str) -> dict[str, str]:
        return from_map(self.client.list_tags(ResourceArn=arn).get("Tags"))


def in_order(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=str)
