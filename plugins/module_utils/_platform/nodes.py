# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Node groups that can grow, and services that fit on their nodes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem, listed, shown
from ansible_collections.iworkz.platform.plugins.module_utils._platform.quantities import cores, mebibytes

# Of the families whose sizes are regular (docs.aws.amazon.com/ec2/latest/instancetypes): GiB for each vCPU.
MEMORY_PER_CPU = {"c": 2, "m": 4, "r": 8}
SIZES = {"large": 2, "xlarge": 4}
TYPE = re.compile(r"(?P<family>[cmr])[0-9]+[a-z]*\.(?P<times>[0-9]*)(?P<size>large|xlarge)")
# What the kubelet, the system and the DaemonSets keep of a node, generously.
RESERVED_CORES, RESERVED_SHARE = Fraction(1, 2), Fraction(15, 100)


def check_node_groups(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge ``platform_node_groups`` together with the services that are to run there."""
    groups = values["platform_node_groups"]
    counted = Counter(group["name"] for group in groups)
    for at, group in enumerate(groups):
        path = f"platform_node_groups[{at}]"
        low, high = group["min_size"], group["max_size"]
        if low >= high:
            params = {"low": low, "high": high, "low_key": "min_size", "high_key": "max_size"}
            yield Problem("platform.no_growth", path, params)
        if counted[group["name"]] > 1:
            yield Problem("platform.twice", f"{path}.name", {"value": shown(group["name"])})
    yield from _check_fit(values["platform_services"], groups)


def _check_fit(services: list[Mapping[str, Any]], groups: list[Mapping[str, Any]]) -> Iterator[Problem]:
    """A service that fits on no node stays pending for ever; nodes with taints are not for services."""
    types = {kind for group in groups if not group.get("taints") for kind in group["instance_types"]}
    sizes = {kind: _usable(kind) for kind in types}
    if not types or None in sizes.values():  # a family whose size is not known here: the scheduler will tell
        return
    for at, service in enumerate(services):
        requests = service["resources"]["requests"]
        wanted = cores(requests["cpu"]), mebibytes(requests["memory"])
        if not any(size and wanted[0] <= size[0] and wanted[1] <= size[1] for size in sizes.values()):
            params = {"cpu": requests["cpu"], "memory": requests["memory"], "types": listed(sorted(types))}
            yield Problem("platform.over_node", f"platform_services[{at}].resources.requests", params)


def _usable(instance_type: str) -> tuple[Fraction, Fraction] | None:
    """Cores and MiB that pods can have of a node; None for a family whose sizes are not regular."""
    match = TYPE.fullmatch(instance_type)
    if match is None:
        return None
    cpus = int(match["times"] or 1) * SIZES[match["size"]]
    memory = cpus * MEMORY_PER_CPU[match["family"]] * 1024
    return cpus - RESERVED_CORES, memory * (1 - RESERVED_SHARE)
