# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many secrets at once."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

PER_CALL = 20
ABSENT = frozenset({"ResourceNotFoundException", "InvalidRequestException"})


def read(client: Any, names: Collection[str]) -> dict[str, dict[str, str]]:
    """The JSON secrets of these names (BatchGetSecretValue), without those that are not there or being deleted.

    :raises ReconcileError: for a secret that may not be read.
    """
    wanted = sorted(set(names))
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(wanted), PER_CALL):
        answer = client.batch_get_secret_value(SecretIdList=wanted[start : start + PER_CALL])
        found |= {secret["Name"]: json.loads(secret["SecretString"]) for secret in answer["SecretValues"]}
        for error in answer.get("Errors", []):
            if error["ErrorCode"] not in ABSENT:
                raise ReconcileError(f"secret {error['SecretId']}: {error['ErrorCode']}: {error.get('Message', '')}")
    return found
