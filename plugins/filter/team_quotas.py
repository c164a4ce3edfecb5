# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from math import ceil
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.module_utils._platform.quantities import cores, mebibytes


def team_quotas(
    services: Iterable[Mapping[str, Any]], sidecar: Mapping[str, Any], headroom_percent: int
) -> dict[str, dict[str, str]]:
    totals: dict[str, dict[str, Fraction]] = {}
    factor = 1 + Fraction(headroom_percent, 100)
    for service in services:
        try:
            pods = service["replicas"]["max"] * factor
            team = totals.setdefault(service["team"], {})
            team["pods"] = team.get("pods", Fraction(0)) + pods
            for kind in ("requests", "limits"):
                for resource, amount in (("cpu", cores), ("memory", mebibytes)):
                    each = amount(service["resources"][kind][resource]) + amount(sidecar[kind][resource])
                    name = f"{kind}.{resource}"
                    team[name] = team.get(name, Fraction(0)) + pods * each
        except (KeyError, ValueError) as error:
            raise AnsibleFilterError(f"team_quotas: service {service.get('name')}: {error!r}") from error
    return {team: {name: _quantity(name, total) for name, total in found.items()} for team, found in totals.items()}


def _quantity(name: str, total: Fraction) -> str:
    return f"{ceil(total)}Mi" if name.endswith("memory") else str(ceil(total))


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"team_quotas": team_quotas}
