# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What carries the platform's tags, and where CloudWatch keeps its metrics: ``checklist/coverage.yml``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import read_yaml

DEFAULT_COVERAGE = Path(__file__).parents[3] / "checklist" / "coverage.yml"
EDGE_REGION = "us-east-1"
"""Where metrics and tags are of what has no region of its own."""
IDENTITY = ("Platform", "Environment")


@dataclass(frozen=True)
class Kind:
    """A type of resources. Without ``metrics`` none of them needs an alarm, for the reason that the file gives."""

    name: str
    namespace: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    home_only: bool = False
    spare_tag: str = ""


@dataclass(frozen=True)
class Tagged:
    """A resource with its tags; ``region`` is where its metrics are, ``kind`` None where the file has none for it."""

    arn: str
    region: str
    tags: Mapping[str, str]
    kind: Kind | None

    @property
    def name(self) -> str:
        """What people call it: the resource's part of the ARN."""
        return self.arn.split(":", 5)[5]

    @property
    def last(self) -> str:
        return re.split("[:/]", self.arn)[-1]

    @property
    def rest(self) -> str:
        """What follows the type in the ARN."""
        own = self.type.partition(":")[2]
        return self.name[len(own) + 1 :] if own else self.name

    @property
    def type(self) -> str:
        """The type as the ARN has it, where none is known."""
        service = self.arn.split(":", 3)[2]
        parts = re.split("[:/]", self.name)
        return self.kind.name if self.kind else f"{service}:{parts[0]}" if len(parts) > 1 else service

    @property
    def dimensions(self) -> dict[str, str]:
        """Dimensions of its metrics; none without a namespace."""
        if self.kind is None or not self.kind.namespace:
            return {}
        parts = re.split("[:/]", self.rest)
        place = {"arn": self.arn, "account": self.arn.split(":")[4], "region": self.region}
        values = {**place, "rest": self.rest, "first": parts[0], "last": parts[-1]}
        return {name: text.format(**values) for name, text in self.kind.dimensions.items()}

    def needs(self, home: str) -> tuple[str, ...]:
        """Metrics that need an alarm."""
        kind = self.kind
        if kind is None or kind.spare_tag in self.tags or (kind.home_only and self.region != home):
            return ()
        return kind.metrics


@lru_cache(maxsize=4)
def load_coverage(path: Path = DEFAULT_COVERAGE) -> dict[str, Kind]:
    """Types by name. Raises KeyError or TypeError where an entry has neither metrics nor a reason."""
    return {name: _kind(name, entry) for name, entry in read_yaml(path).items()}


def _kind(name: str, entry: Mapping[str, Any]) -> Kind:
    if "none" in entry:
        return Kind(name)
    return Kind(
        name,
        entry["namespace"],
        entry["dimensions"],
        tuple(entry["metrics"]),
        home_only="home" in entry.get("only", {}),
        spare_tag=entry.get("spare", {}).get("tag", ""),
    )


def kind_of(arn: str, kinds: Mapping[str, Kind]) -> Kind | None:
    """The type that fits an ARN best: ``service:kind/kind``, ``service:kind``, ``service``."""
    service, resource = arn.split(":", 5)[2], arn.split(":", 5)[5]
    parts = re.split("[:/]", resource)
    for name in (f"{service}:{'/'.join(parts[:2])}" if len(parts) > 2 else "", f"{service}:{parts[0]}", service):
        if name in kinds:
            return kinds[name]
    return None


def tagged(client: Callable[[str, str], Any], regions: Iterable[str], tags: Mapping[str, str]) -> list[Tagged]:
    """What carries the tags Platform and Environment in any of the regions, once each (tag:GetResources).

    :param client: gives the client of a service in a region.
    """
    filters = [{"Key": name, "Values": [tags[name]]} for name in IDENTITY]
    found: dict[str, Tagged] = {}
    for region in regions:
        pages = client("resourcegroupstaggingapi", region).get_paginator("get_resources").paginate(TagFilters=filters)
        for one in (one for page in pages for one in page["ResourceTagMappingList"]):
            arn = one["ResourceARN"]
            place = arn.split(":")[3] or region
            found.setdefault(arn, Tagged(arn, place, from_list(one["Tags"]), kind_of(arn, load_coverage())))
    return list(found.values())


def metrics_of(alarm: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What an alarm watches: its one metric, or those of its expression."""
    if "MetricName" in alarm:
        yield alarm
    for query in alarm.get("Metrics", []):
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"]


def watches(
    metric: Mapping[str, Any], namespace: str, name: str, dimensions: Mapping[str, str], without: Iterable[str] = ()
) -> bool:
    """Whether a metric is the named one, of something with these dimensions, and others but ``without``."""
    if (metric["Namespace"], metric["MetricName"]) != (namespace, name):
        return False
    named = {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", [])}
    return dimensions.items() <= named.items() and not named.keys() & set(without)
