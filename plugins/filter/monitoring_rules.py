# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.module_utils._slo.objects import objects


def monitoring_rules(services: Sequence[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
    """The PrometheusRule objects of the platform. Raises AnsibleFilterError for declarations that don't fit."""
    try:
        return objects(services, **options)
    except (KeyError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"monitoring_rules: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"monitoring_rules": monitoring_rules}
