# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The readiness report's figures to CloudWatch, from the controller, where the report is."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._report.metrics import SPEC, run
from ansible_collections.iworkz.platform.plugins.plugin_utils.controller_action import ControllerAction


class ActionModule(ControllerAction):
    spec: ClassVar[dict[str, dict[str, Any]]] = SPEC

    def work(self, params: dict[str, Any], clients: Clients, check_mode: bool) -> dict[str, Any]:
        return run(params, clients, check_mode)
