# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Decides on the launch from the evidence store, inside the controller's process; makes no API call."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.gate_task import gate
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.options import GATE_SPEC, validated


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        try:
            params, _secrets = validated(json.loads(json.dumps(self._task.args)), GATE_SPEC)
            return gate(params, datetime.now(UTC))
        except (OSError, ValueError) as error:
            raise AnsibleActionFail(str(error)) from error
