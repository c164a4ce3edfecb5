# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.plugin_utils._mesh.security import security
from ansible_collections.iworkz.platform.plugins.plugin_utils._mesh.settings import Settings
from ansible_collections.iworkz.platform.plugins.plugin_utils._mesh.traffic import traffic


def mesh_objects(services: Sequence[Mapping[str, Any]], **options: Any) -> list[dict[str, Any]]:
    """The Istio objects of the platform's services. Raises AnsibleFilterError for options that don't fit them."""
    try:
        settings = Settings.of(options, services)
    except ValueError as error:
        raise AnsibleFilterError(f"mesh_objects: {error}") from error
    return [*security(services, settings), *traffic(services, settings)]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"mesh_objects": mesh_objects}
