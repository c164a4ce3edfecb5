# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the adapters of Route 53 share: names in one form, zones by name, tags."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    compare_aws_tags,
)

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

ZONE, HEALTH_CHECK = "hostedzone", "healthcheck"
TAGGED_AT_ONCE = 10
"""How many resources ListTagsForResources takes."""


def plain(name: str) -> str:
    """A domain name in lower case, without the last dot and the escape that Route 53 gives a wildcard."""
    return name.rstrip(".").lower().replace("\\052", "*")


def named_zones(context: Context, keys: Collection[str] | None) -> dict[str, dict[str, Any]]:
    """The zones of these names, or all. Where several share a name, it is ours that has it; the others are keyed by
    name and id.

    :raises ReconcileError: when a name that was asked for is shared and the tags do not tell which zone is ours.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for zone in context.pages("route53", "list_hosted_zones", "HostedZones"):
        found.setdefault(plain(zone["Name"]), []).append(zone)
    named: dict[str, dict[str, Any]] = {}
    for name, same in found.items():
        if keys is not None and name not in keys:
            continue
        ours = same if len(same) == 1 else [zone for zone in same if _is_ours(context, zone)]
        if len(ours) == 1:
            named[name] = ours[0]
        elif keys is not None:
            ids = " and ".join(zone_id(zone) for zone in same)
            raise ReconcileError(f"hosted zones {ids} are all called {name}, and the tags do not tell which is meant")
        if keys is None:
            named |= {f"{name} {zone_id(zone)}": zone for zone in same if zone not in ours[:1]}
    return named


def zone_id(zone: Mapping[str, Any]) -> str:
    return str(zone["Id"].rsplit("/", 1)[-1])


def _is_ours(context: Context, zone: Mapping[str, Any]) -> bool:
    tags = zone_tags(context, [zone_id(zone)])[zone_id(zone)]
    return bool(context.tags) and context.tags.items() <= tags.items()


def zone_tags(context: Context, ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Tags by id of hosted zones (ListTagsForResources)."""
    return tags_of(context, ZONE, ids)


def tags_of(context: Context, kind: str, ids: Iterable[str]) -> dict[str, dict[str, str]]:
    listed = list(ids)
    batches = [listed[start : start + TAGGED_AT_ONCE] for start in range(0, len(listed), TAGGED_AT_ONCE)]

    def read(batch: list[str]) -> list[dict[str, Any]]:
        answer = context.client("route53").list_tags_for_resources(ResourceType=kind, ResourceIds=batch)
        return list(answer["ResourceTagSets"])

    return {one["ResourceId"]: from_list(one["Tags"]) for batch in context.each(read, batches) for one in batch}


def change_tags(
    client: Any, kind: str, identifier: str, current: Mapping[str, str], desired: Mapping[str, str], purge: bool
) -> None:
    """Set what differs and, with ``purge``, remove what is not desired (ChangeTagsForResource)."""
    to_set, to_remove = compare_aws_tags(dict(current), dict(desired), purge)
    changes = {"AddTags": ansible_dict_to_boto3_tag_list(to_set), "RemoveTagKeys": list(to_remove)}
    given = {name: value for name, value in changes.items() if value}
    if given:
        client.change_tags_for_resource(ResourceType=kind, ResourceId=identifier, **given)
