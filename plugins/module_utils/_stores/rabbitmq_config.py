# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The work of the module rabbitmq_config: what a broker holds, brought to its declared state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq, secrets
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_access import (
    Keeper,
    Limit,
    User,
    Vhost,
)
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_resource import (
    Management,
    RabbitResource,
)
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_routing import (
    Binding,
    Exchange,
    Policy,
    Queue,
    Sentinel,
)
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import reconcile


def _items(**options: dict[str, Any]) -> dict[str, Any]:
    """An option that lists dicts with these keys."""
    return {"type": "list", "elements": "dict", "no_log": False, "options": options}


_NAME = {"type": "str", "required": True}
_TRUE = {"type": "bool", "default": True}
_FALSE = {"type": "bool", "default": False}
_DICT: dict[str, Any] = {"type": "dict", "default": {}}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "broker": {"type": "str", "required": True},
    "admin_secret": {"type": "str", "required": True, "no_log": False},
    "ca_bundle": {"type": "path"},
    "tags": {"type": "dict", "default": {}},
    "kms_key": {"type": "str", "no_log": False},
    "purge": _FALSE,
    "allow_replace": _FALSE,
    "vhosts": _items(name=_NAME),
    "limits": _items(vhost=_NAME, max_connections={"type": "int"}, max_queues={"type": "int"}),
    "users": _items(
        name=_NAME,
        secret={"type": "str", "required": True, "no_log": False},
        tags={"type": "list", "elements": "str"},
        permissions={"type": "dict"},
    ),
    "exchanges": _items(
        vhost=_NAME,
        name=_NAME,
        type={"type": "str", "default": "topic", "choices": ["topic", "direct", "fanout", "headers"]},
        durable=_TRUE,
        auto_delete=_FALSE,
        internal=_FALSE,
        arguments=_DICT,
    ),
    "policies": _items(
        vhost=_NAME,
        name=_NAME,
        pattern=_NAME,
        definition={"type": "dict", "required": True},
        apply_to={"type": "str", "default": "queues"},
        priority={"type": "int", "default": 0},
    ),
    "queues": _items(
        vhost=_NAME,
        name=_NAME,
        type={"type": "str", "default": "quorum", "choices": ["quorum", "classic", "stream"]},
        durable=_TRUE,
        auto_delete=_FALSE,
        arguments=_DICT,
    ),
    "bindings": _items(
        vhost=_NAME,
        source=_NAME,
        destination=_NAME,
        destination_type={"type": "str", "default": "queue", "choices": ["queue", "exchange"]},
        routing_key={"type": "str", "default": "", "no_log": False},
        arguments=_DICT,
    ),
    "sentinels": _items(vhost=_NAME, queue=_NAME, exchange=_NAME),
}


def run(params: Mapping[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Reconcile and report, as ``_aws.service.run`` does.

    :raises ReconcileError: before any change, when there is no broker to connect to (but in check mode, which then
        announces everything) or its administrator's secret is not there.
    """
    clients = Clients(params)
    broker = rabbitmq.broker(clients, params["broker"])
    keeper = Keeper(clients.client("secretsmanager"), params["tags"], params.get("kms_key"))
    api = None if check_mode and broker is None else _api(broker, keeper, params, clients)

    def connect(vhost: str) -> Any:
        administrator = secrets.read(keeper.client, params["admin_secret"]) or {}
        return rabbitmq.amqp(management.api.broker, administrator, vhost, params.get("ca_bundle"))

    management = Management(api, [vhost["name"] for vhost in params.get("vhosts") or ()], connect)
    user_secrets = {user["name"]: user["secret"] for user in params.get("users") or ()}
    adapters: list[RabbitResource] = [
        Vhost(management),
        Limit(management),
        User(management, keeper, user_secrets),
        Exchange(management),
        Policy(management),
        Queue(management),
        Binding(management),
        Sentinel(management, [f"{one['vhost']}/{one['queue']}" for one in params.get("sentinels") or ()]),
    ]
    return reconcile(adapters, params, check_mode=check_mode, calls=clients.calls)


def _api(broker: rabbitmq.Broker | None, keeper: Keeper, params: Mapping[str, Any], clients: Clients) -> rabbitmq.Api:
    if broker is None:
        raise ReconcileError(f"broker {params['broker']} does not exist in {clients.region}, or has no endpoint yet")
    administrator = secrets.read(keeper.client, params["admin_secret"])
    if administrator is None:
        raise ReconcileError(f"secret {params['admin_secret']} of the administrator of {broker.name} does not exist")
    return rabbitmq.Api(
        broker, administrator["username"], administrator["password"], params.get("ca_bundle"), clients.calls
    )
