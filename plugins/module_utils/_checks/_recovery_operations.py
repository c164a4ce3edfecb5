# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What looks after a region as definitions: keys, topics with who is subscribed, alarms of the database, vaults."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _alarms, _at_rest
from ansible_collections.iworkz.platform.plugins.module_utils._checks._keys import vault_key
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery import (
    Definitions,
    Item,
    Kind,
    Pair,
    flattened,
    of_both,
    words,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery_database import followers
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

ALARM_FIELDS = (
    "Statistic",
    "Threshold",
    "ComparisonOperator",
    "Period",
    "EvaluationPeriods",
    "TreatMissingData",
    "ActionsEnabled",
)
DATABASES = "AWS/RDS"


def aliases(world: World) -> Mapping[str, str]:
    """Aliases of the platform's keys in the region that the world shows, by ARN and by id: ``world.once(aliases)``."""
    keys = {arn: key["alias"] for arn, key in world.once(_at_rest.keys).items() if f":{world.platform.region}:" in arn}
    return {**keys, **{arn.rpartition("/")[2]: alias for arn, alias in keys.items()}}


def key_name(world: World, key: str | None) -> str:
    """The alias of a key that is told by its ARN, its id, or its alias or that one's ARN; of another, what was told."""
    _before, is_alias, name = (key or "none").rpartition("alias/")
    return f"{is_alias}{name}" if is_alias else world.once(aliases).get(name, name)


def keys(world: World) -> Definitions:
    return {
        key["alias"]: {name: value for name, value in key.items() if name != "alias"}
        for arn, key in world.once(_at_rest.keys).items()
        if f":{world.platform.region}:" in arn
    }


def single_region(home: World) -> list[Breach]:
    """The vault's key, if what it encrypted is lost with the home region: rows are replicated as ciphertext."""
    alias = vault_key(home)
    key = keys(home).get(alias)
    return [Breach("dr.key_of_one_region", {"key": alias})] if key and key["shared_id"] is None else []


def topics(world: World) -> Definitions:
    """The platform's topics (sns:GetTopicAttributes, ListSubscriptionsByTopic)."""
    client, same = world.client("sns"), world.once(words)
    found: Definitions = {}
    for arn in sorted(world.once(_alarms.topics)):
        name = arn.rpartition(":")[2]
        if not name.startswith(f"{world.platform.prefix}-"):
            continue
        told = client.get_topic_attributes(TopicArn=arn)["Attributes"]
        pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
        subscriptions = (one for page in pages for one in page["Subscriptions"])
        found[name] = {
            "key": key_name(world, told.get("KmsMasterKeyId")),
            **{
                f"subscription {one['Protocol']} {same.text(one['Endpoint'])}": _confirmed(one["SubscriptionArn"])
                for one in subscriptions
            },
            **dict(flattened(_statements(same.plain(json.loads(told["Policy"]))), "policy")),
        }
    return found


def alarms(home: World, there: World) -> Pair:
    """By database and metric, those of its follower there beside those that it or a replica of it has at home."""
    pair: Pair = ({}, {})
    for primary, follower in followers(home, there):
        name = primary["DBInstanceIdentifier"]
        here = [name, *(one.rpartition(":")[2] for one in primary.get("ReadReplicaDBInstanceIdentifiers", ()))]
        for side, world, instances in ((0, home, here), (1, there, [follower["DBInstanceIdentifier"]])):
            for metric, alarm in _watching(world, instances).items():
                pair[side][f"{name} {metric}"] = _alarm(world, alarm)
    return pair


def vaults(world: World) -> Definitions:
    """The platform's vaults of backups (backup:ListBackupVaults, GetBackupVaultNotifications)."""
    client, same = world.client("backup"), world.once(words)
    pages = client.get_paginator("list_backup_vaults").paginate()
    found: Definitions = {}
    for vault in (one for page in pages for one in page["BackupVaultList"]):
        name = vault["BackupVaultName"]
        if not name.startswith(f"{world.platform.prefix}-"):
            continue
        found[name] = {
            "key": key_name(world, vault.get("EncryptionKeyArn")),
            **{field: vault.get(field) for field in ("Locked", "MinRetentionDays", "MaxRetentionDays")},
            "told of": same.text(_told_of(client, name)),
        }
    return found


def _told_of(client: Any, vault: str) -> str:
    try:
        told = client.get_backup_vault_notifications(BackupVaultName=vault)
    except client.exceptions.ResourceNotFoundException:
        return "nobody"
    return f"{told['SNSTopicArn']}: {', '.join(sorted(told['BackupVaultEvents']))}"


def _confirmed(arn: str) -> str:
    return "confirmed" if arn.startswith("arn:") else arn


def _statements(policy: Mapping[str, Any]) -> Item:
    """By their ids: the order of a policy's statements says nothing."""
    return {str(one.get("Sid", number)): one for number, one in enumerate(policy.get("Statement", ()))}


def _watching(world: World, instances: Iterable[str]) -> dict[str, Item]:
    """The first alarm on each metric of any of these instances, in their order."""
    found: dict[str, Item] = {}
    for name in instances:
        wanted = {"Name": "DBInstanceIdentifier", "Value": name}
        for alarm in world.once(_alarms.alarms):
            if alarm.get("Namespace") == DATABASES and wanted in alarm.get("Dimensions", ()):
                found.setdefault(alarm["MetricName"], alarm)
    return found


def _alarm(world: World, alarm: Item) -> Item:
    told = sorted(arn.rpartition(":")[2] for arn in alarm["AlarmActions"] if arn in world.once(_alarms.topics))
    return {**{name: alarm.get(name) for name in ALARM_FIELDS}, "tells": ", ".join(told)}


KINDS = (
    Kind("key", of_both(keys)),
    Kind("topic", of_both(topics)),
    Kind("alarm", alarms),
    Kind("backup vault", of_both(vaults)),
)
