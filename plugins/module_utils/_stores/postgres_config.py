# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the parameters of the module postgres_config to its result."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_databases import Databases
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_grants import Grants
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_roles import Roles
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_server import Server
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_users import Keeper, Secrets
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import reconcile

with suppress(ImportError):  # Server says so
    import psycopg

_STRING: dict[str, Any] = {"type": "str"}
_NAME: dict[str, Any] = {"type": "str", "required": True}
_NAMES: dict[str, Any] = {"type": "list", "elements": "str"}

SPEC: dict[str, dict[str, Any]] = {
    "instance": _NAME,
    "ca_bundle": {"type": "path"},
    "kms_key": {"type": "str", "no_log": False},
    "tags": {"type": "dict", "default": {}},
    "purge": {"type": "bool", "default": False},
    "scope": {"type": "str"},
    "secrets": {
        "type": "list",
        "elements": "dict",
        "no_log": False,
        "options": {"name": _NAME, "username": _NAME},
    },
    "roles": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": _NAME,
            "login": {"type": "bool", "default": False},
            "secret": {"type": "str", "no_log": False},
            "member_of": _NAMES,
            "connection_limit": {"type": "int"},
            "settings": {"type": "dict"},
            "comment": _STRING,
        },
    },
    "databases": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": _NAME,
            "owner": _NAME,
            "extensions": _NAMES,
            "optional_extensions": _NAMES,
            "schemas": {"type": "list", "elements": "dict", "options": {"name": _NAME, "owner": _STRING}},
            "connection_limit": {"type": "int"},
            "settings": {"type": "dict"},
        },
    },
    "grants": {
        "type": "list",
        "elements": "dict",
        "options": {
            "database": _NAME,
            "schema": _NAME,
            "role": _NAME,
            "access": {"type": "str", "required": True, "choices": ["read", "write"]},
        },
    },
}


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Reconcile and report, as the service modules do (``_aws/service.py``).

    :raises ReconcileError: when the instance cannot be reached, or a declaration is wrong.
    """
    clients = Clients(params)
    keeper = Keeper(clients, params["tags"], params["kms_key"])
    try:
        with Server(clients, params["instance"], params["ca_bundle"], check_mode=check_mode) as server:
            secrets, roles, databases, grants = (
                params[option] or [] for option in ("secrets", "roles", "databases", "grants")
            )
            adapters = [
                Secrets(keeper, secrets),
                Roles(server, keeper, roles, params["scope"]),
                Databases(server, databases),
                Grants(server, grants, databases, params["scope"]),
            ]
            return reconcile(adapters, params, check_mode=check_mode, calls=clients.calls)
    except psycopg.Error as error:
        raise ReconcileError(f"{params['instance']}: {error}".strip()) from error
