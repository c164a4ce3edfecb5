# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trails of CloudTrail: what they record, where it goes, and whether it gets there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

OBJECTS = "AWS::S3::Object"
# What a selector of all events of some objects may speak of.
WHOLE = frozenset({"eventCategory", "resources.type", "resources.ARN"})

Item = dict[str, Any]


def trails(world: World) -> list[Item]:
    """The platform's trails in their home region, as DescribeTrails has them, with ``status`` (GetTrailStatus) and
    ``selectors`` (GetEventSelectors)."""
    client = world.client("cloudtrail")
    found = client.describe_trails(includeShadowTrails=False)["trailList"]
    if not found:
        return []
    pages = client.get_paginator("list_tags").paginate(ResourceIdList=[trail["TrailARN"] for trail in found])
    tags = {one["ResourceId"]: from_list(one["TagsList"]) for page in pages for one in page["ResourceTagList"]}
    return [
        {
            **trail,
            "status": client.get_trail_status(Name=trail["TrailARN"]),
            "selectors": client.get_event_selectors(TrailName=trail["TrailARN"]),
        }
        for trail in found
        if world.platform.owns(tags.get(trail["TrailARN"], {}))
    ]


def records_objects(selectors: Mapping[str, Any], bucket: str) -> bool:
    """Whether an answer of GetEventSelectors chooses every reading and writing of every object of a bucket."""
    arn = f"arn:aws:s3:::{bucket}/"
    return any(_advanced(one["FieldSelectors"], arn) for one in selectors.get("AdvancedEventSelectors", [])) or any(
        _basic(one, arn) for one in selectors.get("EventSelectors", [])
    )


def records_management(selectors: Mapping[str, Any]) -> bool:
    """Whether an answer of GetEventSelectors chooses every call that manages something."""
    return any(
        {field["Field"]: field.get("Equals") for field in one["FieldSelectors"]} == {"eventCategory": ["Management"]}
        for one in selectors.get("AdvancedEventSelectors", [])
    ) or any(
        one["ReadWriteType"] == "All"
        and one["IncludeManagementEvents"]
        and not one.get("ExcludeManagementEventSources")
        for one in selectors.get("EventSelectors", [])
    )


def _advanced(fields: Iterable[Mapping[str, Any]], arn: str) -> bool:
    by_name = {field["Field"]: field for field in fields}
    if not by_name.keys() <= WHOLE:
        return False
    if "Data" not in by_name["eventCategory"].get("Equals", []):
        return False
    if OBJECTS not in by_name.get("resources.type", {}).get("Equals", []):
        return False
    resources = by_name.get("resources.ARN")
    if resources is None:
        return True
    return {name for name in resources if name != "Field"} == {"StartsWith"} and any(
        arn.startswith(prefix) for prefix in resources["StartsWith"]
    )


def _basic(selector: Mapping[str, Any], arn: str) -> bool:
    return selector["ReadWriteType"] == "All" and any(
        resource["Type"] == OBJECTS and any(arn.startswith(prefix) for prefix in resource["Values"])
        for resource in selector.get("DataResources", [])
    )
