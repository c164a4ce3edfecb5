# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Security services that a region has once and that are on or off: the base of their adapters."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State


class Switch(Resource):
    """A service that is on where ``on`` returns a state: creating turns it on, deleting turns it off."""

    singleton = True

    def on(self) -> State | None:
        """What it is like in this region; None while it is off."""
        raise NotImplementedError

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        state = self.on()
        return {} if state is None else {self.kind: state}


def by_name(current: Any, desired: Any) -> bool:
    """Whether every declared element is among the current ones, found by its name; nested lists likewise."""
    have = {one["name"]: one for one in current or ()}
    return all(one["name"] in have and _covers(have[one["name"]], one) for one in desired)


def _covers(current: dict[str, Any], desired: dict[str, Any]) -> bool:
    return all(
        by_name(current.get(key), value) if isinstance(value, list) else current.get(key) == value
        for key, value in desired.items()
    )
