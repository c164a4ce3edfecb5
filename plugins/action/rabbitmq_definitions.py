# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._stores import rabbitmq_definitions
from ansible_collections.iworkz.platform.plugins.plugin_utils.service_action import TaskAction


class ActionModule(TaskAction):
    TASK = rabbitmq_definitions
    SERVICES = ("mq", "s3", "secretsmanager")
