# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The password of a broker's first user: made by Secrets Manager, kept there, handed to CreateBroker only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._stores import secrets


def ensure_admin_secret(context: Context, user: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, Any]:
    """The user as CreateBroker takes it (``Username``, ``Password``).

    :param user: ``username``, ``secret_name`` and, optionally, ``kms_key_id`` of the secret. A secret that is there,
        such as one left by an interrupted run or by a teardown that can still be undone, is used as it is.
    """
    secret = secrets.ensure(
        context.client("secretsmanager"),
        user["secret_name"],
        lambda password: {"username": user["username"], "password": password},
        tags,
        user.get("kms_key_id"),
    )
    return {"Username": secret["username"], "Password": secret["password"]}
