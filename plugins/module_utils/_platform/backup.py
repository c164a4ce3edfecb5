# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Backups: every class of data kept long enough and not too long, in vaults whose locks agree, at night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import load
from ansible_collections.iworkz.platform.plugins.module_utils._platform import windows
from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem, hint, listed, shown

PEOPLE = frozenset({"personal", "sensitive_personal", "my_number"})
STATUTORY = "statutory"
COLD_DAYS = 90
"""What was moved to cold storage stays there at least so long."""
EXPIRY_DAYS = 1
"""AWS Backup takes hours to delete what expired."""
UNIT_DAYS = {"years": 365.25, "months": 30.4375, "days": 1}

Values = Mapping[str, Any]


def check_backup(values: Values, least: int, most: int) -> Iterator[Problem]:
    """Judge ``platform_backup`` beside the inventory and the periods of data protection.

    :param least: days for which everything is kept at least (6.1.1.1).
    :param most: days for which people may live on in backups (2.2.1.1).
    """
    told = values["platform_backup"]
    yield from _check_classes(told, classes(values["platform_data_inventory"]))
    law = statutory_days(values["platform_retention"])
    for path, names, days in _retentions(told):
        floor = max(least, law) if STATUTORY in names else least
        if days < floor:
            yield Problem("platform.backup_short", path, {"value": days, "floor": floor})
        if PEOPLE & set(names) and days > most - EXPIRY_DAYS:
            yield Problem("platform.backup_long", path, {"value": days, "ceiling": most - EXPIRY_DAYS})
    for name, plan in told["plans"].items():
        yield from _check_plan(f"platform_backup.plans.{name}", plan, told)
        yield from _check_schedule(f"platform_backup.plans.{name}.schedule", plan["schedule"], values)
    yield from _check_schedule("platform_backup.restore_test.schedule", told["restore_test"]["schedule"], values)
    if told["lock"]["mode"] == "compliance" and values["platform_environment"] != "production":
        yield Problem("platform.backup_compliance", "platform_backup.lock.mode", {})


def classes(declared: Values) -> set[str]:
    """The classes of everything that the inventory names."""
    found = {kind for table in load(declared).all_tables() for kind in table.columns.values()}
    for entry in declared.values():
        for kind in ("keys", "indices", "objects"):
            found |= {thing["class"] for thing in entry.get(kind, []) if "class" in thing}
    return found


def statutory_days(retention: Values) -> int:
    """The longest period for which a statute makes us keep something, in whole days."""
    periods = [
        -(-period[unit] * days // 1)
        for period in retention.values()
        if period["basis"] != "policy"
        for unit, days in UNIT_DAYS.items()
        if unit in period
    ]
    return int(max(periods, default=0))


def _retentions(told: Values) -> Iterator[tuple[str, list[str], int]]:
    """Path, classes and days of everything that has a retention."""
    for name, days in told["retention_days"].items():
        yield f"platform_backup.retention_days.{name}", [name], days
    for name, plan in told["plans"].items():
        yield f"platform_backup.plans.{name}.retention_days", plan["classes"], plan["retention_days"]


def _check_classes(told: Values, used: set[str]) -> Iterator[Problem]:
    known = told["retention_days"]
    planned = {name for plan in told["plans"].values() for name in plan["classes"]}
    for name in sorted(used - known.keys()):
        yield Problem("platform.backup_unkept", "platform_backup.retention_days", {"class": name})
    for name in sorted((used | known.keys()) - planned):
        yield Problem("platform.backup_unplanned", "platform_backup.plans", {"class": name})
    for plan, declared in told["plans"].items():
        for name in declared["classes"]:
            if name not in known:
                params = {"name": shown(name), "hint": hint(name, known), "known": listed(known)}
                yield Problem("platform.unknown_reference", f"platform_backup.plans.{plan}.classes", params)


def _check_plan(path: str, plan: Values, told: Values) -> Iterator[Problem]:
    days, lock = plan["retention_days"], plan["lock"]
    wanted = max((told["retention_days"].get(name, 0) for name in plan["classes"]), default=0)
    if days < wanted:
        yield Problem("platform.backup_short", f"{path}.retention_days", {"value": days, "floor": wanted})
    if not lock["min_retention_days"] <= days <= lock["max_retention_days"]:
        params = {"value": days, "least": lock["min_retention_days"], "most": lock["max_retention_days"]}
        yield Problem("platform.backup_lock", f"{path}.lock", params)
    if "cold_after_days" in plan and days < plan["cold_after_days"] + COLD_DAYS:
        params = {"value": plan["cold_after_days"], "most": days - COLD_DAYS}
        yield Problem("platform.backup_cold", f"{path}.cold_after_days", params)
    if plan["completion_window_minutes"] < plan["start_window_minutes"] + 60:
        params = {"value": plan["completion_window_minutes"], "least": plan["start_window_minutes"] + 60}
        yield Problem("platform.backup_window", f"{path}.completion_window_minutes", params)


def _check_schedule(path: str, schedule: str, values: Values) -> Iterator[Problem]:
    """It begins in the quiet hours."""
    hours, zone = values["platform_quiet_hours"], values["platform_backup"]["timezone"]
    minute, hour = (int(part) for part in schedule.removeprefix("cron(").split(" ")[:2])
    if minute > 59 or hour > 23:
        yield Problem("platform.backup_schedule", path, {"value": schedule})
        return
    begin = f"{hour:02}:{minute:02}"
    try:
        quiet = windows.in_utc(hours["start"], hours["end"], hours["timezone"])
        at = windows.in_utc(begin, f"{hour:02}:{minute + 1:02}" if minute < 59 else f"{(hour + 1) % 24:02}:00", zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Problem("platform.not_a_timezone", "platform_backup.timezone", {"value": shown(zone)})
        return
    if not at <= quiet:
        told = f"{hours['start']}-{hours['end']} {hours['timezone']}"
        yield Problem("platform.window_loud", path, {"value": f"{begin} {zone}", "quiet": told})
