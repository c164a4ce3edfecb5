# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def service_waves(services: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Names in waves: each service after those it calls; services that call one another in one wave."""
    calls = {str(service["name"]): set(service["dependencies"]["services"]) for service in services}
    reached = {name: _reached(name, calls) for name in calls}
    waves: list[list[str]] = []
    left = list(calls)
    while left:
        done = {name for wave in waves for name in wave}
        ready = [
            name
            for name in left
            if all(other in done or name in reached.get(other, ()) for other in reached[name] if other in calls)
        ]
        waves.append(ready)
        left = [name for name in left if name not in ready]
    return waves


def _reached(name: str, calls: Mapping[str, set[str]]) -> set[str]:
    """All that a service calls, and what those call."""
    found: set[str] = set()
    ahead = set(calls[name])
    while ahead:
        found |= ahead
        ahead = {further for one in ahead for further in calls.get(one, ())} - found
    return found


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"service_waves": service_waves}
