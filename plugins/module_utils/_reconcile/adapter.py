# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a resource adapter offers the engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State


class ReconcileError(Exception):
    """Something a user can act on; its text is shown as it is."""


class InvalidInput(ReconcileError):
    """The declared state is wrong; raised before the first call that changes anything."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


class TerminalState(ReconcileError):
    """A resource reached a state it will not leave by itself, such as ``failed``: waiting on is pointless."""


class Adapter(Protocol):
    """One resource type of one service, bound to a client."""

    @property
    def kind(self) -> str:
        """Singular name of the type, such as ``db_instance``."""

    @property
    def option(self) -> str:
        """The module option that lists resources of this type, such as ``instances``."""

    @property
    def depends_on(self) -> tuple[str, ...]:
        """Kinds that must be in place before this one."""

    @property
    def immutable(self) -> frozenset[str]:
        """Keys that cannot be changed in place."""

    @property
    def equal(self) -> Mapping[str, Equal]:
        """Comparison of those keys that are not compared by coverage."""

    @property
    def timeout(self) -> int:
        """Seconds to wait for a changed resource to become ready."""

    @property
    def poll_seconds(self) -> float:
        """The longest pause between two looks at a resource that is being waited for."""

    def key_of(self, item: dict[str, Any]) -> str | None:
        """The name of a declared resource, None if it has none."""

    def validate(self, item: dict[str, Any]) -> list[str]:
        """Errors in one declared resource, empty if none. No calls."""

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        """The declared resource in comparable form: tags filled in, names of other resources resolved. Reads only.

        :param strict: refuse a reference to something that does not exist; otherwise it stays as written, so that a
            plan can be made before the things it refers to are there.
        """

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        """Current states by key: of these keys, or of everything there is when ``keys`` is None."""

    def owns(self, state: State) -> bool:
        """Whether the tags say that the resource is ours to purge."""

    def create(self, key: str, desired: State) -> None: ...

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None: ...

    def delete(self, key: str, current: State) -> None: ...

    def unprotect(self, key: str, current: State) -> None:
        """Lift what the service itself would refuse the deletion for; only called when told twice."""

    def ready(self, state: State) -> bool:
        """Whether the resource can be used; raises TerminalState when it never will."""

    def transient(self, error: Exception) -> bool:
        """Whether a wait may go on after this error (renews expired credentials as a side effect)."""

    def vanished(self, error: Exception) -> bool:
        """Whether a read failed because what it had listed was gone when it asked for more about it."""

    def forget(self) -> None:
        """Drop what was looked up and may have changed."""
