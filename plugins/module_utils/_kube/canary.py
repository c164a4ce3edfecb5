# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a canary is: a second Deployment made of the service's own, and its share of routes. Pure: no call, no clock."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name, Object

TRACK = "platform.iworkz.jp/track"
"""The label that tells a service's stable pods from its canary's."""
STABLE, CANARY = "stable", "canary"
"""Values of that label, and names of the subsets that routes lead to."""
UNTIL = "platform.iworkz.jp/canary-until"
"""The annotation that says until when, at the latest, somebody drives a canary on."""
TIME = "%Y-%m-%dT%H:%M:%SZ"
WEIGHTS = (5, 25, 50)
"""Percentages of requests that a canary gets where nothing else is said, and how many seconds each is watched for."""
PAUSE = 300
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def problems(digest: str, weights: Sequence[int], pause: float) -> list[str]:
    """What is wrong with a canary as it was asked for, in sentences."""
    found = []
    if not DIGEST.fullmatch(digest):
        found.append(
            f"The digest must be sha256: and 64 hexadecimal digits (a tag can be moved), not {digest or 'empty'}."
        )
    rising = all(lower < higher for lower, higher in itertools.pairwise(weights))
    if not weights or not rising or not all(1 <= weight <= 99 for weight in weights):
        told = ", ".join(map(str, weights)) or "empty"
        found.append(f"The weights must be percentages from 1 to 99, each above the one before it, not {told}.")
    if pause < 0:
        found.append(f"The pause must not be negative, but is {pause:g} s.")
    return found


def name_of(stable: Name) -> Name:
    return Name(stable.namespace, f"{stable.name}-{CANARY}")


def canary_of(stable: Object, replicas: int, until: datetime) -> dict[str, Any]:
    """The Deployment of the canary of a service's Deployment: its name, its label, and its number of pods are its own.

    :param until: UTC; see ``UNTIL``.
    """
    made = _relabelled(stable)
    metadata = made["metadata"]
    annotations = {**metadata.get("annotations", {}), UNTIL: until.strftime(TIME)}
    return {
        **made,
        "metadata": {**metadata, "name": name_of(Name.of(stable)).name, "annotations": annotations},
        "spec": {**made["spec"], "replicas": replicas},
    }


def _relabelled(value: Any) -> Any:
    """The same wherever the label stands: labels, selectors, spread constraints."""
    if isinstance(value, Mapping):
        return {key: CANARY if key == TRACK and one == STABLE else _relabelled(one) for key, one in value.items()}
    return [_relabelled(one) for one in value] if isinstance(value, list) else value


def is_canary(deployment: Object) -> bool:
    return bool(deployment["metadata"].get("labels", {}).get(TRACK) == CANARY)


def is_left_over(canary: Object, now: datetime) -> bool:
    """Whether nobody drives a canary any more. ``now`` is UTC."""
    return bool(canary["metadata"].get("annotations", {}).get(UNTIL, "") < now.strftime(TIME))


def replicas_for(weight: int, stable: int) -> int:
    """Pods of a canary that gets ``weight`` percent of the requests that ``stable`` pods get otherwise."""
    return max(1, -(-weight * stable // 100))


def share(way: Object, host: str) -> int | None:
    """The canary's percentage in one route of a VirtualService, None where that does not lead to ``host``."""
    to = [one for one in way.get("route", ()) if one["destination"]["host"] == host]
    if not to:
        return None
    # A sole destination needs no weight.
    return sum(one.get("weight", 100) for one in to if one["destination"].get("subset") == CANARY)


def shares(routes: Iterable[Object], host: str) -> set[int]:
    """The canary's percentages in the routes to ``host``: one when all is well, none without a route."""
    found = (share(way, host) for route in routes for way in route["spec"].get("http", ()))
    return {one for one in found if one is not None}


def weighted(spec: Object, host: str, weight: int) -> dict[str, Any]:
    """A VirtualService's ``spec`` whose routes to ``host`` give the canary ``weight`` percent."""
    return {**spec, "http": [_weighted(way, weight) if share(way, host) is not None else way for way in spec["http"]]}


def _weighted(way: Object, weight: int) -> dict[str, Any]:
    first = way["route"][0]

    def to(subset: str) -> dict[str, Any]:
        return {**first, "destination": {**first["destination"], "subset": subset}}

    if weight == 0:
        return {**way, "route": [{key: value for key, value in to(STABLE).items() if key != "weight"}]}
    return {**way, "route": [{**to(STABLE), "weight": 100 - weight}, {**to(CANARY), "weight": weight}]}


def subsets(rules: Iterable[Object], host: str) -> set[str]:
    """The subsets of ``host`` that DestinationRules select by the label, as they are named."""
    return {
        subset["name"]
        for rule in rules
        if rule["spec"].get("host") == host
        for subset in rule["spec"].get("subsets", ())
        if subset.get("labels") == {TRACK: subset["name"]}
    }
