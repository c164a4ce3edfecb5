# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.basic import missing_required_lib


def grafana_dashboards(platform: Mapping[str, Any], namespace: str = "monitoring") -> list[dict[str, Any]]:
    """ConfigMaps with the platform's dashboards, see grafana_dashboards.yml."""
    if find_spec("grafana_foundation_sdk") is None:
        raise AnsibleFilterError(missing_required_lib("grafana-foundation-sdk"))
    # Not at the top: to find any filter, Ansible imports every filter of a collection, in the process of each task.
    from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.configmaps import configmaps
    from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import Platform

    try:
        needed = {key: platform[key] for key in ("name", "environment", "targets", "alarms")}
        optional = {key: platform[key] for key in ("kibana", "search", "traces_region") if key in platform}
        return configmaps(Platform(**needed, **optional), namespace)
    except KeyError as error:
        raise AnsibleFilterError(f"grafana_dashboards: the platform lacks {error}") from error
    except ValueError as error:
        raise AnsibleFilterError(f"grafana_dashboards: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"grafana_dashboards": grafana_dashboards}
