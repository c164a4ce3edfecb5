# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Work that is done inside the controller's process, where its journal, its lock and its results are."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.options import validated

# Imported here so that forked workers inherit them; no client and no thread is made at import.
MISSING: str | None = None
try:
    import boto3  # noqa: F401  # pylint: disable=unused-import
    import pika  # noqa: F401  # pylint: disable=unused-import
    import psycopg  # noqa: F401  # pylint: disable=unused-import
    import redis  # noqa: F401  # pylint: disable=unused-import
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError as error:
    MISSING = missing_required_lib(str(error.name))


class ControllerAction(ActionBase):
    """Validates the arguments against ``spec``, connects as they say, and tells what ``work`` raises."""

    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False
    spec: ClassVar[dict[str, dict[str, Any]]]

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if MISSING:
            raise AnsibleActionFail(MISSING)
        # Plain values: what templating returns carries origin tags that must not reach journal and results.
        arguments = json.loads(json.dumps(self._task.args))
        secrets: set[str] = set()
        try:
            params, secrets = validated(arguments, {**aws_argument_spec(), **self.spec})
            connection = {**params, "region": params["region"] or params.get("platform", {}).get("region")}
            answer = self.work(params, Clients(connection), self._task.check_mode)
        except (BotoCoreError, ClientError, OSError, RuntimeError, ValueError) as error:
            raise AnsibleActionFail(str(error)) from error
        result: dict[str, Any] = remove_values(answer, secrets)
        return result

    def work(self, params: dict[str, Any], clients: Clients, check_mode: bool) -> dict[str, Any]:
        """The task's result."""
        raise NotImplementedError
