# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resources some of whose parameters are JSON documents: declared as data, compared by meaning, sent as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State


class Documented(Resource):
    """``documents`` are the keys that hold a document; ``member`` is the parameter of ``create_operation`` that holds
    all of what is declared, where the operation takes a structure instead of parameters."""

    documents: ClassVar[frozenset[str]] = frozenset()
    member: ClassVar[str] = ""

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = [
            f"{key} must be a dictionary"
            for key in sorted(self.documents & item.keys())
            if not isinstance(item[key], Mapping)
        ]
        if errors or not self.member:
            return errors or super().validate(self.texts(item))
        shape = shapes.input_shape(self.client, self.create_operation).members[self.member]
        declared = {key: value for key, value in self.texts(item).items() if key != "tags"}
        return shapes.errors_in(shape, declared, self.extra, self.filled)

    def structure(self, desired: State) -> dict[str, Any]:
        """What is declared, as the structure that ``create_operation`` takes."""
        shape = shapes.input_shape(self.client, self.create_operation).members[self.member]
        known = {shapes.xform_name(name) for name in shape.members}
        given = {key: value for key, value in self.texts(desired).items() if key in known}
        return dict(shapes.to_api(shape, given))

    def texts(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """A copy with each document as the text that the API takes."""
        return {
            key: json.dumps(value, sort_keys=True, ensure_ascii=False) if key in self.documents else value
            for key, value in item.items()
        }

    def parsed(self, state: State) -> State:
        """What was read, with each text as the document it is."""
        return {
            key: json.loads(value) if key in self.documents and isinstance(value, str) else value
            for key, value in state.items()
        }
