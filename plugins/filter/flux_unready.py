# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube import flux


def flux_unready(objects: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return flux.unready(objects)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"flux_unready": flux_unready}
