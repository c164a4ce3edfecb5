# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the adapters of a broker's content share: its API, its definitions (read once for all of them)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq import Api
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource

# Made by the broker itself and by Amazon MQ; nobody may change them.
BUILT_IN = ("amq.",)
MANAGED = "AWS-OWNED"
FRESH_SECONDS = 0.5


class Management:
    """
    :param api: None while there is no broker to ask, which only check mode can do with: nothing is there then.
    :param vhosts: the declared ones; what is not declared in them may be purged.
    :param connect: opens an AMQP connection to a vhost. It tells how many messages a queue holds now; the counts of the
        management API are seconds old.
    """

    def __init__(self, api: Api | None, vhosts: Collection[str], connect: Callable[[str], Any]) -> None:
        self._api = api
        self.connect = connect
        self.vhosts = frozenset(vhosts)
        self._definitions: dict[str, Any] = {}
        self._as_of: tuple[int, float] = (-1, 0.0)
        self._lock = threading.Lock()

    @property
    def api(self) -> Api:
        if self._api is None:
            raise ReconcileError("there is no broker to connect to")
        return self._api

    @property
    def absent(self) -> bool:
        return self._api is None

    def definitions(self, kind: str) -> list[dict[str, Any]]:
        """``users``, ``permissions``, ``exchanges``, ``queues``, ``bindings`` or ``policies`` of all vhosts.

        One call brings all of them (GET /api/definitions); they are read anew after a write, and when one waits.
        """
        if self.absent:
            return []
        with self._lock:
            writes, read_at = self._as_of
            if writes != self.api.writes or time.monotonic() - read_at > FRESH_SECONDS:
                self._as_of = (self.api.writes, time.monotonic())
                self._definitions = self.api.get("definitions")
            return list(self._definitions[kind])


class RabbitResource(StoreResource):
    """Named within a vhost; whatever else lies in a declared vhost may be purged."""

    depends_on: tuple[str, ...] = ("vhost",)
    source: str
    """Its list in the definitions."""

    def __init__(self, management: Management) -> None:
        self.management = management

    @property
    def api(self) -> Api:
        return self.management.api

    def key_of(self, item: dict[str, Any]) -> str | None:
        return f"{item['vhost']}/{item['name']}" if item.get("vhost") and item.get("name") else None

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        states = ((self.key_of(state), state) for state in self.states())
        return {key: state for key, state in states if key is not None and (keys is None or key in keys)}

    def states(self) -> Iterator[State]:
        for item in self.management.definitions(self.source):
            yield self.state(item)

    def state(self, item: Mapping[str, Any]) -> State:
        return dict(item)

    def owns(self, state: State) -> bool:
        name = str(state.get("name", ""))
        return state["vhost"] in self.management.vhosts and not name.startswith(BUILT_IN) and MANAGED not in name
