# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError


def alertmanager_config(
    alerting: dict[str, Any], sinks: dict[str, Any], teams: Sequence[dict[str, Any]], operators: Sequence[str]
) -> dict[str, Any]:
    """Alertmanager's configuration. Raises AnsibleFilterError for declarations that lack something."""
    # Not at the top: to find any filter, Ansible imports every filter of a collection, in the process of each task.
    from ansible_collections.iworkz.platform.plugins.module_utils._slo.routing import Sinks, configuration

    try:
        return configuration(alerting, Sinks(**sinks), teams, operators)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"alertmanager_config: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"alertmanager_config": alertmanager_config}
