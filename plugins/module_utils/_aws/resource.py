# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of all AWS resource adapters (see ``_reconcile/adapter.py`` for what the engine asks of them).

A declared resource has the snake_case names of the parameters of ``create_operation``; what an adapter handles
through other operations is named in ``extra``. Adapters fill in ``read``, ``create``, ``update``, ``delete`` and,
where a resource takes time, ``ready``.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code, is_expired, is_gone
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import TAG_APIS, retag
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State, covers

with suppress(ImportError):  # AnsibleAWSModule reports what is missing, with the versions it needs
    from botocore.exceptions import ConnectionError as TransportError
    from botocore.exceptions import HTTPClientError


def same_policy(current: Any, desired: Any) -> bool:
    return not compare_policies(current, desired)


def same_elements(current: Any, desired: Any) -> bool:
    """Whether two lists hold the same, in any order; of dicts, the declared keys count."""
    rest = list(current)
    for item in desired:
        match = next((have for have in rest if covers(have, item)), None)
        if match is None:
            return False
        rest.remove(match)
    return not rest


ARN_LENGTH = 64

# Errors that pass by themselves: the service's own trouble, and dependents that are still on their way out.
PASSING = frozenset(
    {
        "DeleteConflict",
        "DependencyViolation",
        "InternalError",
        "InternalFailure",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
    }
)


class Resource:
    service: ClassVar[str]
    kind: ClassVar[str]
    option: ClassVar[str]
    key: ClassVar[str]
    """The declared key that names a resource; a singleton is named after its kind."""
    singleton: ClassVar[bool] = False
    """There is exactly one per account and region; the option takes a dict, not a list."""
    create_operation: ClassVar[str]
    """In the API's spelling; its input shape validates what is declared."""
    extra: ClassVar[frozenset[str]] = frozenset()
    """Declarable keys that are not parameters of ``create_operation``."""
    filled: ClassVar[frozenset[str]] = frozenset()
    """Required parameters of ``create_operation`` that the adapter fills in by itself."""
    depends_on: tuple[str, ...] = ()
    immutable: frozenset[str] = frozenset()
    policies: ClassVar[frozenset[str]] = frozenset()
    """Keys that hold IAM policy documents: compared by meaning."""
    unordered: ClassVar[frozenset[str]] = frozenset()
    """Keys that hold lists whose order means nothing."""
    references: ClassVar[Mapping[str, str]] = {}
    """Reference kind by key; a dotted key reaches into dicts and lists of dicts."""
    taggable: ClassVar[bool] = True
    protected: ClassVar[bool] = False
    """Holds data that cannot be made again: teardown leaves it alone unless told twice."""
    timeout: int = 300
    poll_seconds: float = 10.0

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    def client(self) -> Any:
        return self.context.client(self.service)

    # -- what the engine asks ------------------------------------------------------------------------------------

    @property
    def equal(self) -> dict[str, Equal]:
        return {
            **({"tags": operator.eq} if self.taggable and self.context.purge_tags else {}),
            **dict.fromkeys(self.policies, same_policy),
            **dict.fromkeys(self.unordered, same_elements),
        }

    def key_of(self, item: dict[str, Any]) -> str | None:
        return self.kind if self.singleton else item.get(self.key)

    def validate(self, item: dict[str, Any]) -> list[str]:
        shape = shapes.input_shape(self.client, self.create_operation)
        given = copy.deepcopy({key: value for key, value in item.items() if key != "tags"})
        for path in self.references:
            # A name may be shorter than the id or ARN that will stand in its place.
            _replace(given, path.split("."), lambda name: name.ljust(ARN_LENGTH) if isinstance(name, str) else name)
        return shapes.errors_in(shape, given, self.extra, self.filled)

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired: State = copy.deepcopy(item)
        if self.taggable:
            desired["tags"] = {**self.context.tags, **(item.get("tags") or {})}
        for path, kind in self.references.items():
            _replace(desired, path.split("."), partial(self.context.references.resolve, kind, strict=strict))
        return self.normalise(desired)

    def normalise(self, desired: State) -> State:
        """Desired values in the form in which ``read`` returns them (sorted lists, canonical policies)."""
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        raise NotImplementedError

    def owns(self, state: State) -> bool:
        tags = state.get("tags", state.get("_tags", {}))
        return bool(self.context.tags) and self.context.tags.items() <= (tags or {}).items()

    def create(self, key: str, desired: State) -> None:
        raise NotImplementedError

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        raise NotImplementedError

    def delete(self, key: str, current: State) -> None:
        raise NotImplementedError

    def unprotect(self, key: str, current: State) -> None:
        """Lift what AWS itself would refuse the deletion for; teardown calls it when told twice."""

    def ready(self, state: State) -> bool:
        return True

    def transient(self, error: Exception) -> bool:
        if is_expired(error):
            self.context.clients.renew()
            return True
        return error_code(error) in PASSING or isinstance(error, (TransportError, HTTPClientError))

    def vanished(self, error: Exception) -> bool:
        return is_gone(error)

    def forget(self) -> None:
        self.context.references.forget()

    def named_ours(self, name: str) -> bool:
        """Ownership of what cannot be tagged: the name starts with the platform's prefix."""
        tags = self.context.tags
        return {"Platform", "Environment"} <= tags.keys() and name.startswith(
            f"{tags['Platform']}-{tags['Environment']}-"
        )

    # -- help for adapters ---------------------------------------------------------------------------------------

    def parameters(self, desired: Mapping[str, Any], operation: str, *names: str) -> dict[str, Any]:
        """The declared values that ``operation`` takes, in its spelling: ``names``, or all that are not ``extra``."""
        shape = shapes.input_shape(self.client, operation)
        known = {shapes.xform_name(name) for name in shape.members} - {"tags"}
        taken = known.intersection(names) if names else known - self.extra
        return dict(shapes.to_api(shape, {key: value for key, value in desired.items() if key in taken}))

    def snake(self, operation: str, path: tuple[str, ...], value: dict[str, Any]) -> State:
        """An answer, or one element of it, in snake case; ``path`` leads there through the operation's output shape."""
        shape = self.client.meta.service_model.operation_model(operation).output_shape
        for name in path:
            shape = shape.members[name]
            while shape.type_name == "list":
                shape = shape.member
        return shapes.to_snake(shape, value)

    def tag_list(self, desired: State) -> Any:
        """The desired tags in the form in which the service takes them on creation."""
        return TAG_APIS[self.service].form(desired["tags"])

    def retag(self, identifier: str, current: State, desired: State) -> None:
        retag(
            self.client, TAG_APIS[self.service], identifier, current["tags"], desired["tags"], self.context.purge_tags
        )


def _replace(value: Any, path: list[str], function: Callable[[Any], Any]) -> None:
    """Put ``function`` of what stands at ``path`` in its place, in every dict of lists on the way."""
    if isinstance(value, list):
        for item in value:
            _replace(item, path, function)
    elif isinstance(value, dict) and path[0] in value:
        if len(path) > 1:
            _replace(value[path[0]], path[1:], function)
        else:
            value[path[0]] = function(value[path[0]])
