# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.iworkz.platform.plugins.plugin_utils.network_plan import Place, resources


def network_resources(
    plan: dict[str, Any], name: str, account_id: str, region: str, flow_logs_destination: str
) -> dict[str, list[dict[str, Any]]]:
    return resources(plan, Place(name, account_id, region), flow_logs_destination)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"network_resources": network_resources}
