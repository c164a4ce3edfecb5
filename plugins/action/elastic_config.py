# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import preload
from ansible_collections.iworkz.platform.plugins.module_utils._stores.elastic_config import ARGUMENTS, run
from ansible_collections.iworkz.platform.plugins.plugin_utils.service_action import AwsAction

preload({"eks", "sts"})


class ActionModule(AwsAction):
    def spec(self) -> dict[str, Any]:
        return ARGUMENTS

    def work(self, params: dict[str, Any]) -> dict[str, Any]:
        return run(params, check_mode=self._task.check_mode)
