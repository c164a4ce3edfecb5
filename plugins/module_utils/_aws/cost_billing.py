# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What adapters of billing share: it is in one region, and a request holds what it makes in a member."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource

REGION = "us-east-1"


class Billing(Resource):
    """A resource whose declared keys are those of one member of the request that makes it."""

    member: ClassVar[str]

    @property
    def client(self) -> Any:
        return self.context.client(self.service, REGION)

    def validate(self, item: dict[str, Any]) -> list[str]:
        return shapes.errors_in(self.shape(), item, {*self.extra, "tags"} if self.taggable else self.extra, self.filled)

    def shape(self) -> Any:
        shape = shapes.input_shape(self.client, self.create_operation).members[self.member]
        return shape.member if shape.type_name == "list" else shape

    def document(self, desired: dict[str, Any]) -> dict[str, Any]:
        """What the member holds, in the API's spelling."""
        known = {shapes.xform_name(name) for name in self.shape().members}
        return dict(shapes.to_api(self.shape(), {key: value for key, value in desired.items() if key in known}))

    def pages(self, operation: str, result: str, **params: Any) -> list[Any]:
        """Every element of ``result`` over all pages of a list operation."""
        pages = self.client.get_paginator(operation).paginate(**params)
        return [item for page in pages for item in page.get(result, [])]

    def address(self, kind: str, name: str) -> str:
        """Where somebody is told: a topic may be named."""
        return str(self.context.references.resolve("sns_topic", name, strict=False)) if kind == "SNS" else name
