# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of group 6.1.1, backup: every store has a recent recovery point, here and in the recovery region, in vaults
that nobody empties; buckets are copied; whoever has to act is told, and restoring has been tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _backup_others,
    _backup_watch,
    _bucket_copies,
    _restores,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._backup_facts import (
    Plan,
    Store,
    newest,
    opted_in,
    plans,
    stale,
    stores,
    vaults,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

FILES = "EFS"

Item = dict[str, Any]
Judge = Callable[[World, Store, Item], tuple[Item, list[Breach]]]


@check("6.1.1.1")
def every_store_is_backed_up(world: World, required: Item) -> Finding:
    observed, breaches = _of_each(world, required, _backed_up)
    others, found = _backup_others.judged(world, required)
    breaches += found
    kinds = {store.kind.lower() for store in world.once(stores)} | {one.partition(" ")[0] for one in others}
    breaches += [Breach("backup.nothing", {"kind": kind}) for kind in required["kinds"] if kind not in kinds]
    return Finding({**observed, **others}, tuple(_unique(breaches)))


@check("6.1.1.2")
def backups_are_in_another_region(world: World, required: Item) -> Finding:
    observed, breaches = _of_each(world, required, _copied)
    if not observed:
        breaches.append(Breach("backup.no_store", {}))
    return Finding(observed, tuple(_unique(breaches)))


@check("6.1.1.3")
def files_are_backed_up(world: World, required: Item) -> Finding:
    observed, breaches = _bucket_copies.judged(world, required)
    for store in world.once(stores):
        if store.kind == FILES:
            selecting = observed[f"{store.kind} {store.name}"] = [plan.name for plan in _selecting(world, store)]
            if not selecting:
                breaches.append(Breach("backup.not_selected", {"store": store.name}))
    return Finding(observed, tuple(breaches))


@check("6.1.1.4")
def watched_and_proven(world: World, required: Item) -> Finding:
    watch, breaches = _backup_watch.judged(world)
    restores, unproven = _restores.judged(world, required)
    return Finding({**watch, "restores": restores}, (*breaches, *unproven))


def _of_each(world: World, required: Item, judge: Judge) -> tuple[Item, list[Breach]]:
    observed: Item = {}
    breaches: list[Breach] = []
    for store in world.once(stores):
        observed[f"{store.kind} {store.name}"], found = judge(world, store, required)
        breaches += found
    return observed, breaches


def _selecting(world: World, store: Store) -> list[Plan]:
    return [plan for plan in world.once(plans) if plan.selects(store)]


def _backed_up(world: World, store: Store, required: Item) -> tuple[Item, list[Breach]]:
    where = {"store": store.name}
    breaches = []
    if not world.once(opted_in).get(store.kind):
        breaches.append(Breach("backup.not_opted_in", {**where, "kind": store.kind}))
    selecting = _selecting(world, store)
    if not selecting:
        breaches.append(Breach("backup.not_selected", where))
    rules = [(plan, rule) for plan in selecting for rule in plan.rules]
    points = []
    for plan, rule in rules:
        breaches += _short(f"{plan.name}/{rule['RuleName']}", rule.get("Lifecycle"), required)
        vault = _vault(world, world.platform.region, rule["TargetBackupVaultName"])
        breaches += _loose(rule["TargetBackupVaultName"], vault, required)
        points.append(newest(vault, store.arn))
    last = max((one["CreationDate"] for one in points if one), default=None)
    breaches += stale("backup.no_recovery_point", "backup.old_recovery_point", where, last, world.now,
                      required["recovery_point_hours"])  # fmt: skip
    return {"plans": [plan.name for plan in selecting], "recovery_point": last}, breaches


def _copied(world: World, store: Store, required: Item) -> tuple[Item, list[Breach]]:
    there = world.platform.recovery_region
    where = {"store": store.name, "region": there}
    actions = [
        (plan.name, action)
        for plan in _selecting(world, store)
        for rule in plan.rules
        for action in rule.get("CopyActions", ())
        if action["DestinationBackupVaultArn"].split(":")[3] == there
    ]
    if not actions:
        return {"copied_by": []}, [Breach("backup.not_copied", where)]
    breaches: list[Breach] = []
    points = []
    for plan, action in actions:
        arn = action["DestinationBackupVaultArn"]
        vault = world.once(vaults).get(arn)
        breaches += _short(f"{plan} ({there})", action.get("Lifecycle"), required)
        breaches += _loose(f"{arn.rpartition(':')[2]} ({there})", vault, required)
        points.append(newest(vault, store.arn))
    last = max((one["CreationDate"] for one in points if one), default=None)
    breaches += stale("backup.no_copy", "backup.old_copy", where, last, world.now, required["copy_hours"])
    return {"copied_by": [plan for plan, _action in actions], "copy": last}, breaches


def _vault(world: World, region: str, name: str) -> Item | None:
    arn = f":backup:{region}:{world.platform.account_id}:backup-vault:{name}"
    return next((vault for key, vault in world.once(vaults).items() if key.endswith(arn)), None)


def _short(rule: str, lifecycle: Mapping[str, Any] | None, required: Item) -> Iterator[Breach]:
    """Without a number of days it is kept for ever."""
    days = (lifecycle or {}).get("DeleteAfterDays")
    if days is not None and days < required["retention_days"]:
        yield Breach("backup.kept_short", {"rule": rule, "days": days, "wanted": required["retention_days"]})


def _loose(name: str, vault: Mapping[str, Any] | None, required: Item) -> Iterator[Breach]:
    if vault is None:
        yield Breach("backup.no_vault", {"vault": name})
        return
    if not vault.get("Locked"):
        yield Breach("backup.unlocked", {"vault": name})
    elif vault.get("MinRetentionDays", 0) < required["retention_days"]:
        params = {"vault": name, "days": vault.get("MinRetentionDays", 0), "wanted": required["retention_days"]}
        yield Breach("backup.lock_short", params)


def _unique(breaches: list[Breach]) -> list[Breach]:
    """Several stores share a rule and a vault."""
    found: list[Breach] = []
    for breach in breaches:
        if breach not in found:
            found.append(breach)
    return found
