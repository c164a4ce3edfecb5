# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._aws.account import ADAPTERS as _ADAPTERS
from ansible_collections.iworkz.platform.plugins.plugin_utils.service_action import ServiceAction


class ActionModule(ServiceAction):
    ADAPTERS = _ADAPTERS
