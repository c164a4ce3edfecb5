# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Credentials of the stores' users: made once, kept in Secrets Manager as a JSON object, handed to nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered, error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import TagApi

# Long enough for 128 bits many times over; without the characters that a store or a URL would trip over.
PASSWORD = {"PasswordLength": 40, "ExcludePunctuation": True}
TAGS = TagApi("tag_resource", "untag_resource", "SecretId")


def read(client: Any, name: str) -> dict[str, str] | None:
    """The secret of this name or ARN (GetSecretValue), None when there is none or when it is being deleted."""
    found = answered(client.get_secret_value, "ResourceNotFoundException", "InvalidRequestException", SecretId=name)
    return found and dict(json.loads(found["SecretString"]))


def ensure(
    client: Any,
    name: str,
    make: Callable[[str], Mapping[str, str]],
    tags: Mapping[str, str],
    kms_key: str | None = None,
) -> dict[str, str]:
    """The secret of this name; when there is none, ``make(password)`` of a new password is kept as it.

    A secret that is scheduled for deletion, left by a teardown that can still be undone, is brought back
    (GetRandomPassword, CreateSecret, RestoreSecret).
    """
    try:
        if "DeletedDate" in client.describe_secret(SecretId=name):
            client.restore_secret(SecretId=name)
    except client.exceptions.ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
    else:
        found = read(client, name)
        if found is not None:
            return found
    secret = dict(make(client.get_random_password(**PASSWORD)["RandomPassword"]))
    key = {"KmsKeyId": kms_key} if kms_key else {}
    client.create_secret(Name=name, SecretString=json.dumps(secret), Tags=TAGS.form(tags), **key)
    return secret
