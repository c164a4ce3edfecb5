# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._privacy import retention_task
from ansible_collections.iworkz.platform.plugins.plugin_utils.service_action import TaskAction


class ActionModule(TaskAction):
    """``data_retention`` in this process: the stores are reached from the controller."""

    TASK = retention_task
    SERVICES = ("elasticache", "kms", "opensearch", "rds", "s3", "secretsmanager", "sts")
