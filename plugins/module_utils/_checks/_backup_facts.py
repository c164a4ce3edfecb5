# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Backup as it is: what there is to back up, what plans select of it, and the recovery points of both regions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list, from_map
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _postgres
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import IDENTITY, World

Item = dict[str, Any]

HOUR = timedelta(hours=1)
DONE = frozenset({"AVAILABLE", "COMPLETED"})
PREFIX = "aws:ResourceTag/"
# As the tagging API calls them: as AWS Backup does.
TAGGED = {"elasticfilesystem:file-system": "EFS", "dynamodb:table": "DynamoDB"}
# How the values of a condition are compared, and whether they must fit or must not.
OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (str.__eq__, True),
    "StringNotEquals": (str.__eq__, False),
    "StringLike": (fnmatchcase, True),
    "StringNotLike": (fnmatchcase, False),
}


@dataclass(frozen=True)
class Store:
    """Something that AWS Backup can take; ``kind`` is its name for it."""

    kind: str
    name: str
    arn: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """``rules`` as GetBackupPlan has them, ``selections`` as GetBackupSelection does."""

    name: str
    rules: list[Item]
    selections: list[Item]

    def selects(self, store: Store) -> bool:
        return any(selected(one, store) for one in self.selections)


def stores(world: World) -> list[Store]:
    """The platform's databases that are no replicas, file systems and tables (rds:DescribeDBInstances,
    tag:GetResources)."""
    found = [
        Store("RDS", one["DBInstanceIdentifier"], one["DBInstanceArn"], from_list(one.get("TagList")))
        for one in _postgres.primaries(world)
    ]
    filters = [{"Key": name, "Values": [world.platform.tags[name]]} for name in IDENTITY]
    pages = world.client("resourcegroupstaggingapi").get_paginator("get_resources")
    for page in pages.paginate(TagFilters=filters, ResourceTypeFilters=list(TAGGED)):
        for one in page["ResourceTagMappingList"]:
            arn = one["ResourceARN"]
            service, resource = arn.split(":", 5)[2], arn.split(":", 5)[5]
            kind = TAGGED[f"{service}:{resource.partition('/')[0]}"]
            found.append(Store(kind, resource.partition("/")[2], arn, from_list(one["Tags"])))
    return found


def plans(world: World) -> list[Plan]:
    """The platform's plans (backup:ListBackupPlans, ListTags, GetBackupPlan, ListBackupSelections,
    GetBackupSelection)."""
    client = world.client("backup")
    found = []
    for listed in _pages(client, "list_backup_plans", "BackupPlansList"):
        if not world.platform.owns(from_map(client.list_tags(ResourceArn=listed["BackupPlanArn"]).get("Tags"))):
            continue
        identifier = listed["BackupPlanId"]
        selections = _pages(client, "list_backup_selections", "BackupSelectionsList", BackupPlanId=identifier)
        get = partial(client.get_backup_selection, BackupPlanId=identifier)
        found.append(
            Plan(
                listed["BackupPlanName"],
                client.get_backup_plan(BackupPlanId=identifier)["BackupPlan"]["Rules"],
                [get(SelectionId=one["SelectionId"])["BackupSelection"] for one in selections],
            )
        )
    return found


def opted_in(world: World) -> dict[str, bool]:
    """Which kinds this region backs up at all (backup:DescribeRegionSettings)."""
    preference: dict[str, bool] = world.client("backup").describe_region_settings()["ResourceTypeOptInPreference"]
    return preference


def vaults(world: World) -> dict[str, Item]:
    """Every vault of both regions by ARN, as ListBackupVaults has it, with its ``points``
    (backup:ListRecoveryPointsByBackupVault)."""
    found = {}
    for region in (world.platform.region, world.platform.recovery_region):
        client = world.client("backup", region)
        for vault in _pages(client, "list_backup_vaults", "BackupVaultList"):
            points = _pages(
                client,
                "list_recovery_points_by_backup_vault",
                "RecoveryPoints",
                BackupVaultName=vault["BackupVaultName"],
            )
            found[vault["BackupVaultArn"]] = {**vault, "points": points}
    return found


def stale(missing: str, old: str, where: Item, last: datetime | None, now: datetime, hours: float) -> Iterator[Breach]:
    """A breach where the last one is ``missing`` or ``old``."""
    if last is None:
        yield Breach(missing, where)
    elif now - last > hours * HOUR:
        yield Breach(old, {**where, "hours": round((now - last) / HOUR, 1), "wanted": hours})


def newest(vault: Mapping[str, Any] | None, arn: str) -> Item | None:
    """The newest recovery point of a resource in a vault that can be restored."""
    points = [one for one in (vault or {}).get("points", ()) if one["ResourceArn"] == arn and one["Status"] in DONE]
    return max(points, key=lambda one: one["CreationDate"], default=None)


def selected(selection: Mapping[str, Any], store: Store) -> bool:
    """Whether a selection backs a resource up: by ARN or by a tag it has, by every condition, and not left out."""
    if _any_fits(store.arn, selection.get("NotResources", ())):
        return False
    tagged = any(
        store.tags.get(one["ConditionKey"]) == one["ConditionValue"] for one in selection.get("ListOfTags", ())
    )
    named = _any_fits(store.arn, selection.get("Resources", ()))
    return (named or tagged) and all(_holds(selection, store))


def _holds(selection: Mapping[str, Any], store: Store) -> Iterator[bool]:
    for operator, tests in selection.get("Conditions", {}).items():
        fits, wanted = OPERATORS[operator]
        for test in tests:
            value = store.tags.get(test["ConditionKey"].removeprefix(PREFIX))
            # A tag that is not there fits nothing, and whether it counts as another value AWS doesn't say.
            yield value is not None and fits(value, test["ConditionValue"]) == wanted


def _any_fits(arn: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(arn, pattern) for pattern in patterns)


def _pages(client: Any, operation: str, result: str, **params: Any) -> list[Item]:
    return [one for page in client.get_paginator(operation).paginate(**params) for one in page[result]]
