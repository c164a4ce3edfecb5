# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import preload
from ansible_collections.iworkz.platform.plugins.plugin_utils.service_action import AwsAction

preload({"cloudwatch", "kms", "rds", "s3", "secretsmanager", "sns", "sts"})


class ActionModule(AwsAction):
    """``compliance_evaluate`` in this process."""

    def spec(self) -> dict[str, Any]:
        # In the worker only: DuckDB complains of leaks when a process that imported it ends in the ordinary way.
        from ansible_collections.iworkz.platform.plugins.module_utils._compliance.evaluate_task import SPEC

        return SPEC

    def work(self, params: dict[str, Any]) -> dict[str, Any]:
        from ansible_collections.iworkz.platform.plugins.module_utils._compliance.evaluate_task import run

        return run(params, self._task.check_mode)
