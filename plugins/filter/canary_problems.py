# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube import canary


def canary_problems(asked: Mapping[str, Any], services: Collection[str]) -> list[str]:
    """Sentences for people about what is wrong with ``services_canary``; none for one that is empty."""
    if not asked:
        return []
    found = []
    if (service := asked.get("service", "")) not in services:
        found.append(f"The service must be one of {', '.join(sorted(services))}, not {service or 'empty'}.")
    if asked.get("withdraw"):
        return found
    try:
        weights = [int(weight) for weight in asked.get("weights", canary.WEIGHTS)]
        pause = int(asked.get("pause", canary.PAUSE))
    except (TypeError, ValueError):
        return [*found, "The weights must be a list of whole numbers, and the pause a whole number."]
    return found + canary.problems(str(asked.get("digest", "")), weights, pause)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"canary_problems": canary_problems}
