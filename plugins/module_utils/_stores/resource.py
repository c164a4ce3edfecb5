# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The base of adapters for what lies inside a store (see ``_reconcile/adapter.py`` for what the engine asks of them).

The types of declared keys are the module's argument spec; here are the defaults that most adapters share: no tags, no
references, nothing to purge, ready at once.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import same_elements
from ansible_collections.iworkz.platform.plugins.module_utils._aws.service import result
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import Adapter
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import Options, ensure
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State


class StoreResource:
    kind: ClassVar[str]
    option: ClassVar[str]
    key: ClassVar[str] = "name"
    unordered: ClassVar[frozenset[str]] = frozenset()
    """Keys that hold lists whose order means nothing."""
    depends_on: tuple[str, ...] = ()
    immutable: frozenset[str] = frozenset()
    timeout: int = 60
    poll_seconds: float = 1.0

    @property
    def equal(self) -> Mapping[str, Equal]:
        return dict.fromkeys(self.unordered, same_elements)

    def key_of(self, item: dict[str, Any]) -> str | None:
        return item.get(self.key)

    def validate(self, item: dict[str, Any]) -> list[str]:
        return []

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        # An option that was left out is None in a module's parameters.
        return {name: copy.deepcopy(value) for name, value in item.items() if value is not None}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        raise NotImplementedError

    def owns(self, state: State) -> bool:
        return False

    def create(self, key: str, desired: State) -> None:
        raise NotImplementedError

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        raise NotImplementedError

    def delete(self, key: str, current: State) -> None:
        raise NotImplementedError

    def unprotect(self, key: str, current: State) -> None:
        pass

    def ready(self, state: State) -> bool:
        return True

    def transient(self, error: Exception) -> bool:
        return False

    def vanished(self, error: Exception) -> bool:
        return False

    def forget(self) -> None:
        pass


def reconcile(
    adapters: Sequence[Adapter],
    params: Mapping[str, Any],
    *,
    check_mode: bool,
    calls: Mapping[str, int],
) -> dict[str, Any]:
    """Bring what ``params`` declares under the adapters' options to its state; the module's result.

    :param calls: API calls by operation, filled while this runs.
    :raises InvalidInput: before any change.
    """
    desired = {adapter.option: params.get(adapter.option) for adapter in adapters}
    options = Options(
        check_mode=check_mode, purge=bool(params.get("purge")), allow_replace=bool(params.get("allow_replace"))
    )
    outcome = ensure(adapters, desired, options)
    return result(outcome, dict(sorted(calls.items())))
