# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The password of a broker's first user: made by Secrets Manager, kept there, handed to CreateBroker only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import TagApi

# RabbitMQ on Amazon MQ takes 12 to 250 characters, without comma, colon and equals sign.
PASSWORD = {"PasswordLength": 40, "ExcludePunctuation": True}
TAGS = TagApi("tag_resource", "untag_resource", "SecretId")


def ensure_admin_secret(context: Context, user: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, Any]:
    """The user as CreateBroker takes it (``Username``, ``Password``).

    :param user: ``username``, ``secret_name`` and, optionally, ``kms_key_id`` of the secret. A secret that is there,
        such as one left by an interrupted run or by a teardown that can still be undone, is used as it is
        (secretsmanager:GetSecretValue, RestoreSecret).
    """
    secret = _read(context, user["secret_name"]) or _make(context, user, tags)
    return {"Username": secret["username"], "Password": secret["password"]}


def _read(context: Context, name: str) -> dict[str, str] | None:
    client = context.client("secretsmanager")
    try:
        if "DeletedDate" in client.describe_secret(SecretId=name):
            client.restore_secret(SecretId=name)
        return dict(json.loads(client.get_secret_value(SecretId=name)["SecretString"]))
    except client.exceptions.ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
        return None


def _make(context: Context, user: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, str]:
    client = context.client("secretsmanager")
    secret = {"username": user["username"], "password": client.get_random_password(**PASSWORD)["RandomPassword"]}
    key = {"KmsKeyId": user["kms_key_id"]} if "kms_key_id" in user else {}
    client.create_secret(Name=user["secret_name"], SecretString=json.dumps(secret), Tags=TAGS.form(tags), **key)
    return secret
