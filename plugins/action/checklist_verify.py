# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the checks inside the controller's process: twenty items cost less than one module task would."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import load_checks
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.options import VERIFY_SPEC, validated
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.refusal import Refused
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.verify_task import verify

# Imported here, like the checks, so that forked workers inherit them; no client and no thread is made at import.
try:
    import boto3  # noqa: F401  # pylint: disable=unused-import
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    HAS_BOTO3 = False
else:
    HAS_BOTO3 = True

load_checks()


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if not HAS_BOTO3:
            raise AnsibleActionFail(missing_required_lib("boto3"))
        # Plain values: what templating returns carries origin tags that must not reach the evidence.
        arguments = json.loads(json.dumps(self._task.args))
        secrets: set[str] = set()
        try:
            params, secrets = validated(arguments, {**aws_argument_spec(), **VERIFY_SPEC})
            connection = {**params, "region": params["region"] or params["platform"]["region"]}
            answer = verify(params, Clients(connection), datetime.now(UTC), self._task.check_mode)
        except Refused as refusal:
            answer = {**refusal.result, "failed": True, "msg": refusal.told(params["language"])}
        except (BotoCoreError, ClientError, OSError, ValueError) as error:
            raise AnsibleActionFail(str(error)) from error
        result: dict[str, Any] = remove_values(answer, secrets)
        return result
