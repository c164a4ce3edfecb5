# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_callers import uncalled


def uncalled_services(services: Sequence[dict[str, Any]]) -> list[str]:
    """Names of the services that nobody may call. Raises AnsibleFilterError for what are no services."""
    try:
        return uncalled(services)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"uncalled_services: not services as in platform_services: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"uncalled_services": uncalled_services}
